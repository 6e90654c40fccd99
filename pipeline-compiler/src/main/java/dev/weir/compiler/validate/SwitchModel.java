package dev.weir.compiler.validate;

import dev.weir.compiler.validate.SwitchEntries.BlockEntry;
import dev.weir.compiler.validate.SwitchEntries.Effect;
import dev.weir.compiler.validate.SwitchEntries.Place;
import dev.weir.compiler.validate.SwitchEntries.PolicyEntry;
import dev.weir.compiler.validate.SwitchEntries.RouteEntry;
import dev.weir.compiler.validate.SwitchEntries.SteerKey;
import dev.weir.compiler.validate.SwitchEntries.UpstreamEntry;
import dev.weir.compiler.validate.SwitchEntries.WorkloadEntry;
import dev.weir.compiler.validate.Word.Pattern;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a switch does with packets that open connections, by its entries in the order of the
 * pipeline contract, over atoms and, once bound, over classes of them. One epoch.
 */
final class SwitchModel {
  private static final int TCP = 6;

  /** The verdict of the layers met so far. */
  record Verdict(boolean steered, boolean full, int part) {
    static final Verdict DIRECT = new Verdict(false, false, 0);

    Verdict then(PolicyEntry entry) {
      return switch (entry.effect()) {
        case ALLOW, DENY, PASS_ON -> this;
        case STEER_FULL -> new Verdict(true, true, part);
        case STEER_CLASS -> new Verdict(true, full, part + entry.part() & 0xffff);
      };
    }

    /** What is added to the endpoint's first listener port. */
    int offset() {
      return full ? 0 : part;
    }
  }

  /**
   * @param direct sources whose connections pass
   * @param denied sources whose connections do not
   * @param steered sources by what is added to the first listener port
   */
  record Says(BitSet direct, BitSet denied, Map<Integer, BitSet> steered) {}

  private record Shape(
      int table,
      BitSet destinations,
      int protocol,
      int protocolMask,
      int firstPort,
      int lastPort,
      int priority,
      Effect effect,
      int part) {}

  private static final class Group {
    final Shape shape;
    final BitSet sources = new BitSet();
    final List<PolicyEntry> entries = new ArrayList<>();

    Group(Shape shape) {
      this.shape = shape;
    }

    boolean takes(int protocol, int port) {
      return (protocol & shape.protocolMask) == shape.protocol
          && shape.firstPort <= port
          && port <= shape.lastPort;
    }
  }

  private final SwitchEntries entries;
  private final Atoms atoms;
  private final int epoch;
  private final Word[] sourceCodes;
  private final Word[] destinationCodes;
  private final int[] sidecars;
  private final BitSet sidecarServers = new BitSet();
  private final RouteEntry[] routes;
  private final Map<Pattern, BitSet> sourceColumns = new LinkedHashMap<>();
  private final Map<Pattern, BitSet> destinationColumns = new LinkedHashMap<>();
  private final Map<SteerKey, UpstreamEntry> upstreams = new HashMap<>();
  private final Map<BigInteger, TreeSet<Integer>> steerPorts = new HashMap<>();
  private final List<List<List<Group>>> byDestination = new ArrayList<>();
  private Classes sources = new Classes(1);

  SwitchModel(SwitchEntries entries, Atoms atoms, int epoch) {
    this.entries = entries;
    this.atoms = atoms;
    this.epoch = epoch;
    this.sidecars = new int[atoms.size()];
    Arrays.fill(sidecars, -1);
    this.sourceCodes = codes(End.CLIENT);
    this.destinationCodes = codes(End.SERVER);
    this.routes = new RouteEntry[atoms.size()];
    reroute(entries.routes());
    ByCode bySource = new ByCode(sourceCodes);
    ByCode byDestination = new ByCode(destinationCodes);
    for (String table : SwitchEntries.POLICY_TABLES) {
      for (PolicyEntry entry : entries.policy(table)) {
        if (meets(entry.epoch())) {
          sourceColumns.computeIfAbsent(entry.source(), bySource::column);
          destinationColumns.computeIfAbsent(entry.destination(), byDestination::column);
        }
      }
    }
    for (UpstreamEntry entry : entries.upstreams()) {
      if (meets(entry.epoch())) {
        upstreams.merge(
            new SteerKey(entry.address().first(), entry.protocol(), upstreamKey(entry)),
            entry,
            (a, b) -> a.priority() >= b.priority() ? a : b);
      }
    }
    entries
        .steers()
        .keySet()
        .forEach(k -> steerPorts.computeIfAbsent(k.address(), _ -> new TreeSet<>()).add(k.port()));
  }

