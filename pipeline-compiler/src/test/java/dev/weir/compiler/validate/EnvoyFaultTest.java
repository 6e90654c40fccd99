package dev.weir.compiler.validate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.envoy.EnvoyResources;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.simulation.Mesh;
import dev.weir.compiler.validate.Certificate.Fault;
import dev.weir.compiler.validate.Certificate.Request;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBACPerRoute;
import io.envoyproxy.envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.PathWithEscapedSlashesAction;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * One server that serves {@code GET /api*} but not {@code /api/admin}: what an Envoy may get wrong.
 */
final class EnvoyFaultTest {
  private static final String RBAC_FILTER = "envoy.filters.http.rbac";

  private static final Intent INTENT = intent(Workload.Application.HTTP);
  private static final Intent DETECTED = intent(Workload.Application.DETECTED);

  private static Intent intent(Workload.Application application) {
    Selector server =
        new Selector(
            ImmutableList.of(
                new Selector.Test.In(new Key.PodLabel("app"), ImmutableSet.of("server"))));
    String policy = "AuthorizationPolicy red/";
    return new Intent(
        ImmutableSortedMap.of(
            "red/w1",
            workload(1, "client", application),
            "red/w2",
            workload(2, "server", application)),
        ImmutableList.of(
            new Rule(
                new Rule.Id(policy + "admin", "spec.rules[0]"),
                Rule.Layer.AUTHORIZATION_DENY,
                Rule.Effect.DENY,
                Selector.ANY,
                server,
                Rule.PortMatch.all(Protocol.TCP),
                new RequestExpr.Path(RequestExpr.StringMatch.parse("/api/admin")),
                true),
            new Rule(
                new Rule.Id(policy + "api", ""),
                Rule.Layer.AUTHORIZATION_ALLOW,
                Rule.Effect.ISOLATE,
                Selector.ANY,
                server,
                new Rule.PortMatch.Any(),
                RequestExpr.TRUE,
                true),
            new Rule(
                new Rule.Id(policy + "api", "spec.rules[0]"),
                Rule.Layer.AUTHORIZATION_ALLOW,
                Rule.Effect.ALLOW,
                Selector.ANY,
                server,
                Rule.PortMatch.all(Protocol.TCP),
                RequestExpr.and(
                    new RequestExpr.Method(new RequestExpr.StringMatch.Exact("GET")),
                    new RequestExpr.Path(RequestExpr.StringMatch.parse("/api*"))),
                false)));
  }

  /** The server allows what meets {@code request}, and nothing else. */
  private static Intent asking(RequestExpr request) {
    Rule allow = INTENT.rules().getLast();
    return new Intent(
        INTENT.workloads(),
        ImmutableList.of(
            INTENT.rules().get(1),
            new Rule(
                allow.id(),
                allow.layer(),
                allow.effect(),
                allow.source(),
                allow.destination(),
                allow.port(),
                request,
                false)));
  }

  private static Workload workload(int number, String app, Workload.Application application) {
    return new Workload(
        "red/w" + number,
        "red",
        "default",
        ImmutableSortedMap.of("app", app),
        ImmutableSortedMap.of(),
        ImmutableSortedSet.of(IpAddress.parse("10.77." + number + ".1")),
        ImmutableList.of(new Workload.Port("web", Protocol.TCP, 8080, application)));
  }

  /** The faults where every sidecar's resources are changed. */
  private static List<Fault> faults(Intent intent, UnaryOperator<EnvoyResources> change) {
    Fabric fabric = Mesh.fabric(Mesh.pipeline("weir"), intent.workloads().values(), true);
    Placement placement =
        Compiler.compile(intent, fabric, Allocation.EMPTY, Counters.NONE).placement();
    ImmutableMap.Builder<String, EnvoyResources> resources = ImmutableMap.builder();
    placement
        .sidecars()
        .forEach((name, config) -> resources.put(name, change.apply(EnvoyResources.of(config))));
    return Validator.check(intent, fabric, placement, resources.buildOrThrow()).faults();
  }

