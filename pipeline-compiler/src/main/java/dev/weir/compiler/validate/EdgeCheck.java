package dev.weir.compiler.validate;

import static dev.weir.compiler.validate.Certificate.Obligation.EDGE_IS_ATTACHMENTS;
import static dev.weir.compiler.validate.Certificate.Obligation.SIDECARS_KEEP_THEIR_WAYS;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.validate.Certificate.Witness;
import dev.weir.compiler.validate.SwitchEntries.Guard;
import dev.weir.compiler.validate.SwitchEntries.GuardEntry;
import dev.weir.compiler.validate.SwitchEntries.NeighbourEntry;
import dev.weir.compiler.validate.SwitchEntries.Place;
import dev.weir.compiler.validate.SwitchEntries.RouteEntry;
import dev.weir.compiler.validate.SwitchEntries.SteerKey;
import dev.weir.compiler.validate.SwitchEntries.UpstreamEntry;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who enters where, who is reached where, and what sidecars may do: each port and address just as
 * its attachment says.
 */
final class EdgeCheck {
  static final Block LINK_LOCAL = Block.of(Prefix.parse("fe80::/10"));

  private static final int TCP = 6;
  private static final int FIRST_LISTENER_PORT = 10000;
  private static final int LAST_LISTENER_PORT = 32767;

  private final long fabricMac;
  private final boolean answersNeighbours;
  private final Directory directory;
  private final Atoms atoms;
  private final SwitchModel model;
  private final GuardModel guards;
  private final Map<String, SidecarModel> sidecars;
  private final Findings findings;

  EdgeCheck(
      Fabric fabric,
      Directory directory,
      Atoms atoms,
      SwitchModel model,
      GuardModel guards,
      Map<String, SidecarModel> sidecars,
      Findings findings) {
    this.fabricMac = fabric.fabricMac();
    this.answersNeighbours = fabric.pipeline().findTable("neighbour").isPresent();
    this.directory = directory;
    this.atoms = atoms;
    this.model = model;
    this.guards = guards;
    this.sidecars = sidecars;
    this.findings = findings;
  }

  void run() {
    Set<Integer> ports = new TreeSet<>(directory.attachments().keySet());
    ports.addAll(guards.ports());
    ports.forEach(this::port);
    directory.attached().keySet().forEach(this::neighbour);
    directory.gateways().forEach(this::neighbour);
    atoms.live().stream().forEach(this::atom);
    model.upstreams(this::upstream);
    model.unsteers().keySet().forEach(this::unsteer);
  }

  /** Who enters at a port. */
  void port(int port) {
    findings.begin("port", port);
    findings.count("guarded ports", 1);
    linkLocals(port);
    Attachment at = directory.attachments().get(port);
    if (at instanceof Attachment.WorldPort) {
      return; // Each atom asks by itself.
    }
    Set<Integer> own = new HashSet<>();
    if (at != null) {
      for (BigInteger address : directory.addresses(at)) {
        if (directory.attached().get(address) == at) {
          own.add(atoms.of(address));
        }
      }
    }
    Guard pass = at instanceof Attachment.SidecarPort ? Guard.SIDECAR : Guard.SOURCE;
    Set<Integer> asked = new TreeSet<>(own);
    asked.addAll(guards.atoms(port));
    asked.stream()
        .filter(atoms::isLive)
        .forEach(a -> guard(port, a, own.contains(a) ? pass : Guard.DROP));
  }

  /**
   * The pipeline drops link-local sources but of neighbour probes; those enter where the address is
   * formed of the attachment's MAC address.
   */
  private void linkLocals(int port) {
    Set<BigInteger> own = directory.linkLocals(port);
    Set<BigInteger> entering = new HashSet<>();
    for (GuardEntry entry : guards.entries(port)) {
      if (LINK_LOCAL.contains(entry.block()) && entry.guard() != Guard.DROP) {
        BigInteger address = entry.block().first();
        entering.add(address);
        if (entry.block().length() < Word.WIDTH || !own.contains(address)) {
          linkLocal(port, address, Guard.DROP, entry.guard());
        }
      }
    }
    own.stream()
        .filter(a -> !entering.contains(a))
        .forEach(a -> linkLocal(port, a, Guard.SOURCE, Guard.DROP));
  }

