package dev.weir.reference;

import static dev.weir.reference.Decision.Verdict.ALLOW;
import static dev.weir.reference.Decision.Verdict.DENY;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Sources: the field documentation of networking.k8s.io/v1 and Kubernetes' Network Policies page.
 */
class NetworkPolicyTest {
  private static World world() {
    return new World()
        .namespace("shop", "team=red")
        .namespace("lab", "team=blue,app=web")
        .pod("shop/web", "app=web", "10.0.0.1,fd00::1", "http:80,metrics:9090")
        .pod("shop/db", "role=db", "10.0.0.2,fd00::2", "sql:5432,dns:53/UDP,sig:7000/SCTP")
        .pod("lab/tool", "app=tool", "10.0.1.1,fd00::1:1", "http:8080")
        .pod("lab/bare", "", "10.0.1.2", "");
  }

  // "By default, a pod is non-isolated for ingress; all inbound connections are allowed."
  @Test
  void withoutPoliciesEverythingIsAllowed() {
    assertThat(world().tcp("lab/tool", "shop/db", 5432)).isEqualTo(ALLOW);
    assertThat(world().connect("192.0.2.1", "shop/db", "UDP", 53)).isEqualTo(ALLOW);
  }

  // The page's first example (network-policy-example), with its exact blocks and ports.
  @Test
  void theExampleOfThePage() {
    World world =
        new World()
            .namespace("default", "")
            .namespace("myproject", "project=myproject")
            .pod("default/db", "role=db", "10.8.0.1", "")
            .pod("default/front", "role=frontend", "10.8.0.2", "")
            .pod("default/other", "role=other", "10.8.0.3", "")
            .pod("myproject/any", "", "10.8.1.1", "")
            .with(
                """
                apiVersion: networking.k8s.io/v1
                kind: NetworkPolicy
                metadata: {name: test-network-policy}
                spec:
                  podSelector: {matchLabels: {role: db}}
                  policyTypes: [Ingress, Egress]
                  ingress:
                  - from:
                    - ipBlock: {cidr: 172.17.0.0/16, except: [172.17.1.0/24]}
                    - namespaceSelector: {matchLabels: {project: myproject}}
                    - podSelector: {matchLabels: {role: frontend}}
                    ports: [{protocol: TCP, port: 6379}]
                  egress:
                  - to:
                    - ipBlock: {cidr: 10.0.0.0/24}
                    ports: [{protocol: TCP, port: 5978}]
                """);
    // "any pod in the default namespace with the label role=frontend"
    assertThat(world.tcp("default/front", "default/db", 6379)).isEqualTo(ALLOW);
    assertThat(world.tcp("default/other", "default/db", 6379)).isEqualTo(DENY);
    // "any pod in a namespace with the label project=myproject"
    assertThat(world.tcp("myproject/any", "default/db", 6379)).isEqualTo(ALLOW);
    // "IP addresses in the ranges 172.17.0.0–172.17.0.255 and 172.17.2.0–172.17.255.255"
    assertThat(world.tcp("172.17.0.255", "default/db", 6379)).isEqualTo(ALLOW);
    assertThat(world.tcp("172.17.1.0", "default/db", 6379)).isEqualTo(DENY);
    assertThat(world.tcp("172.17.1.255", "default/db", 6379)).isEqualTo(DENY);
    assertThat(world.tcp("172.17.2.0", "default/db", 6379)).isEqualTo(ALLOW);
    assertThat(world.tcp("default/front", "default/db", 6380)).isEqualTo(DENY);
    // "allows connections from any pod with role=db to CIDR 10.0.0.0/24 on TCP port 5978"
    assertThat(world.tcp("default/db", "10.0.0.7", 5978)).isEqualTo(ALLOW);
    assertThat(world.tcp("default/db", "10.0.1.7", 5978)).isEqualTo(DENY);
    assertThat(world.tcp("default/db", "10.0.0.7", 5979)).isEqualTo(DENY);
    // "isolates pods with role=db …"; others stay as they are.
    assertThat(world.tcp("default/other", "default/front", 1)).isEqualTo(ALLOW);
  }

