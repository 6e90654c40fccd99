package dev.weir.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.compiler.explain.Explainer;
import dev.weir.compiler.explain.Explanation;
import dev.weir.compiler.explain.Probe;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.simulation.Mesh;
import dev.weir.compiler.simulation.Shop;
import dev.weir.compiler.validate.Validator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * Traps of ClusterNetworkPolicy, each by what packets meet on every pipeline. Quotations are from
 * the field documentation of policy.networking.k8s.io/v1alpha2.
 */
class ClusterNetworkPolicyTest {
  private static final List<String> PIPELINES = List.of("weir", "weir_basic", "weir_compact");
  private static final String FRONTEND = "shop/frontend";
  private static final String ORDERS = "shop/orders";
  private static final String DB = "shop/db";
  private static final String PROBE = "ops/probe";
  private static final String ALL = "from: [{namespaces: {}}]";
  private static final String ISOLATED =
      """
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata: {name: closed, namespace: shop}
      spec: {podSelector: {matchLabels: {app: orders}}, policyTypes: [Ingress]}
      """;

  /** What becomes of a connection, the same on every pipeline. */
  private static String decide(String from, String to, String protocol, int port, String... yaml) {
    List<String> verdicts = new ArrayList<>();
    for (String pipeline : PIPELINES) {
      Shop shop = Shop.with(Mesh.pipeline(pipeline), String.join("---\n", yaml));
      Placement placement = shop.compiled().placement();
      assertThat(Validator.check(shop.intent(), shop.fabric(), placement).faults()).isEmpty();
      Explanation explained =
          Explainer.explain(
              shop.intent(), shop.fabric(), placement, new Probe(from, to, protocol, port, null));
      verdicts.add(explained.verdict().name().toLowerCase(Locale.ROOT));
    }
    assertThat(verdicts.stream().distinct()).as("%s", verdicts).hasSize(1);
    return verdicts.getFirst();
  }

  private static String policy(String name, String tier, int priority, String rules) {
    return """
    apiVersion: policy.networking.k8s.io/v1alpha2
    kind: ClusterNetworkPolicy
    metadata: {name: %s}
    spec:
      tier: %s
      priority: %d
      subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}
      %s
    """
        .formatted(name, tier, priority, rules);
  }

  private static String ingress(String action) {
    return "ingress: [{action: " + action + ", " + ALL + "}]";
  }

