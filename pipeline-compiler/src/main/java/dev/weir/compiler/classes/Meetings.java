package dev.weir.compiler.classes;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.codes.CodeIndex;
import java.math.BigInteger;
import java.util.IdentityHashMap;
import java.util.Map;

/** Who can open a connection to which endpoint port, in codes. Not for several threads. */
public final class Meetings {
  private final ImmutableList<EndpointCodes> endpoints;

  /** Sets of sources are few: one for each family. */
  private final Map<ImmutableSet<BigInteger>, CodeIndex> indexes = new IdentityHashMap<>();

  public Meetings(ImmutableList<EndpointCodes> endpoints) {
    this.endpoints = endpoints;
  }

  ImmutableList<EndpointCodes> endpoints() {
    return endpoints;
  }

  /** The numbers of sources' codes by pattern. */
  CodeIndex index(ImmutableSet<BigInteger> sources) {
    return indexes.computeIfAbsent(
        sources,
        codes -> {
          CodeIndex index = CodeIndex.withAnybody();
          codes.forEach(index::add);
          return index;
        });
  }

  /**
   * One endpoint port.
   *
   * @param destination its address's code
   * @param sources the codes of all that can open a connection to it
   */
  public record EndpointCodes(BigInteger destination, int port, ImmutableSet<BigInteger> sources) {}
}
