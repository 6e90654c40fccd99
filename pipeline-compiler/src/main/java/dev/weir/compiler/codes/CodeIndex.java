// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.codes;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Distinct codes, numbered as they come, with the ones that a pattern takes found by its mask:
 * patterns are many and masks few, so each mask groups the codes once. Not for several threads.
 */
public final class CodeIndex {
  private static final int[] NONE = {};

  /**
   * In an index with anybody, the number of who is taken by the pattern that asks nothing alone.
   */
  public static final int ANYBODY = 0;

  private final boolean anybody;
  private final List<@Nullable BigInteger> codes = new ArrayList<>();
  private final List<Integer> free = new ArrayList<>();
  private final Map<BigInteger, Integer> numbers = new HashMap<>();
  private final Map<BigInteger, Integer> uses = new HashMap<>();
  private final Map<BigInteger, Map<BigInteger, int[]>> byMask = new HashMap<>();
  private final Map<BigInteger, Map<BigInteger, BitSet>> sets = new HashMap<>();

  private CodeIndex(boolean anybody) {
    this.anybody = anybody;
    if (anybody) {
      codes.add(null);
    }
  }

  public CodeIndex() {
    this(false);
  }

  public CodeIndex(Collection<BigInteger> codes) {
    this(false);
    codes.forEach(this::add);
  }

  /**
   * An index that has a number for who is named by no pattern, whether or not there is anybody: so
   * what is asked of nobody in particular does not depend on who is there.
   */
  public static CodeIndex withAnybody() {
    return new CodeIndex(true);
  }

  /** One more than the largest number ever given. */
  public int size() {
    return codes.size();
  }

  /** The code's number, −1 where it is none of the index. */
  public int number(BigInteger code) {
    return numbers.getOrDefault(code, -1);
  }

  /** Adds one use of a code; true where it is new. */
  public boolean add(BigInteger code) {
    if (uses.merge(code, 1, Integer::sum) > 1) {
      return false;
    }
    int number;
    if (free.isEmpty()) {
      number = codes.size();
      codes.add(code);
    } else {
      number = free.removeLast();
      codes.set(number, code);
    }
    numbers.put(code, number);
    byMask.forEach((mask, groups) -> groups.merge(code.and(mask), new int[] {number}, this::with));
    mark(code, number, true);
    return true;
  }

  /**
   * Takes back one use of a code; true where that was the last.
   *
   * @throws IllegalArgumentException if it has none
   */
  public boolean remove(BigInteger code) {
    Integer number = numbers.get(code);
    if (number == null) {
      throw new IllegalArgumentException("code " + code.toString(16) + " is not in the index");
    }
    if (uses.merge(code, -1, Integer::sum) > 0) {
      return false;
    }
    uses.remove(code);
    numbers.remove(code);
    codes.set(number, null);
    free.add(number);
    byMask.forEach(
        (mask, groups) ->
            groups.computeIfPresent(code.and(mask), (_, here) -> without(here, number)));
    mark(code, number, false);
    return true;
  }

  private void mark(BigInteger code, int number, boolean there) {
    sets.forEach(
        (mask, byValue) -> {
          BitSet set = byValue.get(code.and(mask));
          if (set != null) {
            set.set(number, there);
          }
        });
  }

  private int[] with(int[] here, int[] added) {
    int at = -1 - Arrays.binarySearch(here, added[0]);
    int[] more = Arrays.copyOf(here, here.length + 1);
    System.arraycopy(here, at, more, at + 1, here.length - at);
    more[at] = added[0];
    return more;
  }

  private static int @Nullable [] without(int[] here, int number) {
    if (here.length == 1) {
      return null;
    }
    int at = Arrays.binarySearch(here, number);
    int[] fewer = Arrays.copyOf(here, here.length - 1);
    System.arraycopy(here, at + 1, fewer, at, here.length - at - 1);
    return fewer;
  }

  /** The numbers of the codes that {@code pattern} takes, rising; not to be changed. */
  public int[] matching(Pattern pattern) {
    return byMask.computeIfAbsent(pattern.mask(), this::group).getOrDefault(pattern.value(), NONE);
  }

  /**
   * The numbers of the codes that {@code pattern} takes, as they come and go; not to be changed.
   */
  public BitSet set(Pattern pattern) {
    return sets.computeIfAbsent(pattern.mask(), _ -> new HashMap<>())
        .computeIfAbsent(
            pattern.value(),
            _ -> {
              BitSet set = new BitSet(codes.size());
              collect(pattern, set);
              return set;
            });
  }

  /** Adds the numbers of the codes that {@code pattern} takes to {@code numbers}. */
  public void collect(Pattern pattern, BitSet numbers) {
    for (int number : matching(pattern)) {
      numbers.set(number);
    }
  }

  /** The code with this number. */
  public BigInteger code(int number) {
    BigInteger code = codes.get(number);
    if (code == null) {
      throw new IllegalArgumentException("no code has number " + number);
    }
    return code;
  }

  private Map<BigInteger, int[]> group(BigInteger mask) {
    Map<BigInteger, int[]> grouped = new HashMap<>();
    Map<BigInteger, Integer> sizes = new HashMap<>();
    if (anybody && mask.signum() == 0) {
      grouped.put(BigInteger.ZERO, new int[] {ANYBODY, 0});
      sizes.put(BigInteger.ZERO, 1);
    }
    for (int i = 0; i < codes.size(); i++) {
      BigInteger code = codes.get(i);
      if (code == null) {
        continue;
      }
      BigInteger value = code.and(mask);
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
