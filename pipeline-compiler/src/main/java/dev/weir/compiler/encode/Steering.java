package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.MoreCollectors;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.classes.ResidualClass;
import dev.weir.compiler.encode.PolicyRow.Verdict.SteerClass;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement.Delegation;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Placement.Target;
import dev.weir.compiler.request.RequestExpr;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

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
  private final FullPolicy fullPolicy;
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

  /**
   * What a connection's layers say together.
   *
   * @param denies the denying layer's class, where it steers
   * @param allows the allowing layer's class, where it steers
   */
  private record Offset(
      int offset, Optional<ResidualClass> denies, Optional<ResidualClass> allows) {}

  /** What endpoints that are alike to the layers have in common. */
  private record Server(IpAddress.Family family, int destination, int port) {}

  /**
   * @param sources numbers of the codes that connections of a family may come from
   */
  Steering(
      LayerTables tables,
      ImmutableMap<IpAddress.Family, BitSet> sources,
      FullPolicy fullPolicy,
      Allocation before) {
    this.tables = tables;
    this.sources = sources;
    this.fullPolicy = fullPolicy;
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
    wanted.forEach((sidecar, names) -> slots.put(sidecar, allocate(sidecar, names)));
    offsets.forEach(this::listen);
  }

  private Map<String, Integer> allocate(String sidecar, Set<String> names) {
    ImmutableSortedMap<String, Integer> before =
        slotsBefore.getOrDefault(sidecar, ImmutableSortedMap.of());
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
    if (from == null || !LayerTables.steer(here)) {
      return ImmutableList.of();
    }
    Map<Met, BitSet> pieces = new LinkedHashMap<>();
    pieces.put(Met.NOTHING, from);
    Map<Met, BitSet> settled = new LinkedHashMap<>();
    for (int i = 0; i < here.size(); i++) {
      LayerRows layer = tables.layers().get(i);
      boolean denying = layer.layer() == Rule.Layer.AUTHORIZATION_DENY;
      Map<Met, BitSet> next = new LinkedHashMap<>();
      Map<Met, BitSet> onward = new LinkedHashMap<>();
      for (Map.Entry<Met, BitSet> piece : pieces.entrySet()) {
        BitSet open = (BitSet) piece.getValue().clone();
        for (LayerTables.Band band : here.get(i)) {
          if (open.isEmpty()) {
            break;
          }
          if (band.sources().intersects(open)) {
            BitSet hit = (BitSet) band.sources().clone();
            hit.and(open);
            open.andNot(hit);
            if (band.verdict() instanceof PolicyRow.Verdict.Pass) {
              onward.computeIfAbsent(piece.getKey(), _ -> new BitSet()).or(hit);
            } else {
              piece
                  .getKey()
                  .then(band.verdict(), denying)
                  .ifPresent(met -> next.computeIfAbsent(met, _ -> new BitSet()).or(hit));
            }
          }
        }
        if (layer.standsBeforeNext() && !open.isEmpty()) {
          onward.computeIfAbsent(piece.getKey(), _ -> new BitSet()).or(open);
        }
      }
      if (layer.standsBeforeNext()) {
        settled = next;
        pieces = onward;
      } else {
        settled.forEach((met, some) -> next.computeIfAbsent(met, _ -> new BitSet()).or(some));
        settled = new LinkedHashMap<>();
        pieces = next;
      }
    }
    Map<Integer, Offset> offsets = new TreeMap<>();
    for (Met met : pieces.keySet()) {
      met.offset().ifPresent(o -> offsets.putIfAbsent(o.offset(), o));
    }
    return ImmutableList.copyOf(offsets.values());
  }

  /** What the layers met so far say of a connection that none of them denies. */
  private record Met(boolean full, Optional<SteerClass> denies, Optional<SteerClass> allows) {
    static final Met NOTHING = new Met(false, Optional.empty(), Optional.empty());

    Optional<Met> then(PolicyRow.Verdict verdict, boolean denying) {
      return switch (verdict) {
        case PolicyRow.Verdict.Deny _ -> Optional.empty();
        case PolicyRow.Verdict.Allow _, PolicyRow.Verdict.Pass _ -> Optional.of(this);
        case PolicyRow.Verdict.SteerFull _, PolicyRow.Verdict.Spill _ ->
            Optional.of(new Met(true, Optional.empty(), Optional.empty()));
        case SteerClass c ->
            Optional.of(
                full
                    ? this
                    : denying
                        ? new Met(false, Optional.of(c), allows)
                        : new Met(false, denies, Optional.of(c)));
      };
    }

    Optional<Offset> offset() {
      if (full) {
        return Optional.of(new Offset(0, Optional.empty(), Optional.empty()));
      }
      int offset = denies.map(SteerClass::part).orElse(0) + allows.map(SteerClass::part).orElse(0);
      return offset == 0
          ? Optional.empty()
          : Optional.of(
              new Offset(
                  offset, denies.map(SteerClass::residual), allows.map(SteerClass::residual)));
    }
  }

  private void listen(Endpoint endpoint, ImmutableList<Offset> offsets) {
    Endpoint.Via via = endpoint.via().orElseThrow();
    Integer slot = slots.getOrDefault(via.sidecar().name(), new TreeMap<>()).get(endpoint.name());
    if (slot == null) {
      unsteerable.add(endpoint);
      return;
    }
    int firstPort = FIRST_PORT + PORTS_PER_SLOT * slot;
    List<Listener> own = listeners.computeIfAbsent(via.sidecar().name(), _ -> new ArrayList<>());
    TreeSet<Integer> kept = new TreeSet<>();
    steered.put(endpoint.target(), new Steered(endpoint, via, firstPort));
    for (Offset offset : offsets) {
      own.add(listener(endpoint, via.address(), firstPort + offset.offset(), offset));
      kept.add(offset.offset());
    }
    int lingering = 0;
    for (int offset : before(endpoint)) {
      if (lingering < MOST_LINGERING && kept.add(offset)) {
        own.add(lingering(endpoint, via.address(), firstPort + offset, offset == 0));
        lingering++;
      }
    }
    served
        .computeIfAbsent(via.sidecar().name(), _ -> new TreeMap<>())
        .put(endpoint.target().toString(), ImmutableSortedSet.copyOf(kept));
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

  /**
   * A listener that nothing is steered to any more. The switch leaves live connections with it
   * whose verdict has become allow by the header, and only those; so it lets everything pass.
   */
  private Listener lingering(Endpoint endpoint, IpAddress address, int port, boolean full) {
    return new Listener(
        address,
        port,
        endpoint.workload().id(),
        endpoint.target(),
        endpoint.port().application(),
        full,
        RequestExpr.TRUE,
        RequestExpr.TRUE,
        ImmutableList.of(),
        fullPolicy.paths(),
        Optional.empty());
  }

  private Listener listener(Endpoint endpoint, IpAddress address, int port, Offset offset) {
    boolean full = offset.offset() == 0;
    RequestExpr withoutHttp =
        full
            ? fullPolicy.allowWithoutHttp(endpoint)
            : RequestExpr.and(
                RequestExpr.not(
                    offset.denies().map(ResidualClass::withoutHttp).orElse(RequestExpr.FALSE)),
                offset.allows().map(ResidualClass::withoutHttp).orElse(RequestExpr.TRUE));
    RequestExpr allow =
        endpoint.port().application() == Workload.Application.OPAQUE
            ? withoutHttp
            : full
                ? fullPolicy.allow(endpoint)
                : RequestExpr.and(
                    RequestExpr.not(
                        offset.denies().map(ResidualClass::request).orElse(RequestExpr.FALSE)),
                    offset.allows().map(ResidualClass::request).orElse(RequestExpr.TRUE));
    return new Listener(
        address,
        port,
        endpoint.workload().id(),
        endpoint.target(),
        endpoint.port().application(),
        full,
        allow,
        withoutHttp,
        rules(endpoint, offset),
        fullPolicy.paths(),
        full ? fullPolicy.delegation(endpoint) : offset.denies().flatMap(this::delegation));
  }

  private Optional<Delegation> delegation(ResidualClass residual) {
    return residual.authorizers().stream()
        .collect(MoreCollectors.toOptional())
        .map(
            name ->
                new Delegation(
                    fullPolicy.authorizer(name),
                    residual.delegated(name),
                    residual.delegatedWithoutHttp(name)));
  }

  private ImmutableList<Rule.Id> rules(Endpoint endpoint, Offset offset) {
    return fullPolicy
        .rules(
            endpoint,
            r ->
                offset.offset() == 0
                    || asks(offset.denies(), Rule.Layer.AUTHORIZATION_DENY, r)
                    || asks(offset.allows(), Rule.Layer.AUTHORIZATION_ALLOW, r))
        .stream()
        .map(Rule::id)
        .sorted()
        .collect(ImmutableList.toImmutableList());
  }

  private static boolean asks(Optional<ResidualClass> residual, Rule.Layer layer, Rule rule) {
    return rule.layer() == layer
        && rule.effect() != Rule.Effect.ISOLATE
        && residual.stream()
            .flatMap(c -> c.predicates().stream())
            .anyMatch(
                p ->
                    p.request().equals(rule.request())
                        && p.withoutHttp().equals(rule.withoutHttp())
                        && p.authorizer().equals(rule.authorizer()));
  }

  /** Every sidecar's configuration; those that serve nothing have an empty one. */
  ImmutableSortedMap<String, SidecarConfig> configurations(Fabric fabric) {
    ImmutableSortedMap.Builder<String, SidecarConfig> configurations =
        ImmutableSortedMap.naturalOrder();
    for (Fabric.Attachment attachment : fabric.attachments()) {
      if (attachment instanceof Fabric.Attachment.SidecarPort sidecar) {
        ImmutableList<Listener> own =
            ImmutableList.sortedCopyOf(
                Comparator.comparing(Listener::address).thenComparing(Listener::port),
                listeners.getOrDefault(sidecar.name(), List.of()));
        configurations.put(
            sidecar.name(),
            new SidecarConfig(
                sidecar.name(),
                own,
                own.stream()
                    .flatMap(Steering::upstreams)
                    .collect(ImmutableSortedSet.toImmutableSortedSet(Target::compareTo))));
      }
    }
    return configurations.buildOrThrow();
  }

  private static Stream<Target> upstreams(Listener listener) {
    return Stream.concat(
        Stream.of(listener.target()),
        listener.delegation().stream()
            .flatMap(d -> d.targets(listener.address().family()).stream()));
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