  private static int upstreamKey(UpstreamEntry entry) {
    return upstreamKey(entry.sidecar(), entry.port());
  }

  private static int upstreamKey(int sidecar, int port) {
    return sidecar << 16 | port;
  }

  private boolean meets(int pinned) {
    return pinned < 0 || pinned == epoch;
  }

  /** Every block that entries name. */
  static Set<Block> cuts(SwitchEntries entries) {
    Set<Block> cuts = new TreeSet<>();
    for (End end : End.values()) {
      entries.workloads(end).forEach(e -> cuts.add(e.address()));
      entries.blocks(end).forEach(e -> cuts.add(e.block()));
    }
    entries.guards().forEach(e -> cuts.add(e.block()));
    entries.routes().forEach(e -> cuts.add(e.block()));
    entries.neighbours().forEach(e -> cuts.add(e.address()));
    entries.upstreams().forEach(e -> cuts.add(e.address()));
    entries.steers().keySet().forEach(k -> cuts.add(new Block(k.address(), 128)));
    entries.steers().values().forEach(p -> cuts.add(new Block(p.address(), 128)));
    entries.unsteers().keySet().forEach(p -> cuts.add(new Block(p.address(), 128)));
    return cuts;
  }

  private Word[] codes(End end) {
    Word[] codes = new Word[atoms.size()];
    Arrays.fill(codes, Word.ZERO);
    entries.workloads(end).stream()
        .sorted(Comparator.comparing((WorkloadEntry e) -> e.address().length()))
        .forEach(
            e -> {
              boolean sidecar = e.sidecar() >= 0;
              for (int a = atoms.from(e.address()); a < atoms.to(e.address()); a++) {
                codes[a] = e.code(epoch);
                if (end == End.CLIENT) {
                  sidecars[a] = e.sidecar();
                } else {
                  sidecarServers.set(a, sidecar);
                }
              }
            });
    Word[] blocks = new Word[atoms.size()];
    Arrays.fill(blocks, Word.ZERO);
    entries.blocks(end).stream()
        .sorted(Comparator.comparing((BlockEntry e) -> e.block().length()))
        .forEach(
            e -> Arrays.fill(blocks, atoms.from(e.block()), atoms.to(e.block()), e.code(epoch)));
    for (int a = 0; a < codes.length; a++) {
      codes[a] = codes[a].or(blocks[a]);
    }
    return codes;
  }

  /** Has these be all the routes. */
  void reroute(Collection<RouteEntry> all) {
    Arrays.fill(routes, null);
    all.stream()
        .sorted(Comparator.comparing((RouteEntry e) -> e.block().length()))
        .forEach(e -> Arrays.fill(routes, atoms.from(e.block()), atoms.to(e.block()), e));
  }

  /** Atoms by their codes under a mask: patterns are many, masks and codes few. */
  private static final class ByCode {
    private final Map<Word, BitSet> atoms = new HashMap<>();
    private final Map<Word, Map<Word, List<BitSet>>> byMask = new HashMap<>();

    ByCode(Word[] codes) {
      for (int a = 0; a < codes.length; a++) {
        atoms.computeIfAbsent(codes[a], _ -> new BitSet()).set(a);
      }
    }

    BitSet column(Pattern pattern) {
      BitSet column = new BitSet();
      byMask
          .computeIfAbsent(pattern.mask(), this::grouped)
          .getOrDefault(pattern.value(), List.of())
          .forEach(column::or);
      return column;
    }

    private Map<Word, List<BitSet>> grouped(Word mask) {
      Map<Word, List<BitSet>> grouped = new HashMap<>();
      atoms.forEach(
          (code, some) ->
              grouped.computeIfAbsent(code.and(mask), _ -> new ArrayList<>()).add(some));
      return grouped;
    }
  }

  /** What tells sources, or destinations, apart. */
  List<BitSet> columns(End end) {
    List<BitSet> columns = new ArrayList<>();
    switch (end) {
      case CLIENT -> {
        columns.addAll(sourceColumns.values());
        columns.add(sidecarSources());
      }
      case SERVER -> {
        columns.addAll(destinationColumns.values());
        columns.add(sidecarServers);
      }
    }
    return columns;
  }

