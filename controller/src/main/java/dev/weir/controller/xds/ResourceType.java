package dev.weir.controller.xds;

import java.util.Optional;

/**
 * The kinds of resources that are served, in the order that a sidecar is told of additions: what is
 * referred to comes first. Endpoints are written in their clusters, so there is no kind for them.
 */
enum ResourceType {
  CLUSTER("type.googleapis.com/envoy.config.cluster.v3.Cluster", true),
  LISTENER("type.googleapis.com/envoy.config.listener.v3.Listener", true),
  ROUTE("type.googleapis.com/envoy.config.route.v3.RouteConfiguration", false);

  private final String url;
  private final boolean wildcard;

  ResourceType(String url, boolean wildcard) {
    this.url = url;
    this.wildcard = wildcard;
  }

  String url() {
    return url;
  }

  /** Whether a client that names no resource means all of them. */
  boolean wildcard() {
    return wildcard;
  }

  static Optional<ResourceType> of(String url) {
    for (ResourceType type : values()) {
      if (type.url.equals(url)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
