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
import dev.weir.compiler.validate.SwitchEntries.UpstreamEntry;
import java.math.BigInteger;
import java.util.HashMap;
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
  private static final Block LINK_LOCAL = Block.of(Prefix.parse("fe80::/10"));

  private static final int TCP = 6;
  private static final int FIRST_LISTENER_PORT = 10000;
  private static final int LAST_LISTENER_PORT = 32767;

  private final Fabric fabric;
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
    this.fabric = fabric;
    this.directory = directory;
    this.atoms = atoms;
    this.model = model;
    this.guards = guards;
    this.sidecars = sidecars;
    this.findings = findings;
  }

  void run() {
    guards();
    linkLocals();
    neighbours();
    routes();
    identities();
    upstreams();
    unsteers();
  }

  private void guards() {
    Map<Integer, Attachment> ports = new HashMap<>();
    fabric.attachments().forEach(a -> ports.put(a.port(), a));
    Set<Integer> all = new HashSet<>(ports.keySet());
    all.addAll(guards.ports());
    Map<Integer, Set<Integer>> expected = new HashMap<>();
    directory
        .attached()
        .forEach(
            (address, at) ->
                expected.computeIfAbsent(at.port(), _ -> new HashSet<>()).add(atoms.of(address)));
    for (int port : all) {
      Attachment at = ports.get(port);
      if (at instanceof Attachment.WorldPort) {
        atoms.live().stream().forEach(a -> worldGuard(port, a));
      } else {
        Set<Integer> own = expected.getOrDefault(port, Set.of());
        Guard pass = at instanceof Attachment.SidecarPort ? Guard.SIDECAR : Guard.SOURCE;
        Set<Integer> asked = new HashSet<>(own);
        asked.addAll(guards.atoms(port));
        asked.forEach(a -> guard(port, a, own.contains(a) ? pass : Guard.DROP));
      }
      findings.count("guarded ports", 1);
    }
  }

  /**
   * The pipeline drops link-local sources but of neighbour probes; those enter where the address is
   * formed of the attachment's MAC address.
   */
  private void linkLocals() {
    Map<Integer, Set<BigInteger>> entering = new HashMap<>();
    for (GuardEntry entry : model.entries().guards()) {
      if (LINK_LOCAL.contains(entry.block()) && entry.guard() != Guard.DROP) {
        BigInteger address = entry.block().first();
        entering.computeIfAbsent(entry.port(), _ -> new HashSet<>()).add(address);
        boolean own =
            entry.block().length() == 128
                && directory.linkLocals().getOrDefault(entry.port(), Set.of()).contains(address);
        if (!own) {
          linkLocal(entry.port(), address, Guard.DROP, entry.guard());
        }
      }
    }
    directory
        .linkLocals()
        .forEach(
            (port, own) ->
                own.stream()
                    .filter(a -> !entering.getOrDefault(port, Set.of()).contains(a))
                    .forEach(a -> linkLocal(port, a, Guard.SOURCE, Guard.DROP)));
  }

  private void linkLocal(int port, BigInteger address, Guard expected, Guard actual) {
    guard(port, Block.address(address).toString(), expected, actual);
  }

  private void worldGuard(int port, int atom) {
    directory
        .mayComeFromWorld(atoms, atom)
        .ifPresent(may -> guard(port, atom, may ? Guard.SOURCE : Guard.DROP));
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

  private void neighbours() {
    Map<BigInteger, NeighbourEntry> entries = new HashMap<>();
    model.entries().neighbours().forEach(n -> entries.put(n.address().first(), n));
    if (model.entries().table("neighbour").isEmpty()) {
      return;
    }
    directory
        .attached()
        .forEach(
            (address, at) -> {
              NeighbourEntry entry = entries.get(address);
              if (entry == null
                  || entry.mac() != fabric.fabricMac()
                  || entry.attachedPort() != at.port()) {
                edge(
                    "neighbour",
                    address,
                    "the fabric answers for it, but at port " + at.port(),
                    entry == null ? "nobody answers" : entry.toString());
              }
            });
    for (BigInteger gateway : directory.gateways()) {
      NeighbourEntry entry = entries.get(gateway);
      if (!directory.shared().contains(gateway)
          && (entry == null
              || entry.mac() != fabric.fabricMac()
              || fabric.attachments().stream().anyMatch(a -> a.port() == entry.attachedPort()))) {
        edge(
            "neighbour",
            gateway,
            "the fabric answers for it at every port",
            entry == null ? "nobody answers" : entry.toString());
      }
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

  private void routes() {
    atoms.live().stream()
        .forEach(
            atom -> {
              Optional<RouteEntry> route = model.route(atom);
              Attachment at = directory.attached().get(atoms.block(atom).first());
              boolean exact = atoms.block(atom).length() == 128;
              boolean holds;
              String expected;
              if (exact && at != null) {
                holds =
                    route
                        .filter(r -> r.port() == at.port() && r.destinationMac() == at.mac())
                        .isPresent();
                expected = "to port " + at.port();
              } else {
                boolean world =
                    route.stream()
                        .anyMatch(
                            r ->
                                directory.world().stream()
                                    .anyMatch(
                                        w ->
                                            w.port() == r.port() && w.mac() == r.destinationMac()));
                boolean outside = directory.mayComeFromWorld(atoms, atom).orElse(false);
                holds = world || (route.isEmpty() && (!outside || directory.world().isEmpty()));
                expected = directory.world().isEmpty() ? "nowhere" : "to the world";
              }
              if (!holds) {
                edge(
                    "route",
                    atoms.sample(atom).mapped(),
                    expected,
                    route.map(r -> model.entries().text(r.number())).orElse("nowhere"));
              }
            });
  }

  private void identities() {
    Set<Integer> own = new HashSet<>();
    directory
        .attached()
        .forEach(
            (address, at) -> {
              if (at instanceof Attachment.SidecarPort s) {
                int atom = atoms.of(address);
                own.add(atom);
                if (model.sidecar(atom) != s.number()) {
                  sidecar(
                      "sidecar-identity",
                      atom,
                      "is known as sidecar " + s.number(),
                      model.sidecar(atom) < 0
                          ? "is known as no sidecar"
                          : "is known as sidecar " + model.sidecar(atom));
                }
              }
            });
    atoms.live().stream()
        .filter(a -> !own.contains(a) && model.sidecar(a) >= 0)
        .filter(a -> guards.ports().stream().anyMatch(p -> guards.guard(p, a) != Guard.DROP))
        .forEach(
            a ->
                sidecar(
                    "sidecar-identity",
                    a,
                    "is judged by policy",
                    "is known as sidecar " + model.sidecar(a)));
  }

  private void sidecar(String code, int atom, String expected, String actual) {
    findings.fault(
        SIDECARS_KEEP_THEIR_WAYS,
        code,
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

  private void upstreams() {
    Map<Integer, Attachment.SidecarPort> byNumber = new HashMap<>();
    fabric
        .attachments()
        .forEach(
            a -> {
              if (a instanceof Attachment.SidecarPort s) {
                byNumber.put(s.number(), s);
              }
            });
    for (UpstreamEntry entry : model.upstreams()) {
      Attachment.SidecarPort sidecar = byNumber.get(entry.sidecar());
      if (!entry.allows() || sidecar == null) {
        continue;
      }
      findings.count("upstreams", 1);
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
                ImmutableList.of(model.entries().text(entry.number()))));
      }
    }
  }

  private void unsteers() {
    Map<BigInteger, TreeSet<Integer>> firstPorts = new HashMap<>();
    model
        .entries()
        .steers()
        .values()
        .forEach(p -> firstPorts.computeIfAbsent(p.address(), _ -> new TreeSet<>()).add(p.port()));
    model.entries().unsteers().forEach((l, e) -> unsteer(l, e, firstPorts));
  }

  /** The endpoint's first port must be the last that begins at or before the listener's. */
  private void unsteer(
      Place listener, Place endpoint, Map<BigInteger, TreeSet<Integer>> firstPorts) {
    boolean within =
        FIRST_LISTENER_PORT <= listener.port() && listener.port() <= LAST_LISTENER_PORT;
    Optional<Place> first = model.steer(endpoint.address(), endpoint.port(), 0);
    Integer floor =
        firstPorts.getOrDefault(listener.address(), new TreeSet<>()).floor(listener.port());
    boolean inverse =
        floor != null
            && first.equals(Optional.of(new Place(listener.address(), floor)))
            && sidecars.values().stream().anyMatch(s -> s.listeners().containsKey(listener));
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
}
