package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.codes.CodeBook;
import dev.weir.compiler.codes.Pattern;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement.Denied;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What rows would steer to TCP ports that the server's pod does not declare. Nothing stands in
 * there, so it is denied, whatever the request would be.
 */
final class UndeclaredPorts {
  /** Pods that a sentence names before it only counts. */
  private static final int NAMED = 3;

  private final LayerTables tables;
  private final ImmutableMap<IpAddress.Family, BitSet> sources;
  private final Takers takers;
  private final Map<Server, Set<String>> servers = new LinkedHashMap<>();
  private final Map<Rule.Id, Set<String>> denied = new TreeMap<>();

  /** What addresses that are alike in every layer have in common. */
  private record Server(IpAddress.Family family, int code, ImmutableSortedSet<Integer> declared) {}

  UndeclaredPorts(
      LayerTables tables,
      ImmutableMap<IpAddress.Family, BitSet> sources,
      Takers takers,
      Identities identities,
      CodeBook destinations) {
    this.tables = tables;
    this.sources = sources;
    this.takers = takers;
    identities
        .owners()
        .forEach(
            (address, workload) ->
                servers
                    .computeIfAbsent(
                        new Server(
                            address.family(),
                            tables.destinations().number(destinations.code(workload, address)),
                            declared(workload)),
                        _ -> new TreeSet<>())
                    .add(workload.id()));
    servers.forEach(this::look);
  }

  static ImmutableSortedSet<Integer> declared(Workload workload) {
    return workload.ports().stream()
        .filter(p -> p.protocol() == Protocol.TCP)
        .map(Workload.Port::number)
        .collect(ImmutableSortedSet.toImmutableSortedSet(Integer::compareTo));
  }

  private void look(Server server, Set<String> workloads) {
    BitSet from = sources.get(server.family());
    if (from == null || !tables.steersTo(server.code())) {
      return;
    }
    Map<Rule.Id, Integer> rules =
        steering(
            tables.layers().stream().map(LayerRows::layer).toList(),
            tables.tcp(server.code()),
            server.declared(),
            from,
            tables.sources()::set);
    for (Rule.Id rule : rules.keySet()) {
      denied.computeIfAbsent(rule, _ -> new TreeSet<>()).addAll(workloads);
    }
  }

  /**
   * The rules that would steer to undeclared ports of a destination, each with the number of the
   * first source that it would steer.
   *
   * @param layers in the order that packets meet them
   * @param here by layer, the bands that take some TCP port of it, by falling priority
   * @param from who may connect to it
   * @param sources the numbers of those that a pattern takes
   */
  static Map<Rule.Id, Integer> steering(
      List<Rule.Layer> layers,
      List<List<LayerTables.Band>> here,
      ImmutableSortedSet<Integer> declared,
      BitSet from,
      Function<Pattern, BitSet> sources) {
    Map<Rule.Id, Integer> rules = new HashMap<>();
    for (int port : samples(here, declared)) {
      List<List<LayerTables.Band>> atPort = LayerTables.at(here, port);
      if (LayerTables.steer(atPort)) {
        steering(layers, atPort, from, sources, rules);
      }
    }
    return rules;
  }

  /** An undeclared port of every range within which no row tells ports apart. */
  private static Set<Integer> samples(
      List<List<LayerTables.Band>> bands, ImmutableSortedSet<Integer> declared) {
    TreeSet<Integer> starts = new TreeSet<>(Set.of(0, 65536));
    bands.stream()
        .flatMap(List::stream)
        .map(LayerTables.Band::port)
        .forEach(
            test -> {
              starts.add(test.first());
              starts.add(test.last() + 1);
            });
    Set<Integer> samples = new TreeSet<>();
    for (int start : starts.headSet(65536)) {
      int port = start;
      while (declared.contains(port)) {
        port++;
      }
      if (port < 65536 && starts.subSet(start, false, port, true).isEmpty()) {
        samples.add(port);
      }
    }
    return samples;
  }

