// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.placement.Placement.Denied;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Placement.Target;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What sidecars are configured for, and the entries that lead there and back. */
final class LiveSidecars {
  private final Capabilities capabilities;
  private final LiveServers servers;
  private final LiveEntries entries;
  private final Listeners contents;
  private final Map<String, Attachment.SidecarPort> ports = new TreeMap<>();
  private final Map<String, Map<String, Integer>> slots = new TreeMap<>();
  private final Map<String, Map<String, ImmutableSortedSet<Integer>>> kept = new HashMap<>();
  private final Map<String, TreeMap<Target, Steering.Served>> served = new HashMap<>();
  private final Map<String, SidecarConfig> configurations = new TreeMap<>();
  private final Map<String, List<PlacedEntry>> entriesOf = new HashMap<>();
  private final Set<Endpoint> full = new HashSet<>();
  private final Map<Endpoint, List<Denied>> unsteerable = new HashMap<>();
  private final Map<String, Set<Denied>> deniedOf = new HashMap<>();

  /** What the maps of these names held at {@link #begin}, where they hold something else. */
  private final Map<String, Map<String, Integer>> slotsBefore = new HashMap<>();

  private final Map<String, Map<String, ImmutableSortedSet<Integer>>> keptBefore = new HashMap<>();
  private final Map<String, SidecarConfig> configurationsBefore = new HashMap<>();

  LiveSidecars(
      Capabilities capabilities,
      LiveServers servers,
      LiveEntries entries,
      Listeners contents,
      Collection<Attachment.SidecarPort> sidecars,
      Allocation allocation) {
    this.capabilities = capabilities;
    this.servers = servers;
    this.entries = entries;
    this.contents = contents;
    sidecars.forEach(s -> ports.put(s.name(), s));
    allocation.slots().forEach((sidecar, given) -> slots.put(sidecar, new TreeMap<>(given)));
    allocation.listeners().forEach((sidecar, of) -> kept.put(sidecar, new HashMap<>(of)));
    ports.keySet().forEach(s -> configurations.put(s, Listeners.configuration(s, List.of())));
  }

  /** Endpoints whose listener holds whatever the policy says there. */
  Set<Endpoint> full() {
    return full;
  }

  /** What is denied for want of a sidecar, of one resource's rules. */
  Set<Denied> denied(String resource) {
    return deniedOf.getOrDefault(resource, Set.of());
  }

  /**
   * Brings endpoints up to date.
   *
   * @param gone endpoints that are no more
   * @param changed endpoints that are, and may have other listeners than before
   * @param resources takes those of which something else is denied
   * @return the configurations that differ
   */
  ImmutableSortedMap<String, Optional<SidecarConfig>> settle(
      Set<Endpoint> gone, Set<Endpoint> changed, Set<String> resources) throws WholeException {
    TreeSet<String> sidecars = new TreeSet<>();
    Set<List<Object>> staying = new HashSet<>();
    changed.forEach(e -> staying.add(place(e)));
    for (Endpoint endpoint : gone) {
      forget(endpoint, !staying.contains(place(endpoint)), sidecars, resources);
    }
    TreeMap<String, List<Endpoint>> wanted = new TreeMap<>();
    for (Endpoint endpoint : changed) {
      ImmutableList<Offset> here = servers.offsets(endpoint);
      ImmutableSortedSet<Integer> before = before(endpoint);
      forget(endpoint, false, sidecars, resources);
      if (here.isEmpty() && before.isEmpty()) {
        continue;
      }
      if (endpoint.via().isEmpty()) {
        deny(endpoint, resources);
        continue;
      }
      wanted.computeIfAbsent(sidecar(endpoint), _ -> new ArrayList<>()).add(endpoint);
    }
    for (Map.Entry<String, List<Endpoint>> each : wanted.entrySet()) {
      sidecars.add(each.getKey());
      serve(each.getKey(), each.getValue());
    }
    return rebuild(sidecars);
  }

  /** What listeners are kept by. */
  private static List<Object> place(Endpoint endpoint) {
    return List.of(endpoint.name(), endpoint.target(), endpoint.via());
  }

  private static String sidecar(Endpoint endpoint) {
    return endpoint.via().orElseThrow().sidecar().name();
  }

  private void serve(String sidecar, List<Endpoint> wanted) throws WholeException {
    Set<String> names = new TreeSet<>();
    wanted.forEach(endpoint -> names.add(endpoint.name()));
    Map<String, Integer> before = slots.getOrDefault(sidecar, Map.of());
    Map<String, Integer> given =
        before.keySet().containsAll(names) ? before : Steering.allocate(before, names);
    if (!given.keySet().containsAll(Sets.union(before.keySet(), names))) {
      throw new WholeException("no listener port is left");
    }
    for (Endpoint endpoint : wanted) {
      Integer slot = Optional.ofNullable(given.get(endpoint.name())).orElseThrow();
      ImmutableList<Offset> offsets = servers.offsets(endpoint);
      Steering.Served here =
          Steering.serve(
              endpoint, endpoint.via().orElseThrow(), slot, offsets, before(endpoint), contents);
      served.computeIfAbsent(sidecar, _ -> new TreeMap<>()).put(endpoint.target(), here);
      changing(sidecar).put(endpoint.target().toString(), here.offsets());
      if (offsets.stream().anyMatch(o -> o.offset() == 0)) {
        full.add(endpoint);
      }
    }
    slotsBefore.putIfAbsent(sidecar, before);
    slots.put(sidecar, given);
  }

