package dev.weir.softswitch.engine;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A match-action table: how its key is built, and where control goes after each action. */
public final class Table implements Node {
  /** How a key field is matched. */
  public enum MatchKind {
    EXACT,
    LPM,
    TERNARY,
    RANGE
  }

  /**
   * A key field.
   *
   * @param width bits
   * @param from where its value is in the packet's words
   * @param validAt the validity word of its header, or -1: an invalid header's field reads as 0
   * @param staticMask a mask the program applies, or null
   * @param word where it goes in the key, in words
   * @param shift bits from the word's lowest; 0 for fields of several words
   */
  public record KeyField(
      String name,
      MatchKind kind,
      int width,
      int from,
      int validAt,
      @Nullable BigInteger staticMask,
      int word,
      int shift) {}

  private final String name;
  private final int id;
  private final int index;
  private final List<KeyField> key;
  private final int keyWords;
  private final int keyAt;
  private final int maxSize;
  private final boolean counted;
  private final boolean supportsTimeout;
  private final boolean ranked;
  private final boolean longestPrefix;
  private final List<ActionProgram> actions;
  private final @Nullable ActionProfile profile;
  private final @Nullable SourceInfo source;
  private @Nullable DirectMeter directMeter;

  // Where control goes next, set once all nodes exist.
  private @Nullable Node[] nextByAction = {};
  private @Nullable Node nextOnHit;
  private @Nullable Node nextOnMiss;
  private @Nullable Node nextWithoutAction;
  private boolean byHit;

  // The key's copying plan, flat so that a lookup is one loop.
  private final int[] from;
  private final int[] validAt;
  private final int[] toWord;
  private final int[] shift;
  private final int[] words;
  private final long[] keyMask;
  private final boolean masked;

  /** A table's direct meter and the field its colour goes to. */
  record DirectMeter(Meters meters, Symbols.FieldAt target) {}

  Table(
      String name,
      int id,
      int index,
      List<KeyField> key,
      int keyWords,
      int keyAt,
      int maxSize,
      boolean counted,
      boolean supportsTimeout,
      List<ActionProgram> actions,
      @Nullable ActionProfile profile,
      @Nullable SourceInfo source) {
    this.name = name;
    this.id = id;
    this.index = index;
    this.key = List.copyOf(key);
    this.keyWords = keyWords;
    this.keyAt = keyAt;
    this.maxSize = maxSize;
    this.counted = counted;
    this.supportsTimeout = supportsTimeout;
    this.actions = List.copyOf(actions);
    this.profile = profile;
    this.source = source;
    this.ranked =
        key.stream().anyMatch(f -> f.kind() == MatchKind.TERNARY || f.kind() == MatchKind.RANGE);
    this.longestPrefix = !ranked && key.stream().anyMatch(f -> f.kind() == MatchKind.LPM);
    int n = key.size();
    from = new int[n];
    validAt = new int[n];
    toWord = new int[n];
    shift = new int[n];
    words = new int[n];
    keyMask = new long[keyWords];
    java.util.Arrays.fill(keyMask, -1);
    boolean anyMask = false;
    for (int i = 0; i < n; i++) {
      KeyField f = key.get(i);
      from[i] = f.from();
      validAt[i] = f.validAt();
      toWord[i] = f.word();
      shift[i] = f.shift();
      words[i] = Words.forBits(f.width());
      if (f.staticMask() != null) {
        anyMask = true;
        BigInteger all = BigInteger.ONE.shiftLeft(f.width()).subtract(BigInteger.ONE);
        place(keyMask, f, f.staticMask().and(all), true);
      }
    }
    masked = anyMask;
  }

  /** {@code byAction}: by the actions' index in the program. */
  void setNext(
      @Nullable Node[] byAction,
      boolean hitOrMiss,
      @Nullable Node onHit,
      @Nullable Node onMiss,
      @Nullable Node withoutAction) {
    nextByAction = byAction;
    byHit = hitOrMiss;
    nextOnHit = onHit;
    nextOnMiss = onMiss;
    nextWithoutAction = withoutAction;
  }

  void setDirectMeter(DirectMeter meter) {
    directMeter = meter;
  }

  public String name() {
    return name;
  }

  public int id() {
    return id;
  }

  /** Its place among the program's tables. */
  public int index() {
    return index;
  }

  public List<KeyField> key() {
    return key;
  }

  /** Entries the program asks for. */
  public int maxSize() {
    return maxSize;
  }

  public boolean counted() {
    return counted;
  }

  public boolean supportsTimeout() {
    return supportsTimeout;
  }

  /** Entries have priorities. */
  public boolean ranked() {
    return ranked;
  }

  public List<ActionProgram> actions() {
    return actions;
  }

  public @Nullable ActionProfile profile() {
    return profile;
  }

  public @Nullable Meters directMeters() {
    return directMeter == null ? null : directMeter.meters();
  }

  public @Nullable SourceInfo source() {
    return source;
  }

  /** In exact and longest-prefix tables the first tuple with a match has the best one. */
  boolean firstTupleWins() {
    return !ranked;
  }

