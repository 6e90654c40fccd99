package dev.weir.compiler.validate;

import static dev.weir.compiler.validate.Certificate.Obligation.STEPS_ARE_SAFE;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.validate.Certificate.Witness;
import dev.weir.compiler.validate.Stance.Outcome;
import dev.weir.compiler.validate.Stance.Verdict;
import dev.weir.compiler.validate.SwitchEntries.Guard;
import dev.weir.compiler.validate.SwitchEntries.Place;
import dev.weir.compiler.validate.SwitchEntries.RouteEntry;
import dev.weir.compiler.validate.SwitchEntries.UpstreamEntry;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares one moment of a plan with the versions that it leads from and to: it may pass only what
 * one of them passes, and drop only what one of them drops.
 */
final class MomentCheck {
  private static final int TCP = 6;

  private final Atoms atoms;
  private final Directory directory;
  private final List<Stance> ends;
  private final boolean mayNotDrop;
  private final Findings findings;
  private final PathView view;
  private final RequestClasses requests;
  private final BitSet attached = new BitSet();
  private Classes sources = Classes.none();
  private Classes destinations = Classes.none();
  private @Nullable SwitchModel bound;

  /** One port of a destination class, at one moment. */
  private record Header(Stance now, String why, BitSet entering, int protocol, int port) {}

  MomentCheck(
      Atoms atoms,
      Directory directory,
      List<Stance> ends,
      boolean mayNotDrop,
      PathView view,
      Findings findings) {
    this.view = view;
    this.requests = new RequestClasses(view);
    this.atoms = atoms;
    this.directory = directory;
    this.ends = ends;
    this.mayNotDrop = mayNotDrop;
    this.findings = findings;
    directory.attached().keySet().forEach(a -> attached.set(atoms.of(a)));
  }

  /** A moment at which anything may have changed. */
  void check(Stance now, String why, String update) {
    findings.count("moments", 1);
    Set<Integer> ports = new TreeSet<>(now.guards().ports());
    ends.forEach(s -> ports.addAll(s.guards().ports()));
    for (int port : ports) {
      Set<Integer> asked = new HashSet<>(now.guards().atoms(port));
      ends.forEach(s -> asked.addAll(s.guards().atoms(port)));
      guards(now, why, port, asked);
    }
    routes(now, why, atoms.live());
    upstreams(now, why);
    bind(now);
    compare(now, why + ": " + update, everything(destinations), everything(sources));
  }

  /** A moment at which just a guard entry has changed. */
  void guardChanged(Stance now, String why, String update, int port, Block block) {
    if (holdsSidecar(block)) {
      check(now, why, update);
      return;
    }
    BitSet range = atoms.range(block);
    range.and(atoms.live());
    guards(now, why, port, range.stream().boxed().toList());
    bindOnce(now);
    range.and(now.entering());
    compare(now, why + ": " + update, everything(destinations), sources.touched(range));
  }

  /** A moment at which just a route has changed. */
  void routeChanged(Stance now, String why, String update, Block block) {
    if (holdsSidecar(block)) {
      check(now, why, update);
      return;
    }
    BitSet range = atoms.range(block);
    range.and(atoms.live());
    routes(now, why, range);
    bindOnce(now);
    compare(now, why + ": " + update, destinations.touched(range), everything(sources));
  }

  private static BitSet everything(Classes classes) {
    BitSet all = new BitSet();
    all.set(0, classes.count());
    return all;
  }

  private boolean holdsSidecar(Block block) {
    return directory.attached().entrySet().stream()
        .anyMatch(
            e -> e.getValue() instanceof Attachment.SidecarPort && block.contains(e.getKey()));
  }

  private void bindOnce(Stance now) {
    if (bound != now.model()) {
      bind(now);
    }
  }

  /**
   * Groups sources and destinations for the entries of a moment. Who enters and who is routed may
   * change later; only the ends' part in that tells groups apart.
   */
  private void bind(Stance now) {
    List<Stance> all = new ArrayList<>(ends);
    all.add(now);
    List<BitSet> entering = ends.stream().map(Stance::entering).toList();
    List<BitSet> routed = ends.stream().map(Stance::routed).toList();
    sources = Classes.of(atoms.size(), a -> signature(End.CLIENT, a, all, entering));
    destinations = Classes.of(atoms.size(), a -> signature(End.SERVER, a, all, routed));
    all.forEach(s -> s.model().bind(sources, destinations));
    bound = now.model();
  }

