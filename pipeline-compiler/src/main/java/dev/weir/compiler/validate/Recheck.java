package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.change.Change;
import dev.weir.compiler.change.PlacementChange;
import dev.weir.compiler.envoy.EnvoyResources;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.validate.SwitchEntries.Place;
import dev.weir.compiler.validate.SwitchEntries.PolicyEntry;
import dev.weir.compiler.validate.SwitchEntries.SteerKey;
import dev.weir.p4runtime.entry.Entry;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/** Carries changes over to a proof and asks again what they touch. */
final class Recheck {
  private static final int TCP = 6;

  /** More destinations are compared at once with a class of sources, and not one by one. */
  static final int MANY = 64;

  /** So few classes of sources are. */
  private static final int FEW = 8;

  /** Classes without addresses that are put up with before everything is begun anew. */
  private static final int EMPTY_CLASSES = 10_000;

  private final Proof proof;
  private final Standing standing;
  private final Findings findings;
  private final Set<Rule> rulesThatAskPeers = new HashSet<>();
  private final Map<String, Set<Place>> listenersThatAskPeers = new HashMap<>();
  private final int many;
  private boolean sound;

  /**
   * @param epochs whether what packets meet depends on the epoch
   * @param many see {@link #MANY}
   */
  Recheck(
      Proof proof, Standing standing, Intent intent, boolean epochs, int many, Findings findings) {
    this.many = many;
    this.proof = proof;
    this.standing = standing;
    this.findings = findings;
    intent.rules().stream()
        .filter(r -> !Selectors.peers(r).isEmpty())
        .forEach(rulesThatAskPeers::add);
    proof.sidecars().forEach(this::note);
    sound =
        findings.clean()
            && !epochs
            && proof.sidecars().values().stream().noneMatch(this::sendsElsewhere);
  }

  /** Notes which listeners of a sidecar tell peers apart. */
  private void note(String name, SidecarModel sidecar) {
    Set<Place> asking = new HashSet<>();
    sidecar
        .listeners()
        .forEach(
            (place, listener) -> {
              if (!listener.peers().isEmpty()) {
                asking.add(place);
              }
            });
    listenersThatAskPeers.put(name, asking);
  }

  /** Whether what a listener passes goes elsewhere than what it answers comes from. */
  private boolean sendsElsewhere(SidecarModel sidecar) {
    return sidecar.listeners().entrySet().stream()
        .anyMatch(e -> sendsElsewhere(e.getKey(), e.getValue()));
  }

  private boolean sendsElsewhere(Place listener, ListenerModel does) {
    Optional<Place> endpoint = proof.model().unsteer(listener);
    return does.targets().stream().anyMatch(t -> !endpoint.equals(Optional.of(t)));
  }

  /**
   * Carries a change out and asks again what it touches.
   *
   * @return false where everything must be asked again: the frame has moved
   */
  boolean apply(Change change, PlacementChange placed) {
    Step step = new Step(change, placed);
    boolean stays = sound && !step.movesFrame();
    sound = false; // Should anything be thrown half way, nothing is to be relied on.
    standing.apply(change, placed);
    stays =
        stays
            && placed.put().stream()
                .map(e -> e.entry().table())
                .distinct()
                .allMatch(standing::fits);
    boolean carriedOut = stays && step.carryOut();
    sound = carriedOut && findings.clean();
    return carriedOut;
  }

  /** Connections between classes that something new or gone speaks of. */
  private record Touched(BitSet sources, BitSet destinations) {}

  /** One change. */
  private final class Step {
    private final Change change;
    private final PlacementChange placed;
    private final SwitchEntries gone;
    private final SwitchEntries come;
    private final List<Rule> rulesGone = new ArrayList<>();
    private final List<Rule> rulesCome = new ArrayList<>();
    private final boolean defaults;
    private final Set<Attachment> formerly = new HashSet<>();
    private final List<Touched> touched = new ArrayList<>();
    private final Set<BigInteger> owned = new HashSet<>();
    private final Set<BigInteger> servers = new HashSet<>();
    private final Set<Place> unsteers = new HashSet<>();
    private final Set<SteerKey> upstreams = new HashSet<>();
    private final Set<Integer> ports = new TreeSet<>();

