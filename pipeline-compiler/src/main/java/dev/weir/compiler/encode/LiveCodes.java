// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import dev.weir.compiler.classes.IncrementalClasses;
import dev.weir.compiler.codes.CodeIndex;
import dev.weir.compiler.net.IpAddress;
import java.math.BigInteger;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The codes that addresses have as sources and as destinations, as they come and go. */
final class LiveCodes implements IncrementalClasses.Sources {
  private record Source(IpAddress.Family family, BigInteger code) {}

  private final CodeIndex sources = CodeIndex.withAnybody();
  private final CodeIndex destinations = new CodeIndex();
  private final Map<Source, Integer> uses = new HashMap<>();
  private final Map<IpAddress.Family, BitSet> from = new EnumMap<>(IpAddress.Family.class);

  /**
   * The sources that have come or gone.
   *
   * @param come codes that some family has and had not
   * @param gone codes that some family had and has not
   * @param numbers of the codes that have gone, which others may have now
   */
  record Changed(Set<BigInteger> come, Set<BigInteger> gone, BitSet numbers) {}

  /** The number of each source that was touched before that, −1 where it was not there. */
  private Map<Source, Integer> touched = new HashMap<>();

  LiveCodes() {
    for (IpAddress.Family family : IpAddress.Family.values()) {
      BitSet anybody = new BitSet();
      anybody.set(CodeIndex.ANYBODY);
      from.put(family, anybody);
    }
  }

  @Override
  public CodeIndex index() {
    return sources;
  }

  @Override
  public BitSet of(IpAddress.Family family) {
    return from.getOrDefault(family, new BitSet());
  }

  CodeIndex destinations() {
    return destinations;
  }

  void addSource(IpAddress.Family family, BigInteger code) {
    Source source = new Source(family, code);
    boolean come = uses.merge(source, 1, Integer::sum) == 1;
    touched.putIfAbsent(source, come ? -1 : sources.number(code));
    sources.add(code);
    if (come) {
      of(family).set(sources.number(code));
    }
  }

  void removeSource(IpAddress.Family family, BigInteger code) {
    Source source = new Source(family, code);
    touched.putIfAbsent(source, sources.number(code));
    if (uses.merge(source, -1, Integer::sum) == 0) {
      uses.remove(source);
      of(family).clear(sources.number(code));
    }
    sources.remove(code);
  }

  /**
   * The code that differs least from {@code code} among those that have been there for a while.
   *
   * @param come codes that have not
   */
  Optional<BigInteger> nearest(BigInteger code, Set<BigInteger> come) {
    BigInteger nearest = null;
    int least = Integer.MAX_VALUE;
    for (Source source : uses.keySet()) {
      int differing = source.code.xor(code).bitCount();
      if (differing < least && differing > 0 && !come.contains(source.code)) {
        least = differing;
        nearest = source.code;
      }
    }
    return Optional.ofNullable(nearest);
  }

  /** What has come or gone since this was last asked. */
  Changed takeChanged() {
    Changed changed = new Changed(new HashSet<>(), new HashSet<>(), new BitSet());
    touched.forEach(
        (source, before) -> {
          boolean here = uses.containsKey(source);
          if (before >= 0 && (!here || sources.number(source.code) != before)) {
            changed.numbers.set(before);
            changed.gone.add(source.code);
          }
          if (here && before != sources.number(source.code)) {
            changed.come.add(source.code);
          }
        });
    touched = new HashMap<>();
    return changed;
  }
}
