package dev.weir.compiler.validate;

import dev.weir.compiler.validate.SwitchEntries.BlockEntry;
import dev.weir.compiler.validate.SwitchEntries.Effect;
import dev.weir.compiler.validate.SwitchEntries.NeighbourEntry;
import dev.weir.compiler.validate.SwitchEntries.Place;
import dev.weir.compiler.validate.SwitchEntries.PolicyEntry;
import dev.weir.compiler.validate.SwitchEntries.RouteEntry;
import dev.weir.compiler.validate.SwitchEntries.SteerKey;
import dev.weir.compiler.validate.SwitchEntries.UpstreamEntry;
import dev.weir.compiler.validate.SwitchEntries.WorkloadEntry;
import dev.weir.compiler.validate.Word.Pattern;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a switch does with packets that open connections, by its entries in the order of the
 * pipeline contract, over atoms and, once bound, over classes of them. One epoch. Entries may come
 * and go.
 */
final class SwitchModel {
  private static final int TCP = 6;

  /** The verdict of the layers met so far. */
  record Verdict(boolean steered, boolean full, int part) {
    static final Verdict DIRECT = new Verdict(false, false, 0);

    Verdict then(Shape entry) {
      return switch (entry.effect) {
        case ALLOW, DENY, PASS_ON -> this;
        case STEER_FULL -> new Verdict(true, true, part);
        case STEER_CLASS -> new Verdict(true, full, part + entry.part & 0xffff);
      };
    }

    /** What is added to the endpoint's first listener port. */
    int offset() {
      return full ? 0 : part;
    }
  }

  /**
   * What the policy tables say of the classes asked about, at one end of a connection.
   *
   * @param direct those whose connections pass
   * @param denied those whose connections do not
   * @param steered by what is added to the first listener port
   */
  record Says(BitSet direct, BitSet denied, Map<Integer, BitSet> steered) {}

  /** What entries share that differ in their sources only. */
  record Shape(
      int table,
      Pattern destination,
      int protocol,
      int protocolMask,
      int firstPort,
      int lastPort,
      int priority,
      Effect effect,
      int part) {
    Shape anywhere() {
      return new Shape(
          table, Pattern.ANY, protocol, protocolMask, firstPort, lastPort, priority, effect, part);
    }

    static Shape of(int table, PolicyEntry e) {
      return new Shape(
          table,
          e.destination(),
          e.protocol(),
          e.protocolMask(),
          e.firstPort(),
          e.lastPort(),
          e.priority(),
          e.effect(),
          e.part());
    }

    boolean takes(int asked) {
      return (asked & protocolMask) == protocol;
    }

    boolean takes(int asked, int port) {
      return takes(asked) && firstPort <= port && port <= lastPort;
    }
  }

  /** Entries that take the classes {@code some} of those asked about. */
  private record Hit(Shape shape, BitSet some) {}

  private final Set<String> tables = new TreeSet<>();
  private final Atoms atoms;
  private final int epoch;
  private final Map<End, Map<Integer, WorkloadEntry>> workloads = new EnumMap<>(End.class);
  private final Map<End, Map<Integer, BlockEntry>> blocks = new EnumMap<>(End.class);
  private final Map<Integer, RouteEntry> routes = new HashMap<>();
  private final Map<BigInteger, NeighbourEntry> neighbours = new HashMap<>();
  private final Map<Place, Place> unsteers = new HashMap<>();
  private final Map<BigInteger, Set<Place>> listeners = new HashMap<>();
  private final Map<BigInteger, Map<SteerKey, Place>> steers = new HashMap<>();
  private final Map<BigInteger, TreeMap<Integer, Integer>> firstPorts = new HashMap<>();
  private final Map<SteerKey, List<UpstreamEntry>> upstreams = new HashMap<>();
  private final List<List<PolicyEntry>> policies = new ArrayList<>();
  private final Map<Shape, Group<Shape, PolicyEntry>> groups = new LinkedHashMap<>();
  private Classes sources = Classes.none();
  private Columns<Pattern, Group<Shape, PolicyEntry>> from = columns(End.CLIENT, sources);
  private Columns<Pattern, Group<Shape, PolicyEntry>> to = columns(End.SERVER, sources);

