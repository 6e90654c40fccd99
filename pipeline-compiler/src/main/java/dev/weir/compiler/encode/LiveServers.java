// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.classes.IncrementalClasses.Server;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.net.IpAddress;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the tables say to servers, for all that have one code at once. */
final class LiveServers {
  /** What addresses that are alike in every layer have in common. */
  private record Alike(
      IpAddress.Family family, BigInteger code, ImmutableSortedSet<Integer> declared) {}

  /** Workloads that are alike, and the rules that would steer to ports they do not declare. */
  private static final class Undeclared {
    final TreeMap<String, Integer> workloads = new TreeMap<>();
    Set<Rule.Id> rules = Set.of();
  }

  private final ImmutableList<Rule.Layer> layers;
  private final LivePolicy policy;
  private final LiveCodes codes;
  private final Map<Server, Set<Endpoint>> endpoints = new HashMap<>();
  private final Map<Server, Integer> steerable = new HashMap<>();
  private final Map<Server, ImmutableList<Offset>> offsets = new HashMap<>();
  private final Map<BigInteger, Set<Server>> serversOf = new HashMap<>();
  private final Map<BigInteger, Set<Alike>> alikeOf = new HashMap<>();
  private final Map<Alike, Undeclared> undeclared = new HashMap<>();
  private final Map<Rule.Id, Set<Alike>> undeclaredBy = new HashMap<>();
  private final Set<BigInteger> dirty = new LinkedHashSet<>();

  LiveServers(ImmutableList<Rule.Layer> layers, LivePolicy policy, LiveCodes codes) {
    this.layers = layers;
    this.policy = policy;
    this.codes = codes;
  }

  private static Server server(Endpoint endpoint) {
    return new Server(endpoint.code(), endpoint.port().number(), endpoint.address().family());
  }

  /** Whether something may be steered to an endpoint for a request. */
  private boolean steerable(Endpoint endpoint) {
    return endpoint.via().isPresent()
        && !(Opaque.opaque(endpoint.port()) && policy.opaque().decided(endpoint.port().number()));
  }

  void add(Endpoint endpoint) {
    Server server = server(endpoint);
    endpoints.computeIfAbsent(server, _ -> new LinkedHashSet<>()).add(endpoint);
    serversOf.computeIfAbsent(server.destination(), _ -> new HashSet<>()).add(server);
    if (!offsets.containsKey(server)) {
      dirty.add(server.destination());
    }
    if (steerable(endpoint) && steerable.merge(server, 1, Integer::sum) == 1) {
      policy.classes().forEach(c -> c.add(server));
    }
  }

  void remove(Endpoint endpoint) {
    Server server = server(endpoint);
    if (steerable(endpoint) && steerable.merge(server, -1, Integer::sum) == 0) {
      steerable.remove(server);
      policy.classes().forEach(c -> c.remove(server));
    }
    Set<Endpoint> here = endpoints.getOrDefault(server, new HashSet<>());
    here.remove(endpoint);
    if (here.isEmpty()) {
      endpoints.remove(server);
      offsets.remove(server);
      serversOf.computeIfPresent(
          server.destination(),
          (_, some) -> {
            some.remove(server);
            return some.isEmpty() ? null : some;
          });
    }
  }

  /** Adds an owned address. */
  void add(IpAddress.Family family, BigInteger code, String id, ImmutableSortedSet<Integer> ports) {
    Alike alike = new Alike(family, code, ports);
    if (!undeclared.containsKey(alike)) {
      dirty.add(code);
    }
    undeclared.computeIfAbsent(alike, _ -> new Undeclared()).workloads.merge(id, 1, Integer::sum);
    alikeOf.computeIfAbsent(code, _ -> new HashSet<>()).add(alike);
  }

  /**
   * Takes an owned address back.
   *
   * @param changed takes the rules of which less is said
   */
  void remove(
      IpAddress.Family family,
      BigInteger code,
      String id,
      ImmutableSortedSet<Integer> ports,
      Set<Rule.Id> changed) {
    Alike alike = new Alike(family, code, ports);
    Undeclared here = undeclared.getOrDefault(alike, new Undeclared());
    changed.addAll(here.rules);
    if (here.workloads.merge(id, -1, Integer::sum) == 0) {
      here.workloads.remove(id);
    }
    if (here.workloads.isEmpty()) {
      here.rules.forEach(rule -> undeclaredBy.getOrDefault(rule, new HashSet<>()).remove(alike));
      undeclared.remove(alike);
      alikeOf.computeIfPresent(
          code,
          (_, some) -> {
            some.remove(alike);
            return some.isEmpty() ? null : some;
          });
    }
  }