    Step(Change change, PlacementChange placed) {
      this.change = change;
      this.placed = placed;
      List<Entry> before = new ArrayList<>();
      placed.removed().forEach(k -> standing.entry(k).ifPresent(e -> before.add(e.entry())));
      for (PlacedEntry entry : placed.put()) {
        standing.entry(entry.entry().key()).ifPresent(e -> before.add(e.entry()));
      }
      List<Entry> after = placed.put().stream().map(PlacedEntry::entry).toList();
      gone = proof.read(before);
      come = proof.read(after);
      defaults =
          before.stream().anyMatch(e -> e.key().isDefault())
              || after.stream().anyMatch(e -> e.key().isDefault());
      change
          .rules()
          .forEach(
              (resource, now) -> {
                ImmutableList<Rule> was = standing.rules(resource);
                was.stream().filter(r -> !now.contains(r)).forEach(rulesGone::add);
                now.stream().filter(r -> !was.contains(r)).forEach(rulesCome::add);
              });
      change.attachments().keySet().forEach(p -> standing.attachment(p).ifPresent(formerly::add));
    }

    /** Whether the change is of a kind that touches everything, or nobody knows what. */
    boolean movesFrame() {
      List<SwitchEntries> both = List.of(gone, come);
      Classes sources = proof.headers().sources();
      return defaults
          || !placed.exceptions().isEmpty()
          || sources.count() - sources.occupied().cardinality() > EMPTY_CLASSES
          || formerly.stream().anyMatch(a -> !(a instanceof Attachment.WorkloadPort))
          || change.attachments().values().stream()
              .flatMap(Optional::stream)
              .anyMatch(a -> !(a instanceof Attachment.WorkloadPort))
          || !rulesCome.stream().allMatch(proof.selectors()::knows)
          || both.stream().anyMatch(this::movesFrame);
    }

    private boolean movesFrame(SwitchEntries entries) {
      for (End end : End.values()) {
        if (!entries.blocks(end).isEmpty()
            || entries.workloads(end).stream()
                .anyMatch(e -> e.sidecar() >= 0 || !isAddress(e.address()))) {
          return true;
        }
      }
      return !entries.undecodable().isEmpty()
          || entries.epochs()
          || entries.guards().stream().anyMatch(e -> !isAddress(e.block()) || isFixed(e))
          || entries.routes().stream()
              .anyMatch(
                  e -> !isAddress(e.block()) || proof.directory().isSidecars(e.block().first()))
          || (!entries.steers().isEmpty() && proof.excuses().countPorts());
    }

    /** Whether a guard entry is a sidecar's, or lets link-local addresses in from the world. */
    private boolean isFixed(SwitchEntries.GuardEntry entry) {
      return standing
          .attachment(entry.port())
          .filter(
              at ->
                  switch (at) {
                    case Attachment.WorkloadPort _ -> false;
                    case Attachment.SidecarPort _ -> true;
                    case Attachment.WorldPort _ -> EdgeCheck.LINK_LOCAL.contains(entry.block());
                  })
          .isPresent();
    }

    private static boolean isAddress(Block block) {
      return block.length() == Word.WIDTH;
    }

    /** Returns whether the proof is still one; nothing is to be relied on otherwise. */
    boolean carryOut() {
      rulesGone.forEach(this::touch);
      each(gone, this::touch);
      BitSet occupied = (BitSet) proof.headers().sources().occupied().clone();
      Set<BigInteger> moved = proof.directory().apply(change);
      if (moved.stream().anyMatch(proof.directory()::isSidecars)) {
        return false;
      }
      owned.addAll(moved);
      for (SwitchEntries entries : List.of(gone, come)) {
        addresses(entries);
      }
      Map<String, SidecarModel> configured = new HashMap<>();
      if (!decode(configured) || !cut(configured.values())) {
        return false;
      }
      gone.guards().forEach(proof.guards()::remove);
      come.guards().forEach(proof.guards()::add);
      proof.model().remove(gone);
      proof.model().add(come);
      placed.sidecars().forEach((name, now) -> configure(name, configured));
      rulesGone.forEach(proof.policy()::remove);
      rulesCome.forEach(proof.policy()::add);
      rulesThatAskPeers.removeAll(new HashSet<>(rulesGone));
      rulesCome.stream().filter(r -> !Selectors.peers(r).isEmpty()).forEach(rulesThatAskPeers::add);
      proof.excuses().apply(placed);
      if (otherwiseSent()) {
        return false;
      }
      owned.forEach(this::place);
      rulesCome.forEach(this::touch);
      each(come, this::touch);
      edge();
      decisions(occupied);
      return true;
    }

    private void each(SwitchEntries entries, Consumer<PolicyEntry> visit) {
      SwitchEntries.POLICY_TABLES.forEach(t -> entries.policy(t).forEach(visit));
    }

    private void touch(Rule rule) {
      touched.add(
          new Touched(
              proof.policy().classes(End.CLIENT, rule), proof.policy().classes(End.SERVER, rule)));
    }

    private void touch(PolicyEntry entry) {
      touched.add(
          new Touched(
              proof.model().classes(End.CLIENT, entry.source()),
              proof.model().classes(End.SERVER, entry.destination())));
    }

