package dev.weir.compiler.envoy;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import dev.weir.compiler.intent.PathNormalization;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.request.RequestExpr;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
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
import java.util.List;

/**
 * The HTTP side of a listener: a connection manager that never changes with policy, and the route
 * configuration that holds the policy. Envoy reads the route anew for every request, so a
 * connection kept alive meets the new policy with its next one.
 *
 * <p>Paths are matched as the mesh's normalisation leaves them; by default (BASE) dot segments are
 * resolved and backslashes turned, repeated slashes kept, escaped slashes as they are.
 *
 * <p>The filters belong to the listener, and connections that live outlast a change of them. So the
 * filter that holds the policy is named after the authorizer that follows it: where another or none
 * follows, the route's policy is not that filter's, which then refuses everything.
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
            .addHttpFilters(
                filter(policyFilter(listener), RBAC.newBuilder().setRules(denyAll()).build()))
            .addAllHttpFilters(authorizer(listener))
            .addHttpFilters(
                filter(
                    "envoy.filters.http.router",
                    Router.newBuilder().setSuppressEnvoyHeaders(true).build()))
            .addUpgradeConfigs(
                HttpConnectionManager.UpgradeConfig.newBuilder().setUpgradeType("websocket"));
    if (asksForwarded(listener)) {
      // As Istio's sidecars: the last address in X-Forwarded-For, else the connection's.
      manager.setUseRemoteAddress(BoolValue.of(false)).setXffNumTrustedHops(0);
    } else {
      believeNoClient(manager);
    }
    matchPaths(manager, listener.paths());
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

  private static boolean asksForwarded(Placement.Listener listener) {
    return listener.allow().asksForwarded()
        || listener.delegation().stream().anyMatch(d -> d.when().asksForwarded());
  }

  private static String policyFilter(Placement.Listener listener) {
    return listener
        .delegation()
        .map(d -> RBAC_FILTER + "|" + d.authorizer().name())
        .orElse(RBAC_FILTER);
  }

  private static List<HttpFilter> authorizer(Placement.Listener listener) {
    return listener.delegation().stream()
        .map(d -> AuthorizerForm.http(d.authorizer(), listener.address().family()))
        .toList();
  }

  private static void matchPaths(HttpConnectionManager.Builder manager, PathNormalization paths) {
    boolean merge = paths == PathNormalization.MERGE_SLASHES;
    boolean decode = paths == PathNormalization.DECODE_AND_MERGE_SLASHES;
    manager
        .setNormalizePath(BoolValue.of(paths != PathNormalization.NONE))
        .setMergeSlashes(merge || decode)
        .setPathWithEscapedSlashesAction(
            decode
                ? PathWithEscapedSlashesAction.UNESCAPE_AND_FORWARD
                : PathWithEscapedSlashesAction.KEEP_UNCHANGED);
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
    RouteConfiguration.Builder routes =
        RouteConfiguration.newBuilder().setName(EnvoyResources.name(listener));
    if (asksForwarded(listener)) {
      // The workload finds its client's address all the same; filters see the header as sent.
      routes.addRequestHeadersToAdd(
          HeaderValueOption.newBuilder()
              .setHeader(
                  HeaderValue.newBuilder()
                      .setKey("x-forwarded-for")
                      .setValue("%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"))
              .setAppendAction(HeaderValueOption.HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD));
    }
    return routes
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
                            policyFilter(listener), Any.pack(perRoute(listener)))))
        .build();
  }

  private static RBACPerRoute perRoute(Placement.Listener listener) {
    RBAC.Builder rbac = RBAC.newBuilder().setRules(RequestRbac.rules(listener.allow()));
    listener
        .delegation()
        .ifPresent(
            d ->
                rbac.setShadowRules(RequestRbac.shadow(d.when()))
                    .setShadowRulesStatPrefix(AuthorizerForm.SHADOW_PREFIX));
    return RBACPerRoute.newBuilder().setRbac(rbac).build();
  }

  /** What the filter does where no route says more. */
  private static io.envoyproxy.envoy.config.rbac.v3.RBAC denyAll() {
    return RequestRbac.rules(RequestExpr.FALSE);
  }

  private static HttpFilter filter(String name, Message config) {
    return HttpFilter.newBuilder().setName(name).setTypedConfig(Any.pack(config)).build();
  }
}
