package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.envoy.EnvoyResources;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Placement.Target;
import dev.weir.compiler.validate.Condition.Truth;
import dev.weir.compiler.validate.ListenerModel.Decision;
import java.util.EnumSet;
import java.util.Set;

/** Everything that can become of what a client sends to a listener, as Envoy would be told. */
public final class Outcomes {
  /** What becomes of a request, or of a connection without HTTP. */
  public enum Outcome {
    PASSES,
    REFUSED,
    /** An external authorizer decides. */
    ASKED
  }

  private Outcomes() {}

  /**
   * The outcomes of everything that {@code client} may send: requests, and where the port may carry
   * something else than HTTP, connections without.
   */
  public static ImmutableSet<Outcome> of(Listener listener, IpAddress client) {
    ImmutableSortedSet.Builder<Target> upstreams = ImmutableSortedSet.naturalOrder();
    upstreams.add(listener.target());
    listener.delegation().ifPresent(d -> upstreams.addAll(d.targets(listener.address().family())));
    SidecarModel sidecar =
        EnvoyDecoder.decode(
            EnvoyResources.of(
                new SidecarConfig("", ImmutableList.of(listener), upstreams.build())));
    ListenerModel model =
        sidecar
            .listeners()
            .get(new SwitchEntries.Place(listener.address().mapped(), listener.port()));
    if (model == null) {
      return ImmutableSet.of(Outcome.REFUSED);
    }
    PathView view = PathView.of(listener.paths());
    RequestClasses requests = new RequestClasses(view);
    Set<Outcome> outcomes = EnumSet.noneOf(Outcome.class);
    for (boolean carried : new boolean[] {false, true}) {
      boolean possible =
          switch (listener.application()) {
            case HTTP -> carried;
            case OPAQUE -> !carried;
            case DETECTED -> true;
          };
      if (possible) {
        for (Sample sample :
            requests.of(carried, model.conditions(carried), false, client.mapped())) {
          model.decide(sample, client.mapped()).forEach(d -> outcomes.add(outcome(d)));
        }
      }
    }
    return ImmutableSet.copyOf(outcomes);
  }

  private static Outcome outcome(Decision decision) {
    return decision.passes() != Truth.TRUE
        ? Outcome.REFUSED
        : decision.asker().isPresent() ? Outcome.ASKED : Outcome.PASSES;
  }
}
