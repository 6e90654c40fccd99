package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.codes.CodeBook;
import dev.weir.compiler.codes.Demand;
import dev.weir.compiler.codes.Keys;
import dev.weir.compiler.codes.PortTest;
import dev.weir.compiler.codes.Region;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Turns rules into header regions over one pair of code books. */
final class Regions {
  /** A rule over more regions than this is placed by its superset. */
  private static final int CAP = 256;

  private final CodeBook source;
  private final CodeBook destination;
  private final boolean ranges;
  private final Function<Rule.PortMatch.Named, ImmutableSortedSet<String>> numbers;

  /**
   * @param numbers in decimal, that pods give to a port name
   */
  Regions(
      CodeBook source,
      CodeBook destination,
      boolean ranges,
      Function<Rule.PortMatch.Named, ImmutableSortedSet<String>> numbers) {
    this.source = source;
    this.destination = destination;
    this.ranges = ranges;
    this.numbers = numbers;
  }

  /** The numbers that {@code workloads} give to port names. */
  static Function<Rule.PortMatch.Named, ImmutableSortedSet<String>> numbers(
      ImmutableCollection<Workload> workloads) {
    Map<Rule.PortMatch.Named, ImmutableSortedSet<String>> known = new HashMap<>();
    return named -> known.computeIfAbsent(named, n -> numbers(n, workloads));
  }

  /** Asks for the columns that named ports need. */
  static void demandNamedPorts(
      Iterable<Rule> rules,
      Function<Rule.PortMatch.Named, ImmutableSortedSet<String>> numbers,
      Demand destinations) {
    for (Rule rule : rules) {
      if (rule.port() instanceof Rule.PortMatch.Named named) {
        destinations.add(new Selector.Test.In(key(named), numbers.apply(named)));
      }
    }
  }

  static Key key(Rule.PortMatch.Named named) {
    return new Key.NamedPort(named.name(), named.protocol());
  }

  private static ImmutableSortedSet<String> numbers(
      Rule.PortMatch.Named named, ImmutableCollection<Workload> workloads) {
    return workloads.stream()
        .flatMap(w -> Keys.value(key(named), w).stream())
        .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo));
  }

  static boolean authorization(Rule.Layer layer) {
    return switch (layer) {
      case AUTHORIZATION_ALLOW, AUTHORIZATION_DENY -> true;
      case EGRESS_ADMIN, EGRESS, EGRESS_BASELINE, INGRESS_ADMIN, INGRESS, INGRESS_BASELINE -> false;
    };
  }

  RuleRegions of(Rule rule) {
    List<Reason> inexact = new ArrayList<>();
    Ports ports = ports(rule, inexact);
    CodeBook.Patterns sources = source.patterns(rule.source());
    ImmutableList.Builder<Region> regions = ImmutableList.builder();
    int count = 0;
    boolean otherFamily = sources.otherFamily();
    if (!sources.exact()) {
      inexact.add(Reason.CODE_BITS);
    }
    for (PortSelection port : ports.selections()) {
      CodeBook.Patterns destinations =
          destination.patterns(and(rule.destination(), port.destination()));
      otherFamily |= destinations.otherFamily();
      if (!destinations.exact()) {
        inexact.add(Reason.CODE_BITS);
      }
      count += sources.patterns().size() * destinations.patterns().size();
      if (count > CAP) {
        return new RuleRegions(
            rule,
            ImmutableList.of(superset(rule, ports)),
            Optional.of(Reason.ENTRY_CAP),
            Optional.empty());
      }
      for (var s : sources.patterns()) {
        for (var d : destinations.patterns()) {
          regions.add(new Region(s, d, port.test()));
        }
      }
    }
    ImmutableList<Region> all = regions.build();
    Optional<Reason> nothing =
        !all.isEmpty()
            ? Optional.empty()
            : Optional.of(
                ports.selections().isEmpty()
                    ? Reason.NO_ENDPOINT
                    : otherFamily ? Reason.NO_IPV6 : Reason.CONTRADICTORY);
    return new RuleRegions(rule, all, inexact.stream().findFirst(), nothing);
  }

  /** Only what is one pattern by itself. */
  private Region superset(Rule rule, Ports ports) {
    return new Region(
        source.patterns(narrowest(rule.source(), source)).patterns().getFirst(),
        destination.patterns(narrowest(rule.destination(), destination)).patterns().getFirst(),
        ports.selections().stream().map(p -> p.test().protocol()).distinct().count() == 1
            ? new PortTest(ports.selections().getFirst().test().protocol(), 0, 65535)
            : PortTest.ANY);
  }

  private static Selector narrowest(Selector selector, CodeBook book) {
    return new Selector(
        selector.tests().stream()
            .filter(t -> book.patterns(new Selector(ImmutableList.of(t))).patterns().size() == 1)
            .collect(ImmutableList.toImmutableList()));
  }

  private static Selector and(Selector selector, Optional<Selector.Test> test) {
    return test.map(
            t ->
                new Selector(
                    ImmutableList.<Selector.Test>builder().addAll(selector.tests()).add(t).build()))
        .orElse(selector);
  }

  private record PortSelection(PortTest test, Optional<Selector.Test> destination) {}

  private record Ports(ImmutableList<PortSelection> selections) {}

  private Ports ports(Rule rule, List<Reason> inexact) {
    boolean authorization = authorization(rule.layer());
    return switch (rule.port()) {
      case Rule.PortMatch.Any _ -> just(authorization ? PortTest.TCP : PortTest.ANY);
      case Rule.PortMatch.Numbers(Protocol protocol, _, _)
          when authorization && protocol != Protocol.TCP ->
          new Ports(ImmutableList.of());
      case Rule.PortMatch.Numbers(Protocol protocol, int first, int last) -> {
        PortTest test = new PortTest(protocol.number(), first, last);
        if (ranges || test.anyPort() || first == last) {
          yield just(test);
        }
        if (last - first < Capabilities.PORTS_WRITTEN_OUT) {
          ImmutableList.Builder<PortSelection> each = ImmutableList.builder();
          for (int port = first; port <= last; port++) {
            each.add(
                new PortSelection(new PortTest(protocol.number(), port, port), Optional.empty()));
          }
          yield new Ports(each.build());
        }
        inexact.add(Reason.NO_RANGE);
        yield just(new PortTest(protocol.number(), 0, 65535));
      }
      case Rule.PortMatch.Named named when authorization && named.protocol() != Protocol.TCP ->
          new Ports(ImmutableList.of());
      case Rule.PortMatch.Named named ->
          new Ports(
              numbers.apply(named).stream()
                  .map(
                      n ->
                          new PortSelection(
                              new PortTest(
                                  named.protocol().number(),
                                  Integer.parseInt(n),
                                  Integer.parseInt(n)),
                              Optional.of(new Selector.Test.In(key(named), ImmutableSet.of(n)))))
                  .collect(ImmutableList.toImmutableList()));
    };
  }

  private static Ports just(PortTest test) {
    return new Ports(ImmutableList.of(new PortSelection(test, Optional.empty())));
  }
}
