package dev.weir.compiler.simulation;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.encode.Capabilities;
import dev.weir.compiler.explain.SwitchWalk;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.p4runtime.entry.Entry;
import java.util.Collection;
import java.util.Optional;

/** A switch with entries and sidecars with listeners. */
public final class Network {
  private final Capabilities capabilities;
  private final SwitchWalk walk;
  private final ImmutableList<SidecarConfig> sidecars;

  public Network(
      Capabilities capabilities,
      Collection<Entry> entries,
      int epoch,
      Collection<SidecarConfig> sidecars) {
    this.capabilities = capabilities;
    this.walk = new SwitchWalk(capabilities, entries, epoch);
    this.sidecars = ImmutableList.copyOf(sidecars);
  }

  public SwitchWalk.Walk walk(IpAddress from, IpAddress to, int protocol, int port) {
    return walk.walk(from, to, protocol, port);
  }

  public SwitchWalk switchWalk() {
    return walk;
  }

  public Optional<Listener> listener(SwitchWalk.Way way) {
    return sidecars.stream()
        .flatMap(s -> s.listeners().stream())
        .filter(l -> capabilities.bits(l.address()).equals(way.address()) && l.port() == way.port())
        .findFirst();
  }

  /** Whether the connection, and the request on it, reaches {@code to}. */
  public boolean allows(
      IpAddress from, IpAddress to, int protocol, int port, Optional<Request> request) {
    return allows(walk(from, to, protocol, port), from, to, port, request);
  }

  /** The same, where the switch's part is known. */
  public boolean allows(
      SwitchWalk.Walk walked, IpAddress from, IpAddress to, int port, Optional<Request> request) {
    return switch (walked.outcome()) {
      case ALLOW -> true;
      case DENY -> false;
      case STEER ->
          listener(walked.way().orElseThrow())
              .filter(l -> l.target().address().equals(to) && l.target().port() == port)
              .filter(l -> passes(l, from, request))
              .isPresent();
    };
  }

  private static boolean passes(Listener listener, IpAddress from, Optional<Request> request) {
    return request.isPresent() && listener.application() != Workload.Application.OPAQUE
        ? request.get().satisfies(listener.allow(), from)
        : new Request("", "").satisfies(listener.allowWithoutHttp(), from);
  }
}