  private static List<Fault> listeners(Intent intent, UnaryOperator<Listener> change) {
    return faults(
        intent,
        r -> {
          TreeMap<String, Listener> listeners = new TreeMap<>(r.listeners());
          listeners.replaceAll((_, l) -> change.apply(l));
          return new EnvoyResources(r.clusters(), ImmutableSortedMap.copyOf(listeners), r.routes());
        });
  }

  private static List<Fault> routes(UnaryOperator<RouteConfiguration> change) {
    return faults(
        INTENT,
        r -> {
          TreeMap<String, RouteConfiguration> routes = new TreeMap<>(r.routes());
          routes.replaceAll((_, c) -> change.apply(c));
          return new EnvoyResources(r.clusters(), r.listeners(), ImmutableSortedMap.copyOf(routes));
        });
  }

  private static List<Fault> managers(UnaryOperator<HttpConnectionManager> change) {
    return managers(INTENT, change);
  }

  private static List<Fault> managers(Intent intent, UnaryOperator<HttpConnectionManager> change) {
    return listeners(
        intent,
        l -> {
          FilterChain chain = l.getFilterChains(0);
          HttpConnectionManager manager =
              unpack(chain.getFilters(0).getTypedConfig(), HttpConnectionManager.class);
          Filter filter =
              chain.getFilters(0).toBuilder()
                  .setTypedConfig(Any.pack(change.apply(manager)))
                  .build();
          return l.toBuilder().setFilterChains(0, chain.toBuilder().setFilters(0, filter)).build();
        });
  }

  private static List<Fault> rules(UnaryOperator<RBACPerRoute> change) {
    return routes(
        c -> {
          var host = c.getVirtualHosts(0);
          var route = host.getRoutes(0);
          RBACPerRoute override =
              unpack(route.getTypedPerFilterConfigOrThrow(RBAC_FILTER), RBACPerRoute.class);
          return c.toBuilder()
              .setVirtualHosts(
                  0,
                  host.toBuilder()
                      .setRoutes(
                          0,
                          route.toBuilder()
                              .putTypedPerFilterConfig(
                                  RBAC_FILTER, Any.pack(change.apply(override)))))
              .build();
        });
  }

