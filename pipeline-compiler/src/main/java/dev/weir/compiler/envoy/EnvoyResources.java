package dev.weir.compiler.envoy;

import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;

/**
 * All that one sidecar's Envoy is told, by resource name.
 *
 * <p>A listener's name says whose it is, not what it lets pass: {@code workload|target|port}. What
 * may change while connections live is where Envoy heeds it on live connections: request policy in
 * the route configuration of the same name, connection policy in one filter chain per source. Equal
 * configurations give equal resources.
 *
 * @param clusters one per upstream, named by its target, and one per authorizer
 * @param listeners one per listener
 * @param routes one per listener that can carry HTTP
 */
public record EnvoyResources(
    ImmutableSortedMap<String, Cluster> clusters,
    ImmutableSortedMap<String, Listener> listeners,
    ImmutableSortedMap<String, RouteConfiguration> routes) {

  /** What a sidecar that serves nothing is told. */
  public static final EnvoyResources NOTHING =
      new EnvoyResources(ImmutableSortedMap.of(), ImmutableSortedMap.of(), ImmutableSortedMap.of());

  /**
   * The resources for {@code config}.
   *
   * @throws IllegalArgumentException if a listener's target is not among the upstreams, two
   *     listeners would share a name, or {@code allowWithoutHttp} asks for more than sources
   */
  public static EnvoyResources of(SidecarConfig config) {
    TreeMap<String, Cluster> clusters = new TreeMap<>();
    Set<Placement.Target> asked = new HashSet<>();
    for (Placement.Listener listener : config.listeners()) {
      IpAddress.Family family = listener.address().family();
      listener
          .delegation()
          .ifPresent(
              d -> {
                asked.addAll(d.targets(family));
                clusters.put(ClusterForm.name(d.authorizer(), family), ClusterForm.of(d, family));
              });
    }
    for (Placement.Target target : config.upstreams()) {
      // Where only an authorizer answers, its own cluster leads.
      if (!asked.contains(target)
          || config.listeners().stream().anyMatch(l -> l.target().equals(target))) {
        clusters.put(ClusterForm.name(target), ClusterForm.of(target));
      }
    }
    ImmutableSortedMap.Builder<String, Listener> listeners = ImmutableSortedMap.naturalOrder();
    ImmutableSortedMap.Builder<String, RouteConfiguration> routes =
        ImmutableSortedMap.naturalOrder();
    for (Placement.Listener listener : config.listeners()) {
      if (!config.upstreams().contains(listener.target())) {
        throw new IllegalArgumentException(
            "listener " + name(listener) + " of " + config.name() + " has no upstream");
      }
      listeners.put(name(listener), ListenerForm.of(listener));
      switch (listener.application()) {
        case HTTP, DETECTED -> routes.put(name(listener), HttpForm.routes(listener));
        case OPAQUE -> {}
      }
    }
    return new EnvoyResources(
        ImmutableSortedMap.copyOf(clusters), listeners.buildOrThrow(), routes.buildOrThrow());
  }

  /** The name of a listener and of its route configuration. */
  public static String name(Placement.Listener listener) {
    return listener.workload() + "|" + listener.target() + "|" + listener.port();
  }
}
