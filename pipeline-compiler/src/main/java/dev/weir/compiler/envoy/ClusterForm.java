package dev.weir.compiler.envoy;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import dev.weir.compiler.intent.Authorizer;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement.Delegation;
import dev.weir.compiler.placement.Placement.Target;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.RoutingPriority;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;

/** An upstream as a static cluster: of one endpoint, or of those where an authorizer answers. */
final class ClusterForm {
  private static final long CONNECT_TIMEOUT_SECONDS = 5;

  /** Envoy's own bound of 1,024 would refuse what policy allows; the workload is what limits. */
  private static final UInt32Value UNBOUNDED = UInt32Value.of(1 << 30);

  private static final String HTTP_OPTIONS =
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

  private ClusterForm() {}

  static String name(Target target) {
    return target.toString();
  }

  /** One per authorizer and address family of the listeners that ask it. */
  static String name(Authorizer authorizer, IpAddress.Family family) {
    return "authorizer " + authorizer.name() + " " + family;
  }

  static Cluster of(Target target) {
    return named(name(target), ImmutableList.of(target))
        .putTypedExtensionProtocolOptions(
            HTTP_OPTIONS,
            Any.pack(
                HttpProtocolOptions.newBuilder()
                    .setUseDownstreamProtocolConfig(
                        HttpProtocolOptions.UseDownstreamHttpConfig.newBuilder()
                            .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance())
                            .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance()))
                    .build()))
        .build();
  }

  /** Where an authorizer answers; nowhere, where nobody is known to. */
  static Cluster of(Delegation delegation, IpAddress.Family family) {
    Authorizer authorizer = delegation.authorizer();
    HttpProtocolOptions.ExplicitHttpConfig.Builder http =
        HttpProtocolOptions.ExplicitHttpConfig.newBuilder();
    HttpProtocolOptions.ExplicitHttpConfig.Builder _ =
        switch (authorizer.protocol()) {
          case HTTP -> http.setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance());
          case GRPC -> http.setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance());
        };
    return named(name(authorizer, family), delegation.targets(family))
        .putTypedExtensionProtocolOptions(
            HTTP_OPTIONS,
            Any.pack(HttpProtocolOptions.newBuilder().setExplicitHttpConfig(http).build()))
        .build();
  }

  private static Cluster.Builder named(String name, Iterable<Target> targets) {
    LocalityLbEndpoints.Builder endpoints = LocalityLbEndpoints.newBuilder();
    for (Target target : targets) {
      endpoints.addLbEndpoints(
          LbEndpoint.newBuilder()
              .setEndpoint(
                  Endpoint.newBuilder().setAddress(address(target.address(), target.port()))));
    }
    return Cluster.newBuilder()
        .setName(name)
        .setType(Cluster.DiscoveryType.STATIC)
        .setConnectTimeout(Duration.newBuilder().setSeconds(CONNECT_TIMEOUT_SECONDS))
        .setLoadAssignment(
            ClusterLoadAssignment.newBuilder().setClusterName(name).addEndpoints(endpoints))
        .setCircuitBreakers(
            CircuitBreakers.newBuilder()
                .addThresholds(
                    CircuitBreakers.Thresholds.newBuilder()
                        .setPriority(RoutingPriority.DEFAULT)
                        .setMaxConnections(UNBOUNDED)
                        .setMaxPendingRequests(UNBOUNDED)
                        .setMaxRequests(UNBOUNDED)));
  }

  static Address address(IpAddress address, int port) {
    return Address.newBuilder()
        .setSocketAddress(
            SocketAddress.newBuilder().setAddress(address.toString()).setPortValue(port))
        .build();
  }
}
