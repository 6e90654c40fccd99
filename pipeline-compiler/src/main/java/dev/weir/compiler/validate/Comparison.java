package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.validate.Ask.Residual;
import dev.weir.compiler.validate.Difference.Kind;
import dev.weir.compiler.validate.Difference.Member;
import dev.weir.compiler.validate.Difference.Ports;
import dev.weir.compiler.validate.Difference.Standing;
import dev.weir.compiler.validate.PolicyModel.Carries;
import dev.weir.p4runtime.info.Pipeline;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;

/**
 * What two intents say of every connection, class by class, and where they differ. Addresses are
 * what connections are between: a workload that has moved is another one.
 */
public final class Comparison {
  private static final int TCP = 6;

  private final Atoms atoms;
  private final Side before;
  private final Side after;
  private final Classes sources;
  private final Classes destinations;
  private final RequestClasses requests;
  private final boolean raw;
  private final Map<Found, List<Spot>> found = new LinkedHashMap<>();

  /**
   * One intent.
   *
   * @param missing atoms of workloads that only the other one has
   */
  private record Side(
      Directory directory, Selectors selectors, PolicyModel policy, BitSet missing) {
    static Side of(Intent intent, Directory directory, Directory other, Atoms atoms) {
      Selectors selectors = new Selectors(intent, atoms, directory);
      BitSet missing = owned(other, atoms);
      missing.andNot(owned(directory, atoms));
      return new Side(directory, selectors, new PolicyModel(intent, selectors), missing);
    }

    Optional<Workload> owner(BigInteger address) {
      return Optional.ofNullable(directory.owners().get(address));
    }
  }

  /** Differences that are told as one, at several ports. */
  private record Found(
      Kind kind, BitSet sources, int destination, int protocol, boolean ofRequests) {}

  private record Spot(Ports ports, Pair pair, Optional<Sample> request) {}

  private record Pair(int source, int server) {}

  /** What one side says of a class of sources; empty: it denies. */
  private record Piece(Optional<Residual> residual, BitSet sources) {}

  private Comparison(Intent before, Intent after, Set<IpAddress.Family> families, Fabric nowhere) {
    Directory directoryBefore = new Directory(before, nowhere, families);
    Directory directoryAfter = new Directory(after, nowhere, families);
    Set<Block> cuts = new HashSet<>(directoryBefore.cuts());
    cuts.addAll(directoryAfter.cuts());
    List<Intent> both = List.of(before, after);
    this.requests = new RequestClasses(PathView.of(after.paths()));
    this.raw = before.paths() != after.paths();
    both.forEach(intent -> cuts.addAll(Selectors.blocks(intent.rules())));
    this.atoms = new Atoms(cuts, families);
    this.before = Side.of(before, directoryBefore, directoryAfter, atoms);
    this.after = Side.of(after, directoryAfter, directoryBefore, atoms);
    BitSet ownedBefore = owned(directoryBefore, atoms);
    BitSet ownedAfter = owned(directoryAfter, atoms);
    IntFunction<List<Object>> shared =
        atom ->
            List.of(
                atoms.isLive(atom),
                atoms.isIpv4(atom),
                ownedBefore.get(atom),
                ownedAfter.get(atom));
    this.sources = Classes.of(atoms.size(), atom -> signature(shared, End.CLIENT, atom));
    this.destinations = Classes.of(atoms.size(), atom -> signature(shared, End.SERVER, atom));
    this.before.policy.bind(sources, destinations);
    this.after.policy.bind(sources, destinations);
  }

  /**
   * What {@code after} allows or denies that {@code before} does not, all of it.
   *
   * @param pipeline whose address families count
   */
  public static ImmutableList<Difference> between(Intent before, Intent after, Pipeline pipeline) {
    Fabric nowhere = new Fabric("nowhere", pipeline, 0, ImmutableSet.of(), ImmutableList.of());
    Comparison comparison = new Comparison(before, after, Validator.families(nowhere), nowhere);
    comparison.run();
    return comparison.differences();
  }

  private Object signature(IntFunction<List<Object>> shared, End end, int atom) {
    return List.of(
        shared.apply(atom),
        before.selectors.signature(end, atom),
        after.selectors.signature(end, atom));
  }

