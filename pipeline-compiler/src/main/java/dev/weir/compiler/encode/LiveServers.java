// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import dev.weir.compiler.classes.IncrementalClasses.Server;
import dev.weir.compiler.codes.Pattern;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.net.IpAddress;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;

/** What the tables say to servers, for all that have one code at once. */
final class LiveServers {
  /** What addresses that are alike in every layer have in common. */
  private record Alike(
      IpAddress.Family family, BigInteger code, ImmutableSortedSet<Integer> declared) {}

  /** Workloads that are alike, and the rules that would steer to ports they do not declare. */
  private static final class Undeclared {
    final TreeMap<String, Integer> workloads = new TreeMap<>();
    Map<Rule.Id, Integer> rules = Map.of();
  }

  private final ImmutableList<Rule.Layer> layers;
  private final LivePolicy policy;
  private final LiveCodes codes;
  private final Map<Server, Set<Endpoint>> endpoints = new HashMap<>();
  private final Map<Server, Integer> steerable = new HashMap<>();

  /** What is met at servers, each with the number of a source that meets it. */
  private final Map<Server, ImmutableMap<Offset, Integer>> offsets = new HashMap<>();

  private final Map<BigInteger, Set<Server>> serversOf = new HashMap<>();
  private final Map<BigInteger, Set<Alike>> alikeOf = new HashMap<>();
  private final Map<Alike, Undeclared> undeclared = new HashMap<>();
  private final Map<Rule.Id, Set<Alike>> undeclaredBy = new HashMap<>();

  /** Destinations that some row steers to. */
  private final Set<BigInteger> steered = new HashSet<>();

  private Set<BigInteger> dirty = new LinkedHashSet<>();

  /** Destinations to which only some sources that have come may bring something new. */
  private Map<BigInteger, Set<BigInteger>> come = new HashMap<>();

  /** Destinations to which something may have gone with a source. */
  private Set<BigInteger> gone = new HashSet<>();

  LiveServers(ImmutableList<Rule.Layer> layers, LivePolicy policy, LiveCodes codes) {
    this.layers = layers;
    this.policy = policy;
    this.codes = codes;
  }

  private static Server server(Endpoint endpoint) {
    return new Server(endpoint.code(), endpoint.port().number(), endpoint.address().family());
  }

  void add(Endpoint endpoint) {
    Server server = server(endpoint);
    endpoints.computeIfAbsent(server, _ -> new LinkedHashSet<>()).add(endpoint);
    serversOf.computeIfAbsent(server.destination(), _ -> new HashSet<>()).add(server);
    if (!offsets.containsKey(server)) {
      dirty.add(server.destination());
    }
    if (endpoint.steerable(policy.opaque()) && steerable.merge(server, 1, Integer::sum) == 1) {
      policy.classes().forEach(c -> c.add(server));
    }
  }