  // "For a connection from a source pod to a destination pod to be allowed, both the egress policy
  // on
  // the source pod and the ingress policy on the destination pod need to allow the connection."
  @Test
  void bothEndsMustAllow() {
    String out =
        World.network(
            "out",
            "podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{ports: [{port: 5432}]}]");
    String in =
        World.network(
            "in", "podSelector: {matchLabels: {role: db}}, ingress: [{ports: [{port: 9999}]}]");
    assertThat(world().with(out).tcp("shop/web", "shop/db", 5432)).isEqualTo(ALLOW);
    assertThat(world().with(out).tcp("shop/web", "shop/db", 9999)).isEqualTo(DENY);
    assertThat(world().with(in).tcp("shop/web", "shop/db", 9999)).isEqualTo(ALLOW);
    assertThat(world().with(out).with(in).tcp("shop/web", "shop/db", 5432)).isEqualTo(DENY);
    assertThat(world().with(out).with(in).tcp("shop/web", "shop/db", 9999)).isEqualTo(DENY);
  }

  // "If present but empty, it selects all namespaces", and pods in them, never other addresses.
  @Test
  void anEmptyNamespaceSelectorIsAllPodsAndNoOutsideAddress() {
    World world =
        world()
            .with(
                World.network(
                    "p", "podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]"));
    assertThat(world.tcp("lab/bare", "shop/db", 1)).isEqualTo(ALLOW);
    assertThat(world.tcp("192.0.2.1", "shop/db", 1)).isEqualTo(DENY);
  }

  // "Otherwise it selects the pods matching podSelector in the policy's own namespace."
  @Test
  void aLonePodSelectorStaysInItsNamespace() {
    World world =
        world()
            .pod("lab/web", "app=web", "10.0.1.3", "")
            .with(
                World.network(
                    "p", "ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]"));
    assertThat(world.tcp("shop/web", "shop/db", 1)).isEqualTo(ALLOW);
    assertThat(world.tcp("lab/web", "shop/db", 1)).isEqualTo(DENY);
  }

  // "If this field is empty or missing, this rule matches all sources": a list that is there but
  // empty is no other; a rules list without items allows nothing.
  @Test
  void emptyListsOfPeersAndOfRulesDiffer() {
    assertThat(
            world()
                .with(World.network("p", "ingress: [{from: []}]"))
                .tcp("192.0.2.1", "shop/db", 1))
        .isEqualTo(ALLOW);
    assertThat(world().with(World.network("p", "ingress: [{}]")).tcp("192.0.2.1", "shop/db", 1))
        .isEqualTo(ALLOW);
    assertThat(world().with(World.network("p", "ingress: []")).tcp("192.0.2.1", "shop/db", 1))
        .isEqualTo(DENY);
    assertThat(world().with(World.network("p", "podSelector: {}")).tcp("shop/web", "shop/db", 1))
        .isEqualTo(DENY);
  }

  // "If this field is not specified, it will default based on the existence of ingress or egress
  // rules"; the API server asks for the length of egress.
  @Test
  void missingPolicyTypesTouchEgressOnlyWithEgressRules() {
    assertThat(world().with(World.network("p", "ingress: [{}]")).tcp("shop/web", "lab/tool", 1))
        .isEqualTo(ALLOW);
    assertThat(world().with(World.network("p", "egress: []")).tcp("shop/web", "lab/tool", 1))
        .isEqualTo(ALLOW);
    World world =
        world().with(World.network("p", "egress: [{to: [{ipBlock: {cidr: 192.0.2.0/24}}]}]"));
    assertThat(world.tcp("shop/web", "lab/tool", 1)).isEqualTo(DENY);
    // "All policies … are assumed to affect ingress."
    assertThat(world.tcp("lab/tool", "shop/web", 1)).isEqualTo(DENY);
    assertThat(
            world()
                .with(World.network("p", "policyTypes: [Egress]"))
                .tcp("lab/tool", "shop/web", 1))
        .isEqualTo(ALLOW);
  }

  // "The ingress rules for each are combined additively": of two blocks with different exceptions
  // the union allows everything.
  @Test
  void exceptionsOfTwoPoliciesDoNotAddUp() {
    World world =
        world()
            .with(
                World.network(
                    "a", "ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]"))
            .with(
                World.network(
                    "b",
                    "ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [192.168.0.0/16]}}]}]"));
    assertThat(world.tcp("10.9.9.9", "shop/db", 1)).isEqualTo(ALLOW);
    assertThat(world.tcp("192.168.1.1", "shop/db", 1)).isEqualTo(ALLOW);
    assertThat(world.tcp("fd00::9", "shop/db", 1)).isEqualTo(DENY);
  }

