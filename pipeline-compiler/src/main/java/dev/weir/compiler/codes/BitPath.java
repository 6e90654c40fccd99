package dev.weir.compiler.codes;

import com.google.common.collect.ImmutableList;
import java.math.BigInteger;
import java.util.Collection;

/**
 * The first bits of a column, most significant first.
 *
 * @param value the bits, the last one lowest
 */
record BitPath(int length, BigInteger value) {
  static final BitPath EMPTY = new BitPath(0, BigInteger.ZERO);

  BitPath append(boolean one) {
    BigInteger shifted = value.shiftLeft(1);
    return new BitPath(length + 1, one ? shifted.setBit(0) : shifted);
  }

  BitPath append(BitPath rest) {
    return new BitPath(length + rest.length, value.shiftLeft(rest.length).or(rest.value));
  }

  boolean isPrefixOf(BitPath other) {
    return length <= other.length && other.value.shiftRight(other.length - length).equals(value);
  }

  /** The pattern that asks these bits of a column whose bits stand at {@code positions}. */
  Pattern pattern(ImmutableList<Integer> positions) {
    BigInteger mask = BigInteger.ZERO;
    for (int position : positions.subList(0, length)) {
      mask = mask.setBit(position);
    }
    return new Pattern(code(positions), mask);
  }

  /** The code with these bits first and zeros after them. */
  BigInteger code(ImmutableList<Integer> positions) {
    BigInteger code = BigInteger.ZERO;
    for (int i = 0; i < length; i++) {
      if (value.testBit(length - 1 - i)) {
        code = code.setBit(positions.get(i));
      }
    }
    return code;
  }

  /** The fewest paths that together take just what begins with none of {@code excluded}. */
  static ImmutableList<BitPath> outside(Collection<BitPath> excluded) {
    ImmutableList.Builder<BitPath> paths = ImmutableList.builder();
    collectOutside(EMPTY, excluded, paths);
    return paths.build();
  }

  private static void collectOutside(
      BitPath here, Collection<BitPath> excluded, ImmutableList.Builder<BitPath> paths) {
    if (excluded.stream().anyMatch(e -> e.isPrefixOf(here))) {
      return;
    }
    ImmutableList<BitPath> below =
        excluded.stream().filter(here::isPrefixOf).collect(ImmutableList.toImmutableList());
    if (below.isEmpty()) {
      paths.add(here);
      return;
    }
    collectOutside(here.append(false), below, paths);
    collectOutside(here.append(true), below, paths);
  }
}
