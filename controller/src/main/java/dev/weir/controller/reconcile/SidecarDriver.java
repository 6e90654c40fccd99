package dev.weir.controller.reconcile;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.envoy.EnvoyResources;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.controller.device.SwitchDriver;
import dev.weir.controller.xds.SidecarState;
import dev.weir.controller.xds.XdsServer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a reconciler does to sidecars. Keeps what each was told last and what it is known to
 * enforce. For one thread.
 *
 * <p>A sidecar that was to enforce something before the switch changes, and did not in time, is
 * <i>closed</i>: the switch no longer steers to it, so that whatever it may still enforce decides
 * nothing. It is told the newest configuration and opened again once it enforces that.
 */
final class SidecarDriver {
  /** What was refused for a reason outside it, an address not there yet, may be taken later. */
  private static final Duration REFUSED_AGAIN_AFTER = Duration.ofSeconds(3);

  private final XdsServer xds;
  private final Duration deadline;
  private final Map<String, SidecarConfig> published = new HashMap<>();
  private final Map<String, Long> publishedAt = new HashMap<>();
  private final Map<String, SidecarConfig> enforced = new HashMap<>();
  private final Set<String> closed = new HashSet<>();

  /** Those that a wait was in vain for; while they are silent, none is waited for again. */
  private final Set<String> silent = new HashSet<>();

  SidecarDriver(XdsServer xds, Duration deadline) {
    this.xds = xds;
    this.deadline = deadline;
  }

  /**
   * What each sidecar enforces, as far as {@code placement} goes on using it. A closed one counts
   * as if it enforced the placement: it decides nothing.
   */
  ImmutableSortedMap<String, SidecarConfig> observed(Placement placement) {
    Map<String, SidecarConfig> observed = new TreeMap<>(enforced);
    for (String name : closed) {
      SidecarConfig config = placement.sidecars().get(name);
      if (config == null) {
        observed.remove(name);
      } else {
        observed.put(name, config);
      }
    }
    observed.keySet().retainAll(placement.sidecars().keySet());
    return ImmutableSortedMap.copyOf(observed);
  }

  /** Tells closed sidecars the newest configuration, and opens those that enforce it. */
  void open(Placement placement) {
    for (String name : ImmutableList.copyOf(closed)) {
      SidecarConfig config = placement.sidecars().get(name);
      if (config == null) {
        closed.remove(name);
        continue;
      }
      publish(name, config);
      if (xds.state(name) instanceof SidecarState.InForce) {
        closed.remove(name);
        silent.remove(name);
        enforced.put(name, config);
      }
    }
  }

  /** The placement without ways to closed sidecars. */
  Placement withoutClosed(Placement placement, Fabric fabric) {
    if (closed.isEmpty()) {
      return placement;
    }
    ImmutableSet<IpAddress> addresses = addresses(fabric, closed);
    return new Placement(
        placement.entries().stream()
            .filter(
                placed ->
                    !SwitchDriver.steersTo(
                        placed.entry().key(), placed.entry().action(), addresses))
            .collect(ImmutableList.toImmutableList()),
        placement.sidecars(),
        placement.rules(),
        placement.exceptions());
  }

  static ImmutableSet<IpAddress> addresses(Fabric fabric, Set<String> sidecars) {
    ImmutableSet.Builder<IpAddress> addresses = ImmutableSet.builder();
    for (Fabric.Attachment attachment : fabric.attachments()) {
      if (attachment instanceof Fabric.Attachment.SidecarPort sidecar
          && sidecars.contains(sidecar.name())) {
        addresses.addAll(sidecar.addresses());
      }
    }
    return addresses.build();
  }

  /**
   * Has sidecars enforce configurations and waits until they do, or the deadline.
   *
   * @return what is lacking, by sidecar; empty where nothing is
   */
  ImmutableSortedMap<String, String> configure(Map<String, SidecarConfig> configurations)
      throws InterruptedException {
    configurations.forEach(this::publish);
    boolean patient =
        configurations.keySet().stream()
            .anyMatch(
                name ->
                    !(silent.contains(name)
                        && xds.state(name) instanceof SidecarState.Disconnected));
    ImmutableSortedMap.Builder<String, String> lacking = ImmutableSortedMap.naturalOrder();
    xds.awaitEnforced(configurations.keySet(), patient ? deadline : Duration.ZERO)
        .forEach(
            (name, state) -> {
              if (state instanceof SidecarState.InForce) {
                silent.remove(name);
                SidecarConfig config = configurations.get(name);
                if (config != null) {
                  enforced.put(name, config);
                }
              } else {
                silent.add(name);
                lacking.put(name, state.sentence());
              }
            });
    return lacking.buildOrThrow();
  }

  private void publish(String name, SidecarConfig config) {
    long now = System.nanoTime();
    boolean again =
        xds.state(name) instanceof SidecarState.Refused
            && now - publishedAt.getOrDefault(name, now) > REFUSED_AGAIN_AFTER.toNanos();
    if (again || !config.equals(published.get(name))) {
      xds.publish(name, EnvoyResources.of(config));
      published.put(name, config);
      publishedAt.put(name, now);
    }
  }

  void close(Set<String> names) {
    closed.addAll(names);
  }

  boolean isClosed(String name) {
    return closed.contains(name);
  }

  /**
   * After a finished plan: tells those what they serve, which is nothing, that were told nothing.
   */
  void finish(Placement placement) {
    placement
        .sidecars()
        .forEach(
            (name, config) -> {
              if (!published.containsKey(name)) {
                publish(name, config);
              }
            });
    Set<String> gone = new HashSet<>(published.keySet());
    gone.removeAll(placement.sidecars().keySet());
    for (String name : gone) {
      publish(name, new SidecarConfig(name, ImmutableList.of(), ImmutableSortedSet.of()));
      enforced.remove(name);
      closed.remove(name);
    }
  }

  /** How a sidecar stands now, in a sentence; empty where all is well. */
  String sentence(String name) {
    return xds.state(name).sentence();
  }
}