  private Object signature(End end, int atom, List<Stance> all, List<BitSet> more) {
    List<Object> signature = new ArrayList<>();
    signature.add(attached.get(atom));
    signature.add(atoms.isLive(atom));
    signature.add(atoms.isIpv4(atom));
    all.forEach(s -> signature.add(s.model().signature(end, atom)));
    more.forEach(some -> signature.add(some.get(atom)));
    return signature;
  }

  private void compare(Stance now, String why, BitSet servers, BitSet clients) {
    List<Stance> all = new ArrayList<>(ends);
    all.add(now);
    List<BitSet> entering = new ArrayList<>();
    ends.forEach(s -> entering.add(sources.touched(s.entering())));
    BitSet enter = now.entering();
    entering.add(sources.touched(enter));
    BitSet routed = destinations.touched(now.routed());
    BitSet ipv4 = sources.touched(atoms.ipv4());
    BitSet inside = sources.touched(attached);
    for (int d = servers.nextSetBit(0); d >= 0; d = servers.nextSetBit(d + 1)) {
      if (findings.full()) {
        return;
      }
      int atom = destinations.representative(d);
      if (!routed.get(d)) {
        continue; // Nothing passes, and that the way is closed is judged with the routes.
      }
      BitSet from = (BitSet) entering.getLast().clone();
      from.and(clients);
      if (atoms.isIpv4(atom)) {
        from.and(ipv4);
      } else {
        from.andNot(ipv4);
      }
      if (!attached.get(atom) && directory.world().size() < 2) {
        from.and(inside); // From the world to the world goes no way.
      }
      if (from.isEmpty()) {
        continue;
      }
      BitSet members = destinations.members(d);
      for (int protocol : Headers.protocols(atoms.isIpv4(atom))) {
        for (int port : ports(all, d, members, protocol)) {
          List<Map<Verdict, BitSet>> verdicts = new ArrayList<>();
          for (int i = 0; i < all.size(); i++) {
            Stance s = all.get(i);
            boolean reached = s == now || s.model().route(atom).isPresent();
            verdicts.add(s.verdicts(d, atom, protocol, port, from, entering.get(i), reached));
          }
          Header header = new Header(now, why, enter, protocol, port);
          combine(header, all, verdicts, new ArrayList<>(), from, members);
        }
      }
    }
  }

  private static Iterable<Integer> ports(
      List<Stance> all, int destination, BitSet members, int protocol) {
    TreeSet<Integer> cuts = new TreeSet<>();
    cuts.add(0);
    if (Headers.hasPorts(protocol)) {
      for (Stance s : all) {
        s.model().cuts(destination, protocol, cuts);
        if (protocol == TCP) {
          members.stream()
              .filter(a -> s.atoms().block(a).length() == 128)
              .forEach(
                  a ->
                      s.model()
                          .steerPorts(s.atoms().block(a).first())
                          .forEach(
                              p -> {
                                cuts.add(p);
                                cuts.add(p + 1);
                              }));
        }
      }
    }
    return cuts.headSet(65536);
  }

  /** Goes through the sources by what each of the stances says of them. */
  private void combine(
      Header header,
      List<Stance> all,
      List<Map<Verdict, BitSet>> verdicts,
      List<Verdict> chosen,
      BitSet left,
      BitSet servers) {
    if (left.isEmpty() || findings.full()) {
      return;
    }
    if (chosen.size() < all.size()) {
      verdicts
          .get(chosen.size())
          .forEach(
              (verdict, some) -> {
                BitSet both = (BitSet) left.clone();
                both.and(some);
                List<Verdict> more = new ArrayList<>(chosen);
                more.add(verdict);
                combine(header, all, verdicts, more, both, servers);
              });
      return;
    }
    Verdict now = chosen.getLast();
    boolean steers = chosen.stream().anyMatch(v -> v instanceof Verdict.Steered);
    if (!steers && chosen.subList(0, ends.size()).contains(now)) {
      return;
    }
    BitSet from = sources.atoms(left);
    from.and(header.entering);
    for (int a = servers.nextSetBit(0); a >= 0; a = servers.nextSetBit(a + 1)) {
      BitSet apart = apart(from, a);
      if (!apart.isEmpty() && header.now.model().route(a).isPresent()) {
        requests(header, all, chosen, apart, a);
        if (!steers) {
          return; // What the switch decides is the same for the whole class.
        }
      }
    }
  }

