package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Placement.Target;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which listeners the layers' rows can send connections to, and what each of them holds. */
final class Steering {
  private static final int FIRST_PORT = 10000;

  /** Ports per endpoint: parts of the denying layer are 16, 32, 48, of the allowing 1 to 15. */
  private static final int PORTS_PER_SLOT = 64;

  /** Listeners kept per endpoint for connections that were steered there and need it no more. */
  private static final int MOST_LINGERING = 8;

  /** The last slot whose ports lie below 32768. */
  private static final int LAST_SLOT = (32768 - FIRST_PORT) / PORTS_PER_SLOT - 1;

  private final LayerTables tables;
  private final ImmutableMap<IpAddress.Family, BitSet> sources;
  private final Map<Server, ImmutableList<Offset>> known = new HashMap<>();
  private final Listeners contents;
  private final Map<String, Map<String, Integer>> slots = new TreeMap<>();
  private final ImmutableSortedMap<String, ImmutableSortedMap<String, Integer>> slotsBefore;
  private final ImmutableSortedMap<String, ImmutableSortedMap<String, ImmutableSortedSet<Integer>>>
      listenersBefore;
  private final Map<String, List<Listener>> listeners = new TreeMap<>();
  private final Map<String, Map<String, ImmutableSortedSet<Integer>>> served = new TreeMap<>();
  private final Map<Target, Steered> steered = new TreeMap<>();
  private final Set<Endpoint> unsteerable = new LinkedHashSet<>();

  /** An endpoint port that has listeners, and the first of their ports. */
  record Steered(Endpoint endpoint, Endpoint.Via via, int firstPort) {}

  /** What endpoints that are alike to the layers have in common. */
  private record Server(IpAddress.Family family, int destination, int port) {}

  /**
   * @param sources numbers of the codes that connections of a family may come from
   */
  Steering(
      LayerTables tables,
      ImmutableMap<IpAddress.Family, BitSet> sources,
      Listeners contents,
      Allocation before) {
    this.tables = tables;
    this.sources = sources;
    this.contents = contents;
    this.slotsBefore = before.slots();
    this.listenersBefore = before.listeners();
  }

  void serve(ImmutableList<Endpoint> endpoints) {
    Map<String, Set<String>> wanted = new TreeMap<>();
    Map<Endpoint, ImmutableList<Offset>> offsets = new LinkedHashMap<>();
    for (Endpoint endpoint : endpoints) {
      ImmutableList<Offset> here = offsets(endpoint);
      if (here.isEmpty() && before(endpoint).isEmpty()) {
        continue;
      }
      if (endpoint.via().isEmpty()) {
        unsteerable.add(endpoint);
        continue;
      }
      offsets.put(endpoint, here);
      wanted
          .computeIfAbsent(endpoint.via().orElseThrow().sidecar().name(), _ -> new TreeSet<>())
          .add(endpoint.name());
    }
    wanted.forEach(
        (sidecar, names) ->
            slots.put(
                sidecar,
                allocate(slotsBefore.getOrDefault(sidecar, ImmutableSortedMap.of()), names)));
    offsets.forEach(this::listen);
  }

  /**
   * Slots of one sidecar's endpoints: the ones they had, and the lowest free ones.
   *
   * @param names of endpoints that need one
   */
  static Map<String, Integer> allocate(Map<String, Integer> before, Set<String> names) {
    Map<String, Integer> given = new TreeMap<>();
    Set<Integer> used = new TreeSet<>();
    before.forEach(
        (name, slot) -> {
          if (slot <= LAST_SLOT && used.add(slot)) {
            given.put(name, slot);
          }
        });
    for (String name : names) {
      if (given.containsKey(name)) {
        continue;
      }
      if (used.size() > LAST_SLOT) {
        // Slots of endpoints that are steered no more are given away only when none is left.
        given.keySet().removeIf(n -> !names.contains(n));
        used.clear();
        used.addAll(given.values());
      }
      for (int slot = 0; slot <= LAST_SLOT; slot++) {
        if (used.add(slot)) {
          given.put(name, slot);
          break;
        }
      }
    }
    return given;
  }

  private ImmutableList<Offset> offsets(Endpoint endpoint) {
    return known.computeIfAbsent(
        new Server(
            endpoint.address().family(),
            tables.destinations().number(endpoint.code()),
            endpoint.port().number()),
        this::offsets);
  }

  private ImmutableList<Offset> offsets(Server server) {
    if (!tables.steersTo(server.destination)) {
      return ImmutableList.of();
    }
    List<List<LayerTables.Band>> here = LayerTables.at(tables.tcp(server.destination), server.port);
    BitSet from = sources.get(server.family);
    return from == null
        ? ImmutableList.of()
        : Offset.of(tables.layers().stream().map(LayerRows::layer).toList(), here, from);
  }

