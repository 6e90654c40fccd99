// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.codes;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Distinct codes, numbered in the order given, with the ones that a pattern takes found by its
 * mask: patterns are many and masks few, so each mask groups the codes once. Not for several
 * threads.
 */
public final class CodeIndex {
  private static final int[] NONE = {};

  private final ImmutableList<BigInteger> codes;
  private final Map<BigInteger, Integer> numbers = new HashMap<>();
  private final Map<BigInteger, Map<BigInteger, int[]>> byMask = new HashMap<>();

  public CodeIndex(Collection<BigInteger> codes) {
    this.codes = ImmutableSet.copyOf(codes).asList();
    for (int i = 0; i < this.codes.size(); i++) {
      numbers.put(this.codes.get(i), i);
    }
  }

  public int size() {
    return codes.size();
  }

  /** The code's number, −1 where it is none of the index. */
  public int number(BigInteger code) {
    return numbers.getOrDefault(code, -1);
  }

  /** The numbers of the codes that {@code pattern} takes, rising; not to be changed. */
  public int[] matching(Pattern pattern) {
    return byMask.computeIfAbsent(pattern.mask(), this::group).getOrDefault(pattern.value(), NONE);
  }

  /** Adds the numbers of the codes that {@code pattern} takes to {@code numbers}. */
  public void collect(Pattern pattern, BitSet numbers) {
    for (int number : matching(pattern)) {
      numbers.set(number);
    }
  }

  private Map<BigInteger, int[]> group(BigInteger mask) {
    Map<BigInteger, int[]> grouped = new HashMap<>();
    Map<BigInteger, Integer> sizes = new HashMap<>();
    for (int i = 0; i < codes.size(); i++) {
      BigInteger value = codes.get(i).and(mask);
      int[] here = grouped.computeIfAbsent(value, _ -> new int[2]);
      int size = sizes.merge(value, 1, Integer::sum);
      if (size > here.length) {
        here = Arrays.copyOf(here, 2 * here.length);
        grouped.put(value, here);
      }
      here[size - 1] = i;
    }
    grouped.replaceAll((value, here) -> Arrays.copyOf(here, sizes.getOrDefault(value, 0)));
    return grouped;
  }
}