  SwitchModel(SwitchEntries entries, Atoms atoms, int epoch) {
    this.atoms = atoms;
    this.epoch = epoch;
    for (End end : End.values()) {
      workloads.put(end, new HashMap<>());
      blocks.put(end, new HashMap<>());
    }
    for (String table : SwitchEntries.POLICY_TABLES) {
      policies.add(new ArrayList<>());
      if (entries.table(table).isPresent()) {
        tables.add(table);
      }
    }
    add(entries, false);
  }

  /** Adds entries; once classes are bound. */
  void add(SwitchEntries entries) {
    add(entries, true);
  }

  private void add(SwitchEntries entries, boolean bound) {
    for (End end : End.values()) {
      entries.workloads(end).forEach(e -> of(workloads, end).put(atoms.of(e.address()), e));
      entries.blocks(end).forEach(e -> of(blocks, end).put(atoms.of(e.block()), e));
    }
    entries.routes().forEach(this::add);
    entries.neighbours().forEach(n -> neighbours.put(n.address().first(), n));
    entries
        .unsteers()
        .forEach(
            (listener, endpoint) -> {
              unsteers.put(listener, endpoint);
              listeners.computeIfAbsent(listener.address(), _ -> new HashSet<>()).add(listener);
            });
    entries
        .steers()
        .forEach(
            (key, place) -> {
              steers.computeIfAbsent(key.address(), _ -> new HashMap<>(2)).put(key, place);
              firstPorts
                  .computeIfAbsent(place.address(), _ -> new TreeMap<>())
                  .merge(place.port(), 1, Integer::sum);
            });
    for (UpstreamEntry entry : entries.upstreams()) {
      if (meets(entry.epoch())) {
        upstreams.computeIfAbsent(key(entry), _ -> new ArrayList<>(1)).add(entry);
      }
    }
    policies(
        entries,
        (entry, table) -> {
          policies.get(table).add(entry);
          if (bound) {
            group(table, entry);
          }
        });
  }

  /** Takes entries away. */
  void remove(SwitchEntries entries) {
    for (End end : End.values()) {
      entries.workloads(end).forEach(e -> of(workloads, end).remove(atoms.of(e.address())));
      entries.blocks(end).forEach(e -> of(blocks, end).remove(atoms.of(e.block())));
    }
    entries.routes().forEach(this::remove);
    entries.neighbours().forEach(n -> neighbours.remove(n.address().first()));
    for (Place listener : entries.unsteers().keySet()) {
      unsteers.remove(listener);
      listeners.getOrDefault(listener.address(), new HashSet<>()).remove(listener);
    }
    entries
        .steers()
        .forEach(
            (key, place) -> {
              Map<SteerKey, Place> here = steers.getOrDefault(key.address(), new HashMap<>());
              here.remove(key);
              if (here.isEmpty()) {
                steers.remove(key.address());
              }
              TreeMap<Integer, Integer> first =
                  firstPorts.getOrDefault(place.address(), new TreeMap<>());
              first.merge(place.port(), -1, (a, b) -> a + b == 0 ? null : a + b);
              if (first.isEmpty()) {
                firstPorts.remove(place.address());
              }
            });
    for (UpstreamEntry entry : entries.upstreams()) {
      List<UpstreamEntry> here = upstreams.getOrDefault(key(entry), new ArrayList<>());
      here.remove(entry);
      if (here.isEmpty()) {
        upstreams.remove(key(entry));
      }
    }
    policies(
        entries,
        (entry, table) -> {
          Shape shape = Shape.of(table, entry);
          Group<Shape, PolicyEntry> group = groups.get(shape);
          if (group != null) {
            group.remove(entry, from.column(entry.source()));
            if (group.isEmpty()) {
              groups.remove(shape);
              to.column(shape.destination).groups().remove(group);
            }
          }
        });
  }

