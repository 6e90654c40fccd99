// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.codes.CodeBook;
import dev.weir.compiler.codes.CodeIndex;
import dev.weir.compiler.codes.Pattern;
import dev.weir.compiler.codes.PortTest;
import dev.weir.compiler.codes.Region;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import java.math.BigInteger;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The declared TCP ports that carry no HTTP, where request rules are decided by the header. Not for
 * several threads.
 */
final class Opaque {
  /** A destination's code, and a TCP port that it declares. */
  record Declared(BigInteger code, int port) {}

  /** By port number: the destinations that declare it so. */
  private final ImmutableListMultimap<Integer, Pattern> patterns;

  /** Destination codes that declare it so, by port number. */
  private final Map<Integer, CodeIndex> declared = new HashMap<>();

  /** Destination codes and ports of declared TCP ports that do or may carry HTTP. */
  private final Map<Integer, CodeIndex> other = new HashMap<>();

  /** What is declared of whole codes changed since {@link #takeChanged}. */
  private Set<Declared> changed = new HashSet<>();

  private Opaque(ImmutableListMultimap<Integer, Pattern> patterns) {
    this.patterns = patterns;
  }

  /** Nothing declared yet. */
  static Opaque of(CodeBook destinations) {
    ImmutableListMultimap.Builder<Integer, Pattern> patterns = ImmutableListMultimap.builder();
    for (int number : destinations.opaquePorts()) {
      patterns.putAll(
          number,
          destinations
              .patterns(
                  new Selector(
                      ImmutableList.of(new Selector.Test.Exists(new Key.OpaquePort(number)))))
              .patterns());
    }
    return new Opaque(patterns.build());
  }

  /** What all owners declare. */
  static Opaque of(CodeBook destinations, Identities identities) {
    Opaque opaque = of(destinations);
    identities
        .owners()
        .forEach((address, owner) -> opaque.declare(owner, destinations.code(owner, address)));
    opaque.takeChanged();
    return opaque;
  }

  /** Adds what one address declares. */
  void declare(Workload workload, BigInteger code) {
    for (Workload.Port port : workload.ports()) {
      if (port.protocol() == Protocol.TCP && index(port).add(code)) {
        changed.add(new Declared(code, port.number()));
      }
    }
  }

  /** Takes back what {@link #declare} added. */
  void withdraw(Workload workload, BigInteger code) {
    for (Workload.Port port : workload.ports()) {
      if (port.protocol() == Protocol.TCP && index(port).remove(code)) {
        changed.add(new Declared(code, port.number()));
      }
    }
  }

  private CodeIndex index(Workload.Port port) {
    return (opaque(port) ? declared : other).computeIfAbsent(port.number(), _ -> new CodeIndex());
  }

  /** Of which codes and ports something else is declared than when this was last asked. */
  Set<Declared> takeChanged() {
    Set<Declared> taken = changed;
    changed = new HashSet<>();
    return taken;
  }

  /** The numbers for which some request rule needs a column. */
  static ImmutableSortedSet<Integer> asked(Intent intent, Takers takers) {
    ImmutableSortedSet.Builder<Integer> asked = ImmutableSortedSet.naturalOrder();
    for (Rule rule : intent.rules()) {
      if (asks(rule)) {
        takers.forEach(
            rule.destination(),
            (_, workload) -> {
              for (Workload.Port port : workload.ports()) {
                if (opaque(port) && takes(rule.port(), port)) {
                  asked.add(port.number());
                }
              }
            });
      }
    }
    return asked.build();
  }

  /** Whether the rule means something else where a port carries no HTTP. */
  static boolean asks(Rule rule) {
    return Regions.authorization(rule.layer()) && !rule.headerDecides();
  }

  static boolean opaque(Workload.Port port) {
    return port.protocol() == Protocol.TCP && port.application() == Workload.Application.OPAQUE;
  }

  static boolean takes(Rule.PortMatch match, Workload.Port port) {
    return switch (match) {
      case Rule.PortMatch.Any _ -> true;
      case Rule.PortMatch.Numbers n ->
          n.protocol() == port.protocol()
              && n.first() <= port.number()
              && port.number() <= n.last();
      case Rule.PortMatch.Named n ->
          n.protocol() == port.protocol() && n.name().equals(port.name());
    };
  }

  private static boolean some(Map<Integer, CodeIndex> codes, int number, Pattern destination) {
    CodeIndex index = codes.get(number);
    return index != null && index.matching(destination).length > 0;
  }

  /** Whether entries tell the port apart, so that nothing is steered there for a request. */
  boolean decided(int number) {
    return patterns.containsKey(number);
  }

  /** The parts of {@code region} at ports without HTTP that some workload declares. */
  ImmutableList<Region> within(Region region) {
    ImmutableList.Builder<Region> parts = ImmutableList.builder();
    patterns.forEach(
        (number, pattern) -> {
          if (some(declared, number, region.destination())) {
            region
                .and(
                    new Region(
                        Pattern.ANY, pattern, new PortTest(PortTest.TCP_NUMBER, number, number)))
                .ifPresent(parts::add);
          }
        });
    return parts.build();
  }

  /** Whether the regions hold declared ports, and only such that carry no HTTP. */
  boolean decidesAll(Collection<Region> regions) {
    return regions.stream().anyMatch(r -> !within(r).isEmpty())
        && regions.stream()
            .noneMatch(
                r ->
                    other.keySet().stream()
                        .anyMatch(
                            number ->
                                r.port().matches(PortTest.TCP_NUMBER, number)
                                    && some(other, number, r.destination())));
  }
}
