package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.codes.Answers;
import dev.weir.compiler.codes.CodeBook;
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
import java.util.Optional;

/**
 * The declared TCP ports that carry no HTTP, where request rules are decided by the header.
 *
 * @param patterns by port number: the destinations that declare it so
 * @param declared destination codes that declare it so, by port number
 * @param other destination codes and ports of declared TCP ports that do or may carry HTTP
 */
record Opaque(
    ImmutableListMultimap<Integer, Pattern> patterns,
    ImmutableListMultimap<Integer, BigInteger> declared,
    ImmutableListMultimap<Integer, BigInteger> other) {

  /** The numbers for which some request rule needs a column. */
  static ImmutableSortedSet<Integer> asked(Intent intent, Identities identities) {
    ImmutableSortedSet.Builder<Integer> asked = ImmutableSortedSet.naturalOrder();
    for (Rule rule : intent.rules()) {
      if (!Regions.authorization(rule.layer()) || rule.headerDecides()) {
        continue;
      }
      identities
          .owners()
          .forEach(
              (address, workload) -> {
                for (Workload.Port port : workload.ports()) {
                  if (opaque(port)
                      && takes(rule.port(), port)
                      && Answers.takes(rule.destination(), Optional.of(workload), address)) {
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
    ImmutableListMultimap.Builder<Integer, BigInteger> declared = ImmutableListMultimap.builder();
    ImmutableListMultimap.Builder<Integer, BigInteger> other = ImmutableListMultimap.builder();
    identities
        .owners()
        .forEach(
            (IpAddress address, Workload workload) -> {
              BigInteger code =
                  destinations.workloadCode(workload).or(destinations.blockCode(address));
              for (Workload.Port port : workload.ports()) {
                if (port.protocol() == Protocol.TCP) {
                  (opaque(port) ? declared : other).put(port.number(), code);
                }
              }
            });
    return new Opaque(patterns.build(), declared.build(), other.build());
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
          if (declared.get(number).stream().anyMatch(c -> region.destination().matches(c))) {
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
                    other.entries().stream()
                        .anyMatch(
                            e ->
                                r.port().matches(PortTest.TCP_NUMBER, e.getKey())
                                    && r.destination().matches(e.getValue())));
  }
}
