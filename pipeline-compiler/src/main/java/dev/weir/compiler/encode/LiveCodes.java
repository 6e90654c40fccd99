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
import java.util.Set;

/** The codes that addresses have as sources and as destinations, as they come and go. */
final class LiveCodes implements IncrementalClasses.Sources {
  private record Source(IpAddress.Family family, BigInteger code) {}

  private final CodeIndex sources = CodeIndex.withAnybody();
  private final CodeIndex destinations = new CodeIndex();
  private final Map<Source, Integer> uses = new HashMap<>();
  private final Map<IpAddress.Family, BitSet> from = new EnumMap<>(IpAddress.Family.class);

  /** Whether each source that was touched was there before. */
  private final Map<Source, Boolean> touched = new HashMap<>();

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
    touched.putIfAbsent(source, !come);
    sources.add(code);
    if (come) {
      of(family).set(sources.number(code));
    }
  }

  void removeSource(IpAddress.Family family, BigInteger code) {
    Source source = new Source(family, code);
    touched.putIfAbsent(source, true);
    if (uses.merge(source, -1, Integer::sum) == 0) {
      uses.remove(source);
      of(family).clear(sources.number(code));
    }
    sources.remove(code);
  }

  /** The sources' codes that have come or gone since this was last asked. */
  Set<BigInteger> takeChangedSources() {
    Set<BigInteger> changed = new HashSet<>();
    touched.forEach(
        (source, before) -> {
          if (before != uses.containsKey(source)) {
            changed.add(source.code);
          }
        });
    touched.clear();
    return changed;
  }
}
