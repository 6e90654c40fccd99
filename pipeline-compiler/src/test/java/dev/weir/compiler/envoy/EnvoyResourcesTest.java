package dev.weir.compiler.envoy;

import static dev.weir.compiler.request.RequestExpr.not;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weir.compiler.intent.Workload.Application;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Placement.Target;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.request.RequestExpr.StringMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBACPerRoute;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import org.junit.jupiter.api.Test;

final class EnvoyResourcesTest {
  private static final RequestExpr GET = new RequestExpr.Method(new StringMatch.Exact("GET"));
  private static final RequestExpr FROM_A =
      new RequestExpr.Source(ImmutableSet.of(Prefix.parse("10.77.1.1/32")));

  @Test
  void changeOfRequestPolicyChangesNothingButItsRoute() {
    EnvoyResources before = EnvoyResources.of(config(Application.HTTP, GET, RequestExpr.FALSE));
    EnvoyResources after = EnvoyResources.of(config(Application.HTTP, not(GET), RequestExpr.FALSE));
    assertThat(after.listeners()).isEqualTo(before.listeners());
    assertThat(after.clusters()).isEqualTo(before.clusters());
    assertThat(after.routes()).isNotEqualTo(before.routes());
    assertThat(after.routes()).containsOnlyKeys("shop/cart|10.77.1.2:8080|10001");
  }

  @Test
  void changeOfSourcesChangesNothingButTheirChains() {
    EnvoyResources before = EnvoyResources.of(config(Application.DETECTED, GET, RequestExpr.FALSE));
    EnvoyResources after = EnvoyResources.of(config(Application.DETECTED, GET, FROM_A));
    Listener was = only(before);
    Listener is = only(after);
    assertThat(is.toBuilder().clearFilterChains().build())
        .isEqualTo(was.toBuilder().clearFilterChains().build());
    assertThat(is.getFilterChainsList()).containsAll(was.getFilterChainsList());
    assertThat(is.getFilterChainsCount()).isEqualTo(was.getFilterChainsCount() + 1);
  }

  @Test
  void routeHoldsThePolicyAndItsFilterDeniesWithoutOne() throws Exception {
    EnvoyResources resources = EnvoyResources.of(config(Application.HTTP, GET, RequestExpr.FALSE));
    Principal principal = rules(resources).getPoliciesOrThrow("allow").getPrincipals(0);
    assertThat(principal.getHeader().getName()).isEqualTo(":method");
    assertThat(principal.getHeader().getStringMatch().getExact()).isEqualTo("GET");
    HttpConnectionManager manager =
        only(resources)
            .getFilterChains(0)
            .getFilters(0)
            .getTypedConfig()
            .unpack(HttpConnectionManager.class);
    RBAC base =
        manager
            .getHttpFilters(0)
            .getTypedConfig()
            .unpack(io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.class)
            .getRules();
    assertThat(base.getAction()).isEqualTo(RBAC.Action.ALLOW);
    assertThat(base.getPoliciesMap()).isEmpty();
  }

  @Test
  void policyThatAllowsNothingStillHasRules() throws Exception {
    EnvoyResources resources =
        EnvoyResources.of(config(Application.HTTP, RequestExpr.FALSE, RequestExpr.FALSE));
    assertThat(perRoute(resources).getRbac().hasRules()).isTrue();
    assertThat(rules(resources).getPoliciesMap()).isEmpty();
  }

  @Test
  void listenerWithoutAnUpstreamIsRefused() {
    SidecarConfig config = config(Application.HTTP, GET, RequestExpr.FALSE);
    SidecarConfig without =
        new SidecarConfig(config.name(), config.listeners(), ImmutableSortedSet.of());
    assertThatThrownBy(() -> EnvoyResources.of(without))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("upstream");
  }

  private static Listener only(EnvoyResources resources) {
    return resources.listeners().values().iterator().next();
  }

  private static RBAC rules(EnvoyResources resources) throws InvalidProtocolBufferException {
    return perRoute(resources).getRbac().getRules();
  }

  private static RBACPerRoute perRoute(EnvoyResources resources)
      throws InvalidProtocolBufferException {
    return resources
        .routes()
        .values()
        .iterator()
        .next()
        .getVirtualHosts(0)
        .getRoutes(0)
        .getTypedPerFilterConfigOrThrow("envoy.filters.http.rbac")
        .unpack(RBACPerRoute.class);
  }

  private static SidecarConfig config(
      Application application, RequestExpr allow, RequestExpr allowWithoutHttp) {
    Target target = new Target(IpAddress.parse("10.77.1.2"), 8080);
    return new SidecarConfig(
        "sidecar-1",
        ImmutableList.of(
            new Placement.Listener(
                IpAddress.parse("10.77.200.1"),
                10_001,
                "shop/cart",
                target,
                application,
                false,
                allow,
                allowWithoutHttp,
                ImmutableList.of())),
        ImmutableSortedSet.of(target));
  }
}
