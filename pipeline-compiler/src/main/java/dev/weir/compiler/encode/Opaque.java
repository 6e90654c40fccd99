package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.LinkedHashMultimap;
import com.google.common.collect.Maps;
import com.google.common.collect.SetMultimap;
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
import dev.weir.compiler.net.IpAddress;
import java.math.BigInteger;
import java.util.Collection;

/**
 * The declared TCP ports that carry no HTTP, where request rules are decided by the header.
 *
 * @param patterns by port number: the destinations that declare it so
 * @param declared destination codes that declare it so, by port number
 * @param other destination codes and ports of declared TCP ports that do or may carry HTTP
 */
record Opaque(
    ImmutableListMultimap<Integer, Pattern> patterns,
    ImmutableMap<Integer, CodeIndex> declared,
    ImmutableMap<Integer, CodeIndex> other) {

  /** The numbers for which some request rule needs a column. */
  static ImmutableSortedSet<Integer> asked(Intent intent, Takers takers) {
    ImmutableSortedSet.Builder<Integer> asked = ImmutableSortedSet.naturalOrder();
    for (Rule rule : intent.rules()) {
      if (!Regions.authorization(rule.layer()) || rule.headerDecides()) {
        continue;
      }
      takers.forEach(
          rule.destination(),
          (address, workload) -> {
            for (Workload.Port port : workload.ports()) {
              if (opaque(port) && takes(rule.port(), port)) {
                asked.add(port.number());
              }
            }
          });
    }
    return asked.build();
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

  static Opaque of(ImmutableSet<Integer> asked, CodeBook destinations, Identities identities) {
    ImmutableListMultimap.Builder<Integer, Pattern> patterns = ImmutableListMultimap.builder();
    for (int number : asked) {
      Key key = new Key.OpaquePort(number);
      if (destinations.answers(key)) {
        patterns.putAll(
            number,
            destinations
                .patterns(new Selector(ImmutableList.of(new Selector.Test.Exists(key))))
                .patterns());
      }
    }
    SetMultimap<Integer, BigInteger> declared = LinkedHashMultimap.create();
    SetMultimap<Integer, BigInteger> other = LinkedHashMultimap.create();
    identities
        .owners()
        .forEach(
            (IpAddress address, Workload workload) -> {
              BigInteger code = destinations.code(workload, address);
              for (Workload.Port port : workload.ports()) {
                if (port.protocol() == Protocol.TCP) {
                  (opaque(port) ? declared : other).put(port.number(), code);
                }
              }
            });
    return new Opaque(patterns.build(), indexes(declared), indexes(other));
  }

  private static ImmutableMap<Integer, CodeIndex> indexes(SetMultimap<Integer, BigInteger> codes) {
    return ImmutableMap.copyOf(Maps.transformValues(codes.asMap(), CodeIndex::new));
  }

  private static boolean some(
      ImmutableMap<Integer, CodeIndex> codes, int number, Pattern destination) {
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