  /** What the switch does with an atom, if it holds addresses of packets. */
  void atom(int atom) {
    findings.begin("atom", atom);
    if (!atoms.isLive(atom)) {
      return;
    }
    directory
        .mayComeFromWorld(atoms, atom)
        .ifPresent(
            may ->
                directory
                    .world()
                    .forEach(w -> guard(w.port(), atom, may ? Guard.SOURCE : Guard.DROP)));
    route(atom);
    identity(atom);
  }

  private void linkLocal(int port, BigInteger address, Guard expected, Guard actual) {
    guard(port, Block.address(address).toString(), expected, actual);
  }

  private void guard(int port, int atom, Guard expected) {
    Guard actual = guards.guard(port, atom);
    if (actual != expected) {
      guard(port, atoms.sample(atom).toString(), expected, actual);
    }
  }

  private void guard(int port, String source, Guard expected, Guard actual) {
    findings.fault(
        EDGE_IS_ATTACHMENTS,
        expected == Guard.DROP ? "guard-too-wide" : "guard-too-tight",
        "At port " + port + " the guard does not treat this source as its attachment says.",
        new Witness(
            OptionalInt.of(port),
            source,
            "",
            0,
            0,
            Optional.empty(),
            says(expected),
            says(actual),
            ImmutableList.of()));
  }

  private static String says(Guard guard) {
    return switch (guard) {
      case SOURCE -> "enters";
      case SIDECAR -> "enters as a sidecar's";
      case DROP -> "is dropped as spoofed";
    };
  }

  /** Who is answered about an address. */
  void neighbour(BigInteger address) {
    findings.begin("neighbour", address);
    if (!answersNeighbours) {
      return;
    }
    Optional<NeighbourEntry> entry = model.neighbour(address);
    boolean answered = entry.filter(e -> e.mac() == fabricMac).isPresent();
    Attachment at = directory.attached().get(address);
    if (at != null && !(answered && entry.filter(e -> e.attachedPort() == at.port()).isPresent())) {
      edge(
          "neighbour",
          address,
          "the fabric answers for it, but at port " + at.port(),
          entry.map(NeighbourEntry::toString).orElse("nobody answers"));
    }
    if (directory.gateways().contains(address)
        && !directory.shared().contains(address)
        && !(answered
            && entry
                .filter(e -> !directory.attachments().containsKey(e.attachedPort()))
                .isPresent())) {
      edge(
          "neighbour",
          address,
          "the fabric answers for it at every port",
          entry.map(NeighbourEntry::toString).orElse("nobody answers"));
    }
  }

  private void edge(String code, BigInteger to, String expected, String actual) {
    findings.fault(
        EDGE_IS_ATTACHMENTS,
        code,
        "An address is not where its attachment is.",
        new Witness(
            OptionalInt.empty(),
            "",
            Block.address(to).toString(),
            0,
            0,
            Optional.empty(),
            expected,
            actual,
            ImmutableList.of()));
  }

  private void route(int atom) {
    Optional<RouteEntry> route = model.route(atom);
    Attachment at =
        atoms.isAddress(atom) ? directory.attached().get(atoms.block(atom).first()) : null;
    boolean holds;
    String expected;
    if (at != null) {
      holds =
          route.filter(r -> r.port() == at.port() && r.destinationMac() == at.mac()).isPresent();
      expected = "to port " + at.port();
    } else {
      boolean world =
          route.stream()
              .anyMatch(
                  r ->
                      directory.world().stream()
                          .anyMatch(w -> w.port() == r.port() && w.mac() == r.destinationMac()));
      boolean outside = directory.mayComeFromWorld(atoms, atom).orElse(false);
      holds = world || (route.isEmpty() && (!outside || directory.world().isEmpty()));
      expected = directory.world().isEmpty() ? "nowhere" : "to the world";
    }
    if (!holds) {
      edge(
          "route",
          atoms.sample(atom).mapped(),
          expected,
          route.map(r -> SwitchEntries.text(r.entry())).orElse("nowhere"));
    }
  }

