package dev.weir.compiler.envoy;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.placement.Placement;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;

/**
 * A listener in Envoy's form. Only its set of filter chains depends on policy, so that Envoy
 * updates it in place: the chains that stay keep their connections, those of a chain that goes are
 * closed when the drain time is over.
 */
final class ListenerForm {
  /**
   * Where a port's protocol is detected and the client is silent for this long, the server may
   * speak first: the connection goes on as one that carries no HTTP, which never passes more.
   */
  private static final Duration DETECTION = Duration.newBuilder().setSeconds(1).build();

  private static final ImmutableList<String> HTTP_PROTOCOLS =
      ImmutableList.of("http/1.0", "http/1.1", "h2c");

  private ListenerForm() {}

  static Listener of(Placement.Listener listener) {
    Listener.Builder envoy =
        Listener.newBuilder()
            .setName(EnvoyResources.name(listener))
            .setAddress(ClusterForm.address(listener.address(), listener.port()));
    switch (listener.application()) {
      case HTTP -> envoy.addFilterChains(http(listener, FilterChainMatch.getDefaultInstance()));
      case OPAQUE -> {
        envoy.addAllFilterChains(bySource(listener));
        envoy.setDefaultFilterChain(closed());
      }
      case DETECTED -> {
        envoy
            .addListenerFilters(
                ListenerFilter.newBuilder()
                    .setName("envoy.filters.listener.http_inspector")
                    .setTypedConfig(Any.pack(HttpInspector.getDefaultInstance())))
            .setListenerFiltersTimeout(DETECTION)
            .setContinueOnListenerFiltersTimeout(true)
            .addFilterChains(
                http(
                    listener,
                    FilterChainMatch.newBuilder()
                        .addAllApplicationProtocols(HTTP_PROTOCOLS)
                        .build()))
            .addAllFilterChains(bySource(listener))
            .setDefaultFilterChain(closed());
      }
    }
    return envoy.build();
  }

  private static FilterChain http(Placement.Listener listener, FilterChainMatch match) {
    return FilterChain.newBuilder()
        .setName("http")
        .setFilterChainMatch(match)
        .addFilters(HttpForm.connectionManager(listener))
        .build();
  }

  /** One chain per passing source block. Its content and name depend on nothing but the block. */
  private static ImmutableList<FilterChain> bySource(Placement.Listener listener) {
    ImmutableList.Builder<FilterChain> chains = ImmutableList.builder();
    for (Prefix block : PassingSources.of(listener.allowWithoutHttp())) {
      chains.add(
          FilterChain.newBuilder()
              .setName("source " + block)
              .setFilterChainMatch(
                  FilterChainMatch.newBuilder()
                      .addDirectSourcePrefixRanges(RequestRbac.cidr(block)))
              .addFilters(tcpProxy(listener))
              .build());
    }
    return chains.build();
  }

  private static Filter tcpProxy(Placement.Listener listener) {
    return filter(
        "envoy.filters.network.tcp_proxy",
        TcpProxy.newBuilder()
            .setStatPrefix(EnvoyResources.name(listener))
            .setCluster(ClusterForm.name(listener.target()))
            // Zero: a silent connection is the workloads' business.
            .setIdleTimeout(Duration.getDefaultInstance())
            .build());
  }

  /** Without filters Envoy closes a connection at once; a listener cannot be without a chain. */
  private static FilterChain closed() {
    return FilterChain.newBuilder().setName("closed").build();
  }

  private static Filter filter(String name, Message config) {
    return Filter.newBuilder().setName(name).setTypedConfig(Any.pack(config)).build();
  }
}