  /** Groups the policy entries for the given classes. */
  void bind(Classes sources, Classes destinations) {
    this.sources = sources;
    byDestination.clear();
    for (int d = 0; d < destinations.count(); d++) {
      List<List<Group>> tables = new ArrayList<>();
      SwitchEntries.POLICY_TABLES.forEach(_ -> tables.add(new ArrayList<>()));
      byDestination.add(tables);
    }
    Map<Pattern, BitSet> from = new HashMap<>();
    sourceColumns.forEach((p, column) -> from.put(p, sources.groups(column)));
    Map<Pattern, BitSet> to = new HashMap<>();
    destinationColumns.forEach((p, column) -> to.put(p, destinations.groups(column)));
    Map<Shape, Group> groups = new LinkedHashMap<>();
    for (int t = 0; t < SwitchEntries.POLICY_TABLES.size(); t++) {
      for (PolicyEntry e : entries.policy(SwitchEntries.POLICY_TABLES.get(t))) {
        if (!meets(e.epoch())) {
          continue;
        }
        Shape shape =
            new Shape(
                t,
                to.getOrDefault(e.destination(), new BitSet()),
                e.protocol(),
                e.protocolMask(),
                e.firstPort(),
                e.lastPort(),
                e.priority(),
                e.effect(),
                e.part());
        Group group = groups.computeIfAbsent(shape, Group::new);
        group.sources.or(from.getOrDefault(e.source(), new BitSet()));
        group.entries.add(e);
      }
    }
    List<Group> sorted = new ArrayList<>(groups.values());
    sorted.sort(Comparator.comparingInt((Group g) -> g.shape.priority).reversed());
    for (Group group : sorted) {
      group.shape.destinations.stream()
          .forEach(d -> byDestination.get(d).get(group.shape.table).add(group));
    }
  }

  /** Ports where what the entries say of a destination class may change. */
  void cuts(int destination, int protocol, TreeSet<Integer> cuts) {
    for (List<Group> groups : byDestination.get(destination)) {
      for (Group group : groups) {
        if ((protocol & group.shape.protocolMask) == group.shape.protocol) {
          cuts.add(group.shape.firstPort);
          cuts.add(group.shape.lastPort + 1);
        }
      }
    }
  }

  /** TCP ports of an address that steer entries name. */
  Set<Integer> steerPorts(BigInteger address) {
    return steerPorts.getOrDefault(address, new TreeSet<>());
  }

  /**
   * What the policy tables say. A source for which entries of one priority say different things
   * stands under each of them.
   */
  Says says(int destination, int protocol, int port, BitSet from) {
    Map<Verdict, BitSet> pieces = new LinkedHashMap<>();
    pieces.put(Verdict.DIRECT, (BitSet) from.clone());
    BitSet denied = new BitSet();
    Map<Verdict, BitSet> settled = new LinkedHashMap<>();
    for (int t = 0; t < SwitchEntries.POLICY_TABLES.size(); t++) {
      String name = SwitchEntries.POLICY_TABLES.get(t);
      if (entries.table(name).isEmpty()) {
        continue;
      }
      Map<Verdict, BitSet> next = new LinkedHashMap<>();
      Map<Verdict, BitSet> onward = new LinkedHashMap<>();
      List<Group> groups = byDestination.get(destination).get(t);
      for (Map.Entry<Verdict, BitSet> piece : pieces.entrySet()) {
        BitSet missed =
            table(groups, protocol, port, piece.getKey(), piece.getValue(), next, onward, denied);
        if (SwitchEntries.standsBeforeNext(name)) {
          put(onward, piece.getKey(), missed);
        } else {
          denied.or(missed);
        }
      }
      if (SwitchEntries.standsBeforeNext(name)) {
        settled = next;
        pieces = onward;
      } else {
        settled.forEach((verdict, some) -> put(next, verdict, some));
        settled = new LinkedHashMap<>();
        pieces = next;
      }
    }
    BitSet direct = new BitSet();
    Map<Integer, BitSet> steered = new TreeMap<>();
    pieces.forEach(
        (verdict, some) -> {
          if (!verdict.steered) {
            direct.or(some);
          } else if (protocol == TCP) {
            steered.computeIfAbsent(verdict.offset(), _ -> new BitSet()).or(some);
          } else {
            denied.or(some);
          }
        });
    return new Says(direct, denied, steered);
  }