  private Map<String, ImmutableSortedSet<Integer>> changing(String sidecar) {
    Map<String, ImmutableSortedSet<Integer>> here =
        kept.computeIfAbsent(sidecar, _ -> new HashMap<>());
    keptBefore.computeIfAbsent(sidecar, _ -> new HashMap<>(here));
    return here;
  }

  /** Remembers slots, offsets and configurations for {@link #restore}. */
  void begin() {
    slotsBefore.clear();
    keptBefore.clear();
    configurationsBefore.clear();
  }

  /** Has slots, offsets and configurations be what they were at {@link #begin}. */
  void restore() {
    slots.putAll(slotsBefore);
    kept.putAll(keptBefore);
    configurations.putAll(configurationsBefore);
  }

  private void deny(Endpoint endpoint, Set<String> resources) {
    List<Denied> denied = PlacedRules.unsteerable(endpoint, servers.bands(endpoint));
    unsteerable.put(endpoint, denied);
    for (Denied each : denied) {
      deniedOf.computeIfAbsent(each.rule().resource(), _ -> new HashSet<>()).add(each);
      resources.add(each.rule().resource());
    }
  }

  /**
   * Takes back what an endpoint was given.
   *
   * @param whole whether its connections end too
   */
  private void forget(
      Endpoint endpoint, boolean whole, Set<String> sidecars, Set<String> resources) {
    full.remove(endpoint);
    endpoint
        .via()
        .ifPresent(
            via -> {
              String sidecar = via.sidecar().name();
              TreeMap<Target, Steering.Served> here = served.get(sidecar);
              if (here != null && here.remove(endpoint.target()) != null) {
                sidecars.add(sidecar);
              }
              if (whole) {
                changing(sidecar).remove(endpoint.target().toString());
              }
            });
    List<Denied> denied = unsteerable.remove(endpoint);
    for (Denied each : denied == null ? List.<Denied>of() : denied) {
      deniedOf.getOrDefault(each.rule().resource(), new HashSet<>()).remove(each);
      resources.add(each.rule().resource());
    }
  }

  /** Offsets of listeners that the endpoint had, where it keeps its sidecar and slot. */
  private ImmutableSortedSet<Integer> before(Endpoint endpoint) {
    return endpoint
        .via()
        .map(via -> via.sidecar().name())
        .filter(s -> slots.getOrDefault(s, Map.of()).containsKey(endpoint.name()))
        .map(s -> kept.getOrDefault(s, Map.of()).get(endpoint.target().toString()))
        .orElse(ImmutableSortedSet.of());
  }

  private ImmutableSortedMap<String, Optional<SidecarConfig>> rebuild(Set<String> sidecars) {
    ImmutableSortedMap.Builder<String, Optional<SidecarConfig>> differing =
        ImmutableSortedMap.naturalOrder();
    for (String sidecar : sidecars) {
      Collection<Steering.Served> here = served.getOrDefault(sidecar, new TreeMap<>()).values();
      SidecarConfig now =
          Listeners.configuration(
              sidecar, here.stream().flatMap(s -> s.listeners().stream()).toList());
      List<PlacedEntry> own = new ArrayList<>();
      here.forEach(s -> own.add(FabricEntries.steer(capabilities, s.steered())));
      own.addAll(FabricEntries.sidecar(capabilities, now, Optional.ofNullable(ports.get(sidecar))));
      entries.replace(entriesOf.getOrDefault(sidecar, List.of()), own);
      entriesOf.put(sidecar, own);
      SidecarConfig before = configurations.put(sidecar, now);
      if (before != null) {
        configurationsBefore.putIfAbsent(sidecar, before);
      }
      if (!now.equals(before)) {
        differing.put(sidecar, Optional.of(now));
      }
    }
    return differing.buildOrThrow();
  }

  ImmutableSortedMap<String, SidecarConfig> configurations() {
    return ImmutableSortedMap.copyOf(configurations);
  }

  ImmutableSortedMap<String, ImmutableSortedMap<String, Integer>> slots() {
    ImmutableSortedMap.Builder<String, ImmutableSortedMap<String, Integer>> all =
        ImmutableSortedMap.naturalOrder();
    slots.forEach((sidecar, given) -> all.put(sidecar, ImmutableSortedMap.copyOf(given)));
    return all.buildOrThrow();
  }

  /** Offsets in use, for the allocation. */
  ImmutableSortedMap<String, ImmutableSortedMap<String, ImmutableSortedSet<Integer>>> listeners() {
    ImmutableSortedMap.Builder<String, ImmutableSortedMap<String, ImmutableSortedSet<Integer>>>
        all = ImmutableSortedMap.naturalOrder();
    new TreeMap<>(kept)
        .forEach(
            (sidecar, targets) -> {
              if (!targets.isEmpty()) {
                all.put(sidecar, ImmutableSortedMap.copyOf(targets));
              }
            });
    return all.buildOrThrow();
  }
}