  /** "Skips all further ClusterNetworkPolicy rules in the current tier". */
  @Test
  void passSkipsTheWholeTierAndIsNotAccept() {
    String pass = policy("a", "Admin", 1, ingress("Pass"));
    String deny = policy("b", "Admin", 2, ingress("Deny"));
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, pass, deny)).isEqualTo("allow");
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, pass, deny, ISOLATED)).isEqualTo("deny");
    String baseline = policy("c", "Baseline", 1, ingress("Deny"));
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, pass, baseline)).isEqualTo("deny");
    String passed = policy("d", "Baseline", 0, ingress("Pass"));
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, passed, baseline)).isEqualTo("allow");
  }

  /** "If Admin tier has made a final decision … then no further evaluation is done." */
  @Test
  void acceptGoesBeforeNetworkPolicyInItsDirectionAlone() {
    String accept = policy("a", "Admin", 1, ingress("Accept"));
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, accept, ISOLATED)).isEqualTo("allow");
    assertThat(decide("192.0.2.7", ORDERS, "TCP", 8080, accept, ISOLATED)).isEqualTo("deny");
    String egress =
        """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: shut, namespace: ops}
        spec: {podSelector: {}, policyTypes: [Egress]}
        """;
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, accept, egress)).isEqualTo("deny");
  }

  @Test
  void acceptSkipsNoAuthorizationPolicy() {
    String accept = policy("a", "Admin", 1, ingress("Accept"));
    String nobody =
        """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: nobody, namespace: shop}
        spec: {}
        """;
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, accept, nobody)).isEqualTo("deny");
  }

  /** "Further evaluation only happens for Pods not selected by a v1.NetworkPolicy." */
  @Test
  void baselineCountsOnlyWhereNoNetworkPolicyIsolatesInThatDirection() {
    String baseline = policy("a", "Baseline", 1, ingress("Deny"));
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, baseline)).isEqualTo("deny");
    String open =
        """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: open, namespace: shop}
        spec: {podSelector: {matchLabels: {app: orders}}, ingress: [{}]}
        """;
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, baseline, open)).isEqualTo("allow");
    assertThat(decide(PROBE, DB, "TCP", 5432, baseline, open)).isEqualTo("deny");
    String egress = open.replace("ingress: [{}]", "policyTypes: [Egress]");
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, baseline, egress)).isEqualTo("deny");
    String accept = policy("b", "Baseline", 0, ingress("Accept"));
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, accept, ISOLATED)).isEqualTo("deny");
  }

  /** "The default kubernetes policy is applied, which says that all pods can communicate". */
  @Test
  void noMatchIsAllowInTheEnd() {
    String other =
        policy(
            "a",
            "Baseline",
            1,
            "ingress: [{action: Deny, from: [{namespaces: {matchLabels: {x: y}}}]}]");
    assertThat(decide(PROBE, ORDERS, "UDP", 53, other)).isEqualTo("allow");
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, other)).isEqualTo("allow");
  }

  /**
   * "There is no way for the user to reliably determine which one it will choose": by name here.
   */
  @Test
  void ofEqualPrioritiesTheFirstByNameGoesFirst() {
    String deny = policy("a", "Admin", 5, ingress("Deny"));
    String accept = policy("b", "Admin", 5, ingress("Accept"));
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, deny, accept)).isEqualTo("deny");
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, deny.replace("name: a", "name: z"), accept))
        .isEqualTo("allow");
    // Smaller priorities go first, whatever the names.
    assertThat(
            decide(PROBE, ORDERS, "TCP", 8080, deny, accept.replace("priority: 5", "priority: 4")))
        .isEqualTo("allow");
  }

  @Test
  void portsCountWhetherOrNotAContainerDeclaresThem() {
    String deny =
        policy(
            "a",
            "Admin",
            1,
            "ingress: [{action: Deny, "
                + ALL
                + ", protocols: [{tcp: {destinationPort: {number: 81}}}]}]");
    assertThat(decide(PROBE, ORDERS, "TCP", 81, deny)).isEqualTo("deny");
    assertThat(decide(PROBE, ORDERS, "TCP", 82, deny)).isEqualTo("allow");
    assertThat(decide(PROBE, ORDERS, "UDP", 81, deny)).isEqualTo("allow");
    String named =
        deny.replace("{tcp: {destinationPort: {number: 81}}}", "{destinationNamedPort: http}");
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, named)).isEqualTo("deny");
    assertThat(decide(PROBE, DB, "TCP", 8080, named)).isEqualTo("allow");
  }

  /** "Host-networked pods are not included"; nodes are known by their "node.Status.Addresses". */
  @Test
  void hostNetworkPodsAreNoSubjectsAndNodesArePeersByTheirAddresses() {
    String node =
        """
        apiVersion: v1
        kind: Node
        metadata: {name: n1, labels: {zone: a}}
        status: {addresses: [{type: InternalIP, address: 192.0.2.10}, {type: Hostname, address: n1}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: agent, namespace: shop}
        spec: {hostNetwork: true, containers: [{name: c}]}
        status: {podIP: 192.0.2.10}
        """;
    String deny =
        policy(
            "a",
            "Admin",
            1,
            ingress("Deny")
                + "\n  egress: [{action: Deny, to: [{nodes: {matchLabels: {zone: a}}}]}]");
    assertThat(decide(FRONTEND, "192.0.2.10", "TCP", 80, node, deny)).isEqualTo("deny");
    assertThat(decide(FRONTEND, "192.0.2.11", "TCP", 80, node, deny)).isEqualTo("allow");
    assertThat(decide("192.0.2.10", ORDERS, "TCP", 8080, node, deny)).isEqualTo("allow");
    assertThat(decide(PROBE, "192.0.2.10", "TCP", 80, node, deny)).isEqualTo("allow");
  }

  /** "For Accept rules: … matching no traffic. For Deny and Pass rules: … a 'Deny all' rule." */
  @Test
  void aPeerWithoutAKnownFieldFailsClosed() {
    String accept = policy("a", "Admin", 1, "ingress: [{action: Accept, from: [{}]}]");
    assertThat(decide(PROBE, ORDERS, "TCP", 8080, accept, ISOLATED)).isEqualTo("deny");
    assertThat(decide(PROBE, DB, "TCP", 5432, accept, ISOLATED)).isEqualTo("allow");
    for (String action : List.of("Pass", "Deny")) {
      String closed =
          policy(
              "a", "Admin", 1, "ingress: [{action: " + action + ", from: [{}, {namespaces: {}}]}]");
      assertThat(decide(PROBE, ORDERS, "TCP", 8080, closed)).isEqualTo("deny");
      assertThat(decide("192.0.2.7", ORDERS, "UDP", 1, closed)).isEqualTo("deny");
    }
  }

  /** "If you Accept or Deny traffic to 0.0.0.0/0, that will … all IPv4 pod-to-pod traffic". */
  @Test
  void networksCoverPods() {
    String deny =
        policy("a", "Admin", 1, "egress: [{action: Deny, to: [{networks: [0.0.0.0/0]}]}]");
    assertThat(decide(FRONTEND, PROBE, "TCP", 80, deny)).isEqualTo("deny");
    assertThat(decide(FRONTEND, "192.0.2.7", "TCP", 80, deny)).isEqualTo("deny");
    assertThat(decide(PROBE, "192.0.2.7", "TCP", 80, deny)).isEqualTo("allow");
  }

  /** A table with hardly any room refuses nothing silently: all that it denies is listed. */
  @Test
  void smallTablesDenyWhatTheyListAndNoMore() {
    String policies =
        policy("a", "Admin", 1, ingress("Pass"))
            + "---\n"
            + policy("b", "Admin", 2, ingress("Deny"))
            + "---\n"
            + policy("c", "Baseline", 2, ingress("Accept"))
            + "---\n"
            + ISOLATED;
    for (String pipeline : PIPELINES) {
      for (int size = 3; size <= 12; size++) {
        Shop shop = Shop.with(Pipelines.policyTables(Mesh.pipeline(pipeline), size), policies);
        assertThat(
                Validator.check(shop.intent(), shop.fabric(), shop.compiled().placement()).faults())
            .as("%s with %d entries", pipeline, size)
            .isEmpty();
      }
    }
  }
}
