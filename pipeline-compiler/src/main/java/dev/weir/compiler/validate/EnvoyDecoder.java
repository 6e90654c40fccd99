package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weir.compiler.envoy.EnvoyResources;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.validate.ListenerModel.Chain;
import dev.weir.compiler.validate.ListenerModel.Way;
import dev.weir.compiler.validate.SwitchEntries.Place;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.ext_authz.v3.ExtAuthz;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads a sidecar's resources as Envoy would run them. */
final class EnvoyDecoder {
  private final Map<String, RouteConfiguration> routes;
  private final Map<String, ImmutableSet<Place>> clusters = new HashMap<>();
  private final Set<String> problems = new TreeSet<>();
  private List<String> unknown = new ArrayList<>();

  private EnvoyDecoder(EnvoyResources resources) {
    routes = resources.routes();
  }

  static SidecarModel decode(EnvoyResources resources) {
    EnvoyDecoder decoder = new EnvoyDecoder(resources);
    resources.clusters().values().forEach(decoder::cluster);
    Map<Place, ListenerModel> listeners = new LinkedHashMap<>();
    for (Listener listener : resources.listeners().values()) {
      Optional<Place> place = place(listener.getAddress());
      if (place.isEmpty()) {
        decoder.problems.add("listener " + listener.getName() + " has no address and port");
      } else if (listeners.put(place.get(), decoder.listener(listener)) != null) {
        decoder.problems.add("two listeners share the address of " + listener.getName());
      }
    }
    return new SidecarModel(
        ImmutableMap.copyOf(listeners),
        decoder.clusters.values().stream()
            .flatMap(ImmutableSet::stream)
            .collect(ImmutableSet.toImmutableSet()),
        ImmutableSet.copyOf(decoder.problems));
  }

  private static Optional<Place> place(Address address) {
    SocketAddress socket = address.getSocketAddress();
    if (!address.hasSocketAddress()
        || socket.getProtocol() != SocketAddress.Protocol.TCP
        || !Fields.beyond(socket, "address", "port_value", "protocol").isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Place(IpAddress.parse(socket.getAddress()).mapped(), socket.getPortValue()));
  }

  private void cluster(Cluster cluster) {
    List<String> more =
        Fields.beyond(
            cluster,
            "name",
            "type",
            "connect_timeout",
            "load_assignment",
            "circuit_breakers",
            "typed_extension_protocol_options",
            "alt_stat_name",
            "per_connection_buffer_limit_bytes");
    var localities = cluster.getLoadAssignment().getEndpointsList();
    ImmutableSet.Builder<Place> places = ImmutableSet.builder();
    boolean read =
        more.isEmpty()
            && cluster.getType() == Cluster.DiscoveryType.STATIC
            && localities.size() == 1;
    for (var locality : localities) {
      for (var endpoint : locality.getLbEndpointsList()) {
        Optional<Place> place = place(endpoint.getEndpoint().getAddress());
        read &= place.isPresent();
        place.ifPresent(places::add);
      }
    }
    if (read) {
      clusters.put(cluster.getName(), places.build());
    } else {
      problems.add("cluster " + cluster.getName() + " is no set of static endpoints " + more);
    }
  }

  private ListenerModel listener(Listener listener) {
    unknown =
        new ArrayList<>(
            Fields.beyond(
                listener,
                "name",
                "address",
                "filter_chains",
                "default_filter_chain",
                "listener_filters",
                "listener_filters_timeout",
                "continue_on_listener_filters_timeout",
                "stat_prefix",
                "access_log",
                "tcp_backlog_size",
                "enable_reuse_port",
                "per_connection_buffer_limit_bytes",
                "traffic_direction",
                "drain_type"));
    boolean inspects = false;
    boolean inspectsTls = false;
    for (ListenerFilter filter : listener.getListenerFiltersList()) {
      if (filter.getTypedConfig().is(HttpInspector.class) && !filter.hasFilterDisabled()) {
        inspects = true;
      } else if (filter.getTypedConfig().is(TlsInspector.class) && !filter.hasFilterDisabled()) {
        inspectsTls = true;
      } else {
        unknown.add("listener filter " + filter.getName());
      }
    }
    ImmutableList.Builder<Chain> chains = ImmutableList.builder();
    for (FilterChain chain : listener.getFilterChainsList()) {
      chains.add(chain(chain));
    }
    Optional<Chain> fallback =
        listener.hasDefaultFilterChain()
            ? Optional.of(chain(listener.getDefaultFilterChain()))
            : Optional.empty();
    return new ListenerModel(
        listener.getName(),
        inspects,
        inspectsTls,
        chains.build(),
        fallback,
        ImmutableList.copyOf(unknown));
  }

