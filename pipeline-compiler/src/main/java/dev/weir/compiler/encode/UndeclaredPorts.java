package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.codes.Answers;
import dev.weir.compiler.codes.CodeBook;
import dev.weir.compiler.codes.PortTest;
import dev.weir.compiler.codes.Region;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement.Denied;
import java.math.BigInteger;
import java.util.ArrayList;
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

  private final ImmutableList<LayerRows> layers;
  private final ImmutableMap<IpAddress.Family, ImmutableSet<BigInteger>> sources;
  private final Identities identities;
  private final Map<Server, Set<String>> servers = new LinkedHashMap<>();
  private final Map<Rule.Id, Set<String>> denied = new TreeMap<>();

  /** What addresses that are alike in every layer have in common. */
  private record Server(
      IpAddress.Family family, BigInteger code, ImmutableSortedSet<Integer> declared) {}

  UndeclaredPorts(
      ImmutableList<LayerRows> layers,
      ImmutableMap<IpAddress.Family, ImmutableSet<BigInteger>> sources,
      Identities identities,
      CodeBook destinations) {
    this.layers = layers;
    this.sources = sources;
    this.identities = identities;
    identities
        .owners()
        .forEach(
            (address, workload) ->
                servers
                    .computeIfAbsent(
                        new Server(
                            address.family(),
                            destinations.workloadCode(workload).or(destinations.blockCode(address)),
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
    List<List<PolicyRow>> here = new ArrayList<>();
    for (LayerRows layer : layers) {
      here.add(
          layer.rows().stream()
              .filter(r -> r.region().destination().matches(server.code()))
              .filter(r -> r.region().port().and(PortTest.TCP).isPresent())
              .toList());
    }
    if (here.stream().flatMap(List::stream).noneMatch(UndeclaredPorts::steers)) {
      return;
    }
    Set<Rule.Id> rules = new HashSet<>();
    for (int port : samples(here, server.declared())) {
      List<List<PolicyRow>> atPort =
          here.stream()
              .map(
                  rows ->
                      rows.stream()
                          .filter(r -> r.region().port().matches(PortTest.TCP_NUMBER, port))
                          .toList())
              .toList();
      if (atPort.stream().flatMap(List::stream).anyMatch(UndeclaredPorts::steers)) {
        for (BigInteger source : sources.getOrDefault(server.family(), ImmutableSet.of())) {
          rules.addAll(steering(atPort, source));
        }
      }
    }
    for (Rule.Id rule : rules) {
      denied.computeIfAbsent(rule, _ -> new TreeSet<>()).addAll(workloads);
    }
  }

  /** An undeclared port of every range within which no row tells ports apart. */
  private static Set<Integer> samples(
      List<List<PolicyRow>> rows, ImmutableSortedSet<Integer> declared) {
    TreeSet<Integer> starts = new TreeSet<>(Set.of(0, 65536));
    rows.stream()
        .flatMap(List::stream)
        .map(PolicyRow::region)
        .map(Region::port)
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

  private static boolean steers(PolicyRow row) {
    return switch (row.verdict()) {
      case PolicyRow.Verdict.Allow _, PolicyRow.Verdict.Deny _ -> false;
      case PolicyRow.Verdict.SteerFull _,
          PolicyRow.Verdict.Spill _,
          PolicyRow.Verdict.SteerClass _ ->
          true;
    };
  }

  /** The rules that steer, where no layer denies by the header. */
  private static Set<Rule.Id> steering(List<List<PolicyRow>> here, BigInteger source) {
    Set<Rule.Id> rules = new HashSet<>();
    for (List<PolicyRow> rows : here) {
      List<PolicyRow> matching =
          rows.stream().filter(r -> r.region().source().matches(source)).toList();
      if (matching.isEmpty() || matching.getFirst().verdict() instanceof PolicyRow.Verdict.Deny) {
        return Set.of();
      }
      // Classes are told apart only where some endpoint is; here several may match alike.
      matching.stream()
          .takeWhile(r -> r.priority() == matching.getFirst().priority())
          .filter(UndeclaredPorts::steers)
          .forEach(r -> rules.addAll(r.rules()));
    }
    return rules;
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
    identities
        .owners()
        .forEach(
            (address, workload) -> {
              if (Answers.takes(rule.destination(), Optional.of(workload), address)) {
                ports.removeAll(declared(workload));
              }
            });
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
