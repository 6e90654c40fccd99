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
    Optional<CodeBooks> kept =
        before.columns().isEmpty() ? Optional.empty() : keep(demand, before, width);
    CodeBooks fresh = fresh(demand, width);
    boolean tooWide =
        kept.map(k -> k.used.cardinality() > fresh.used.cardinality() * 3 / 2 + 8).orElse(true);
    CodeBooks chosen = tooWide ? fresh : kept.orElse(fresh);
    return new CodeBook(demand.families(), ImmutableMap.copyOf(chosen.columns));
  }

  private static Optional<CodeBooks> keep(Demand demand, Allocation.Book before, int width) {
    CodeBooks books = new CodeBooks(width);
    Map<Key, Allocation.Column> old = new TreeMap<>(Comparator.comparing(Keys::text));
    before.columns().forEach((text, column) -> old.put(Keys.parse(text), column));
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
      books.setAside();
    }
    return books;
  }

  /**
   * Widens columns for half as many values again, those asked most first, as far as the code stays
   * as narrow as it should be: what has no bit set aside gets one when it needs it, at the price of
   * writing its entries anew.
   */
  private void setAside() {
    for (var entry : columns.entrySet()) {
      if (entry.getValue() instanceof Column.Values(var bits, var numbers) && !numbers.isEmpty()) {
        int wanted = Column.Values.width(numbers.size() + numbers.size() / 2 + 1);
        List<Integer> wider = new ArrayList<>(bits);
        if (used.cardinality() + wanted - bits.size() <= NARROW && extend(wider, 1, wanted)) {
          entry.setValue(new Column.Values(ImmutableList.copyOf(wider), numbers));
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
    int next = numbers.values().stream().mapToInt(n -> n).max().orElse(0) + 1;
    for (String value : asked.values) {
      if (!numbers.containsKey(value)) {
        numbers.put(value, next++);
      }
    }
    List<Integer> bits =
        new ArrayList<>(before.map(Allocation.Column::bits).orElse(ImmutableList.of()));
    int needed = Column.Values.width(next - 1);
    // Only the value part grows, at its most significant end.
    if (!extend(bits, Math.min(1, bits.size()), needed)) {
      return false;
    }
    columns.put(
        key, new Column.Values(ImmutableList.copyOf(bits), ImmutableSortedMap.copyOf(numbers)));
    return true;
  }

  private boolean placeBlocks(Key key, Demand.Asked asked, Optional<Allocation.Column> before) {
    TreeSet<Prefix> blocks = new TreeSet<>(asked.blocks);
    before.ifPresent(b -> b.numbers().keySet().forEach(text -> blocks.add(Prefix.parse(text))));
    return placeTree(key, blocks, before) || placeTree(key, asked.blocks, before);
  }

  private boolean placeTree(
      Key key, Collection<Prefix> blocks, Optional<Allocation.Column> before) {
    BlockTree tree = BlockTree.of(blocks);
    List<Integer> bits =
        new ArrayList<>(before.map(Allocation.Column::bits).orElse(ImmutableList.of()));
    if (!extend(bits, bits.size(), tree.bits())) {
      return false;
    }
    columns.put(key, new Column.Blocks(ImmutableList.copyOf(bits), tree));
    return true;
  }

  /** Inserts free bits at {@code index} until there are {@code size}. */
  private boolean extend(List<Integer> bits, int index, int size) {
    int missing = size - bits.size();
    if (missing > width - used.cardinality()) {
      return false;
    }
    for (int i = 0; i < missing; i++) {
      int bit = used.nextClearBit(0);
      used.set(bit);
      bits.add(index, bit);
    }
    return true;
  }
}