  /** The sources that are not behind the server's own port. */
  private BitSet apart(BitSet sources, int server) {
    Attachment at = directory.attached().get(atoms.block(server).first());
    if (at == null) {
      return sources;
    }
    BitSet apart = (BitSet) sources.clone();
    directory
        .attached()
        .forEach(
            (address, other) -> {
              if (other.port() == at.port()) {
                apart.clear(atoms.of(address));
              }
            });
    return apart;
  }

  private void requests(
      Header header, List<Stance> all, List<Verdict> chosen, BitSet sources, int server) {
    Place endpoint = new Place(atoms.sample(server).mapped(), header.port);
    Set<Condition> withHttp = new LinkedHashSet<>();
    Set<Condition> withoutHttp = new LinkedHashSet<>();
    Set<Block> peers = new HashSet<>();
    boolean raw = false;
    for (int i = 0; i < all.size(); i++) {
      Optional<ListenerModel> listener = all.get(i).listener(chosen.get(i), endpoint);
      if (listener.isPresent()) {
        withHttp.addAll(listener.get().conditions(true));
        withoutHttp.addAll(listener.get().conditions(false));
        peers.addAll(listener.get().peers());
        raw |= listener.get().seesOtherPaths(view);
      }
    }
    for (int source : representatives(sources, peers)) {
      BigInteger peer = atoms.sample(source).mapped();
      List<Sample> samples = new ArrayList<>(requests.of(false, withoutHttp, false, peer));
      if (header.protocol == TCP) {
        samples.addAll(requests.of(true, withHttp, raw, peer));
      }
      for (Sample request : samples) {
        if (compare(header, all, chosen, endpoint, source, server, request)) {
          return;
        }
      }
    }
  }

  /** One source of each cell that the peers' blocks cut. */
  private List<Integer> representatives(BitSet sources, Set<Block> peers) {
    Map<Integer, Integer> found = new TreeMap<>();
    sources.stream().forEach(a -> found.putIfAbsent(cell(a, peers), a));
    return List.copyOf(found.values());
  }

  /** The atom of the smallest of some blocks that holds an atom; −1 for none. */
  private int cell(int atom, Set<Block> blocks) {
    int cell = atom;
    while (cell >= 0 && !blocks.contains(atoms.block(cell))) {
      cell = atoms.parent(cell);
    }
    return cell;
  }

  /** True where a fault was found. */
  private boolean compare(
      Header header,
      List<Stance> all,
      List<Verdict> chosen,
      Place endpoint,
      int source,
      int server,
      Sample request) {
    findings.count("requests", 1);
    Set<Outcome> either = new HashSet<>();
    boolean allPass = true;
    for (int i = 0; i < ends.size(); i++) {
      Set<Outcome> end = all.get(i).outcomes(chosen.get(i), endpoint, request, source);
      either.addAll(end);
      allPass &= end.equals(Set.of(Stance.PASSES));
    }
    Set<Outcome> now = header.now.outcomes(chosen.getLast(), endpoint, request, source);
    for (Outcome outcome : now) {
      if (!outcome.equals(Stance.DROPS) && !either.contains(outcome)) {
        fault(
            "step-allows",
            "A step lets pass what both versions deny.",
            header,
            source,
            server,
            request,
            "is dropped, before and after",
            outcome.toString());
        return true;
      }
    }
    if (mayNotDrop
        && allPass
        && !now.equals(Set.of(Stance.PASSES))
        && !moves(header.now, chosen, endpoint, server)) {
      fault(
          "step-drops",
          "A step drops what both versions allow.",
          header,
          source,
          server,
          request,
          "passes, before and after",
          now.toString());
      return true;
    }
    return false;
  }

  /** Whether the endpoint, or its way to its sidecar, moves between the versions, and so closes. */
  private boolean moves(Stance now, List<Verdict> chosen, Place endpoint, int server) {
    Set<Optional<List<Long>>> routes = new HashSet<>();
    ends.forEach(s -> routes.add(way(s, server)));
    if (routes.size() > 1 || now.model().route(server).isEmpty()) {
      return true;
    }
    boolean steered = false;
    for (int i = 0; i < ends.size(); i++) {
      steered |= chosen.get(i) instanceof Verdict.Steered;
    }
    Set<Optional<Place>> ways = new HashSet<>();
    ends.forEach(s -> ways.add(s.model().steer(endpoint.address(), endpoint.port(), 0)));
    return steered && (ways.size() > 1 || readsOtherwise(chosen, endpoint));
  }

