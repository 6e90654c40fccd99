package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.codes.CodeBook;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement.Denied;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
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

  private static ImmutableSortedSet<Integer> declared(Workload workload) {
    return workload.ports().stream()
        .filter(p -> p.protocol() == Protocol.TCP)
        .map(Workload.Port::number)
        .collect(ImmutableSortedSet.toImmutableSortedSet(Integer::compareTo));
  }

  private void look(Server server, Set<String> workloads) {
    if (!tables.steersTo(server.code())) {
      return;
    }
    List<List<LayerTables.Band>> here = tables.tcp(server.code());
    Set<Rule.Id> rules = new HashSet<>();
    for (int port : samples(here, server.declared())) {
      List<List<LayerTables.Band>> atPort = LayerTables.at(here, port);
      BitSet from = sources.get(server.family());
      if (from != null && LayerTables.steer(atPort)) {
        rules.addAll(steering(atPort, from));
      }
    }
    for (Rule.Id rule : rules) {
      denied.computeIfAbsent(rule, _ -> new TreeSet<>()).addAll(workloads);
    }
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
  private Set<Rule.Id> steering(List<List<LayerTables.Band>> here, BitSet from) {
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
      if (!tables.layers().get(layer).standsBeforeNext()) {
        alive.andNot(open);
        settled = new BitSet();
      }
    }
    Set<Rule.Id> rules = new HashSet<>();
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
              steering(band, open, rules);
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
      if (!tables.layers().get(layer).standsBeforeNext()) {
        settled = new BitSet();
      }
    }
    return rules;
  }

  private void steering(LayerTables.Band band, BitSet open, Set<Rule.Id> rules) {
    for (PolicyRow row : band.rows()) {
      for (int source : tables.sources().matching(row.region().source())) {
        if (open.get(source)) {
          rules.addAll(row.rules());
          break;
        }
      }
    }
  }

  /** Of the few ports that a rule names, those that no pod it selects declares. */
  private List<Integer> servedByNobody(Rule rule) {
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
    List<Integer> ports = workloads == null ? List.of() : servedByNobody(rule);
    return workloads == null || ports.isEmpty()
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
  Optional<String> remark(Rule rule) {
    return denied.containsKey(rule.id())
        ? Optional.of(
            "Connections to TCP ports that the pod does not declare are denied: no sidecar reads"
                + " requests there.")
        : Optional.empty();
  }

  private static String named(Set<String> workloads) {
    String names = String.join(", ", workloads.stream().limit(NAMED).toList());
    return workloads.size() <= NAMED
        ? names
        : names + " and " + (workloads.size() - NAMED) + " more";
  }
}
