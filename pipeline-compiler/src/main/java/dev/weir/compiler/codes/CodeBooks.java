package dev.weir.compiler.codes;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.net.Prefix;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Gives keys their bits: the ones they had where they still hold, free ones else. */
public final class CodeBooks {
  /** Below this width no bit is set aside for values to come. */
  private static final int ROOMY = 64;

  /** Bits that a code should do with: none is set aside beyond. */
  private static final int NARROW = 40;

  /** In former allocations, service accounts with their namespaces; its bits are free. */
  private static final String WHOLE_ACCOUNTS = "service-account";

  private final int width;
  private final BitSet used = new BitSet();
  private final Map<Key, Column> columns = new LinkedHashMap<>();

  private CodeBooks(int width) {
    this.width = width;
  }

  /**
   * A book for {@code demand} that keeps what {@code before} gave. Where that does not fit in
   * {@code width} bits, or takes over 1.5 times the bits of a fresh book, everything is given anew;
   * keys that not even then fit are left out, those that the fewest tests ask first.
   */
  public static CodeBook allocate(Demand demand, Allocation.Book before, int width) {
    CodeBooks books =
        keep(demand, before, width)
            .filter(kept -> kept.used.cardinality() <= most(demand, width))
            .orElseGet(() -> fresh(demand, width));
    return new CodeBook(demand.families(), ImmutableMap.copyOf(books.columns));
  }

  /**
   * Whether {@link #allocate} would give {@code book} for {@code demand}, were it the last one:
   * nothing is asked that it does not answer, and it is not too wide for what is asked.
   */
  public static boolean keeps(CodeBook book, Demand demand, int width) {
    return keeps(book, demand, demand, width);
  }

  /**
   * The same of a book that answers everything but what was added.
   *
   * @param added part of {@code demand}
   */
  public static boolean keeps(CodeBook book, Demand demand, Demand added, int width) {
    return book.bits() <= most(demand, width)
        && added.keys().entrySet().stream().allMatch(e -> book.holds(e.getKey(), e.getValue()));
  }

  /** The most bits that a book may keep: 1.5 times a fresh one, and some for small ones. */
  private static int most(Demand demand, int width) {
    int fresh = demand.bits();
    if (width >= ROOMY) {
      fresh = Math.max(fresh, Math.min(demand.roomyBits(), NARROW));
    }
    return fresh * 3 / 2 + 8;
  }

  private static Optional<CodeBooks> keep(Demand demand, Allocation.Book before, int width) {
    if (before.columns().isEmpty()) {
      return Optional.empty();
    }
    CodeBooks books = new CodeBooks(width);
    Map<Key, Allocation.Column> old = new TreeMap<>(Comparator.comparing(Keys::text));
    before
        .columns()
        .forEach(
            (text, column) -> {
              if (!text.equals(WHOLE_ACCOUNTS)) {
                old.put(Keys.parse(text), column);
              }
            });
    for (Allocation.Column column : old.values()) {
      for (int bit : column.bits()) {
        if (bit >= width || books.used.get(bit)) {
          return Optional.empty();
        }
        books.used.set(bit);
      }
    }
    Map<Key, Demand.Asked> asked = new TreeMap<>(Comparator.comparing(Keys::text));
    asked.putAll(demand.keys());
    old.keySet().forEach(key -> asked.putIfAbsent(key, new Demand.Asked()));
    for (var entry : asked.entrySet()) {
      if (entry.getKey() instanceof Key.Blocks b && !demand.families().contains(b.family())) {
        continue;
      }
      if (!books.place(
          entry.getKey(), entry.getValue(), Optional.ofNullable(old.get(entry.getKey())))) {
        return Optional.empty();
      }
    }
    return Optional.of(books);
  }

  private static CodeBooks fresh(Demand demand, int width) {
    CodeBooks books = new CodeBooks(width);
    demand.keys().entrySet().stream()
        .sorted(
            Comparator.comparing(
                    (Map.Entry<Key, Demand.Asked> e) -> e.getValue().tests,
                    Comparator.reverseOrder())
                .thenComparing(e -> Keys.text(e.getKey())))
        .forEach(e -> books.place(e.getKey(), e.getValue(), Optional.empty()));
    if (width >= ROOMY) {
      books.setAside(demand);
    }
    return books;
  }

