package dev.weir.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.encode.Reason;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.placement.Placement.PlacedRule;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.simulation.Mesh;
import dev.weir.compiler.simulation.Shop;
import dev.weir.p4runtime.info.Pipeline;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CompilerTest {
  private static final String TWO_CLIENTS =
      """
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {name: orders, namespace: shop}
      spec:
        selector: {matchLabels: {app: orders}}
        rules:
        - from: [{source: {serviceAccounts: [shop/frontend, shop/db]}}]
          to: [{operation: {methods: [GET]}}]
        - from: [{source: {serviceAccounts: [ops/probe, shop/db]}}]
          to: [{operation: {methods: [POST]}}]
      """;

  private static List<PlacedEntry> entries(Placement placement, String table) {
    return placement.entries().stream().filter(e -> e.entry().table().equals(table)).toList();
  }

  private static String reason(Placement placement, String resource) {
    return placement.rules().stream()
        .filter(r -> r.id().resource().equals(resource))
        .filter(r -> !r.reason().equals("default-denial"))
        .map(PlacedRule::reason)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void withoutPoliciesEveryTableAllowsByOneEntry() {
    Placement placement = Shop.with("").compiled().placement();

    for (String table :
        List.of("egress_policy", "ingress_policy", "authorization_deny", "authorization_allow")) {
      assertThat(entries(placement, table))
          .singleElement()
          .satisfies(
              e -> {
                assertThat(e.entry().action().name()).isEqualTo("allow");
                assertThat(e.entry().key().matches()).isEmpty();
                assertThat(e.reason()).isEqualTo("not-isolated");
              });
    }
    assertThat(placement.sidecars().get("sidecar-1").listeners()).isEmpty();
  }

  @Test
  void clientsOfOneServerWithDifferentRequestsGetListenersOfTheirOwn() {
    Placement placement = Shop.with(TWO_CLIENTS).compiled().placement();

    List<Listener> listeners = placement.sidecars().get("sidecar-1").listeners();
    assertThat(listeners).hasSize(3).extracting(Listener::full).containsOnly(false);
    assertThat(listeners).extracting(Listener::port).doesNotHaveDuplicates();
    // The client that both rules name has the union.
    assertThat(listeners).extracting(l -> l.rules().size()).containsExactlyInAnyOrder(1, 1, 2);
    assertThat(entries(placement, "unsteer")).hasSize(3);
    assertThat(entries(placement, "steer")).hasSize(1);
    assertThat(entries(placement, "sidecar_upstream")).hasSize(1);
  }

  @Test
  void oneMorePolicyOverKnownKeysTouchesNoCode() {
    Shop shop = Shop.with(TWO_CLIENTS);
    String more =
        """
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: more, namespace: shop}
        spec:
          selector: {matchLabels: {app: orders}}
          action: DENY
          rules:
          - from: [{source: {serviceAccounts: [shop/db]}}]
        """;
    Compiled next =
        Compiler.compile(
            Shop.intent(TWO_CLIENTS + more),
            shop.fabric(),
            shop.compiled().allocation(),
            Counters.NONE);

    for (String table : List.of("source_workload", "destination_workload")) {
      assertThat(entries(next.placement(), table))
          .isEqualTo(entries(shop.compiled().placement(), table));
    }
    assertThat(entries(next.placement(), "authorization_allow"))
        .isEqualTo(entries(shop.compiled().placement(), "authorization_allow"));
  }

  @Test
  void aClassKeepsItsListenerWhenItsRequestChanges() {
    Shop shop = Shop.with(TWO_CLIENTS);
    Compiled next =
        Compiler.compile(
            Shop.intent(TWO_CLIENTS.replace("GET", "PUT")),
            shop.fabric(),
            shop.compiled().allocation(),
            Counters.NONE);

    assertThat(next.placement().sidecars().get("sidecar-1").listeners())
        .extracting(Listener::port)
        .isEqualTo(
            shop.compiled().placement().sidecars().get("sidecar-1").listeners().stream()
                .map(Listener::port)
                .toList());
    assertThat(next.placement().entries()).isEqualTo(shop.compiled().placement().entries());
  }

  @Test
  void aListenerThatNothingIsSteeredToStaysForOpenConnectionsUntilReleased() {
    Shop shop = Shop.with(TWO_CLIENTS);
    Compiled next =
        Compiler.compile(
            Shop.intent(""), shop.fabric(), shop.compiled().allocation(), Counters.NONE);

    // Their connections' verdict is allow by the header now, or they are denied on the switch.
    assertThat(next.placement().sidecars().get("sidecar-1").listeners())
        .hasSize(3)
        .extracting(Listener::allow)
        .containsOnly(RequestExpr.TRUE);
    assertThat(entries(next.placement(), "unsteer"))
        .isEqualTo(entries(shop.compiled().placement(), "unsteer"));
    assertThat(entries(next.placement(), "steer"))
        .isEqualTo(entries(shop.compiled().placement(), "steer"));
    assertThat(
            Compiler.compile(
                    Shop.intent(""), shop.fabric(), next.allocation().released(), Counters.NONE)
                .placement()
                .sidecars()
                .get("sidecar-1")
                .listeners())
        .isEmpty();
  }

  @Test
  void requestRulesAreHeaderDecidableOnPortsWithoutHttp() {
    Placement placement =
        Shop.with(
                """
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata: {name: db, namespace: shop}
                spec:
                  selector: {matchLabels: {app: db}}
                  action: DENY
                  rules:
                  - to: [{operation: {methods: [DELETE]}}]
                """)
            .compiled()
            .placement();

    assertThat(reason(placement, "AuthorizationPolicy shop/db")).isEqualTo("header-decidable");
    assertThat(placement.sidecars().get("sidecar-1").listeners()).isEmpty();
  }

  @Test
  void aWideRangeIsSteeredWhereThePipelineHasNoRanges() {
    String policy =
        """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: orders, namespace: shop}
        spec:
          podSelector: {matchLabels: {app: orders}}
          ingress:
          - ports: [{port: 8000, endPort: 9000}]
        """;
    Placement rich = Shop.with(policy).compiled().placement();
    Placement poor = Shop.with(Mesh.pipeline("weir_basic"), policy).compiled().placement();

    assertThat(reason(rich, "NetworkPolicy shop/orders")).isEqualTo("header-decidable");
    assertThat(reason(poor, "NetworkPolicy shop/orders")).isEqualTo("no-range");
    assertThat(poor.sidecars().get("sidecar-1").listeners())
        .singleElement()
        .satisfies(l -> assertThat(l.full()).isTrue());
    assertThat(poor.exceptions()).extracting(Placement.Denied::reason).containsOnly("no-range");
  }

  @Test
  void aUdpRangeThatNoTierHoldsIsDeniedAndListed() {
    Placement placement =
        Shop.with(
                Mesh.pipeline("weir_basic"),
                """
                apiVersion: networking.k8s.io/v1
                kind: NetworkPolicy
                metadata: {name: orders, namespace: shop}
                spec:
                  podSelector: {matchLabels: {app: orders}}
                  ingress:
                  - ports: [{port: 8000, endPort: 9000, protocol: UDP}]
                """)
            .compiled()
            .placement();

    assertThat(placement.rules())
        .filteredOn(r -> r.reason().equals("no-range"))
        .singleElement()
        .satisfies(r -> assertThat(r.tier()).isEqualTo(Placement.Tier.NONE));
    assertThat(placement.exceptions()).hasSize(1);
  }

  @Test
  void ipv6BlocksAreListedWhereThePipelineCarriesNone() {
    Placement placement =
        Shop.with(
                Mesh.pipeline("weir_basic"),
                """
                apiVersion: networking.k8s.io/v1
                kind: NetworkPolicy
                metadata: {name: orders, namespace: shop}
                spec:
                  podSelector: {matchLabels: {app: orders}}
                  ingress:
                  - from: [{ipBlock: {cidr: "2001:db8::/32"}}]
                """)
            .compiled()
            .placement();

    assertThat(reason(placement, "NetworkPolicy shop/orders")).isEqualTo("no-ipv6");
    assertThat(placement.exceptions()).extracting(Placement.Denied::reason).containsOnly("no-ipv6");
  }

  @Test
  void everyReasonIsDocumented() throws Exception {
    String documented = Files.readString(Path.of("../docs/reasons.md"));

    for (Reason reason : Reason.values()) {
      assertThat(documented).contains("| `" + reason.code() + "` |");
    }
  }

  @Test
  void aFullTableSpillsThePolicyWithTheLeastTraffic() {
    StringBuilder policies = new StringBuilder();
    for (String app : List.of("orders", "db")) {
      policies.append(
          """
          ---
          apiVersion: networking.k8s.io/v1
          kind: NetworkPolicy
          metadata: {name: %s, namespace: shop}
          spec:
            podSelector: {matchLabels: {app: %s}}
            ingress:
            - ports: [{port: 1}, {port: 2}, {port: 3}, {port: 4}, {port: 5432}, {port: 8080}]
          """
              .formatted(app, app));
    }
    Shop shop =
        Shop.with(
            Pipelines.small(Mesh.pipeline("weir"), "ingress_policy", 12), policies.substring(4));
    Placement placement = shop.compiled().placement();
    assertThat(entries(placement, "ingress_policy").size()).isLessThan(12);
    assertThat(reason(placement, "NetworkPolicy shop/db")).isEqualTo("table-full");
    assertThat(reason(placement, "NetworkPolicy shop/orders")).isEqualTo("header-decidable");

    Rule.Id busy =
        shop.intent().rules().stream()
            .map(Rule::id)
            .filter(id -> id.resource().endsWith("db") && !id.path().isEmpty())
            .findFirst()
            .orElseThrow();
    Placement other =
        Compiler.compile(
                shop.intent(),
                shop.fabric(),
                Allocation.EMPTY,
                new Counters(ImmutableMap.of(busy, 1000L)))
            .placement();
    assertThat(reason(other, "NetworkPolicy shop/orders")).isEqualTo("table-full");
    assertThat(reason(other, "NetworkPolicy shop/db")).isEqualTo("header-decidable");
  }

  @Test
  void whatSpilledReturnsForTwiceTheTrafficOrForFreeSpaceOnly() {
    Pipeline small = Pipelines.small(Mesh.pipeline("weir"), "ingress_policy", 40);
    Shop shop = Shop.with(small, portPolicy("db", 20) + "---\n" + portPolicy("orders", 20));
    Rule.Id db = firstRule(shop, "db");
    Rule.Id orders = firstRule(shop, "orders");
    Compiled first = compile(shop, Allocation.EMPTY, ImmutableMap.of(db, 10L, orders, 100L));
    assertThat(reason(first.placement(), "NetworkPolicy shop/db")).isEqualTo("table-full");

    Compiled close = compile(shop, first.allocation(), ImmutableMap.of(db, 199L, orders, 100L));
    assertThat(close).isEqualTo(first);
    Compiled twice = compile(shop, first.allocation(), ImmutableMap.of(db, 202L, orders, 100L));
    assertThat(reason(twice.placement(), "NetworkPolicy shop/db")).isEqualTo("header-decidable");
    assertThat(reason(twice.placement(), "NetworkPolicy shop/orders")).isEqualTo("table-full");

    // 39 rows would fit the 40 less one that is kept free, but leave no slack; 35 do.
    Shop tight = Shop.with(small, portPolicy("db", 18) + "---\n" + portPolicy("orders", 18));
    Shop loose = Shop.with(small, portPolicy("db", 16) + "---\n" + portPolicy("orders", 16));
    assertThat(entries(tight.compiled().placement(), "ingress_policy")).hasSize(39);
    assertThat(compile(tight, first.allocation(), ImmutableMap.of()).allocation().spilled())
        .isEqualTo(first.allocation().spilled());
    assertThat(compile(loose, first.allocation(), ImmutableMap.of()).allocation().spilled())
        .isEmpty();
  }

  private static String portPolicy(String app, int ports) {
    StringBuilder list = new StringBuilder();
    for (int i = 0; i < ports; i++) {
      list.append(list.isEmpty() ? "" : ", ").append("{port: ").append(8080 + 2 * i).append("}");
    }
    return """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: %s, namespace: shop}
        spec:
          podSelector: {matchLabels: {app: %s}}
          ingress:
          - ports: [%s]
        """
        .formatted(app, app, list);
  }

  private static Rule.Id firstRule(Shop shop, String policy) {
    return shop.intent().rules().stream()
        .map(Rule::id)
        .filter(id -> id.resource().endsWith("/" + policy) && !id.path().isEmpty())
        .findFirst()
        .orElseThrow();
  }

  private static Compiled compile(
      Shop shop, Allocation allocation, ImmutableMap<Rule.Id, Long> packets) {
    return Compiler.compile(shop.intent(), shop.fabric(), allocation, new Counters(packets));
  }

  @Test
  void aPipelineWithoutAPolicyTableIsRefused() {
    Pipeline weir = Mesh.pipeline("weir");
    Pipeline without =
        new Pipeline(
            weir.name(),
            ImmutableMap.copyOf(Maps.filterKeys(weir.tables(), t -> !t.equals("egress_policy"))),
            weir.actions());

    assertThatThrownBy(() -> Shop.with(without, ""))
        .isInstanceOf(UnplaceableException.class)
        .hasMessageContaining("egress_policy")
        .extracting(e -> ((UnplaceableException) e).code())
        .isEqualTo("pipeline-lacks-table");
  }

  @Test
  void equalArgumentsGiveEqualPlacements() {
    assertThat(Shop.with(TWO_CLIENTS).compiled()).isEqualTo(Shop.with(TWO_CLIENTS).compiled());
  }
}