  private static void put(Map<Verdict, BitSet> pieces, Verdict verdict, BitSet some) {
    if (!some.isEmpty()) {
      pieces.computeIfAbsent(verdict, _ -> new BitSet()).or(some);
    }
  }

  /** Asks one table; returns the sources that miss. */
  private static BitSet table(
      List<Group> groups,
      int protocol,
      int port,
      Verdict before,
      BitSet some,
      Map<Verdict, BitSet> next,
      Map<Verdict, BitSet> onward,
      BitSet denied) {
    BitSet left = (BitSet) some.clone();
    for (int i = 0; i < groups.size() && !left.isEmpty(); ) {
      int priority = groups.get(i).shape.priority;
      BitSet taken = new BitSet();
      for (; i < groups.size() && groups.get(i).shape.priority == priority; i++) {
        Group group = groups.get(i);
        if (!group.takes(protocol, port) || !group.sources.intersects(left)) {
          continue;
        }
        BitSet hit = (BitSet) group.sources.clone();
        hit.and(left);
        taken.or(hit);
        switch (group.shape.effect) {
          case DENY -> denied.or(hit);
          case PASS_ON -> put(onward, before, hit);
          case ALLOW, STEER_FULL, STEER_CLASS ->
              put(next, before.then(group.entries.getFirst()), hit);
        }
      }
      left.andNot(taken);
    }
    return left;
  }

  /** The entries that decide in each policy table, and the miss that denies. */
  List<PolicyEntry> deciding(int source, int destination, int protocol, int port) {
    List<PolicyEntry> deciding = new ArrayList<>();
    boolean settled = false;
    for (int t = 0; t < SwitchEntries.POLICY_TABLES.size(); t++) {
      String name = SwitchEntries.POLICY_TABLES.get(t);
      List<Group> groups = byDestination.get(destination).get(t);
      if (settled || entries.table(name).isEmpty()) {
        settled = false;
        continue;
      }
      int best = Integer.MIN_VALUE;
      List<PolicyEntry> here = new ArrayList<>();
      for (Group group : groups) {
        if (group.sources.get(source)
            && group.takes(protocol, port)
            && group.shape.priority >= best) {
          best = group.shape.priority;
          for (PolicyEntry e : group.entries) {
            if (e.source().matches(sourceCodes[sources.representative(source)])) {
              here.add(e);
            }
          }
        }
      }
      deciding.addAll(here);
      if (SwitchEntries.standsBeforeNext(name)) {
        if (here.stream().allMatch(e -> e.effect() == Effect.PASS_ON)) {
          continue;
        }
        settled = here.stream().noneMatch(e -> e.effect() == Effect.PASS_ON);
      }
      if (here.isEmpty() || here.stream().anyMatch(e -> e.effect() == Effect.DENY)) {
        break;
      }
    }
    return deciding;
  }

  /** Where a connection to an address and TCP port is steered. */
  Optional<Place> steer(BigInteger address, int port, int offset) {
    return Optional.ofNullable(entries.steers().get(new SteerKey(address, TCP, port)))
        .map(p -> new Place(p.address(), p.port() + offset & 0xffff));
  }

  /** Whether sidecar {@code number} may open connections to a place. */
  boolean upstream(int number, Place target, int protocol) {
    UpstreamEntry entry =
        upstreams.get(new SteerKey(target.address(), protocol, upstreamKey(number, target.port())));
    return entry != null && entry.allows();
  }

  /** The upstream entries that count. */
  Iterable<UpstreamEntry> upstreams() {
    return upstreams.values();
  }

  /** The sidecar's number that a source is known by, −1 for none. */
  int sidecar(int atom) {
    return sidecars[atom];
  }

  /** The sources that are known as sidecars. */
  BitSet sidecarSources() {
    BitSet from = new BitSet();
    for (int a = 0; a < sidecars.length; a++) {
      from.set(a, sidecars[a] >= 0);
    }
    return from;
  }

  boolean isSidecarServer(int atom) {
    return sidecarServers.get(atom);
  }

  Optional<RouteEntry> route(int atom) {
    return Optional.ofNullable(routes[atom]);
  }

  Optional<Place> unsteer(Place listener) {
    return Optional.ofNullable(entries.unsteers().get(listener));
  }

  SwitchEntries entries() {
    return entries;
  }
}
