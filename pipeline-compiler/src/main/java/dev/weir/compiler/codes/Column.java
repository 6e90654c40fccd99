package dev.weir.compiler.codes;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Optional;

/** The bits of a code that answer one key. */
sealed interface Column {
  /** Bit positions in the code, most significant first. */
  ImmutableList<Integer> bits();

  /**
   * A numbered column: the first bit says that the key is present, the others hold the value's
   * number, 0 for every value that no selector names. All zero is absent.
   *
   * @param numbers from 1
   */
  record Values(ImmutableList<Integer> bits, ImmutableSortedMap<String, Integer> numbers)
      implements Column {

    /** Bits for {@code named} values: presence and numbers 0 to {@code named}. */
    static int width(int named) {
      return 1 + Integer.SIZE - Integer.numberOfLeadingZeros(named);
    }

    BigInteger code(Optional<String> value) {
      return value.map(v -> path(numbers.getOrDefault(v, 0)).code(bits)).orElse(BigInteger.ZERO);
    }

    private BitPath path(int number) {
      return new BitPath(
          bits.size(), BigInteger.ONE.shiftLeft(bits.size() - 1).or(BigInteger.valueOf(number)));
    }

    private BitPath named(String value) {
      Integer number = numbers.get(value);
      if (number == null) {
        throw new IllegalArgumentException("value '" + value + "' has no number");
      }
      return path(number);
    }

    ImmutableList<Pattern> in(Collection<String> values) {
      return values.stream()
          .sorted()
          .map(v -> named(v).pattern(bits))
          .collect(ImmutableList.toImmutableList());
    }

    ImmutableList<Pattern> notIn(Collection<String> values) {
      return BitPath.outside(values.stream().map(this::named).toList()).stream()
          .map(p -> p.pattern(bits))
          .collect(ImmutableList.toImmutableList());
    }

    Pattern present(boolean present) {
      return BitPath.EMPTY.append(present).pattern(bits);
    }
  }

  /** The column of one family's blocks. */
  record Blocks(ImmutableList<Integer> bits, BlockTree tree) implements Column {}
}