  private static <T extends Message> T unpack(Any any, Class<T> type) {
    try {
      return any.unpack(type);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Request request(Fault fault) {
    return fault.witness().orElseThrow().request().orElseThrow();
  }

  /** What policy says of a request. */
  private static boolean allowed(Request request) {
    return request.method().equals("GET")
        && request.path().startsWith("/api")
        && !request.path().equals("/api/admin");
  }

  @Test
  void whatTheCompilerMakesHolds() {
    assertThat(faults(INTENT, r -> r)).isEmpty();
    assertThat(faults(DETECTED, r -> r)).isEmpty();
  }

  @Test
  void inverseActionLetsPassWhatIsDenied() {
    List<Fault> faults =
        rules(
            o ->
                o.toBuilder()
                    .setRbac(
                        o.getRbac().toBuilder()
                            .setRules(
                                o.getRbac().getRules().toBuilder().setAction(RBAC.Action.DENY)))
                    .build());
    assertThat(faults).isNotEmpty();
    assertThat(faults)
        .allSatisfy(
            f ->
                assertThat(f.code())
                    .isEqualTo(allowed(request(f)) ? "sidecar-too-tight" : "sidecar-too-loose"));
  }

  @Test
  void actionThatOnlyLogsLetsPassWhatIsDenied() {
    assertThat(
            rules(
                o ->
                    o.toBuilder()
                        .setRbac(
                            o.getRbac().toBuilder()
                                .setRules(
                                    o.getRbac().getRules().toBuilder().setAction(RBAC.Action.LOG)))
                        .build()))
        .isNotEmpty()
        .allSatisfy(f -> assertThat(f.code()).isEqualTo("sidecar-too-loose"))
        .allSatisfy(f -> assertThat(allowed(request(f))).isFalse());
  }

  @Test
  void rulesThatAreOnlyWatchedLetPassWhatIsDenied() {
    assertThat(
            rules(
                o ->
                    o.toBuilder()
                        .setRbac(
                            o.getRbac().toBuilder()
                                .setShadowRules(o.getRbac().getRules())
                                .clearRules())
                        .build()))
        .isNotEmpty()
        .allSatisfy(f -> assertThat(f.code()).isEqualTo("sidecar-too-loose"))
        .allSatisfy(f -> assertThat(allowed(request(f))).isFalse());
  }

  @Test
  void watchingMoreRulesChangesNothing() {
    assertThat(
            rules(
                o ->
                    o.toBuilder()
                        .setRbac(
                            o.getRbac().toBuilder()
                                .setShadowRules(
                                    RBAC.newBuilder().setAction(RBAC.Action.DENY).build()))
                        .build()))
        .isEmpty();
  }

  @Test
  void hostWithoutItsPortIsAnotherHost() {
    Intent intent =
        asking(
            new RequestExpr.Sent(
                RequestExpr.Attribute.Header.HOST, RequestExpr.StringMatch.parse("a.test")));
    assertThat(managers(intent, m -> m)).isEmpty();
    assertThat(managers(intent, m -> m.toBuilder().setStripAnyHostPort(true).build())).isNotEmpty();
    assertThat(managers(intent, m -> m.toBuilder().setStripMatchingHostPort(true).build()))
        .isNotEmpty();
  }

  @Test
  void addressesThatHeadersNameCountAsFarAsThePolicyTakesThem() {
    Intent intent =
        asking(new RequestExpr.Forwarded(ImmutableSet.of(Prefix.parse("192.0.2.0/24"))));
    assertThat(managers(intent, m -> m)).isEmpty();
    assertThat(
            managers(
                intent,
                m -> m.toBuilder().setXffNumTrustedHops(m.getXffNumTrustedHops() + 1).build()))
        .isNotEmpty();
    assertThat(
            managers(
                intent,
                m ->
                    m.toBuilder()
                        .setUseRemoteAddress(BoolValue.of(!m.getUseRemoteAddress().getValue()))
                        .build()))
        .isNotEmpty();
  }

  @Test
  void overrideWithoutRulesTurnsTheFilterOff() {
    assertThat(rules(_ -> RBACPerRoute.getDefaultInstance()))
        .isNotEmpty()
        .allSatisfy(f -> assertThat(f.code()).isEqualTo("sidecar-too-loose"));
  }

  @Test
  void routeWithoutItsPolicyRefusesEverything() {
    assertThat(
            routes(
                c ->
                    c.toBuilder()
                        .setVirtualHosts(
                            0,
                            c.getVirtualHosts(0).toBuilder()
                                .setRoutes(
                                    0,
                                    c.getVirtualHosts(0).getRoutes(0).toBuilder()
                                        .clearTypedPerFilterConfig()))
                        .build()))
        .isNotEmpty()
        .allSatisfy(f -> assertThat(f.code()).isEqualTo("sidecar-too-tight"))
        .allSatisfy(f -> assertThat(allowed(request(f))).isTrue());
  }

  @Test
  void managerWithoutTheFilterLetsEverythingPass() {
    assertThat(managers(m -> m.toBuilder().removeHttpFilters(0).build()))
        .isNotEmpty()
        .allSatisfy(f -> assertThat(f.code()).isEqualTo("sidecar-too-loose"));
  }

  @Test
  void unknownFilterIsNotTrusted() {
    assertThat(
            managers(
                m ->
                    m.toBuilder()
                        .setHttpFilters(
                            0,
                            m.getHttpFilters(0).toBuilder()
                                .setTypedConfig(Any.pack(BoolValue.of(true))))
                        .build()))
        .isNotEmpty();
  }

  @Test
  void pathsThatAreNotNormalisedSlipPast() {
    List<Fault> faults = managers(m -> m.toBuilder().setNormalizePath(BoolValue.of(false)).build());
    assertThat(faults).isNotEmpty();
    assertThat(faults)
        .allSatisfy(
            f -> {
              String path = request(f).path();
              assertThat(path.contains("..") || path.contains("%") || path.contains("\\")).isTrue();
            });
  }

  @Test
  void mergedSlashesShowAnotherPath() {
    assertThat(managers(m -> m.toBuilder().setMergeSlashes(true).build()))
        .isNotEmpty()
        .allSatisfy(f -> assertThat(request(f).path()).contains("//"));
  }

  @Test
  void escapedSlashesThatAreTurnedShowAnotherPath() {
    assertThat(
            managers(
                m ->
                    m.toBuilder()
                        .setPathWithEscapedSlashesAction(
                            PathWithEscapedSlashesAction.UNESCAPE_AND_FORWARD)
                        .build()))
        .isNotEmpty()
        .allSatisfy(f -> assertThat(request(f).path()).contains("%2F"));
  }

  @Test
  void clientThatHeadersNameIsNotBelieved() {
    // No rule asks for the remote address, so believing a header changes nothing yet.
    assertThat(managers(m -> m.toBuilder().setUseRemoteAddress(BoolValue.of(false)).build()))
        .isEmpty();
    assertThat(
            listeners(
                INTENT,
                l ->
                    l.toBuilder()
                        .addListenerFilters(
                            ListenerFilter.newBuilder()
                                .setName("envoy.filters.listener.proxy_protocol")
                                .setTypedConfig(Any.pack(ProxyProtocol.getDefaultInstance())))
                        .build()))
        .isNotEmpty();
  }

  @Test
  void chainThatIsOpenToAllLetsConnectionsWithoutHttpPass() {
    List<Fault> faults =
        listeners(
            DETECTED,
            l -> {
              Filter proxy =
                  Filter.newBuilder()
                      .setName("envoy.filters.network.tcp_proxy")
                      .setTypedConfig(
                          Any.pack(
                              io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                                  .newBuilder()
                                  .setStatPrefix("x")
                                  .setCluster("10.77.2.1:8080")
                                  .build()))
                      .build();
              return l.toBuilder()
                  .setDefaultFilterChain(FilterChain.newBuilder().addFilters(proxy))
                  .build();
            });
    assertThat(faults)
        .isNotEmpty()
        .allSatisfy(f -> assertThat(f.code()).isEqualTo("sidecar-too-loose"))
        .allSatisfy(
            f -> assertThat(f.witness().orElseThrow().request()).isEqualTo(Optional.empty()));
  }

  @Test
  void listenerThatDetectsNothingTakesHttpForNone() {
    assertThat(listeners(DETECTED, l -> l.toBuilder().clearListenerFilters().build()))
        .isNotEmpty()
        .allSatisfy(f -> assertThat(f.code()).isEqualTo("sidecar-too-tight"));
  }

  @Test
  void clusterOfAnotherPortSendsElsewhereOrNowhere() {
    List<Fault> faults =
        faults(
            INTENT,
            r -> {
              var clusters = new TreeMap<>(r.clusters());
              clusters.replaceAll(
                  (_, c) -> {
                    var builder = c.toBuilder();
                    builder
                        .getLoadAssignmentBuilder()
                        .getEndpointsBuilder(0)
                        .getLbEndpointsBuilder(0)
                        .getEndpointBuilder()
                        .getAddressBuilder()
                        .getSocketAddressBuilder()
                        .setPortValue(8081);
                    return builder.build();
                  });
              return new EnvoyResources(
                  ImmutableSortedMap.copyOf(clusters), r.listeners(), r.routes());
            });
    assertThat(faults.stream().map(Fault::code)).contains("upstream-too-wide", "sidecar-too-tight");
  }
}