  private static BitSet owned(Directory directory, Atoms atoms) {
    BitSet owned = new BitSet();
    directory.owners().keySet().forEach(address -> owned.set(atoms.of(address)));
    return owned;
  }

  private void run() {
    BitSet live = sources.touched(atoms.live());
    BitSet ipv4 = sources.touched(atoms.ipv4());
    for (int d = 0; d < destinations.count(); d++) {
      int atom = destinations.representative(d);
      if (!atoms.live().get(atom)) {
        continue;
      }
      BitSet from = (BitSet) live.clone();
      if (atoms.isIpv4(atom)) {
        from.and(ipv4);
      } else {
        from.andNot(ipv4);
      }
      for (int protocol : Headers.protocols(atoms.isIpv4(atom))) {
        ports(d, atom, protocol, from);
      }
    }
  }

  private void ports(int destination, int atom, int protocol, BitSet from) {
    TreeSet<Integer> cuts = new TreeSet<>(Set.of(0));
    if (Headers.hasPorts(protocol)) {
      before.policy.cuts(destination, atom, protocol, cuts);
      after.policy.cuts(destination, atom, protocol, cuts);
    }
    for (int port : cuts.headSet(65536)) {
      Integer next = cuts.higher(port);
      Ports ports = new Ports(port, next == null ? 65535 : Math.min(next - 1, 65535));
      List<Piece> was = pieces(before, destination, atom, protocol, port, from);
      List<Piece> is = pieces(after, destination, atom, protocol, port, from);
      for (Piece a : was) {
        for (Piece b : is) {
          BitSet both = (BitSet) a.sources.clone();
          both.and(b.sources);
          if (both.isEmpty() || a.residual.equals(b.residual)) {
            continue;
          }
          compare(destination, atom, protocol, ports, a, b, both);
        }
      }
    }
  }

  /** What a side says; of workloads that it does not have, no. */
  private List<Piece> pieces(
      Side side, int destination, int atom, int protocol, int port, BitSet from) {
    BitSet known = (BitSet) from.clone();
    known.andNot(sources.touched(side.missing));
    BitSet deny = (BitSet) from.clone();
    List<Piece> pieces = new ArrayList<>();
    if (!side.missing.get(atom)) {
      side.policy
          .says(destination, atom, protocol, port, known)
          .allow()
          .forEach(
              (residual, some) -> {
                pieces.add(new Piece(Optional.of(residual), some));
                deny.andNot(some);
              });
    }
    pieces.add(new Piece(Optional.empty(), deny));
    return pieces;
  }

  /** What may be sent to a port, one of each class that either side tells apart. */
  private List<Sample> samples(
      int atom, int protocol, int port, Piece a, Piece b, IpAddress source) {
    List<Carries> carries =
        protocol == TCP
            ? List.of(before.policy.carries(atom, port), after.policy.carries(atom, port))
            : List.of(Carries.NO_HTTP);
    List<Sample> samples = new ArrayList<>();
    for (boolean http : new boolean[] {false, true}) {
      if (carries.stream().allMatch(c -> c == (http ? Carries.NO_HTTP : Carries.HTTP))) {
        continue;
      }
      Set<Condition> conditions = new LinkedHashSet<>();
      a.residual.ifPresent(r -> conditions.addAll(r.conditions(http)));
      b.residual.ifPresent(r -> conditions.addAll(r.conditions(http)));
      samples.addAll(requests.of(http, conditions, raw && http, source.mapped()));
    }
    return samples;
  }

  /** How much passes: nothing, what an authorizer lets pass, everything. */
  private static int passes(Piece piece, Sample sample, IpAddress source) {
    Optional<Residual> open = piece.residual.filter(r -> r.holds(sample, source));
    return open.isEmpty() ? 0 : open.get().authorizer(sample, source).isPresent() ? 1 : 2;
  }

