package dev.weir.compiler.validate;

import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.validate.Condition.Truth;
import dev.weir.compiler.validate.ListenerModel.Decision;
import dev.weir.compiler.validate.SwitchEntries.Place;
import dev.weir.compiler.validate.SwitchEntries.RouteEntry;
import java.math.BigInteger;
import java.util.Map;
import java.util.Optional;

/**
 * The way of a steered connection through its sidecar: steer entry, route to the sidecar, listener,
 * the way back by its unsteer entry, and the sidecar's own connection on.
 */
final class Arrivals {
  private static final int TCP = 6;

  /** Where a steered connection arrives. */
  sealed interface Arrival {
    /** It fails: no packet reaches a server. */
    record Nowhere(String why) implements Arrival {}

    /** It reaches an address that is no sidecar's, past every policy. */
    record Astray(Place place) implements Arrival {}

    record At(ListenerModel listener, Attachment.SidecarPort sidecar) implements Arrival {}
  }

  /**
   * What passes of a request.
   *
   * @param asker who decides in the end on what passes
   * @param elsewhere where it goes if not to its endpoint
   */
  record Passage(Truth passes, Optional<Asker> asker, Optional<Place> elsewhere) {
    static final Passage NO = new Passage(Truth.FALSE, Optional.empty(), Optional.empty());
  }

  private final Atoms atoms;
  private final SwitchModel model;
  private final Directory directory;
  private final GuardModel guards;
  private final Map<String, SidecarModel> sidecars;

  Arrivals(
      Atoms atoms,
      SwitchModel model,
      Directory directory,
      GuardModel guards,
      Map<String, SidecarModel> sidecars) {
    this.atoms = atoms;
    this.model = model;
    this.directory = directory;
    this.guards = guards;
    this.sidecars = sidecars;
  }

  Arrival arrive(Place endpoint, int offset) {
    Optional<Place> steered = model.steer(endpoint.address(), endpoint.port(), offset);
    if (steered.isEmpty()) {
      return new Arrival.Nowhere("no steer entry: denied");
    }
    Place listener = steered.get();
    int atom = atoms.of(listener.address());
    Optional<RouteEntry> route = model.route(atom);
    if (route.isEmpty()) {
      return new Arrival.Nowhere("no route to " + Block.address(listener.address()));
    }
    if (!(directory.attached().get(listener.address()) instanceof Attachment.SidecarPort sidecar)
        || route.get().port() != sidecar.port()) {
      return new Arrival.Astray(listener);
    }
    ListenerModel at =
        sidecars.getOrDefault(sidecar.name(), SidecarModel.NOTHING).listeners().get(listener);
    if (at == null) {
      return new Arrival.Nowhere(
          sidecar.name() + " has no listener at port " + listener.port() + ": refused");
    }
    if (!model.unsteer(listener).equals(Optional.of(endpoint))) {
      return new Arrival.Nowhere("what the listener answers is not the endpoint's to the client");
    }
    return guards.guard(sidecar.port(), atom) == SwitchEntries.Guard.SIDECAR
        ? new Arrival.At(at, sidecar)
        : new Arrival.Nowhere("the guard drops what " + sidecar.name() + " answers");
  }

  /** What one of a listener's decisions lets pass to an endpoint. */
  Passage passage(Decision decision, Attachment.SidecarPort sidecar, Place endpoint) {
    if (decision.passes() == Truth.FALSE) {
      return Passage.NO;
    }
    if (decision.target().isEmpty()) {
      return new Passage(decision.passes(), decision.asker(), Optional.empty());
    }
    Place target = decision.target().get();
    if (!opens(sidecar, target)) {
      return Passage.NO;
    }
    return new Passage(
        decision.passes(),
        decision.asker(),
        target.equals(endpoint) ? Optional.empty() : Optional.of(target));
  }

  /** Whether the switch takes a sidecar's connection to {@code target} on. */
  private boolean opens(Attachment.SidecarPort sidecar, Place target) {
    IpAddress to = Block.address(target.address());
    for (IpAddress address : sidecar.addresses()) {
      BigInteger own = address.mapped();
      if (address.family() == to.family()
          && directory.attached().get(own) == sidecar
          && guards.guard(sidecar.port(), atoms.of(own)) == SwitchEntries.Guard.SIDECAR) {
        int number = model.sidecar(atoms.of(own));
        int atom = atoms.of(target.address());
        return number >= 0
            && model.upstream(number, target, TCP)
            && atom >= 0
            && !model.isSidecarServer(atom)
            && model.route(atom).isPresent();
      }
    }
    return false;
  }
}