  @Override
  public @Nullable Node run(PacketState s) {
    TableState state = s.inForce.tables[index];
    Entry entry = find(s, state);
    if (s.trace != null) {
      s.trace.table(this, entry, s);
    }
    if (entry == null) {
      return miss(s, state);
    }
    Entry.Usage usage = entry.usage();
    if (counted) {
      usage.hit(s.ingressLength);
    }
    if (supportsTimeout) {
      usage.touch(System.nanoTime());
    }
    DirectMeter meter = directMeter;
    if (meter != null) {
      long units = meter.meters().bytes() ? s.ingressLength : 1;
      s.words[meter.target().at()] =
          usage.meter().execute(units, s.ingressLength, System.nanoTime())
              & Words.ones(meter.target().field().width());
    }
    BoundAction bound = entry.outcome().choose(s);
    if (bound == null) {
      // A group without live members: nothing runs, control goes on as after a hit.
      return byHit ? nextOnHit : nextWithoutAction;
    }
    if (s.trace != null) {
      s.trace.action(bound);
    }
    bound.action().run(s, bound.data);
    return byHit ? nextOnHit : nextByAction[bound.action().index];
  }

  /** The entry the packet hits. */
  @Nullable Entry find(PacketState s, TableState state) {
    buildKey(s.words);
    return state.lookup(s, keyAt);
  }

  private @Nullable Node miss(PacketState s, TableState state) {
    BoundAction bound = state.defaultAction();
    if (counted) {
      state.defaultUsage().hit(s.ingressLength);
    }
    if (bound == null) {
      return byHit ? nextOnMiss : nextWithoutAction;
    }
    if (s.trace != null) {
      s.trace.action(bound);
    }
    bound.action().run(s, bound.data);
    return byHit ? nextOnMiss : nextByAction[bound.action().index];
  }

  private void buildKey(long[] w) {
    int at = keyAt;
    for (int i = 0; i < keyWords; i++) {
      w[at + i] = 0;
    }
    for (int i = 0; i < from.length; i++) {
      if (validAt[i] >= 0 && w[validAt[i]] == 0) {
        continue;
      }
      int to = at + toWord[i];
      if (words[i] == 1) {
        w[to] |= w[from[i]] << shift[i];
      } else {
        System.arraycopy(w, from[i], w, to, words[i]);
      }
    }
    if (masked) {
      for (int i = 0; i < keyWords; i++) {
        w[at + i] &= keyMask[i];
      }
    }
  }

  /** The key field's value for the packet whose key was built last; for traces. */
  BigInteger keyValue(PacketState s, KeyField field) {
    return Words.get(s.words, keyAt + field.word(), Words.forBits(field.width()), true)
        .shiftRight(field.shift())
        .and(BigInteger.ONE.shiftLeft(field.width()).subtract(BigInteger.ONE));
  }

  private static void place(long[] to, KeyField f, BigInteger value, boolean replace) {
    if (f.width() <= 64) {
      if (replace) {
        to[f.word()] &= ~(Words.ones(f.width()) << f.shift());
      }
      to[f.word()] |= value.longValue() << f.shift();
    } else {
      Words.put(to, f.word(), Words.forBits(f.width()), value);
    }
  }

  /** The usage of an entry that nothing has hit yet; its idle clock starts. */
  public Entry.Usage newUsage(long nowNanos) {
    return new Entry.Usage(nowNanos, directMeter == null ? null : new Meter());
  }

  /** Makes the entry's form for lookups: value, mask, ranges and rank. */
  Entry entry(
      EntryKey entryKey, Outcome outcome, Entry.Usage usage, long sequence, boolean constant) {
    if (entryKey.matches().size() != key.size()) {
      throw new IllegalArgumentException(
          "table " + name + " has " + key.size() + " key fields, not " + entryKey.matches().size());
    }
    long[] value = new long[keyWords];
    long[] mask = new long[keyWords];
    List<Entry.RangeCheck> ranges = new ArrayList<>();
    int prefix = 0;
    for (int i = 0; i < key.size(); i++) {
      KeyField f = key.get(i);
      FieldMatch match = entryKey.matches().get(i);
      BigInteger all = BigInteger.ONE.shiftLeft(f.width()).subtract(BigInteger.ONE);
      if (match == null) {
        continue;
      }
      switch (match) {
        case FieldMatch.Exact m -> {
          place(value, f, m.value(), false);
          place(mask, f, all, false);
        }
        case FieldMatch.Prefix m -> {
          BigInteger bits =
              all.shiftRight(f.width() - m.length()).shiftLeft(f.width() - m.length());
          place(value, f, m.value().and(bits), false);
          place(mask, f, bits, false);
          prefix = m.length();
        }
        case FieldMatch.Masked m -> {
          place(value, f, m.value().and(m.mask()), false);
          place(mask, f, m.mask(), false);
        }
        case FieldMatch.Between m -> {
          if (m.low().equals(m.high())) {
            place(value, f, m.low(), false);
            place(mask, f, all, false);
          } else if (m.low().signum() != 0 || !m.high().equals(all)) {
            int n = Words.forBits(f.width());
            long[] low = new long[n];
            long[] high = new long[n];
            Words.put(low, 0, n, m.low());
            Words.put(high, 0, n, m.high());
            ranges.add(new Entry.RangeCheck(f.word(), f.shift(), f.width(), low, high));
          }
        }
      }
    }
    int rank = ranked ? entryKey.priority() : longestPrefix ? prefix : 0;
    return new Entry(
        entryKey,
        value,
        mask,
        ranges.toArray(Entry.RangeCheck[]::new),
        rank,
        sequence,
        constant,
        outcome,
        usage);
  }

  @Override
  public String toString() {
    return name;
  }
}
