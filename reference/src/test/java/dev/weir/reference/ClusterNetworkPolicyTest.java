package dev.weir.reference;

import static dev.weir.reference.Decision.Verdict.ALLOW;
import static dev.weir.reference.Decision.Verdict.DENY;
import static dev.weir.reference.World.cluster;
import static dev.weir.reference.World.network;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Source: the field documentation of policy.networking.k8s.io/v1alpha2. */
class ClusterNetworkPolicyTest {
  private static final String SHOP =
      "subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}";
  private static final String FROM_ALL = "from: [{namespaces: {}}]";

  private static World world() {
    return new World()
        .namespace("shop", "")
        .namespace("lab", "")
        .pod("shop/web", "app=web", "10.0.0.1", "http:80,dns:53/UDP")
        .pod("shop/db", "app=db", "10.0.0.2", "")
        .pod("lab/tool", "app=tool", "10.0.1.1", "http:8080");
  }

  private static String policy(String name, String tier, int priority, String rules) {
    return cluster(name, "tier: " + tier + ", priority: " + priority + ", " + SHOP + ", " + rules);
  }

  private static String ingress(String action) {
    return "ingress: [{action: " + action + ", " + FROM_ALL + "}]";
  }

  private static final String DENY_ALL = network("deny", "podSelector: {}, policyTypes: [Ingress]");

  // "If Admin tier has made a final decision (Accept or Deny) on a connection, then no further
  // evaluation is done." "All Admin tier rules have higher precedence than NetworkPolicy."
  @Test
  void theAdminTierGoesBeforeNetworkPolicy() {
    World accept = world().with(policy("a", "Admin", 1, ingress("Accept"))).with(DENY_ALL);
    assertThat(accept.tcp("lab/tool", "shop/web", 80)).isEqualTo(ALLOW);
    assertThat(accept.tcp("192.0.2.1", "shop/web", 80)).isEqualTo(DENY);
    World deny =
        world().with(policy("a", "Admin", 1, ingress("Deny"))).with(network("p", "ingress: [{}]"));
    assertThat(deny.tcp("lab/tool", "shop/web", 80)).isEqualTo(DENY);
    assertThat(deny.tcp("192.0.2.1", "shop/web", 80)).isEqualTo(ALLOW);
    assertThat(deny.tcp("shop/web", "lab/tool", 80)).isEqualTo(ALLOW);
  }

  // "Pass: Skips all further ClusterNetworkPolicy rules in the current tier for the selected
  // traffic, and passes evaluation to the next tier."
  @Test
  void passSkipsTheTierAndIsNotAccept() {
    World pass =
        world()
            .with(policy("a", "Admin", 1, ingress("Pass")))
            .with(policy("b", "Admin", 2, ingress("Deny")));
    assertThat(pass.tcp("lab/tool", "shop/web", 80)).isEqualTo(ALLOW);
    assertThat(pass.with(DENY_ALL).tcp("lab/tool", "shop/web", 80)).isEqualTo(DENY);
    World baseline =
        world()
            .with(policy("a", "Admin", 1, ingress("Pass")))
            .with(policy("b", "Baseline", 1, ingress("Deny")));
    assertThat(baseline.tcp("lab/tool", "shop/web", 80)).isEqualTo(DENY);
  }

  // "Policies with lower priority values have higher precedence"; "a rule that appears at the top
  // of
  // the ingress rules would take the highest precedence".
  @Test
  void priorityAndOrder() {
    World world =
        world()
            .with(policy("b", "Admin", 2, ingress("Accept")))
            .with(policy("a", "Admin", 10, ingress("Deny")));
    assertThat(world.tcp("lab/tool", "shop/web", 80)).isEqualTo(ALLOW);
    String both =
        "ingress: [{action: Accept, from: [{pods: {podSelector: {matchLabels: {app: tool}}}}]}, {action: Deny, "
            + FROM_ALL
            + "}]";
    World order = world().with(policy("a", "Admin", 1, both));
    assertThat(order.tcp("lab/tool", "shop/web", 80)).isEqualTo(ALLOW);
    assertThat(order.tcp("shop/db", "shop/web", 80)).isEqualTo(DENY);
    // Equal priorities leave the choice open; the first by name is taken here.
    World equal =
        world()
            .with(policy("b", "Admin", 2, ingress("Accept")))
            .with(policy("a", "Admin", 2, ingress("Deny")));
    assertThat(equal.tcp("lab/tool", "shop/web", 80)).isEqualTo(DENY);
  }

  // "Further evaluation only happens for Pods not selected by a v1.NetworkPolicy."
  @Test
  void theBaselineTierCountsOnlyWhereNoNetworkPolicyIsolatesInThatDirection() {
    World world = world().with(policy("b", "Baseline", 1, ingress("Deny")));
    assertThat(world.tcp("lab/tool", "shop/web", 80)).isEqualTo(DENY);
    String web = network("p", "podSelector: {matchLabels: {app: web}}, ingress: [{}]");
    assertThat(world.with(web).tcp("lab/tool", "shop/web", 80)).isEqualTo(ALLOW);
    assertThat(world.tcp("lab/tool", "shop/db", 80)).isEqualTo(DENY);
    String egress = network("e", "podSelector: {matchLabels: {app: db}}, policyTypes: [Egress]");
    assertThat(world.with(egress).tcp("lab/tool", "shop/db", 80)).isEqualTo(DENY);
  }