  /** Whether the versions see paths in different ways: a listener sees them in one at a time. */
  private boolean readsOtherwise(List<Verdict> chosen, Place endpoint) {
    Set<Set<PathView>> views = new HashSet<>();
    for (int i = 0; i < ends.size(); i++) {
      ends.get(i).listener(chosen.get(i), endpoint).ifPresent(l -> views.add(l.views()));
    }
    return views.size() > 1;
  }

  private void fault(
      String code,
      String sentence,
      Header header,
      int source,
      int server,
      Sample request,
      String wanted,
      String actual) {
    findings.fault(
        STEPS_ARE_SAFE,
        code,
        sentence + " " + header.why,
        new Witness(
            OptionalInt.empty(),
            atoms.sample(source).toString(),
            atoms.sample(server).toString(),
            header.protocol,
            header.port,
            request.shows() ? Optional.of(request.request()) : Optional.empty(),
            wanted,
            actual,
            ImmutableList.of(header.why)));
  }

  /** A port's guard for a source is that of a version, or drops while it changes. */
  private void guards(Stance now, String why, int port, Collection<Integer> asked) {
    for (int atom : asked) {
      Guard guard = now.guards().guard(port, atom);
      Set<Guard> either = new HashSet<>();
      ends.forEach(s -> either.add(s.guards().guard(port, atom)));
      boolean closes = guard == Guard.DROP && (either.size() > 1 || recast(atom));
      if (!either.contains(guard) && !closes) {
        edge("step-guard", why, OptionalInt.of(port), atom, "", either + "", guard + "");
      }
    }
  }

  /** Whether an address turns from workload to sidecar or back, or moves. */
  private boolean recast(int atom) {
    Set<Object> kinds = new HashSet<>();
    for (Stance s : ends) {
      kinds.add(
          List.of(
              s.model().sidecar(atom),
              s.model().isSidecarServer(atom),
              s.model().route(atom).map(RouteEntry::port)));
    }
    return kinds.size() > 1;
  }

  private void routes(Stance now, String why, BitSet asked) {
    asked.stream()
        .forEach(
            atom -> {
              Optional<List<Long>> route = way(now, atom);
              Set<Optional<List<Long>>> either = new HashSet<>();
              ends.forEach(s -> either.add(way(s, atom)));
              boolean closes = either.size() > 1 || recast(atom);
              // While an exact route is away the one around it holds, and leads to the world.
              boolean outside =
                  route
                      .filter(
                          r ->
                              directory.world().stream()
                                  .anyMatch(w -> Objects.equals(r.get(0), (long) w.port())))
                      .isPresent();
              if (!either.contains(route) && !(closes && (route.isEmpty() || outside))) {
                edge(
                    "step-route",
                    why,
                    OptionalInt.empty(),
                    -1,
                    atoms.sample(atom).toString(),
                    either + "",
                    route + "");
              }
            });
  }

  private static Optional<List<Long>> way(Stance stance, int atom) {
    return stance.model().route(atom).map(r -> List.of((long) r.port(), r.destinationMac()));
  }

  private void upstreams(Stance now, String why) {
    now.model().upstreams(entry -> upstream(why, entry));
  }

  private void upstream(String why, UpstreamEntry entry) {
    Place target = new Place(entry.address().first(), entry.port());
    if (entry.allows()
        && ends.stream()
            .noneMatch(s -> s.model().upstream(entry.sidecar(), target, entry.protocol()))) {
      edge(
          "step-upstream",
          why,
          OptionalInt.empty(),
          -1,
          Block.address(target.address()).toString(),
          "sidecar " + entry.sidecar() + " may not connect",
          "it may");
    }
  }

  private void edge(
      String code,
      String why,
      OptionalInt enters,
      int from,
      String to,
      String wanted,
      String actual) {
    findings.fault(
        STEPS_ARE_SAFE,
        code,
        "A step does what neither version does. " + why,
        new Witness(
            enters,
            from < 0 ? "" : atoms.sample(from).toString(),
            to,
            0,
            0,
            Optional.empty(),
            wanted,
            actual,
            ImmutableList.of(why)));
  }
}