  private void policies(SwitchEntries entries, ObjIntConsumer<PolicyEntry> each) {
    for (int t = 0; t < SwitchEntries.POLICY_TABLES.size(); t++) {
      for (PolicyEntry entry : entries.policy(SwitchEntries.POLICY_TABLES.get(t))) {
        if (meets(entry.epoch())) {
          each.accept(entry, t);
        }
      }
    }
  }

  void add(RouteEntry route) {
    routes.put(atoms.of(route.block()), route);
  }

  void remove(RouteEntry route) {
    routes.remove(atoms.of(route.block()));
  }

  private static <T> Map<Integer, T> of(Map<End, Map<Integer, T>> both, End end) {
    return both.getOrDefault(end, new HashMap<>());
  }

  /** What an upstream entry speaks of. */
  static SteerKey key(UpstreamEntry entry) {
    return key(entry.sidecar(), new Place(entry.address().first(), entry.port()), entry.protocol());
  }

  /** What an upstream entry for a sidecar and a target speaks of. */
  static SteerKey key(int sidecar, Place target, int protocol) {
    return new SteerKey(target.address(), protocol, sidecar << 16 | target.port());
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

  /** The entry of the longest block that holds the atom. */
  private <T> @Nullable T longest(Map<Integer, T> entries, int atom) {
    for (int a = atom; a >= 0; a = atoms.parent(a)) {
      T entry = entries.get(a);
      if (entry != null) {
        return entry;
      }
    }
    return null;
  }

  private Word code(End end, int atom) {
    WorkloadEntry workload = longest(of(workloads, end), atom);
    BlockEntry block = longest(of(blocks, end), atom);
    Word code = workload == null ? Word.ZERO : workload.code(epoch);
    return block == null ? code : code.or(block.code(epoch));
  }

  private record Signature(Word code, int sidecar) {}

  /** What tells the atom from others in the policy tables. */
  Object signature(End end, int atom) {
    return switch (end) {
      case CLIENT -> new Signature(code(end, atom), sidecar(atom));
      case SERVER -> new Signature(code(end, atom), isSidecarServer(atom) ? 0 : -1);
    };
  }

  private Columns<Pattern, Group<Shape, PolicyEntry>> columns(End end, Classes classes) {
    return new Columns<>(new Codes(classes, atom -> code(end, atom)));
  }

  /** Groups the policy entries for the given classes. */
  void bind(Classes sources, Classes destinations) {
    this.sources = sources;
    from = columns(End.CLIENT, sources);
    to = columns(End.SERVER, destinations);
    groups.clear();
    for (int t = 0; t < policies.size(); t++) {
      for (PolicyEntry entry : policies.get(t)) {
        group(t, entry);
      }
    }
  }

  private void group(int table, PolicyEntry entry) {
    groups
        .computeIfAbsent(
            Shape.of(table, entry),
            shape -> {
              Group<Shape, PolicyEntry> group = new Group<>(shape);
              to.column(shape.destination).groups().add(group);
              return group;
            })
        .add(entry, from.column(entry.source()));
  }

  /** Answers for a class that is there for the first time. */
  void born(End end, int group) {
    (end == End.CLIENT ? from : to).born(group);
  }

  /** The classes that entries with a pattern match. */
  BitSet classes(End end, Pattern pattern) {
    return (end == End.CLIENT ? from : to).classes(pattern);
  }

  /** Ports where what the entries say of a destination class may change. */
  void cuts(int destination, int protocol, TreeSet<Integer> cuts) {
    to.each(destination, group -> cuts(group.shape(), protocol, cuts));
  }

  private static void cuts(Shape shape, int protocol, TreeSet<Integer> cuts) {
    if (shape.takes(protocol)) {
      cuts.add(shape.firstPort);
      cuts.add(shape.lastPort + 1);
    }
  }

  /** TCP ports of an address that steer entries name. */
  Set<Integer> steerPorts(BigInteger address) {
    Map<SteerKey, Place> here = steers.get(address);
    if (here == null) {
      return Set.of();
    }
    Set<Integer> ports = new TreeSet<>();
    here.keySet().forEach(k -> ports.add(k.port()));
    return ports;
  }

  /**
   * What the policy tables say of connections from classes of sources to one of destinations. A
   * source for which entries of one priority say different things stands under each of them.
   */
  Says says(int destination, int protocol, int port, BitSet sources) {
    List<List<Hit>> hits = none();
    int classes = this.sources.count();
    to.each(
        destination,
        group -> {
          if (group.shape().takes(protocol, port)) {
            hits.get(group.shape().table).add(new Hit(group.shape(), group.sources(classes)));
          }
        });
    return says(hits, protocol, sources);
  }

  /** Entries that match one class of sources, by the destinations that they match. */
  final class FromOne {
    private final Map<Shape, BitSet> byShape;

    private FromOne(int source, BitSet asked) {
      byShape = Group.from(source, from, asked, SwitchModel.this::servers, Shape::anywhere);
    }

    /** Ports where what they say may change. */
    void cuts(int protocol, TreeSet<Integer> cuts) {
      byShape.keySet().forEach(shape -> SwitchModel.cuts(shape, protocol, cuts));
    }

    Says says(int protocol, int port, BitSet asked) {
      List<List<Hit>> hits = none();
      byShape.forEach(
          (shape, servers) -> {
            if (shape.takes(protocol, port)) {
              hits.get(shape.table).add(new Hit(shape, servers));
            }
          });
      return SwitchModel.this.says(hits, protocol, asked);
    }
  }

  FromOne from(int source, BitSet destinations) {
    return new FromOne(source, destinations);
  }

  private BitSet servers(Group<Shape, PolicyEntry> group) {
    return to.column(group.shape().destination).classes();
  }

  /** Classes of destinations at which entries tell two classes of sources apart. */
  void apart(int source, int other, BitSet destinations) {
    from.apart(source, other, group -> destinations.or(servers(group)));
  }

  private static List<List<Hit>> none() {
    List<List<Hit>> hits = new ArrayList<>();
    SwitchEntries.POLICY_TABLES.forEach(_ -> hits.add(new ArrayList<>()));
    return hits;
  }

  private Says says(List<List<Hit>> hits, int protocol, BitSet asked) {
    Map<Verdict, BitSet> pieces = new LinkedHashMap<>();
    pieces.put(Verdict.DIRECT, (BitSet) asked.clone());
    BitSet denied = new BitSet();
    Map<Verdict, BitSet> settled = new LinkedHashMap<>();
    for (int t = 0; t < SwitchEntries.POLICY_TABLES.size(); t++) {
      String name = SwitchEntries.POLICY_TABLES.get(t);
      if (!tables.contains(name)) {
        continue;
      }
      Map<Verdict, BitSet> next = new LinkedHashMap<>();
      Map<Verdict, BitSet> onward = new LinkedHashMap<>();
      List<Hit> here = hits.get(t);
      here.sort(Comparator.comparingInt((Hit h) -> h.shape.priority).reversed());
      for (Map.Entry<Verdict, BitSet> piece : pieces.entrySet()) {
        BitSet missed = table(here, piece.getKey(), piece.getValue(), next, onward, denied);
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

  /** Asks one table; returns the classes that miss. */
  private static BitSet table(
      List<Hit> hits,
      Verdict before,
      BitSet some,
      Map<Verdict, BitSet> next,
      Map<Verdict, BitSet> onward,
      BitSet denied) {
    BitSet left = (BitSet) some.clone();
    for (int i = 0; i < hits.size() && !left.isEmpty(); ) {
      int priority = hits.get(i).shape.priority;
      BitSet taken = new BitSet();
      for (; i < hits.size() && hits.get(i).shape.priority == priority; i++) {
        Hit hit = hits.get(i);
        if (!hit.some.intersects(left)) {
          continue;
        }
        BitSet here = (BitSet) left.clone();
        here.and(hit.some);
        taken.or(here);
        switch (hit.shape.effect) {
          case DENY -> denied.or(here);
          case PASS_ON -> put(onward, before, here);
          case ALLOW, STEER_FULL, STEER_CLASS -> put(next, before.then(hit.shape), here);
        }
      }
      left.andNot(taken);
    }
    return left;
  }

  /** The entries that decide in each policy table, and the miss that denies. */
  List<PolicyEntry> deciding(int source, int destination, int protocol, int port) {
    List<List<PolicyEntry>> best = new ArrayList<>();
    SwitchEntries.POLICY_TABLES.forEach(_ -> best.add(new ArrayList<>()));
    int classes = sources.count();
    to.each(
        destination,
        group -> {
          Shape shape = group.shape();
          if (shape.takes(protocol, port) && group.sources(classes).get(source)) {
            List<PolicyEntry> here = best.get(shape.table);
            if (!here.isEmpty() && here.getFirst().priority() < shape.priority) {
              here.clear();
            }
            if (here.isEmpty() || here.getFirst().priority() == shape.priority) {
              group.taking(source).forEach(here::add);
            }
          }
        });
    List<PolicyEntry> deciding = new ArrayList<>();
    boolean settled = false;
    for (int t = 0; t < SwitchEntries.POLICY_TABLES.size(); t++) {
      String name = SwitchEntries.POLICY_TABLES.get(t);
      if (settled || !tables.contains(name)) {
        settled = false;
        continue;
      }
      List<PolicyEntry> here = best.get(t);
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
    Map<SteerKey, Place> here = steers.get(address);
    return here == null
        ? Optional.empty()
        : Optional.ofNullable(here.get(new SteerKey(address, TCP, port)))
            .map(p -> new Place(p.address(), p.port() + offset & 0xffff));
  }

  /** How many steer entries lead to an address. */
  int steersTo(BigInteger address) {
    return firstPorts.getOrDefault(address, new TreeMap<>()).values().stream()
        .mapToInt(Integer::intValue)
        .sum();
  }

  /** The last port at or before one where an endpoint's listeners begin; −1 for none. */
  int firstPort(Place listener) {
    Integer first =
        firstPorts.getOrDefault(listener.address(), new TreeMap<>()).floorKey(listener.port());
    return first == null ? -1 : first;
  }

  /** Whether sidecar {@code number} may open connections to a place. */
  boolean upstream(int number, Place target, int protocol) {
    List<UpstreamEntry> here = upstreams.get(key(number, target, protocol));
    return here != null && deciding(here).allows();
  }

  private static UpstreamEntry deciding(List<UpstreamEntry> entries) {
    UpstreamEntry best = entries.getFirst();
    for (UpstreamEntry entry : entries) {
      best = entry.priority() > best.priority() ? entry : best;
    }
    return best;
  }

  /** The upstream entry that counts for what one speaks of. */
  Optional<UpstreamEntry> upstream(SteerKey key) {
    return Optional.ofNullable(upstreams.get(key)).map(SwitchModel::deciding);
  }

  /** The upstream entries that count. */
  void upstreams(Consumer<UpstreamEntry> visit) {
    upstreams.values().forEach(here -> visit.accept(deciding(here)));
  }

  /** The sidecar's number that a source is known by, −1 for none. */
  int sidecar(int atom) {
    WorkloadEntry entry = longest(of(workloads, End.CLIENT), atom);
    return entry == null ? -1 : entry.sidecar();
  }

  boolean isSidecarServer(int atom) {
    WorkloadEntry entry = longest(of(workloads, End.SERVER), atom);
    return entry != null && entry.sidecar() >= 0;
  }

  Optional<RouteEntry> route(int atom) {
    return Optional.ofNullable(longest(routes, atom));
  }

  Optional<NeighbourEntry> neighbour(BigInteger address) {
    return Optional.ofNullable(neighbours.get(address));
  }

  Optional<Place> unsteer(Place listener) {
    return Optional.ofNullable(unsteers.get(listener));
  }

  Map<Place, Place> unsteers() {
    return unsteers;
  }

  /** The listeners at an address that unsteer entries speak of. */
  Set<Place> unsteersAt(BigInteger address) {
    return listeners.getOrDefault(address, Set.of());
  }
}
