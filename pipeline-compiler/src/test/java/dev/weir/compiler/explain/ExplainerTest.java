package dev.weir.compiler.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.explain.Explanation.Verdict;
import dev.weir.compiler.explain.Explanation.Way;
import dev.weir.compiler.placement.Placement.Tier;
import dev.weir.compiler.simulation.Shop;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ExplainerTest {
  private static final String POLICIES =
      """
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata: {name: db, namespace: shop}
      spec:
        podSelector: {matchLabels: {app: db}}
        policyTypes: [Ingress]
        ingress:
        - from: [{podSelector: {matchLabels: {app: orders}}}]
          ports: [{port: tcp-sql}]
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {name: orders, namespace: shop}
      spec:
        selector: {matchLabels: {app: orders}}
        action: ALLOW
        rules:
        - from: [{source: {serviceAccounts: [shop/frontend]}}]
          to: [{operation: {methods: [GET]}}]
        - from: [{source: {namespaces: [ops]}}]
      """;

  private final Shop shop = Shop.with(POLICIES);

  private Explanation explain(String from, String to, int port, Probe.@Nullable Request request) {
    return Explainer.explain(
        shop.intent(),
        shop.fabric(),
        shop.compiled().placement(),
        new Probe(from, to, "TCP", port, request));
  }

  private static Probe.Request request(String method) {
    return new Probe.Request(method, "/orders?id=1", ImmutableSortedMap.of());
  }

  @Test
  void allowedByHeaderNamesRuleEntryAndSwitch() {
    Explanation explanation = explain("shop/orders", "shop/db", 5432, null);

    assertThat(explanation.verdict()).isEqualTo(Verdict.ALLOW);
    assertThat(explanation.way()).isEqualTo(Way.DIRECT);
    assertThat(explanation.tier()).isEqualTo(Tier.SWITCH);
    assertThat(explanation.why().code()).isEqualTo("header-decidable");
    assertThat(explanation.rules().getFirst().resource()).isEqualTo("NetworkPolicy shop/db");
    assertThat(explanation.entry().orElseThrow().table()).isEqualTo("ingress_policy");
    assertThat(explanation.layers()).hasSize(4);
    assertThat(explanation.assumptions().getFirst()).startsWith("Identity is the address");
  }

  @Test
  void deniedByDefaultNamesThePolicyThatIsolates() {
    Explanation explanation = explain("shop/frontend", "shop/db", 5432, null);

    assertThat(explanation.verdict()).isEqualTo(Verdict.DENY);
    assertThat(explanation.way()).isEqualTo(Way.DROPPED);
    assertThat(explanation.why().code()).isEqualTo("default-denial");
    assertThat(explanation.rules().getFirst().resource()).isEqualTo("NetworkPolicy shop/db");
    assertThat(explanation.entry().orElseThrow().action().name()).isEqualTo("deny");
  }

  @Test
  void requestDependentConnectionIsSteeredAndDecidedByTheRequest() {
    Explanation open = explain("shop/frontend", "shop/orders", 8080, null);
    assertThat(open.verdict()).isEqualTo(Verdict.DEPENDS);
    assertThat(open.way()).isEqualTo(Way.STEERED);
    assertThat(open.sidecar().orElseThrow().name()).isEqualTo("sidecar-1");
    assertThat(open.sidecar().orElseThrow().allows()).isEqualTo("method is GET");
    assertThat(open.why().code()).isEqualTo("needs-request");

    Explanation get = explain("shop/frontend", "shop/orders", 8080, request("GET"));
    assertThat(get.verdict()).isEqualTo(Verdict.ALLOW);
    assertThat(get.tier()).isEqualTo(Tier.SIDECAR);
    assertThat(get.rules().getFirst().toString()).startsWith("AuthorizationPolicy shop/orders");

    assertThat(explain("shop/frontend", "shop/orders", 8080, request("POST")).verdict())
        .isEqualTo(Verdict.DENY);
  }

  @Test
  void headerRuleOfTheSamePolicyBypassesTheSidecar() {
    Explanation explanation = explain("ops/probe", "shop/orders", 8080, request("POST"));

    assertThat(explanation.verdict()).isEqualTo(Verdict.ALLOW);
    assertThat(explanation.way()).isEqualTo(Way.DIRECT);
  }

  @Test
  void requestRuleGivesNothingOnAPortThatNobodyDeclares() {
    Explanation explanation = explain("shop/frontend", "shop/orders", 9999, request("GET"));

    assertThat(explanation.verdict()).isEqualTo(Verdict.DENY);
    assertThat(explanation.why().code()).isEqualTo("not-steerable");
  }

  @Test
  void worldIsNamedByAddress() {
    Explanation explanation = explain("198.51.100.7", "10.77.1.1", 8080, null);

    assertThat(explanation.from().workload()).isEmpty();
    assertThat(explanation.to().workload()).contains("shop/frontend");
    assertThat(explanation.verdict()).isEqualTo(Verdict.ALLOW);
    assertThat(explanation.why().code()).isEqualTo("not-isolated");
  }

  @Test
  void sidecarsCannotBeReached() {
    assertThat(explain("shop/frontend", "10.77.200.1", 10001, null).why().code())
        .isEqualTo("server-is-sidecar");
  }

  @Test
  void spoofableSourceIsDroppedByTheGuard() {
    assertThat(explain("127.0.0.1", "shop/frontend", 8080, null).why().code())
        .isEqualTo("not-attached");
  }

  @Test
  void unknownEndsAreRefusedWithWhatThereIs() {
    assertThatThrownBy(() -> explain("shop/frontent", "shop/db", 5432, null))
        .hasMessageContaining("from: no workload 'shop/frontent'")
        .hasMessageContaining("shop/frontend");
    assertThatThrownBy(() -> explain("shop/frontend", "nowhere", 5432, null))
        .hasMessageContaining("to: 'nowhere' is neither namespace/name nor an address");
  }

  @Test
  void jsonFormNamesVerdictTierReasonEntryAndLayers() throws Exception {
    ObjectNode json = explain("shop/frontend", "shop/orders", 8080, request("GET")).toJson();

    assertThat(json.path("verdict").asText()).isEqualTo("allow");
    assertThat(json.path("tier").asText()).isEqualTo("sidecar");
    assertThat(json.path("way").asText()).isEqualTo("steered");
    assertThat(json.path("reason").path("code").asText()).isEqualTo("needs-request");
    assertThat(json.path("entry").path("action").asText()).isEqualTo("steer_class");
    assertThat(json.path("layers")).hasSize(4);
    assertThat(json.path("sidecar").path("allows").asText()).isEqualTo("method is GET");
  }

  @Test
  void probeReadsItsJsonFormAndRefusesWhatItDoesNotKnow() throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    Probe probe =
        Probe.fromJson(
            mapper.readTree(
                """
                {"from": "shop/frontend", "to": "10.77.1.2", "port": 8080,
                 "request": {"method": "PUT", "host": "orders"}}
                """));
    assertThat(probe)
        .isEqualTo(
            new Probe(
                "shop/frontend",
                "10.77.1.2",
                "TCP",
                8080,
                new Probe.Request("PUT", null, ImmutableSortedMap.of("host", "orders"))));
    assertThatThrownBy(() -> Probe.fromJson(mapper.readTree("{\"from\": \"a/b\", \"too\": 1}")))
        .hasMessageContaining("too: unknown field");
    assertThatThrownBy(
            () ->
                Probe.fromJson(
                    mapper.readTree("{\"from\": \"a/b\", \"to\": \"c/d\", \"port\": 70000}")))
        .hasMessageContaining("port: 70000");
  }
}