  @Test
  void aBlockCoversPodsToo() {
    World world =
        world()
            .with(
                World.network(
                    "p",
                    "ingress: [{from: [{ipBlock: {cidr: 10.0.1.0/24, except: [10.0.1.2/32]}}]}]"));
    assertThat(world.tcp("lab/tool", "shop/web", 80)).isEqualTo(ALLOW);
    assertThat(world.tcp("lab/bare", "shop/web", 80)).isEqualTo(DENY);
    assertThat(world.tcp("shop/db", "shop/web", 80)).isEqualTo(DENY);
  }

  // "If present, only traffic on the specified protocol AND port will be matched."
  @Test
  void namedPortsMatchNameAndProtocolOfTheServersPod() {
    World world =
        world()
            .with(
                World.network(
                    "p",
                    "ingress: [{ports: [{port: http}, {port: dns}, {port: dns, protocol: UDP}, {port: sig, protocol: SCTP}]}]"));
    assertThat(world.tcp("lab/tool", "shop/web", 80)).isEqualTo(ALLOW);
    assertThat(world.tcp("lab/tool", "shop/web", 8080)).isEqualTo(DENY);
    assertThat(world.connect("lab/tool", "shop/db", "UDP", 53)).isEqualTo(ALLOW);
    assertThat(world.tcp("lab/tool", "shop/db", 53)).isEqualTo(DENY);
    assertThat(world.connect("lab/tool", "shop/db", "SCTP", 7000)).isEqualTo(ALLOW);
    // Egress asks the destination's names; an outside address has none.
    World out =
        world()
            .with(World.network("p", "policyTypes: [Egress], egress: [{ports: [{port: http}]}]"));
    assertThat(out.tcp("shop/db", "lab/tool", 8080)).isEqualTo(ALLOW);
    assertThat(out.tcp("shop/db", "lab/tool", 80)).isEqualTo(DENY);
    assertThat(out.tcp("shop/db", "192.0.2.1", 80)).isEqualTo(DENY);
  }

  // "The range of ports from port to endPort, inclusive"; "if not specified, … defaults to TCP";
  // "if
  // this field is not provided, this matches all port names and numbers".
  @Test
  void rangesProtocolsAndMissingPorts() {
    World world =
        world()
            .with(
                World.network(
                    "p", "ingress: [{ports: [{port: 100, endPort: 200}, {protocol: UDP}]}]"));
    assertThat(world.tcp("lab/tool", "shop/web", 99)).isEqualTo(DENY);
    assertThat(world.tcp("lab/tool", "shop/web", 100)).isEqualTo(ALLOW);
    assertThat(world.tcp("lab/tool", "shop/web", 200)).isEqualTo(ALLOW);
    assertThat(world.tcp("lab/tool", "shop/web", 201)).isEqualTo(DENY);
    assertThat(world.connect("lab/tool", "shop/web", "UDP", 1)).isEqualTo(ALLOW);
    assertThat(world.connect("lab/tool", "shop/web", "SCTP", 150)).isEqualTo(DENY);
  }

  // Labels and Selectors: "notin … and those with no labels with the key".
  @Test
  void notInAndDoesNotExistTakeWhatLacksTheKey() {
    World notIn =
        world()
            .with(
                World.network(
                    "p",
                    "ingress: [{from: [{namespaceSelector: {}, podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [tool]}]}}]}]"));
    assertThat(notIn.tcp("lab/bare", "shop/db", 1)).isEqualTo(ALLOW);
    assertThat(notIn.tcp("shop/web", "shop/db", 1)).isEqualTo(ALLOW);
    assertThat(notIn.tcp("lab/tool", "shop/db", 1)).isEqualTo(DENY);
    World absent =
        world()
            .with(
                World.network(
                    "p",
                    "ingress: [{from: [{namespaceSelector: {}, podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}}]}]"));
    assertThat(absent.tcp("lab/bare", "shop/web", 1)).isEqualTo(ALLOW);
    assertThat(absent.tcp("lab/tool", "shop/web", 1)).isEqualTo(DENY);
    assertThat(absent.tcp("192.0.2.1", "shop/web", 1)).isEqualTo(DENY);
  }