  /** The rules that would steer to undeclared ports of workloads like this one. */
  Set<Rule.Id> undeclared(
      IpAddress.Family family, BigInteger code, ImmutableSortedSet<Integer> ports) {
    return undeclared.getOrDefault(new Alike(family, code, ports), new Undeclared()).rules;
  }

  /** Has what is said to destinations that a row takes be looked at again. */
  void touch(PolicyRow row) {
    for (int number : codes.destinations().matching(row.region().destination())) {
      dirty.add(codes.destinations().code(number));
    }
  }

  /**
   * Looks again at what is dirty.
   *
   * @param changedEndpoints takes those with another, or none but a listener to be looked at again
   * @param changedRules takes those of which something else is said
   */
  void settle(Set<Endpoint> changedEndpoints, Set<Rule.Id> changedRules) {
    for (BigInteger code : dirty) {
      List<List<LayerTables.Band>> here = bands(code);
      boolean steers = LayerTables.steer(here);
      for (Server server : serversOf.getOrDefault(code, Set.of())) {
        ImmutableList<Offset> now =
            steers
                ? Offset.of(layers, LayerTables.at(here, server.port()), codes.of(server.family()))
                : ImmutableList.of();
        ImmutableList<Offset> before = offsets.put(server, now);
        if (!now.isEmpty() || (before != null && !before.isEmpty())) {
          changedEndpoints.addAll(endpoints.getOrDefault(server, Set.of()));
        }
      }
      for (Alike alike : alikeOf.getOrDefault(code, Set.of())) {
        settle(alike, steers, here, changedRules);
      }
    }
    dirty.clear();
  }

  private void settle(
      Alike alike, boolean steers, List<List<LayerTables.Band>> here, Set<Rule.Id> changedRules) {
    Set<Rule.Id> now =
        steers
            ? UndeclaredPorts.steering(
                layers, here, alike.declared, codes.of(alike.family), codes.index())
            : Set.of();
    Undeclared undeclared = this.undeclared.get(alike);
    if (undeclared == null || undeclared.rules.equals(now)) {
      return;
    }
    changedRules.addAll(undeclared.rules);
    changedRules.addAll(now);
    undeclared.rules.forEach(
        rule -> undeclaredBy.getOrDefault(rule, new HashSet<>()).remove(alike));
    now.forEach(rule -> undeclaredBy.computeIfAbsent(rule, _ -> new HashSet<>()).add(alike));
    undeclared.rules = now;
  }

  /** By layer the bands that take some TCP port of a destination. */
  private List<List<LayerTables.Band>> bands(BigInteger destination) {
    List<List<LayerTables.Band>> all = new ArrayList<>();
    for (Rule.Layer layer : layers) {
      List<LayerTables.Band> here = new ArrayList<>();
      for (PolicyRow row : policy.table(layer).tcp(destination)) {
        here.add(LayerTables.Band.of(row, codes.index().set(row.region().source())));
      }
      all.add(here);
    }
    return all;
  }

  /** The same at one endpoint's port. */
  List<List<LayerTables.Band>> bands(Endpoint endpoint) {
    return LayerTables.at(bands(endpoint.code()), endpoint.port().number());
  }

  ImmutableList<Offset> offsets(Endpoint endpoint) {
    return offsets.getOrDefault(server(endpoint), ImmutableList.of());
  }

  /** The workloads that a rule would steer to at ports that they do not declare. */
  Set<String> undeclared(Rule.Id rule) {
    Set<String> workloads = new TreeSet<>();
    for (Alike alike : undeclaredBy.getOrDefault(rule, Set.of())) {
      workloads.addAll(undeclared.getOrDefault(alike, new Undeclared()).workloads.keySet());
    }
    return workloads;
  }

  boolean isUndeclared(Rule.Id rule) {
    return !undeclaredBy.getOrDefault(rule, Set.of()).isEmpty();
  }
}
