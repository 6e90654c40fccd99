package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weir.compiler.validate.Condition.Text;
import dev.weir.compiler.validate.ListenerModel.Route;
import dev.weir.compiler.validate.ListenerModel.Way;
import dev.weir.compiler.validate.PathView.EscapedSlashes;
import dev.weir.compiler.validate.SwitchEntries.Place;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBACPerRoute;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads one HTTP connection manager with its routes. */
final class HttpDecoder {
  private final HttpConnectionManager manager;
  private final Map<String, RouteConfiguration> routes;
  private final Map<String, Place> clusters;
  private final List<String> unknown;
  private final RbacDecoder rbac;

  HttpDecoder(
      HttpConnectionManager manager,
      Map<String, RouteConfiguration> routes,
      Map<String, Place> clusters) {
    this.manager = manager;
    this.routes = routes;
    this.clusters = clusters;
    // Whose address is believed: the connection's, and no header's.
    this.rbac =
        new RbacDecoder(
            manager.getUseRemoteAddress().getValue()
                && manager.getXffNumTrustedHops() == 0
                && manager.getOriginalIpDetectionExtensionsCount() == 0);
    this.unknown =
        new ArrayList<>(
            Fields.beyond(
                manager,
                // Read here.
                "rds",
                "route_config",
                "http_filters",
                "normalize_path",
                "merge_slashes",
                "path_with_escaped_slashes_action",
                "use_remote_address",
                "xff_num_trusted_hops",
                "original_ip_detection_extensions",
                // What changes nothing that a matcher sees.
                "stat_prefix",
                "codec_type",
                "internal_address_config",
                "upgrade_configs",
                "server_header_transformation",
                "generate_request_id",
                "preserve_external_request_id",
                "proxy_100_continue",
                "stream_idle_timeout",
                "request_timeout",
                "request_headers_timeout",
                "drain_timeout",
                "delayed_close_timeout",
                "http_protocol_options",
                "http2_protocol_options",
                "common_http_protocol_options",
                "access_log",
                "access_log_options",
                "skip_xff_append",
                "via",
                "server_name",
                "stream_error_on_invalid_http_message",
                "max_request_headers_kb"));
  }

  List<String> unknown() {
    return unknown;
  }

  Way way() {
    RouteConfiguration configuration =
        switch (manager.getRouteSpecifierCase()) {
          case RDS ->
              routes.getOrDefault(
                  manager.getRds().getRouteConfigName(), RouteConfiguration.getDefaultInstance());
          case ROUTE_CONFIG -> manager.getRouteConfig();
          case SCOPED_ROUTES, ROUTESPECIFIER_NOT_SET -> {
            unknown.add("routes " + manager.getRouteSpecifierCase());
            yield RouteConfiguration.getDefaultInstance();
          }
        };
    unknown.addAll(
        Fields.beyond(configuration, "name", "virtual_hosts", "typed_per_filter_config"));
    ImmutableList.Builder<Route> all = ImmutableList.builder();
    for (VirtualHost host : configuration.getVirtualHostsList()) {
      unknown.addAll(Fields.beyond(host, "name", "domains", "routes", "typed_per_filter_config"));
      if (configuration.getVirtualHostsCount() > 1 || !host.getDomainsList().contains("*")) {
        unknown.add("virtual host " + host.getName());
      }
      for (io.envoyproxy.envoy.config.route.v3.Route route : host.getRoutesList()) {
        all.add(
            route(
                route,
                List.of(
                    route.getTypedPerFilterConfigMap(),
                    host.getTypedPerFilterConfigMap(),
                    configuration.getTypedPerFilterConfigMap())));
      }
    }
    EscapedSlashes escaped =
        switch (manager.getPathWithEscapedSlashesAction()) {
          case KEEP_UNCHANGED, IMPLEMENTATION_SPECIFIC_DEFAULT -> EscapedSlashes.KEPT;
          case UNESCAPE_AND_FORWARD -> EscapedSlashes.TURNED;
          case REJECT_REQUEST, UNESCAPE_AND_REDIRECT, UNRECOGNIZED -> EscapedSlashes.REFUSED;
        };
    return new Way.Http(
        new PathView(manager.getNormalizePath().getValue(), manager.getMergeSlashes(), escaped),
        all.build());
  }