  private void listen(Endpoint endpoint, ImmutableList<Offset> offsets) {
    Endpoint.Via via = endpoint.via().orElseThrow();
    Integer slot = slots.getOrDefault(via.sidecar().name(), new TreeMap<>()).get(endpoint.name());
    if (slot == null) {
      unsteerable.add(endpoint);
      return;
    }
    Served here = serve(endpoint, via, slot, offsets, before(endpoint), contents);
    steered.put(endpoint.target(), here.steered());
    listeners
        .computeIfAbsent(via.sidecar().name(), _ -> new ArrayList<>())
        .addAll(here.listeners());
    served
        .computeIfAbsent(via.sidecar().name(), _ -> new TreeMap<>())
        .put(endpoint.target().toString(), here.offsets());
  }

  /**
   * One endpoint port's listeners.
   *
   * @param offsets of the listeners' ports from the first
   */
  record Served(
      Steered steered, ImmutableList<Listener> listeners, ImmutableSortedSet<Integer> offsets) {}

  /**
   * What an endpoint port is given.
   *
   * @param before offsets of listeners that it had
   */
  static Served serve(
      Endpoint endpoint,
      Endpoint.Via via,
      int slot,
      ImmutableList<Offset> offsets,
      ImmutableSortedSet<Integer> before,
      Listeners contents) {
    int firstPort = FIRST_PORT + PORTS_PER_SLOT * slot;
    ImmutableList.Builder<Listener> own = ImmutableList.builder();
    TreeSet<Integer> kept = new TreeSet<>();
    for (Offset offset : offsets) {
      own.add(contents.of(endpoint, via.address(), firstPort + offset.offset(), offset));
      kept.add(offset.offset());
    }
    int lingering = 0;
    for (int offset : before) {
      if (lingering < MOST_LINGERING && kept.add(offset)) {
        own.add(contents.lingering(endpoint, via.address(), firstPort + offset, offset == 0));
        lingering++;
      }
    }
    return new Served(
        new Steered(endpoint, via, firstPort), own.build(), ImmutableSortedSet.copyOf(kept));
  }

  /** Offsets of listeners that the endpoint had, where it keeps its sidecar and slot. */
  private ImmutableSortedSet<Integer> before(Endpoint endpoint) {
    return endpoint
        .via()
        .map(via -> via.sidecar().name())
        .filter(
            s -> slotsBefore.getOrDefault(s, ImmutableSortedMap.of()).containsKey(endpoint.name()))
        .map(s -> listenersBefore.getOrDefault(s, ImmutableSortedMap.of()))
        .map(targets -> targets.get(endpoint.target().toString()))
        .orElse(ImmutableSortedSet.of());
  }

  /** Every sidecar's configuration; those that serve nothing have an empty one. */
  ImmutableSortedMap<String, SidecarConfig> configurations(Fabric fabric) {
    ImmutableSortedMap.Builder<String, SidecarConfig> configurations =
        ImmutableSortedMap.naturalOrder();
    for (Fabric.Attachment attachment : fabric.attachments()) {
      if (attachment instanceof Fabric.Attachment.SidecarPort sidecar) {
        configurations.put(
            sidecar.name(),
            Listeners.configuration(
                sidecar.name(), listeners.getOrDefault(sidecar.name(), List.of())));
      }
    }
    return configurations.buildOrThrow();
  }

  ImmutableList<Steered> steered() {
    return ImmutableList.copyOf(steered.values());
  }

  /** Endpoints that rows steer to and no sidecar can stand in for. */
  ImmutableSet<Endpoint> unsteerable() {
    return ImmutableSet.copyOf(unsteerable);
  }

  /** Offsets in use, for the allocation. */
  ImmutableSortedMap<String, ImmutableSortedMap<String, ImmutableSortedSet<Integer>>> served() {
    ImmutableSortedMap.Builder<String, ImmutableSortedMap<String, ImmutableSortedSet<Integer>>>
        all = ImmutableSortedMap.naturalOrder();
    served.forEach((sidecar, targets) -> all.put(sidecar, ImmutableSortedMap.copyOf(targets)));
    return all.buildOrThrow();
  }

  ImmutableSortedMap<String, ImmutableSortedMap<String, Integer>> slots() {
    ImmutableSortedMap.Builder<String, ImmutableSortedMap<String, Integer>> all =
        ImmutableSortedMap.naturalOrder();
    slotsBefore.forEach(
        (sidecar, given) -> {
          if (!slots.containsKey(sidecar)) {
            all.put(sidecar, given);
          }
        });
    slots.forEach((sidecar, given) -> all.put(sidecar, ImmutableSortedMap.copyOf(given)));
    return all.buildOrThrow();
  }
}
