package dev.weir.reference;

import static dev.weir.reference.World.authorization;
import static dev.weir.reference.World.cluster;
import static dev.weir.reference.World.network;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A policy with a skipped condition is a hole: what is not known is refused, with its path. */
class StrictReadingTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "podSelector: {matchLabel: {a: b}} | spec.podSelector.matchLabel",
        "ingress: [{form: []}] | spec.ingress[0].form",
        "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, expect: []}}]}] | spec.ingress[0].from[0].ipBlock.expect",
        "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/33}}]}] | spec.ingress[0].from[0].ipBlock.cidr",
        "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/9]}}]}] | spec.ingress[0].from[0].ipBlock.except[0]",
        "ingress: [{from: [{}]}] | spec.ingress[0].from[0]",
        "ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}] | spec.ingress[0].from[0]",
        "egress: [{ports: [{port: 10, endPort: 9}]}] | spec.egress[0].ports[0].endPort",
        "egress: [{ports: [{port: web, endPort: 9}]}] | spec.egress[0].ports[0].endPort",
        "egress: [{ports: [{protocol: ICMP}]}] | spec.egress[0].ports[0].protocol",
        "podSelector: {matchExpressions: [{key: a, operator: In}]} | spec.podSelector.matchExpressions[0].values",
        "policyTypes: [ingress] | spec.policyTypes[0]"
      })
  void networkPolicies(String spec, String path) {
    refused(network("p", spec), "NetworkPolicy shop/p " + path);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rules: [{from: [{source: {principal: [a]}}]}] | spec.rules[0].from[0].source.principal",
        "rules: [{from: []}] | spec.rules[0].from",
        "rules: [{to: [{operation: {}}]}] | spec.rules[0].to[0].operation",
        "rules: [{to: [{operation: {ports: [\"70000\"]}}]}] | spec.rules[0].to[0].operation.ports[0]",
        "rules: [{to: [{operation: {paths: [\"/{**}/foo/{*}\"]}}]}] | spec.rules[0].to[0].operation.paths[0]",
        "rules: [{to: [{operation: {paths: [\"/foo/{*}.txt\"]}}]}] | spec.rules[0].to[0].operation.paths[0]",
        "rules: [{to: [{operation: {paths: [\"/*/baz/{*}\"]}}]}] | spec.rules[0].to[0].operation.paths[0]",
        "rules: [{when: [{key: request.header, values: [a]}]}] | spec.rules[0].when[0].key",
        "rules: [{when: [{key: source.ip, values: [a]}]}] | spec.rules[0].when[0].values[0]",
        "rules: [{when: [{key: source.ip}]}] | spec.rules[0].when[0]",
        "rules: [{from: [{source: {serviceAccounts: [a], namespaces: [b]}}]}] | spec.rules[0].from[0].source",
        "rules: [{from: [{source: {serviceAccounts: [\"a*\"]}}]}] | spec.rules[0].from[0].source.serviceAccounts[0]",
        "action: LOG | spec.action",
        "action: DENY, provider: {name: x} | spec.provider",
        "selector: {matchLabels: {a: b}}, targetRefs: [{kind: Service, name: x}] | spec",
        "targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: x}] | spec.targetRefs[0]"
      })
  void authorizationPolicies(String spec, String path) {
    refused(authorization("p", spec), "AuthorizationPolicy shop/p " + path);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tier: Admin, priority: 1001, subject: {namespaces: {}} | spec.priority",
        "tier: Other, priority: 1, subject: {namespaces: {}} | spec.tier",
        "tier: Admin, priority: 1, subject: {} | spec.subject",
        "tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Allow, from: [{}]}] | spec.ingress[0].action",
        "tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: []}] | spec.ingress[0].from",
        "tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{networks: [10.0.0.0/8]}]}] | spec.ingress[0].from[0].networks",
        "tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [{action: Deny, to: [{networks: [10.0.0.0/8]}], protocols: [{destinationNamedPort: x}]}] | spec.egress[0].protocols[0].destinationNamedPort"
      })
  void clusterNetworkPolicies(String spec, String path) {
    refused(cluster("p", spec), "ClusterNetworkPolicy p " + path);
  }

  @Test
  void otherThings() {
    refused("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n", "kind");
    refused(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {hostNetwrk: true}\n",
        "Pod default/x spec.hostNetwrk");
    refused(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {}\nstatus: {podIP: 10.0.0.256}\n",
        "Pod default/x status.podIP");
    refused(
        "apiVersion: networking.k8s.io/v1beta1\nkind: NetworkPolicy\nmetadata: {name: x}\n",
        "apiVersion");
    refused(
        AuthorizationPolicyTest.mesh("trustdomain: x"),
        "ConfigMap istio-system/istio data.mesh trustdomain");
  }

  @Test
  void probes() {
    assertThatExceptionOfType(ReferenceException.class)
        .isThrownBy(
            () ->
                World.of()
                    .decide("{from: 10.0.0.1, to: 10.0.0.2, protocol: TCP, port: 1, requests: {}}"))
        .withMessageStartingWith("probes[0].requests: ");
    assertThatExceptionOfType(ReferenceException.class)
        .isThrownBy(() -> World.of().tcp("shop/web", "10.0.0.2", 1));
    assertThatExceptionOfType(ReferenceException.class)
        .isThrownBy(() -> World.of().tcp("10.0.0.1", "fd00::1", 1))
        .withMessageContaining("share no address family");
  }

  @Test
  void answersAsJson() {
    World world =
        new World().pod("shop/web", "", "10.0.0.1", "").with(network("p", "ingress: [{}]"));
    assertThat(
            world
                .reference()
                .decideAll(
                    Probe.readAll(
                        World.tree("[{from: 10.0.0.9, to: shop/web, protocol: UDP, port: 53}]")))
                .toString())
        .isEqualTo("[{\"verdict\":\"allow\",\"rule\":\"NetworkPolicy shop/p spec.ingress[0]\"}]");
  }

  private static void refused(String resource, String path) {
    assertThatExceptionOfType(ReferenceException.class)
        .isThrownBy(() -> World.of(resource).reference())
        .satisfies(e -> assertThat(e.path()).isEqualTo(path));
  }
}