  private Chain chain(FilterChain chain) {
    FilterChainMatch match = chain.getFilterChainMatch();
    unknown.addAll(
        Fields.beyond(
            match, "application_protocols", "direct_source_prefix_ranges", "transport_protocol"));
    unknown.addAll(Fields.beyond(chain, "name", "filter_chain_match", "filters"));
    return new Chain(
        match.getTransportProtocol(),
        ImmutableSet.copyOf(match.getApplicationProtocolsList()),
        match.getDirectSourcePrefixRangesList().stream()
            .map(RbacDecoder::block)
            .collect(ImmutableList.toImmutableList()),
        way(chain.getFiltersList()));
  }

  private Way way(List<Filter> filters) {
    List<Condition> passes = new ArrayList<>();
    Map<String, io.envoyproxy.envoy.config.rbac.v3.RBAC> shadows = new HashMap<>();
    Optional<ListenerModel.Asking> asking = Optional.empty();
    RbacDecoder decoder = new RbacDecoder(RbacDecoder.Client.PEER, PathView.POLICY);
    for (Filter filter : filters) {
      Any config = filter.getTypedConfig();
      try {
        if (config.is(RBAC.class)) {
          RBAC rbac = config.unpack(RBAC.class);
          unknown.addAll(
              Fields.beyond(
                  rbac, "rules", "stat_prefix", "shadow_rules", "shadow_rules_stat_prefix"));
          if (rbac.hasRules()) {
            passes.add(decoder.passes(rbac.getRules()));
          }
          if (rbac.hasShadowRules()) {
            shadows.put(rbac.getShadowRulesStatPrefix(), rbac.getShadowRules());
          }
        } else if (config.is(ExtAuthz.class) && asking.isEmpty()) {
          asking = asking(config.unpack(ExtAuthz.class), shadows, decoder);
        } else if (config.is(TcpProxy.class)) {
          return tcp(config.unpack(TcpProxy.class), passes, asking);
        } else if (config.is(HttpConnectionManager.class) && passes.isEmpty()) {
          HttpConnectionManager manager = config.unpack(HttpConnectionManager.class);
          HttpDecoder http = new HttpDecoder(manager, routes, clusters);
          Way way = http.way();
          unknown.addAll(http.unknown());
          return way;
        } else {
          unknown.add("filter " + filter.getName());
          return new Way.Close();
        }
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalArgumentException("filter " + filter.getName(), e);
      }
    }
    return new Way.Close();
  }

  private Optional<ListenerModel.Asking> asking(
      ExtAuthz filter,
      Map<String, io.envoyproxy.envoy.config.rbac.v3.RBAC> shadows,
      RbacDecoder decoder) {
    unknown.addAll(
        Fields.beyond(
            filter,
            "stat_prefix",
            "grpc_service",
            "failure_mode_allow",
            "transport_api_version",
            "filter_enabled_metadata"));
    Optional<Asker> asker =
        HttpDecoder.grpc(filter.getGrpcService(), filter.getFailureModeAllow(), clusters);
    if (asker.isEmpty()) {
      unknown.add("an authorizer that no cluster leads to");
    }
    Condition when =
        filter.hasFilterEnabledMetadata()
            ? HttpDecoder.shadowed(
                filter.getFilterEnabledMetadata(),
                "envoy.filters.network.rbac",
                prefix -> Optional.ofNullable(shadows.get(prefix)),
                decoder)
            : Condition.TRUE;
    return asker.map(a -> new ListenerModel.Asking(a, when));
  }

  private Way tcp(TcpProxy proxy, List<Condition> passes, Optional<ListenerModel.Asking> asking) {
    unknown.addAll(
        Fields.beyond(
            proxy,
            "stat_prefix",
            "cluster",
            "idle_timeout",
            "access_log",
            "access_log_options",
            "max_connect_attempts"));
    ImmutableSet<Place> targets = clusters.getOrDefault(proxy.getCluster(), ImmutableSet.of());
    return targets.size() != 1
        ? new Way.Close()
        : new Way.Tcp(
            new Condition.All(ImmutableList.copyOf(passes)),
            asking,
            Iterables.getOnlyElement(targets));
  }
}