    /** Notes whom entries speak of. */
    private void addresses(SwitchEntries entries) {
      for (End end : End.values()) {
        entries.workloads(end).forEach(e -> owned.add(e.address().first()));
      }
      entries
          .guards()
          .forEach(
              e -> {
                owned.add(e.block().first());
                if (!(proof.directory().attachments().get(e.port())
                    instanceof Attachment.WorldPort)) {
                  ports.add(e.port());
                }
              });
      entries.routes().forEach(e -> owned.add(e.block().first()));
      entries.neighbours().forEach(e -> owned.add(e.address().first()));
      entries
          .steers()
          .forEach(
              (key, place) -> {
                servers.add(key.address());
                unsteers.addAll(proof.model().unsteersAt(place.address()));
              });
      entries
          .unsteers()
          .forEach(
              (listener, endpoint) -> {
                servers.add(endpoint.address());
                unsteers.add(listener);
              });
      entries
          .upstreams()
          .forEach(
              e -> {
                servers.add(e.address().first());
                upstreams.add(SwitchModel.key(e));
              });
    }

    /** Reads the sidecars' configurations; false where one is not understood. */
    private boolean decode(Map<String, SidecarModel> configured) {
      Findings read = new Findings();
      placed
          .sidecars()
          .forEach(
              (name, now) -> {
                EnvoyResources resources =
                    now.map((SidecarConfig c) -> Validator.resources(c, read))
                        .orElse(EnvoyResources.NOTHING);
                configured.putAll(Validator.decode(Map.of(name, resources), read));
              });
      return read.clean();
    }

    /** Cuts out the addresses that are new; false where that is no matter of addresses alone. */
    private boolean cut(Iterable<SidecarModel> configured) {
      Set<BigInteger> addresses = new HashSet<>(owned);
      addresses.addAll(servers);
      come.steers().values().forEach(p -> addresses.add(p.address()));
      unsteers.forEach(p -> addresses.add(p.address()));
      for (SidecarModel sidecar : configured) {
        for (Block block : Validator.cuts(Map.of("", sidecar))) {
          if (isAddress(block)) {
            addresses.add(block.first());
          } else if (!proof.atoms().isCut(block)) {
            return false;
          }
        }
      }
      for (BigInteger address : addresses) {
        boolean known = proof.atoms().of(address) >= 0;
        if (proof.atoms().add(address) < 0) {
          return false;
        }
        if (!known) {
          owned.add(address);
        }
      }
      return true;
    }

    private void configure(String name, Map<String, SidecarModel> configured) {
      SidecarModel now = configured.getOrDefault(name, SidecarModel.NOTHING);
      SidecarModel was = proof.sidecars().getOrDefault(name, SidecarModel.NOTHING);
      proof.sidecars().put(name, now);
      note(name, now);
      Set<Place> listeners = new HashSet<>(was.listeners().keySet());
      listeners.addAll(now.listeners().keySet());
      for (Place listener : listeners) {
        if (!Objects.equals(was.listeners().get(listener), now.listeners().get(listener))) {
          unsteers.add(listener);
          proof.model().unsteer(listener).ifPresent(e -> servers.add(e.address()));
        }
      }
      Set<Place> targets = new HashSet<>(was.upstreams());
      targets.addAll(now.upstreams());
      proof
          .directory()
          .sidecar(name)
          .ifPresent(s -> targets.forEach(t -> upstreams.add(SwitchModel.key(s.number(), t, TCP))));
    }

    private boolean otherwiseSent() {
      for (Place listener : unsteers) {
        for (SidecarModel sidecar : listening(listener)) {
          ListenerModel does = sidecar.listeners().get(listener);
          if (does != null && sendsElsewhere(listener, does)) {
            return true;
          }
        }
      }
      return false;
    }

    private List<SidecarModel> listening(Place listener) {
      return proof.directory().attached().get(listener.address())
              instanceof Attachment.SidecarPort s
          ? List.of(proof.sidecars().getOrDefault(s.name(), SidecarModel.NOTHING))
          : List.copyOf(proof.sidecars().values());
    }

    private void place(BigInteger address) {
      int atom = proof.atoms().of(address);
      for (End end : End.values()) {
        if (proof.headers().place(end, atom)) {
          int born = proof.headers().classes(end).of(atom);
          proof.policy().born(end, born);
          proof.model().born(end, born);
        }
      }
      servers.add(address);
    }