  void remove(Endpoint endpoint) {
    Server server = server(endpoint);
    if (endpoint.steerable(policy.opaque()) && steerable.merge(server, -1, Integer::sum) == 0) {
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
    changed.addAll(here.rules.keySet());
    if (here.workloads.merge(id, -1, Integer::sum) == 0) {
      here.workloads.remove(id);
    }
    if (here.workloads.isEmpty()) {
      here.rules
          .keySet()
          .forEach(rule -> undeclaredBy.getOrDefault(rule, new HashSet<>()).remove(alike));
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
    return undeclared.getOrDefault(new Alike(family, code, ports), new Undeclared()).rules.keySet();
  }

  /** A source has come that a row tells from others: it may meet what nobody met. */
  void sourceCome(PolicyRow row, BigInteger source) {
    forEachSteered(row, code -> come.computeIfAbsent(code, _ -> new HashSet<>()).add(source));
  }

  /** A source that a row asked for has gone: it may have been the only one that met something. */
  void sourceGone(PolicyRow row) {
    forEachSteered(row, gone::add);
  }

  private void forEachSteered(PolicyRow row, Consumer<BigInteger> use) {
    for (int number : codes.destinations().matching(row.region().destination())) {
      BigInteger code = codes.destinations().code(number);
      if (steered.contains(code)) {
        use.accept(code);
      }
    }
  }

  /** Has what is said to a destination be looked at again. */
  void touch(BigInteger destination) {
    dirty.add(destination);
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
   * @param left numbers of sources that have gone
   * @param changedEndpoints takes those with another, or none but a listener to be looked at again
   * @param changedRules takes those of which something else is said
   */
  void settle(BitSet left, Set<Endpoint> changedEndpoints, Set<Rule.Id> changedRules) {
    gone.stream().filter(code -> missed(code, left)).forEach(dirty::add);
    come.forEach(
        (code, sources) -> {
          if (!dirty.contains(code) && sources.stream().anyMatch(s -> bringsMore(code, s))) {
            dirty.add(code);
          }
        });
    for (BigInteger code : dirty) {
      settle(code, changedEndpoints, changedRules);
    }
    dirty = new LinkedHashSet<>();
    come = new HashMap<>();
    gone = new HashSet<>();
  }

  /** Whether a source that stood for others has gone. */
  private boolean missed(BigInteger code, BitSet left) {
    return serversOf.getOrDefault(code, Set.of()).stream()
            .flatMap(s -> offsets.getOrDefault(s, ImmutableMap.of()).values().stream())
            .anyMatch(left::get)
        || alikeOf.getOrDefault(code, Set.of()).stream()
            .flatMap(a -> undeclared.getOrDefault(a, new Undeclared()).rules.values().stream())
            .anyMatch(left::get);
  }

  /** Whether a source meets something that no other does. */
  private boolean bringsMore(BigInteger code, BigInteger source) {
    BitSet nobody = new BitSet();
    BitSet alone = new BitSet();
    alone.set(0);
    Function<Pattern, BitSet> only = pattern -> pattern.matches(source) ? alone : nobody;
    List<List<LayerTables.Band>> here = bands(code, only);
    int number = codes.index().number(source);
    for (Server server : serversOf.getOrDefault(code, Set.of())) {
      if (codes.of(server.family()).get(number)
          && !offsets
              .getOrDefault(server, ImmutableMap.of())
              .keySet()
              .containsAll(Offset.of(layers, LayerTables.at(here, server.port()), alone))) {
        return true;
      }
    }
    for (Alike alike : alikeOf.getOrDefault(code, Set.of())) {
      if (codes.of(alike.family).get(number)
          && !undeclared
              .getOrDefault(alike, new Undeclared())
              .rules
              .keySet()
              .containsAll(
                  UndeclaredPorts.steering(layers, here, alike.declared, alone, only).keySet())) {
        return true;
      }
    }
    return false;
  }

  private void settle(BigInteger code, Set<Endpoint> changedEndpoints, Set<Rule.Id> changedRules) {
    List<List<LayerTables.Band>> here = bands(code);
    boolean steers = LayerTables.steer(here);
    if (steers) {
      steered.add(code);
    } else {
      steered.remove(code);
    }
    for (Server server : serversOf.getOrDefault(code, Set.of())) {
      ImmutableMap<Offset, Integer> now =
          steers
              ? Offset.met(layers, LayerTables.at(here, server.port()), codes.of(server.family()))
              : ImmutableMap.of();
      ImmutableMap<Offset, Integer> before = offsets.put(server, now);
      if (!now.isEmpty() || (before != null && !before.isEmpty())) {
        changedEndpoints.addAll(endpoints.getOrDefault(server, Set.of()));
      }
    }
    for (Alike alike : alikeOf.getOrDefault(code, Set.of())) {
      settle(alike, steers, here, changedRules);
    }
  }

  private void settle(
      Alike alike, boolean steers, List<List<LayerTables.Band>> here, Set<Rule.Id> changedRules) {
    Map<Rule.Id, Integer> now =
        steers
            ? UndeclaredPorts.steering(
                layers, here, alike.declared, codes.of(alike.family), codes.index()::set)
            : Map.of();
    Undeclared undeclared = this.undeclared.get(alike);
    if (undeclared == null) {
      return;
    }
    Map<Rule.Id, Integer> before = undeclared.rules;
    undeclared.rules = now;
    if (before.keySet().equals(now.keySet())) {
      return;
    }
    for (Rule.Id rule : Sets.difference(before.keySet(), now.keySet())) {
      undeclaredBy.getOrDefault(rule, new HashSet<>()).remove(alike);
      changedRules.add(rule);
    }
    for (Rule.Id rule : Sets.difference(now.keySet(), before.keySet())) {
      undeclaredBy.computeIfAbsent(rule, _ -> new HashSet<>()).add(alike);
      changedRules.add(rule);
    }
  }

  /** By layer the bands that take some TCP port of a destination. */
  private List<List<LayerTables.Band>> bands(BigInteger destination) {
    return bands(destination, codes.index()::set);
  }

  private List<List<LayerTables.Band>> bands(
      BigInteger destination, Function<Pattern, BitSet> sources) {
    List<List<LayerTables.Band>> all = new ArrayList<>();
    for (Rule.Layer layer : layers) {
      List<LayerTables.Band> here = new ArrayList<>();
      for (PolicyRow row : policy.table(layer).tcp(destination)) {
        here.add(LayerTables.Band.of(row, sources.apply(row.region().source())));
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
    return offsets.getOrDefault(server(endpoint), ImmutableMap.of()).keySet().asList();
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