  /**
   * Widens columns for half as many values again, those asked most first, as far as the code stays
   * as narrow as it should be: what has no bit set aside gets one when it needs it, at the price of
   * writing its entries anew.
   */
  private void setAside(Demand demand) {
    for (var entry : columns.entrySet()) {
      Demand.Asked asked = demand.keys().get(entry.getKey());
      if (asked != null
          && entry.getValue() instanceof Column.Values(var bits, boolean presence, var numbers)) {
        int missing = asked.bits(asked.roomyHighest()) - bits.size();
        if (used.cardinality() + missing <= NARROW) {
          List<Integer> wider = new ArrayList<>(bits);
          insert(wider, presence ? 1 : 0, missing);
          entry.setValue(new Column.Values(ImmutableList.copyOf(wider), presence, numbers));
        }
      }
    }
  }

  /** False where the bits do not suffice; nothing has changed then. */
  private boolean place(Key key, Demand.Asked asked, Optional<Allocation.Column> before) {
    return key instanceof Key.Blocks
        ? placeBlocks(key, asked, before)
        : placeValues(key, asked, before);
  }

  private boolean placeValues(Key key, Demand.Asked asked, Optional<Allocation.Column> before) {
    TreeMap<String, Integer> numbers = new TreeMap<>();
    before.ifPresent(b -> numbers.putAll(b.numbers()));
    int highest = numbers.values().stream().mapToInt(n -> n).max().orElse(0);
    for (String value : asked.values.keySet()) {
      if (!numbers.containsKey(value)) {
        numbers.put(value, ++highest);
      }
    }
    List<Integer> bits =
        new ArrayList<>(before.map(Allocation.Column::bits).orElse(ImmutableList.of()));
    boolean present = before.map(Allocation.Column::presence).orElse(false);
    boolean becomesPresent = !present && asked.presence > 0;
    int wider = Math.max(0, Column.Values.width(highest) - (bits.size() - (present ? 1 : 0)));
    if (!fits(wider + (becomesPresent ? 1 : 0))) {
      return false;
    }
    // Only the number grows, at its most significant end; the bit for presence is before it.
    insert(bits, present ? 1 : 0, wider);
    insert(bits, 0, becomesPresent ? 1 : 0);
    columns.put(
        key,
        new Column.Values(
            ImmutableList.copyOf(bits),
            present || becomesPresent,
            ImmutableSortedMap.copyOf(numbers)));
    return true;
  }

  private boolean placeBlocks(Key key, Demand.Asked asked, Optional<Allocation.Column> before) {
    TreeSet<Prefix> blocks = new TreeSet<>(asked.blocks());
    before.ifPresent(b -> b.numbers().keySet().forEach(text -> blocks.add(Prefix.parse(text))));
    return placeTree(key, blocks, before) || placeTree(key, asked.blocks(), before);
  }

  private boolean placeTree(
      Key key, Collection<Prefix> blocks, Optional<Allocation.Column> before) {
    BlockTree tree = BlockTree.of(blocks);
    List<Integer> bits =
        new ArrayList<>(before.map(Allocation.Column::bits).orElse(ImmutableList.of()));
    int wider = Math.max(0, tree.bits() - bits.size());
    if (!fits(wider)) {
      return false;
    }
    insert(bits, bits.size(), wider);
    columns.put(key, new Column.Blocks(ImmutableList.copyOf(bits), tree));
    return true;
  }

  private boolean fits(int more) {
    return more <= width - used.cardinality();
  }

  /** Inserts {@code more} free bits at {@code index}. */
  private void insert(List<Integer> bits, int index, int more) {
    for (int i = 0; i < more; i++) {
      int bit = used.nextClearBit(0);
      used.set(bit);
      bits.add(index, bit);
    }
  }
}