  private void identity(int atom) {
    int known = model.sidecar(atom);
    Attachment at =
        atoms.isAddress(atom) ? directory.attached().get(atoms.block(atom).first()) : null;
    if (at instanceof Attachment.SidecarPort s) {
      if (known != s.number()) {
        sidecar(
            atom,
            "is known as sidecar " + s.number(),
            known < 0 ? "is known as no sidecar" : "is known as sidecar " + known);
      }
    } else if (known >= 0 && guards.enters(atom)) {
      sidecar(atom, "is judged by policy", "is known as sidecar " + known);
    }
  }

  private void sidecar(int atom, String expected, String actual) {
    findings.fault(
        SIDECARS_KEEP_THEIR_WAYS,
        "sidecar-identity",
        "The switch takes an address for something that it is not.",
        new Witness(
            OptionalInt.empty(),
            atoms.sample(atom).toString(),
            "",
            TCP,
            0,
            Optional.empty(),
            expected,
            actual,
            ImmutableList.of()));
  }

  /** What the entry that counts lets a sidecar open, if there is one. */
  void upstream(SteerKey key) {
    findings.begin("upstream", key);
    model.upstream(key).ifPresent(this::upstream);
  }

  /** What a sidecar may open. */
  private void upstream(UpstreamEntry entry) {
    findings.begin("upstream", SwitchModel.key(entry));
    Optional<Attachment.SidecarPort> known = directory.sidecar(entry.sidecar());
    if (!entry.allows() || known.isEmpty()) {
      return;
    }
    findings.count("upstreams", 1);
    Attachment.SidecarPort sidecar = known.get();
    Place target = new Place(entry.address().first(), entry.port());
    SidecarModel configured = sidecars.getOrDefault(sidecar.name(), SidecarModel.NOTHING);
    if (entry.protocol() != TCP || !configured.upstreams().contains(target)) {
      findings.fault(
          SIDECARS_KEEP_THEIR_WAYS,
          "upstream-too-wide",
          "A sidecar may open what its configuration does not name.",
          new Witness(
              OptionalInt.empty(),
              sidecar.addresses().stream().map(Object::toString).findFirst().orElse(""),
              Block.address(target.address()).toString(),
              entry.protocol(),
              entry.port(),
              Optional.empty(),
              "is dropped: " + sidecar.name() + " is not configured to connect to it",
              "passes",
              ImmutableList.of(SwitchEntries.text(entry.entry()))));
    }
  }

  /**
   * What comes from a listener is its endpoint's: the endpoint's first port must be the last that
   * begins at or before the listener's.
   */
  void unsteer(Place listener) {
    findings.begin("unsteer", listener);
    Optional<Place> to = model.unsteer(listener);
    if (to.isEmpty()) {
      return;
    }
    Place endpoint = to.get();
    boolean within =
        FIRST_LISTENER_PORT <= listener.port() && listener.port() <= LAST_LISTENER_PORT;
    int first = model.firstPort(listener);
    boolean inverse =
        first >= 0
            && model
                .steer(endpoint.address(), endpoint.port(), 0)
                .equals(Optional.of(new Place(listener.address(), first)))
            && isListener(listener);
    if (within && inverse) {
      return;
    }
    findings.fault(
        SIDECARS_KEEP_THEIR_WAYS,
        within ? "unsteer-not-inverse" : "listener-port",
        within
            ? "What comes from a listener is taken for an endpoint that is not steered there."
            : "A listener's port is outside 10000–32767, where sidecars' own connections may come"
                + " from.",
        new Witness(
            OptionalInt.empty(),
            Block.address(listener.address()).toString(),
            Block.address(endpoint.address()).toString(),
            TCP,
            listener.port(),
            Optional.empty(),
            "comes from no endpoint",
            "comes from port " + endpoint.port() + " of the endpoint",
            ImmutableList.of()));
  }

  /** Whether some sidecar listens there: the one whose address it is, or else any. */
  private boolean isListener(Place listener) {
    if (directory.attached().get(listener.address()) instanceof Attachment.SidecarPort own
        && sidecars
            .getOrDefault(own.name(), SidecarModel.NOTHING)
            .listeners()
            .containsKey(listener)) {
      return true;
    }
    return sidecars.values().stream().anyMatch(s -> s.listeners().containsKey(listener));
  }
}
