package dev.weir.compiler.envoy;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.request.RequestExpr;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBACPerRoute;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.CodecType;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.PathWithEscapedSlashesAction;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ServerHeaderTransformation;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;

/**
 * The HTTP side of a listener: a connection manager that never changes with policy, and the route
 * configuration that holds the policy. Envoy reads the route anew for every request, so a
 * connection kept alive meets the new policy with its next one.
 *
 * <p>Paths are matched as Istio's default normalisation (BASE) leaves them: dot segments resolved
 * and backslashes turned, repeated slashes kept, escaped slashes as they are.
 */
final class HttpForm {
  private static final String RBAC_FILTER = "envoy.filters.http.rbac";
  private static final Duration NONE = Duration.getDefaultInstance();

  /**
   * A request outlives the policy that admitted it by at most this: a stream, an upgraded
   * connection included, is ended after it.
   */
  private static final long LONGEST_REQUEST_SECONDS = 600;

  private HttpForm() {}

  static Filter connectionManager(Placement.Listener listener) {
    HttpConnectionManager.Builder manager =
        HttpConnectionManager.newBuilder()
            .setStatPrefix(EnvoyResources.name(listener))
            .setCodecType(CodecType.AUTO)
            .setRds(
                Rds.newBuilder()
                    .setRouteConfigName(EnvoyResources.name(listener))
                    .setConfigSource(
                        ConfigSource.newBuilder()
                            .setResourceApiVersion(ApiVersion.V3)
                            .setAds(AggregatedConfigSource.getDefaultInstance())))
            .addHttpFilters(filter(RBAC_FILTER, RBAC.newBuilder().setRules(denyAll()).build()))
            .addHttpFilters(
                filter(
                    "envoy.filters.http.router",
                    Router.newBuilder().setSuppressEnvoyHeaders(true).build()))
            .addUpgradeConfigs(
                HttpConnectionManager.UpgradeConfig.newBuilder().setUpgradeType("websocket"));
    believeNoClient(manager);
    matchPathsAsIstio(manager);
    passThrough(manager, listener);
    return Filter.newBuilder()
        .setName("envoy.filters.network.http_connection_manager")
        .setTypedConfig(Any.pack(manager.build()))
        .build();
  }

  /** The client is who opened the connection, and what it says of itself is not believed. */
  private static void believeNoClient(HttpConnectionManager.Builder manager) {
    manager
        .setUseRemoteAddress(BoolValue.of(true))
        .setXffNumTrustedHops(0)
        // Without ranges every client is external, so its x-envoy-* headers are taken away.
        .setInternalAddressConfig(HttpConnectionManager.InternalAddressConfig.getDefaultInstance());
  }

  private static void matchPathsAsIstio(HttpConnectionManager.Builder manager) {
    manager
        .setNormalizePath(BoolValue.of(true))
        .setMergeSlashes(false)
        .setPathWithEscapedSlashesAction(PathWithEscapedSlashesAction.KEEP_UNCHANGED);
  }

  /** What passes is changed as little as may be, and no timeout of the sidecar's own ends it. */
  private static void passThrough(
      HttpConnectionManager.Builder manager, Placement.Listener listener) {
    manager
        .setServerHeaderTransformation(ServerHeaderTransformation.PASS_THROUGH)
        .setGenerateRequestId(BoolValue.of(false))
        .setPreserveExternalRequestId(true)
        .setProxy100Continue(true)
        .setStreamIdleTimeout(NONE)
        .setHttpProtocolOptions(
            Http1ProtocolOptions.newBuilder()
                .setAllowCustomMethods(true)
                .setAcceptHttp10(true)
                .setDefaultHostForHttp10(listener.target().toString()));
  }

  /** The route configuration: one route, whose filter configuration is the policy. */
  static RouteConfiguration routes(Placement.Listener listener) {
    String cluster = ClusterForm.name(listener.target());
    return RouteConfiguration.newBuilder()
        .setName(EnvoyResources.name(listener))
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName(cluster)
                .addDomains("*")
                .addRoutes(
                    Route.newBuilder()
                        .setMatch(RouteMatch.newBuilder().setPrefix(""))
                        .setRoute(
                            RouteAction.newBuilder()
                                .setCluster(cluster)
                                .setTimeout(NONE)
                                .setMaxStreamDuration(
                                    RouteAction.MaxStreamDuration.newBuilder()
                                        .setMaxStreamDuration(
                                            Duration.newBuilder()
                                                .setSeconds(LONGEST_REQUEST_SECONDS))))
                        .putTypedPerFilterConfig(
                            RBAC_FILTER, Any.pack(perRoute(listener.allow())))))
        .build();
  }

  private static RBACPerRoute perRoute(RequestExpr allow) {
    return RBACPerRoute.newBuilder()
        .setRbac(RBAC.newBuilder().setRules(RequestRbac.rules(allow)))
        .build();
  }

  /** What the filter does where no route says more. */
  private static io.envoyproxy.envoy.config.rbac.v3.RBAC denyAll() {
    return RequestRbac.rules(RequestExpr.FALSE);
  }

  private static HttpFilter filter(String name, Message config) {
    return HttpFilter.newBuilder().setName(name).setTypedConfig(Any.pack(config)).build();
  }
}