  private void compare(
      int destination, int atom, int protocol, Ports ports, Piece a, Piece b, BitSet both) {
    BitSet apart = new BitSet();
    both.stream().filter(c -> pair(c, destination).isPresent()).forEach(apart::set);
    if (apart.isEmpty()) {
      return;
    }
    Pair pair = pair(apart.nextSetBit(0), destination).orElseThrow();
    IpAddress address = atoms.sample(pair.source);
    List<Sample> samples = samples(atom, protocol, ports.first(), a, b, address);
    for (Kind kind : Kind.values()) {
      Optional<Sample> witness = Optional.empty();
      int differing = 0;
      for (Sample sample : samples) {
        int was = passes(a, sample, address);
        int is = passes(b, sample, address);
        if (was != is && is > was == (kind == Kind.ALLOWS)) {
          witness = witness.isEmpty() && sample.shows() ? Optional.of(sample) : witness;
          differing++;
        }
      }
      if (differing > 0) {
        boolean some = differing < samples.size();
        found
            .computeIfAbsent(
                new Found(kind, apart, destination, protocol, some), _ -> new ArrayList<>())
            .add(new Spot(ports, pair, some ? witness : Optional.empty()));
      }
    }
  }

  /** Members of two classes that are not the same workload: a pod always reaches itself. */
  private Optional<Pair> pair(int source, int destination) {
    BitSet from = sources.members(source);
    BitSet to = destinations.members(destination);
    for (int a = from.nextSetBit(0); a >= 0; a = from.nextSetBit(a + 1)) {
      for (int b = to.nextSetBit(0); b >= 0; b = to.nextSetBit(b + 1)) {
        if (a != b && (name(a).isEmpty() || !name(a).equals(name(b)))) {
          return Optional.of(new Pair(a, b));
        }
      }
    }
    return Optional.empty();
  }

  /** The workload at an atom, empty for none. */
  private String name(int atom) {
    Block block = atoms.block(atom);
    return block.length() < 128
        ? ""
        : after
            .owner(block.first())
            .or(() -> before.owner(block.first()))
            .map(Workload::id)
            .orElse("");
  }

  private ImmutableList<Difference> differences() {
    ImmutableList.Builder<Difference> differences = ImmutableList.builder();
    found.forEach(
        (what, spots) -> {
          Spot first = plainest(what, spots);
          differences.add(
              new Difference(
                  what.kind,
                  members(sources.atoms(what.sources)),
                  members(destinations.members(what.destination)),
                  what.protocol,
                  Headers.hasPorts(what.protocol) ? joined(spots) : ImmutableList.of(),
                  what.ofRequests,
                  new Difference.Witness(
                      atoms.sample(first.pair.source),
                      atoms.sample(first.pair.server),
                      Math.min(Math.max(1, first.ports.first()), first.ports.last()),
                      first.request.map(Sample::probe))));
        });
    return differences.build();
  }

  /** A port that the server declares says more than one that nobody serves. */
  private Spot plainest(Found what, List<Spot> spots) {
    return spots.stream()
        .filter(
            spot ->
                after.selectors.ports(spot.pair.server).stream()
                    .anyMatch(
                        p ->
                            p.protocol().number() == what.protocol
                                && p.number() == spot.ports.first()))
        .findFirst()
        .orElse(spots.getFirst());
  }

  private static ImmutableList<Ports> joined(List<Spot> spots) {
    List<Ports> joined = new ArrayList<>();
    for (Spot spot : spots) {
      Ports ports = spot.ports;
      if (!joined.isEmpty() && joined.getLast().last() + 1 == ports.first()) {
        ports = new Ports(joined.removeLast().first(), ports.last());
      }
      joined.add(ports);
    }
    return ImmutableList.copyOf(joined);
  }

  private ImmutableList<Member> members(BitSet of) {
    ImmutableList.Builder<Member> members = ImmutableList.builder();
    for (int a = of.nextSetBit(0); a >= 0; a = of.nextSetBit(a + 1)) {
      Block block = atoms.block(a);
      Optional<Workload> was = before.owner(block.first()).filter(_ -> block.length() == 128);
      Optional<Workload> is = after.owner(block.first()).filter(_ -> block.length() == 128);
      Standing standing =
          was.isPresent() == is.isPresent()
              ? Standing.IN_BOTH
              : is.isPresent() ? Standing.ADDED : Standing.REMOVED;
      members.add(new Member(name(a), block.text(), standing));
    }
    return members.build();
  }
}