  private Route route(
      io.envoyproxy.envoy.config.route.v3.Route route, List<Map<String, Any>> perFilter) {
    unknown.addAll(
        Fields.beyond(
            route,
            "name",
            "match",
            "route",
            "redirect",
            "direct_response",
            "non_forwarding_action",
            "typed_per_filter_config"));
    Optional<Place> target =
        switch (route.getActionCase()) {
          case ROUTE -> target(route.getRoute());
          case REDIRECT, DIRECT_RESPONSE, NON_FORWARDING_ACTION, ACTION_NOT_SET -> Optional.empty();
          case FILTER_ACTION -> {
            unknown.add("filter action");
            yield Optional.empty();
          }
        };
    return new Route(match(route.getMatch()), filters(perFilter), target);
  }

  private Optional<Place> target(RouteAction action) {
    unknown.addAll(
        Fields.beyond(
            action,
            "cluster",
            "timeout",
            "idle_timeout",
            "max_stream_duration",
            "upgrade_configs"));
    return Optional.ofNullable(clusters.get(action.getCluster()));
  }

  private Condition match(RouteMatch match) {
    List<Condition> terms = new ArrayList<>();
    terms.add(
        switch (match.getPathSpecifierCase()) {
          case PREFIX -> new Condition.Path(new Text.Prefix(match.getPrefix()));
          case PATH -> new Condition.Path(new Text.Exact(match.getPath()));
          case CONNECT_MATCHER -> Condition.FALSE;
          case SAFE_REGEX, PATH_SEPARATED_PREFIX, PATH_MATCH_POLICY, PATHSPECIFIER_NOT_SET ->
              new Condition.Unknown(match.getPathSpecifierCase().name());
        });
    match.getHeadersList().forEach(h -> terms.add(RbacDecoder.header(h)));
    List<String> more =
        Fields.beyond(match, "prefix", "path", "safe_regex", "connect_matcher", "headers");
    if (!more.isEmpty()) {
      terms.add(new Condition.Unknown(more.toString()));
    }
    return new Condition.All(ImmutableList.copyOf(terms));
  }

  /** What the filters before the router let pass; without a router nothing is forwarded. */
  private Condition filters(List<Map<String, Any>> perFilter) {
    List<Condition> passes = new ArrayList<>();
    for (HttpFilter filter : manager.getHttpFiltersList()) {
      unknown.addAll(Fields.beyond(filter, "name", "typed_config"));
      if (filter.getTypedConfig().is(Router.class)) {
        return new Condition.All(ImmutableList.copyOf(passes));
      }
      passes.add(filter(filter, perFilter));
    }
    return Condition.FALSE;
  }

  private Condition filter(HttpFilter filter, List<Map<String, Any>> perFilter) {
    try {
      if (!filter.getTypedConfig().is(RBAC.class)) {
        return new Condition.Unknown("filter " + filter.getName());
      }
      for (Map<String, Any> level : perFilter) {
        Any config = level.get(filter.getName());
        if (config != null) {
          return config.is(RBACPerRoute.class)
              ? perRoute(config.unpack(RBACPerRoute.class))
              : new Condition.Unknown("configuration of " + filter.getName());
        }
      }
      return passes(filter.getTypedConfig().unpack(RBAC.class));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("filter " + filter.getName(), e);
    }
  }

  /** An override without a configuration turns the filter off. */
  private Condition perRoute(RBACPerRoute override) {
    return override.hasRbac() ? passes(override.getRbac()) : Condition.TRUE;
  }

  private Condition passes(@Nullable RBAC filter) {
    if (filter == null || !filter.hasRules()) {
      return filter != null && filter.hasMatcher()
          ? new Condition.Unknown("matcher")
          : Condition.TRUE;
    }
    return rbac.passes(filter.getRules());
  }
}
