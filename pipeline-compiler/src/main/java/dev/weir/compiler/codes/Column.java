package dev.weir.compiler.codes;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.math.BigInteger;

/** The bits of a code that answer one key. */
sealed interface Column {
  /** Bit positions in the code, most significant first. */
  ImmutableList<Integer> bits();

  /**
   * A numbered column. Number 0 is absent and every value that no selector names: {@code In} holds
   * for neither, {@code NotIn} for both. Where some selector asks whether the key is present, the
   * first bit says so.
   *
   * @param presence whether there is that bit
   * @param numbers from 1
   */
  record Values(
      ImmutableList<Integer> bits, boolean presence, ImmutableSortedMap<String, Integer> numbers)
      implements Column {

    /** Bits for numbers 0 to {@code highest}. */
    static int width(int highest) {
      return Integer.SIZE - Integer.numberOfLeadingZeros(highest);
    }

    /** The bits that hold the number. */
    ImmutableList<Integer> numberBits() {
      return presence ? bits.subList(1, bits.size()) : bits;
    }

    /** What a workload with {@code value} has here. */
    BigInteger code(String value) {
      BigInteger code = path(numbers.getOrDefault(value, 0)).code(numberBits());
      return presence ? code.setBit(bits.getFirst()) : code;
    }

    private BitPath path(int number) {
      return new BitPath(numberBits().size(), BigInteger.valueOf(number));
    }

    /** The bits of a value that has a number. */
    BitPath named(String value) {
      Integer number = numbers.get(value);
      if (number == null) {
        throw new IllegalArgumentException("value '" + value + "' has no number");
      }
      return path(number);
    }

    /** Asks the bit that says whether the key is present. */
    Pattern present(boolean present) {
      return BitPath.EMPTY.append(present).pattern(bits);
    }
  }

  /** The column of one family's blocks. */
  record Blocks(ImmutableList<Integer> bits, BlockTree tree) implements Column {}
}