    private void edge() {
      ports.addAll(change.attachments().keySet());
      owned.forEach(a -> ports.addAll(proof.directory().ports(a)));
      ports.forEach(proof.edge()::port);
      owned.forEach(a -> proof.edge().atom(proof.atoms().of(a)));
      owned.forEach(proof.edge()::neighbour);
      proof.directory().gateways().forEach(proof.edge()::neighbour);
      upstreams.forEach(proof.edge()::upstream);
      unsteers.forEach(proof.edge()::unsteer);
    }

    /**
     * @param occupied the classes of sources that there were addresses in before
     */
    private void decisions(BitSet occupied) {
      Headers headers = proof.headers();
      Classes sources = headers.sources();
      BitSet atoms = new BitSet();
      owned.forEach(a -> atoms.set(proof.atoms().of(a)));
      BitSet whole = classes(End.SERVER, servers);
      BitSet joined = sources.touched(atoms);
      BitSet fresh = (BitSet) joined.clone();
      fresh.andNot(occupied);
      joined.andNot(fresh);
      touched.add(new Touched(joined, neighbours(joined, atoms)));
      touched.add(new Touched(joined, askingPeers()));
      for (int s = fresh.nextSetBit(0); s >= 0; s = fresh.nextSetBit(s + 1)) {
        BitSet alone = new BitSet();
        alone.set(s);
        touched.add(new Touched(alone, apart(s, occupied)));
      }
      Map<Integer, BitSet> some = new HashMap<>();
      for (Touched each : touched) {
        connections(each, whole, some);
      }
      whole.stream().forEach(proof.decisions()::again);
      some.forEach(proof.decisions()::again);
    }

    private BitSet classes(End end, Set<BigInteger> addresses) {
      BitSet classes = new BitSet();
      for (BigInteger address : addresses) {
        int atom = proof.atoms().of(address);
        if (atom >= 0) {
          classes.set(proof.headers().classes(end).of(atom));
        }
      }
      return classes;
    }

    /** Classes of destinations behind the ports where sources are, or have been, or were alone. */
    private BitSet neighbours(BitSet joined, BitSet moved) {
      Set<BigInteger> behind = new HashSet<>();
      formerly.forEach(at -> behind.addAll(proof.directory().addresses(at)));
      for (BigInteger address : owned) {
        for (int port : proof.directory().ports(address)) {
          behind.addAll(proof.directory().addressesAt(port));
        }
      }
      for (int s = joined.nextSetBit(0); s >= 0; s = joined.nextSetBit(s + 1)) {
        behind.addAll(proof.directory().addressesAt(proof.headers().onlyPort(s, moved)));
      }
      return classes(End.SERVER, behind);
    }

    /** Classes of destinations where rules or listeners tell clients apart by their addresses. */
    private BitSet askingPeers() {
      Set<BigInteger> served = new HashSet<>();
      for (Set<Place> listeners : listenersThatAskPeers.values()) {
        for (Place listener : listeners) {
          proof.model().unsteer(listener).ifPresent(e -> served.add(e.address()));
        }
      }
      BitSet asking = classes(End.SERVER, served);
      rulesThatAskPeers.forEach(r -> asking.or(proof.policy().classes(End.SERVER, r)));
      return asking;
    }

    /** Where a new class of sources may meet anything else than one that was there. */
    private BitSet apart(int source, BitSet occupied) {
      Headers headers = proof.headers();
      BitSet known = (BitSet) occupied.clone();
      known.and(headers.sources().occupied());
      int akin = proof.policy().akin(source, c -> known.get(c) && headers.enterAlike(source, c));
      if (akin < 0) {
        return headers.destinations().occupied();
      }
      BitSet apart = new BitSet();
      proof.policy().apart(source, akin, apart);
      proof.model().apart(source, akin, apart);
      apart.or(askingPeers());
      apart.or(
          classes(
              End.SERVER,
              new HashSet<>(proof.directory().addressesAt(headers.onlyPort(akin, new BitSet())))));
      return apart;
    }

    /** Adds what is to be asked again, by class of destinations. */
    private void connections(Touched each, BitSet whole, Map<Integer, BitSet> some) {
      BitSet sources = (BitSet) each.sources.clone();
      sources.and(proof.headers().sources().occupied());
      BitSet destinations = (BitSet) each.destinations.clone();
      destinations.and(proof.headers().destinations().occupied());
      destinations.andNot(whole);
      if (sources.cardinality() <= FEW && destinations.cardinality() > many) {
        for (int s = sources.nextSetBit(0); s >= 0; s = sources.nextSetBit(s + 1)) {
          BitSet alone = new BitSet();
          alone.set(s);
          proof.decisions().again(s, destinations, alone);
        }
      } else {
        destinations.stream().forEach(d -> some.computeIfAbsent(d, _ -> new BitSet()).or(sources));
      }
    }
  }
}