  /** The rules that steer, where no layer denies by the header. */
  private static void steering(
      List<Rule.Layer> layers,
      List<List<LayerTables.Band>> here,
      BitSet from,
      Function<Pattern, BitSet> sources,
      Map<Rule.Id, Integer> rules) {
    BitSet alive = (BitSet) from.clone();
    BitSet settled = new BitSet();
    for (int layer = 0; layer < here.size(); layer++) {
      BitSet open = (BitSet) alive.clone();
      open.andNot(settled);
      settled = new BitSet();
      for (LayerTables.Band band : here.get(layer)) {
        if (band.sources().intersects(open)) {
          BitSet hit = (BitSet) band.sources().clone();
          hit.and(open);
          if (band.verdict() instanceof PolicyRow.Verdict.Deny) {
            alive.andNot(hit);
          }
          if (!(band.verdict() instanceof PolicyRow.Verdict.Pass)) {
            settled.or(hit);
          }
          open.andNot(band.sources());
        }
      }
      if (!layers.get(layer).ordered()) {
        alive.andNot(open);
        settled = new BitSet();
      }
    }
    settled = new BitSet();
    for (int layer = 0; layer < here.size(); layer++) {
      List<LayerTables.Band> bands = here.get(layer);
      BitSet open = (BitSet) alive.clone();
      open.andNot(settled);
      settled = new BitSet();
      for (int i = 0; i < bands.size() && !open.isEmpty(); ) {
        int priority = bands.get(i).priority();
        BitSet taken = new BitSet();
        // Classes are told apart only where some endpoint is; here several may match alike.
        for (; i < bands.size() && bands.get(i).priority() == priority; i++) {
          LayerTables.Band band = bands.get(i);
          if (band.sources().intersects(open)) {
            taken.or(band.sources());
            if (band.steers()) {
              steering(band, open, sources, rules);
            }
            if (!(band.verdict() instanceof PolicyRow.Verdict.Pass)) {
              BitSet hit = (BitSet) band.sources().clone();
              hit.and(open);
              settled.or(hit);
            }
          }
        }
        open.andNot(taken);
      }
      if (!layers.get(layer).ordered()) {
        settled = new BitSet();
      }
    }
  }

  private static void steering(
      LayerTables.Band band,
      BitSet open,
      Function<Pattern, BitSet> sources,
      Map<Rule.Id, Integer> rules) {
    for (PolicyRow row : band.rows()) {
      BitSet hit = (BitSet) sources.apply(row.region().source()).clone();
      hit.and(open);
      if (!hit.isEmpty()) {
        int first = hit.nextSetBit(0);
        row.rules().forEach(rule -> rules.merge(rule, first, Math::min));
      }
    }
  }

  /** Of the few ports that a rule names, those that no pod it selects declares. */
  private static List<Integer> servedByNobody(Rule rule, Takers takers) {
    if (!(rule.port() instanceof Rule.PortMatch.Numbers n)
        || n.last() - n.first() >= Capabilities.PORTS_WRITTEN_OUT) {
      return List.of();
    }
    TreeSet<Integer> ports = new TreeSet<>();
    for (int port = n.first(); port <= n.last(); port++) {
      ports.add(port);
    }
    takers.forEach(rule.destination(), (_, workload) -> ports.removeAll(declared(workload)));
    return ImmutableList.copyOf(ports);
  }

  /** Where no pod declares a port that the rule names, which its writer expects to be served. */
  Optional<Denied> exception(Rule rule) {
    Set<String> workloads = denied.get(rule.id());
    return workloads == null ? Optional.empty() : exception(rule, workloads, takers);
  }

  /**
   * The same.
   *
   * @param workloads that the rule would steer to at ports that they do not declare
   */
  static Optional<Denied> exception(Rule rule, Set<String> workloads, Takers takers) {
    List<Integer> ports = servedByNobody(rule, takers);
    return ports.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Denied(
                rule.id(),
                Reason.NOT_STEERABLE.code(),
                "No pod that it selects ("
                    + named(workloads)
                    + ") declares TCP port "
                    + ports.stream().map(String::valueOf).collect(Collectors.joining(", "))
                    + ": no sidecar reads requests there, so connections there are denied."));
  }

  /**
   * What else goes with the reason of a rule. Nearly every request rule takes ports that some pod
   * does not declare, and pods seldom serve such, so it is no exception of its own.
   */
  static final String REMARK =
      "Connections to TCP ports that the pod does not declare are denied: no sidecar reads requests"
          + " there.";

  /** Whether {@link #REMARK} goes with the rule. */
  boolean denies(Rule.Id rule) {
    return denied.containsKey(rule);
  }

  private static String named(Set<String> workloads) {
    String names = String.join(", ", workloads.stream().limit(NAMED).toList());
    return workloads.size() <= NAMED
        ? names
        : names + " and " + (workloads.size() - NAMED) + " more";
  }
}