  // "If a given connection wasn't allowed or denied by any of the tiers, the default kubernetes
  // policy is applied, which says that all pods can communicate with each other."
  @Test
  void noMatchIsAllowInTheEnd() {
    World world =
        world()
            .with(
                policy(
                    "b",
                    "Baseline",
                    1,
                    "ingress: [{action: Deny, from: [{namespaces: {matchLabels: {x: y}}}]}]"));
    assertThat(world.tcp("lab/tool", "shop/web", 80)).isEqualTo(ALLOW);
  }

  // "If you Accept or Deny traffic to 0.0.0.0/0, that will allow or deny all IPv4 pod-to-pod
  // traffic
  // as well."
  @Test
  void networksCoverPods() {
    World world =
        world()
            .with(
                policy("a", "Admin", 1, "egress: [{action: Deny, to: [{networks: [0.0.0.0/0]}]}]"));
    assertThat(world.tcp("shop/web", "lab/tool", 80)).isEqualTo(DENY);
    assertThat(world.tcp("shop/web", "192.0.2.1", 80)).isEqualTo(DENY);
    assertThat(world.tcp("lab/tool", "192.0.2.1", 80)).isEqualTo(ALLOW);
  }

  @Test
  void protocolsAndPorts() {
    String rule = "ingress: [{action: Deny, " + FROM_ALL + ", protocols: [%s]}]";
    World number =
        world()
            .with(
                policy("a", "Admin", 1, rule.formatted("{tcp: {destinationPort: {number: 81}}}")));
    // Whether a container declares the port makes no difference.
    assertThat(number.tcp("lab/tool", "shop/web", 81)).isEqualTo(DENY);
    assertThat(number.tcp("lab/tool", "shop/web", 80)).isEqualTo(ALLOW);
    assertThat(number.connect("lab/tool", "shop/web", "UDP", 81)).isEqualTo(ALLOW);
    World range =
        world()
            .with(
                policy(
                    "a",
                    "Admin",
                    1,
                    rule.formatted("{udp: {destinationPort: {range: {start: 50, end: 53}}}}")));
    assertThat(range.connect("lab/tool", "shop/web", "UDP", 53)).isEqualTo(DENY);
    assertThat(range.connect("lab/tool", "shop/web", "UDP", 54)).isEqualTo(ALLOW);
    // "Selects a destination port on a pod based on the ContainerPort name."
    World named =
        world()
            .with(
                policy(
                    "a",
                    "Admin",
                    1,
                    rule.formatted("{destinationNamedPort: http}, {destinationNamedPort: dns}")));
    assertThat(named.tcp("lab/tool", "shop/web", 80)).isEqualTo(DENY);
    assertThat(named.connect("lab/tool", "shop/web", "UDP", 53)).isEqualTo(DENY);
    assertThat(named.tcp("lab/tool", "shop/web", 53)).isEqualTo(ALLOW);
    assertThat(named.tcp("lab/tool", "shop/db", 80)).isEqualTo(ALLOW);
  }

  // "For Accept rules, fail closed means: treat the rule as matching no traffic. For Deny and Pass
  // rules, … treat the rule as a Deny all rule."
  @Test
  void aPeerWithoutAFieldFailsClosed() {
    World accept =
        world()
            .with(policy("a", "Admin", 1, "ingress: [{action: Accept, from: [{}]}]"))
            .with(DENY_ALL);
    assertThat(accept.tcp("lab/tool", "shop/web", 80)).isEqualTo(DENY);
    World pass = world().with(policy("a", "Admin", 1, "ingress: [{action: Pass, from: [{}]}]"));
    assertThat(pass.tcp("lab/tool", "shop/web", 80)).isEqualTo(DENY);
    assertThat(pass.tcp("192.0.2.1", "shop/web", 80)).isEqualTo(DENY);
  }

  // "It selects the nodeIPs as the peer type by matching on the IPs present in the
  // node.Status.Addresses"; "host-networked pods are not included in subject selection".
  @Test
  void nodesAndHostNetworkPods() {
    World world =
        world()
            .with(
                "apiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {zone: a}}\nstatus: {addresses: [{type: InternalIP, address: 192.0.2.10}]}\n")
            .with(
                "apiVersion: v1\nkind: Pod\nmetadata: {namespace: shop, name: agent}\nspec: {hostNetwork: true, containers: [{name: a}]}\nstatus: {podIP: 192.0.2.10}\n")
            .with(
                policy(
                    "a",
                    "Admin",
                    1,
                    "egress: [{action: Deny, to: [{nodes: {matchLabels: {zone: a}}}]}], ingress: [{action: Deny, "
                        + FROM_ALL
                        + "}]"));
    assertThat(world.tcp("shop/web", "192.0.2.10", 80)).isEqualTo(DENY);
    assertThat(world.tcp("shop/web", "192.0.2.11", 80)).isEqualTo(ALLOW);
    assertThat(world.tcp("lab/tool", "shop/agent", 80)).isEqualTo(ALLOW);
    assertThat(world.tcp("shop/agent", "shop/web", 80)).isEqualTo(ALLOW);
  }
}
