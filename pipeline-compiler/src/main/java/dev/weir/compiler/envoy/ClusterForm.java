package dev.weir.compiler.envoy;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import dev.weir.compiler.net.IpAddress;
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

/** An upstream as a static cluster of one endpoint. */
final class ClusterForm {
  private static final long CONNECT_TIMEOUT_SECONDS = 5;

  /** Envoy's own bound of 1,024 would refuse what policy allows; the workload is what limits. */
  private static final UInt32Value UNBOUNDED = UInt32Value.of(1 << 30);

  private ClusterForm() {}

  static String name(Target target) {
    return target.toString();
  }

  static Cluster of(Target target) {
    Endpoint endpoint =
        Endpoint.newBuilder().setAddress(address(target.address(), target.port())).build();
    return Cluster.newBuilder()
        .setName(name(target))
        .setType(Cluster.DiscoveryType.STATIC)
        .setConnectTimeout(Duration.newBuilder().setSeconds(CONNECT_TIMEOUT_SECONDS))
        .setLoadAssignment(
            ClusterLoadAssignment.newBuilder()
                .setClusterName(name(target))
                .addEndpoints(
                    LocalityLbEndpoints.newBuilder()
                        .addLbEndpoints(LbEndpoint.newBuilder().setEndpoint(endpoint))))
        .setCircuitBreakers(
            CircuitBreakers.newBuilder()
                .addThresholds(
                    CircuitBreakers.Thresholds.newBuilder()
                        .setPriority(RoutingPriority.DEFAULT)
                        .setMaxConnections(UNBOUNDED)
                        .setMaxPendingRequests(UNBOUNDED)
                        .setMaxRequests(UNBOUNDED)))
        .putTypedExtensionProtocolOptions(
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            Any.pack(
                HttpProtocolOptions.newBuilder()
                    .setUseDownstreamProtocolConfig(
                        HttpProtocolOptions.UseDownstreamHttpConfig.newBuilder()
                            .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance())
                            .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance()))
                    .build()))
        .build();
  }

  static Address address(IpAddress address, int port) {
    return Address.newBuilder()
        .setSocketAddress(
            SocketAddress.newBuilder().setAddress(address.toString()).setPortValue(port))
        .build();
  }
}