  // Here app is a label of the namespace lab and of the pod shop/web.
  @Test
  void labelsOfPodsAndOfNamespacesDiffer() {
    World world =
        world()
            .with(
                World.network(
                    "p", "ingress: [{from: [{namespaceSelector: {matchLabels: {app: web}}}]}]"));
    assertThat(world.tcp("lab/bare", "shop/db", 1)).isEqualTo(ALLOW);
    assertThat(world.tcp("shop/web", "shop/db", 1)).isEqualTo(DENY);
  }

  // "The Kubernetes control plane sets an immutable label kubernetes.io/metadata.name on all
  // namespaces."
  @Test
  void everyNamespaceHasItsNameAsALabel() {
    World world =
        world()
            .with(
                World.network(
                    "p",
                    "ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lab}}}]}]"));
    assertThat(world.tcp("lab/bare", "shop/db", 1)).isEqualTo(ALLOW);
    assertThat(world.tcp("shop/web", "shop/db", 1)).isEqualTo(DENY);
  }

  // "A pod cannot block access to itself."
  @Test
  void aPodReachesItself() {
    World world = world().with(World.network("p", "policyTypes: [Ingress, Egress]"));
    assertThat(world.tcp("shop/db", "shop/db", 5432)).isEqualTo(ALLOW);
    assertThat(world.tcp("fd00::2", "shop/db", 5432)).isEqualTo(ALLOW);
  }

  // "Traffic is allowed … if the traffic source is the pod's local node."
  @Test
  void aNodeReachesItsPods() {
    World world =
        new World()
            .with(
                "apiVersion: v1\nkind: Pod\nmetadata: {namespace: shop, name: web}\nspec: {containers: [{name: a}]}\nstatus: {podIP: 10.0.0.1, hostIP: 192.0.2.10}\n")
            .with(World.network("p", "podSelector: {}"));
    assertThat(world.tcp("192.0.2.10", "shop/web", 80)).isEqualTo(ALLOW);
    assertThat(world.tcp("192.0.2.11", "shop/web", 80)).isEqualTo(DENY);
  }

  // The page: host-network pods "are treated as node traffic": no selector means them.
  @Test
  void aHostNetworkPodIsItsNodesAddress() {
    World world =
        world()
            .with(
                "apiVersion: v1\nkind: Pod\nmetadata: {namespace: shop, name: agent, labels: {app: web}}\nspec: {hostNetwork: true, containers: [{name: a}]}\nstatus: {podIP: 192.0.2.10}\n");
    String bySelector =
        World.network(
            "p", "podSelector: {matchLabels: {role: db}}, ingress: [{from: [{podSelector: {}}]}]");
    String byBlock =
        World.network(
            "p",
            "podSelector: {matchLabels: {role: db}}, ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}]");
    assertThat(world.with(bySelector).tcp("shop/agent", "shop/db", 1)).isEqualTo(DENY);
    assertThat(
            world()
                .with(
                    "apiVersion: v1\nkind: Pod\nmetadata: {namespace: shop, name: agent}\nspec: {hostNetwork: true, containers: [{name: a}]}\nstatus: {podIP: 192.0.2.10}\n")
                .with(byBlock)
                .tcp("shop/agent", "shop/db", 1))
        .isEqualTo(ALLOW);
  }

  @Test
  void samePoliciesInTwoNamespacesAreTwo() {
    World world =
        world()
            .with(World.network("p", "podSelector: {}"))
            .with(
                World.network("p", "podSelector: {}")
                    .replace("namespace: shop", "namespace: lab")
                    .replace("podSelector: {}", "ingress: [{}]"));
    assertThat(world.tcp("lab/tool", "shop/db", 1)).isEqualTo(DENY);
    assertThat(world.tcp("shop/db", "lab/tool", 1)).isEqualTo(ALLOW);
  }

  @Test
  void aPodsNameMeansTheFamilyThatBothEndsShare() {
    World world =
        world()
            .pod("shop/six", "", "fd00::6", "")
            .with(World.network("p", "ingress: [{from: [{ipBlock: {cidr: fd00::/112}}]}]"));
    assertThat(world.tcp("lab/tool", "shop/six", 1)).isEqualTo(DENY);
    assertThat(world.tcp("shop/web", "shop/six", 1)).isEqualTo(ALLOW);
    assertThat(world.tcp("shop/web", "shop/db", 1)).isEqualTo(DENY);
    assertThat(world.tcp("fd00::77", "shop/db", 1)).isEqualTo(ALLOW);
  }
}
