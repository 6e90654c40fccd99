package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weir.compiler.validate.ListenerModel.Asking;
import dev.weir.compiler.validate.ListenerModel.Route;
import dev.weir.compiler.validate.ListenerModel.Way;
import dev.weir.compiler.validate.PathView.EscapedSlashes;
import dev.weir.compiler.validate.SwitchEntries.Place;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBACPerRoute;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Reads one HTTP connection manager with its routes. */
final class HttpDecoder {
  private final HttpConnectionManager manager;
  private final Map<String, RouteConfiguration> routes;
  private final Map<String, ImmutableSet<Place>> clusters;
  private final List<String> unknown;
  private final RbacDecoder rbac;
  private final PathView view;

  HttpDecoder(
      HttpConnectionManager manager,
      Map<String, RouteConfiguration> routes,
      Map<String, ImmutableSet<Place>> clusters) {
    this.manager = manager;
    this.routes = routes;
    this.clusters = clusters;
    boolean plain =
        manager.getXffNumTrustedHops() == 0 && manager.getOriginalIpDetectionExtensionsCount() == 0;
    EscapedSlashes escaped =
        switch (manager.getPathWithEscapedSlashesAction()) {
          case KEEP_UNCHANGED, IMPLEMENTATION_SPECIFIC_DEFAULT -> EscapedSlashes.KEPT;
          case UNESCAPE_AND_FORWARD -> EscapedSlashes.TURNED;
          case REJECT_REQUEST, UNESCAPE_AND_REDIRECT, UNRECOGNIZED -> EscapedSlashes.REFUSED;
        };
    this.view =
        new PathView(manager.getNormalizePath().getValue(), manager.getMergeSlashes(), escaped);
    this.rbac =
        new RbacDecoder(
            !plain
                ? RbacDecoder.Client.UNKNOWN
                : manager.getUseRemoteAddress().getValue()
                    ? RbacDecoder.Client.PEER
                    : RbacDecoder.Client.FORWARDED,
            view);
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
        Fields.beyond(
            configuration,
            "name",
            "virtual_hosts",
            "typed_per_filter_config",
            // What the router adds, no matcher sees.
            "request_headers_to_add"));
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
    return new Way.Http(view, all.build());
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
    Passing passing = filters(perFilter);
    return new Route(match(route.getMatch()), passing.allow, passing.asking, target);
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
    return Optional.ofNullable(clusters.get(action.getCluster()))
        .filter(places -> places.size() == 1)
        .map(Iterables::getOnlyElement);
  }

  private Condition match(RouteMatch match) {
    List<Condition> terms = new ArrayList<>();
    terms.add(
        switch (match.getPathSpecifierCase()) {
          case PREFIX ->
              match.getPrefix().isEmpty()
                  ? Condition.TRUE
                  : new Condition.Asks(Attribute.PATH, Text.prefix(match.getPrefix()), false, view);
          case PATH -> new Condition.Asks(Attribute.PATH, Text.exact(match.getPath()), false, view);
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
  private record Passing(Condition allow, Optional<Asking> asking) {}

  private Passing filters(List<Map<String, Any>> perFilter) {
    List<Condition> passes = new ArrayList<>();
    Map<String, RBAC> shadows = new HashMap<>();
    Optional<Asking> asking = Optional.empty();
    for (HttpFilter filter : manager.getHttpFiltersList()) {
      unknown.addAll(Fields.beyond(filter, "name", "typed_config"));
      if (filter.getTypedConfig().is(Router.class)) {
        return new Passing(new Condition.All(ImmutableList.copyOf(passes)), asking);
      }
      try {
        if (filter.getTypedConfig().is(ExtAuthz.class)) {
          if (asking.isPresent()
              || perFilter.stream().anyMatch(l -> l.containsKey(filter.getName()))) {
            passes.add(new Condition.Unknown("filter " + filter.getName()));
          }
          asking = Optional.of(asking(filter.getTypedConfig().unpack(ExtAuthz.class), shadows));
        } else {
          passes.add(filter(filter, perFilter, shadows));
        }
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalArgumentException("filter " + filter.getName(), e);
      }
    }
    return new Passing(Condition.FALSE, Optional.empty());
  }

  private Condition filter(
      HttpFilter filter, List<Map<String, Any>> perFilter, Map<String, RBAC> shadows)
      throws InvalidProtocolBufferException {
    if (!filter.getTypedConfig().is(RBAC.class)) {
      return new Condition.Unknown("filter " + filter.getName());
    }
    for (Map<String, Any> level : perFilter) {
      Any config = level.get(filter.getName());
      if (config != null) {
        if (!config.is(RBACPerRoute.class)) {
          return new Condition.Unknown("configuration of " + filter.getName());
        }
        RBACPerRoute override = config.unpack(RBACPerRoute.class);
        // An override without a configuration turns the filter off.
        return override.hasRbac() ? passes(override.getRbac(), shadows) : Condition.TRUE;
      }
    }
    return passes(filter.getTypedConfig().unpack(RBAC.class), shadows);
  }

  private Condition passes(RBAC filter, Map<String, RBAC> shadows) {
    if (filter.hasShadowRules()) {
      shadows.put(filter.getShadowRulesStatPrefix(), filter);
    }
    if (!filter.hasRules()) {
      return filter.hasMatcher() ? new Condition.Unknown("matcher") : Condition.TRUE;
    }
    return rbac.passes(filter.getRules());
  }

  private Asking asking(ExtAuthz filter, Map<String, RBAC> shadows) {
    unknown.addAll(
        Fields.beyond(
            filter,
            "grpc_service",
            "http_service",
            "failure_mode_allow",
            "filter_enabled_metadata",
            "transport_api_version",
            "status_on_error",
            "with_request_body",
            "allowed_headers"));
    Optional<Asker> asker =
        switch (filter.getServicesCase()) {
          case GRPC_SERVICE ->
              grpc(filter.getGrpcService(), filter.getFailureModeAllow(), clusters);
          case HTTP_SERVICE -> {
            var service = filter.getHttpService();
            yield Optional.ofNullable(clusters.get(service.getServerUri().getCluster()))
                .map(
                    places ->
                        new Asker(
                            places,
                            false,
                            service.getServerUri().getUri().replaceFirst("^http://", ""),
                            service.getPathPrefix(),
                            filter.getFailureModeAllow()));
          }
          case SERVICES_NOT_SET -> Optional.empty();
        };
    if (asker.isEmpty()) {
      unknown.add("an authorizer that no cluster leads to");
    }
    return new Asking(
        asker.orElse(new Asker(ImmutableSet.of(), false, "", "", false)),
        filter.hasFilterEnabledMetadata()
            ? shadowed(
                filter.getFilterEnabledMetadata(),
                "envoy.filters.http.rbac",
                prefix -> Optional.ofNullable(shadows.get(prefix)).map(RBAC::getShadowRules),
                rbac)
            : Condition.TRUE);
  }

  static Optional<Asker> grpc(
      GrpcService service, boolean failOpen, Map<String, ImmutableSet<Place>> clusters) {
    return Optional.ofNullable(clusters.get(service.getEnvoyGrpc().getClusterName()))
        .map(
            places -> new Asker(places, true, service.getEnvoyGrpc().getAuthority(), "", failOpen));
  }

  /** Where shadow rules leave the name of a policy that takes the request, and it is asked for. */
  static Condition shadowed(
      MetadataMatcher matcher,
      String filter,
      Function<String, Optional<io.envoyproxy.envoy.config.rbac.v3.RBAC>> shadows,
      RbacDecoder rbac) {
    String key = matcher.getPathCount() == 1 ? matcher.getPath(0).getKey() : "";
    String end = "shadow_effective_policy_id";
    if (!matcher.getFilter().equals(filter)
        || !key.endsWith(end)
        || matcher.getInvert()
        || !matcher.getValue().getStringMatch().hasPrefix()) {
      return new Condition.Unknown("metadata of " + matcher.getFilter());
    }
    return shadows
        .apply(key.substring(0, key.length() - end.length()))
        .map(rules -> rbac.takes(rules, matcher.getValue().getStringMatch().getPrefix()))
        .orElse(Condition.FALSE);
  }
}
