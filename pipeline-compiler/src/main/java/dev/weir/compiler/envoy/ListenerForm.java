package dev.weir.compiler.envoy;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import dev.weir.compiler.intent.Authorizer;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.request.RequestExpr;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.List;

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

  /** What Envoy calls a connection without TLS. */
  private static final String RAW = "raw_buffer";

  private ListenerForm() {}

  static Listener of(Placement.Listener listener) {
    Listener.Builder envoy =
        Listener.newBuilder()
            .setName(EnvoyResources.name(listener))
            .setAddress(ClusterForm.address(listener.address(), listener.port()));
    boolean tls = asksServerName(listener);
    if (tls) {
      envoy
          .addListenerFilters(
              ListenerFilter.newBuilder()
                  .setName("envoy.filters.listener.tls_inspector")
                  .setTypedConfig(Any.pack(TlsInspector.getDefaultInstance())))
          .setListenerFiltersTimeout(DETECTION)
          .setContinueOnListenerFiltersTimeout(true);
    }
    switch (listener.application()) {
      case HTTP -> envoy.addFilterChains(http(listener, FilterChainMatch.getDefaultInstance()));
      case OPAQUE -> {
        envoy.addAllFilterChains(plain(listener, ImmutableList.of("")));
        envoy.setDefaultFilterChain(closed());
      }
      case DETECTED -> {
        // A chain that names a transport is never left again for one that names none; and what TLS
        // says it carries is not for anybody here to read.
        ImmutableList<String> transports =
            tls ? ImmutableList.of(RAW, "tls") : ImmutableList.of("");
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
                        .setTransportProtocol(transports.getFirst())
                        .addAllApplicationProtocols(HTTP_PROTOCOLS)
                        .build()))
            .addAllFilterChains(plain(listener, transports))
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

  private static boolean asksServerName(Placement.Listener listener) {
    return listener.allow().asksServerName()
        || listener.allowWithoutHttp().asksServerName()
        || listener.delegation().stream()
            .anyMatch(d -> d.when().asksServerName() || d.whenWithoutHttp().asksServerName());
  }

  /**
   * The chains of connections without HTTP: one per passing source block, whose content and name
   * depend on nothing but the block and the authorizer. Where a server name counts there is one for
   * all sources, whose filter tells them apart: its change cuts all of them.
   *
   * @param transports that are told apart; empty for any
   */
  private static ImmutableList<FilterChain> plain(
      Placement.Listener listener, ImmutableList<String> transports) {
    RequestExpr passes =
        RequestExpr.and(
            listener.allowWithoutHttp(),
            RequestExpr.not(
                listener.delegation().map(AuthorizerForm::unaskable).orElse(RequestExpr.FALSE)));
    ImmutableList.Builder<FilterChain> chains = ImmutableList.builder();
    for (String transport : transports) {
      String name = transport.isEmpty() ? "" : transport + " ";
      FilterChainMatch.Builder match =
          FilterChainMatch.newBuilder().setTransportProtocol(transport);
      if (passes.asksServerName()) {
        chains.add(
            FilterChain.newBuilder()
                .setName(name + "by server name")
                .setFilterChainMatch(match)
                .addFilters(
                    filter(
                        "envoy.filters.network.rbac",
                        RBAC.newBuilder()
                            .setStatPrefix(EnvoyResources.name(listener))
                            .setRules(RequestRbac.rules(passes))
                            .build()))
                .addAllFilters(asking(listener))
                .addFilters(tcpProxy(listener))
                .build());
        continue;
      }
      for (Prefix block : PassingSources.of(passes)) {
        chains.add(
            FilterChain.newBuilder()
                .setName(name + "source " + block)
                .setFilterChainMatch(
                    match.clone().addDirectSourcePrefixRanges(RequestRbac.cidr(block)))
                .addAllFilters(asking(listener))
                .addFilters(tcpProxy(listener))
                .build());
      }
    }
    return chains.build();
  }

  private static List<Filter> asking(Placement.Listener listener) {
    return listener.delegation().stream()
        .filter(d -> d.authorizer().protocol() == Authorizer.Protocol.GRPC)
        .filter(d -> !d.whenWithoutHttp().equals(RequestExpr.FALSE))
        .flatMap(
            d ->
                AuthorizerForm.connection(
                    d, listener.address().family(), EnvoyResources.name(listener))
                    .stream())
        .toList();
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
