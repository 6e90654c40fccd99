package dev.weir.compiler.resolve;

import static dev.weir.compiler.resolve.World.API;
import static dev.weir.compiler.resolve.World.API6;
import static dev.weir.compiler.resolve.World.DB;
import static dev.weir.compiler.resolve.World.OUTSIDE;
import static dev.weir.compiler.resolve.World.SCRAPER;
import static dev.weir.compiler.resolve.World.WEB;
import static dev.weir.compiler.resolve.World.WEB6;
import static dev.weir.compiler.resolve.World.networkPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import org.junit.jupiter.api.Test;

class NetworkPoliciesTest {

  @Test
  void withoutPoliciesEverythingIsAllowed() {
    World world = World.with();
    assertThat(world.rules()).isEmpty();
    assertThat(world.tcp(OUTSIDE, DB, 3306)).isTrue();
  }

  @Test
  void defaultDenialOfIngressLeavesEgressAlone() {
    World world = World.with(networkPolicy("podSelector: {}\npolicyTypes: [Ingress]"));
    assertThat(world.tcp(WEB, API, 9090)).isFalse();
    assertThat(world.tcp(SCRAPER, API, 9090)).isFalse();
    assertThat(world.udp(OUTSIDE, DB, 53)).isFalse();
    assertThat(world.tcp(WEB, SCRAPER, 53)).isTrue();
    assertThat(world.tcp(DB, OUTSIDE, 443)).isTrue();
  }

  @Test
  void defaultDenialOfEgressLeavesIngressAlone() {
    World world = World.with(networkPolicy("podSelector: {}\npolicyTypes: [Egress]"));
    assertThat(world.tcp(WEB, OUTSIDE, 443)).isFalse();
    assertThat(world.tcp(OUTSIDE, WEB, 8080)).isTrue();
  }

  @Test
  void anEmptyRuleAllowsAll() {
    World world =
        World.with(
            networkPolicy(
                "podSelector: {}\ningress: [{}]\negress: [{}]\npolicyTypes: [Ingress, Egress]"));
    assertThat(world.tcp(OUTSIDE, DB, 1)).isTrue();
    assertThat(world.udp(DB, OUTSIDE, 53)).isTrue();
  }

  @Test
  void withoutPolicyTypesEgressIsIsolatedOnlyByEgressRules() {
    assertThat(World.with(networkPolicy("podSelector: {}")).tcp(WEB, OUTSIDE, 443)).isTrue();
    assertThat(World.with(networkPolicy("podSelector: {}\negress: []")).tcp(WEB, OUTSIDE, 443))
        .isTrue();
    World world = World.with(networkPolicy("podSelector: {}\negress: [{ports: [{port: 443}]}]"));
    assertThat(world.tcp(WEB, OUTSIDE, 443)).isTrue();
    assertThat(world.tcp(WEB, OUTSIDE, 80)).isFalse();
    assertThat(world.tcp(OUTSIDE, WEB, 8080)).isFalse(); // Ingress is always among the defaults
  }

  @Test
  void rulesOfADirectionThatIsNoPolicyTypeDoNotCount() {
    World world =
        World.with(
            networkPolicy(
                "podSelector: {}\npolicyTypes: [Egress]\ningress: []\negress: [{to: [{podSelector:"
                    + " {}}]}]"));
    assertThat(world.tcp(OUTSIDE, WEB, 8080)).isTrue();
    assertThat(world.tcp(WEB, API, 9090)).isTrue();
    assertThat(world.tcp(WEB, SCRAPER, 53)).isFalse();
  }

  /** The page's first example: a block with an exception, a namespace, pods; then egress. */
  @Test
  void theDocumentationsExampleHolds() {
    World world =
        World.with(
            networkPolicy(
                """
                podSelector: {matchLabels: {app: db}}
                policyTypes: [Ingress, Egress]
                ingress:
                - from:
                  - ipBlock: {cidr: 192.0.0.0/8, except: [192.0.3.0/24]}
                  - namespaceSelector: {matchLabels: {team: platform}}
                  - podSelector: {matchLabels: {app: api}}
                  ports: [{protocol: TCP, port: 3306}]
                egress:
                - to: [{ipBlock: {cidr: 198.51.100.0/24}}]
                  ports: [{protocol: TCP, port: 5978}]
                """));
    assertThat(world.tcp(OUTSIDE, DB, 3306)).isTrue();
    assertThat(world.tcp("192.0.3.9", DB, 3306)).isFalse();
    assertThat(world.tcp("193.0.0.1", DB, 3306)).isFalse();
    assertThat(world.tcp(SCRAPER, DB, 3306)).isTrue();
    assertThat(world.tcp(API, DB, 3306)).isTrue();
    assertThat(world.tcp(WEB, DB, 3306)).isFalse();
    assertThat(world.tcp(API, DB, 3307)).isFalse();
    assertThat(world.udp(API, DB, 3306)).isFalse();
    assertThat(world.tcp(DB, "198.51.100.9", 5978)).isTrue();
    assertThat(world.tcp(DB, "198.51.100.9", 80)).isFalse();
    assertThat(world.tcp(DB, API, 5978)).isFalse();
  }

  @Test
  void selectorsInOnePeerAreAndedInTwoOred() {
    World both =
        World.with(
            networkPolicy(
                """
                podSelector: {matchLabels: {app: db}}
                ingress:
                - from:
                  - namespaceSelector: {matchLabels: {team: retail}}
                    podSelector: {matchLabels: {app: api}}
                """));
    assertThat(both.tcp(API, DB, 1)).isTrue();
    assertThat(both.tcp(WEB, DB, 1)).isFalse();
    World either =
        World.with(
            networkPolicy(
                """
                podSelector: {matchLabels: {app: db}}
                ingress:
                - from:
                  - namespaceSelector: {matchLabels: {team: platform}}
                  - podSelector: {matchLabels: {app: api}}
                """));
    assertThat(either.tcp(SCRAPER, DB, 1)).isTrue();
    assertThat(either.tcp(API, DB, 1)).isTrue();
    assertThat(either.tcp(WEB, DB, 1)).isFalse();
  }

  @Test
  void aPodSelectorStaysInThePolicysNamespace() {
    World world =
        World.with(networkPolicy("podSelector: {}\ningress: [{from: [{podSelector: {}}]}]"));
    assertThat(world.tcp(WEB, DB, 1)).isTrue();
    assertThat(world.tcp(SCRAPER, DB, 1)).isFalse();
    assertThat(world.tcp(WEB, SCRAPER, 1)).isTrue(); // the policy selects no pod of ops
  }

  @Test
  void negativeSelectorsNeverTakeTheWorld() {
    for (String expression :
        new String[] {
          "{key: team, operator: NotIn, values: [nobody]}", "{key: zone, operator: DoesNotExist}"
        }) {
      World world =
          World.with(
              networkPolicy(
                  "podSelector: {}\ningress: [{from: [{namespaceSelector: {matchExpressions: ["
                      + expression
                      + "]}}]}]"));
      assertThat(world.tcp(SCRAPER, DB, 1)).isTrue();
      assertThat(world.tcp(OUTSIDE, DB, 1)).isFalse();
    }
    World any =
        World.with(networkPolicy("podSelector: {}\ningress: [{from: [{namespaceSelector: {}}]}]"));
    assertThat(any.tcp(SCRAPER, DB, 1)).isTrue();
    assertThat(any.tcp(OUTSIDE, DB, 1)).isFalse();
  }

  @Test
  void expressionsSelect() {
    World world =
        World.with(
            networkPolicy(
                """
                podSelector:
                  matchExpressions:
                  - {key: tier, operator: Exists}
                  - {key: app, operator: NotIn, values: [web]}
                ingress:
                - from:
                  - podSelector:
                      matchExpressions:
                      - {key: app, operator: In, values: [web, db]}
                      - {key: tier, operator: DoesNotExist}
                """));
    assertThat(world.tcp(DB, API, 9090)).isTrue();
    assertThat(world.tcp(WEB, API, 9090)).isFalse();
    assertThat(world.tcp(SCRAPER, WEB, 8080)).isTrue();
    assertThat(world.tcp(SCRAPER, DB, 3306)).isTrue();
  }

  @Test
  void namespacesAreSelectedByNameToo() {
    World world =
        World.with(
            networkPolicy(
                "podSelector: {}\ningress: [{from: [{namespaceSelector: {matchLabels:"
                    + " {kubernetes.io/metadata.name: ops}}}]}]"));
    assertThat(world.tcp(SCRAPER, DB, 1)).isTrue();
    assertThat(world.tcp(WEB, DB, 1)).isFalse();
    assertThat(world.rules().getFirst().source().tests())
        .containsExactly(new Selector.Test.In(new Key.Namespace(), ImmutableSet.of("ops")));
  }

  @Test
  void namedPortsAreTheDestinationsOwn() {
    World world = World.with(networkPolicy("podSelector: {}\ningress: [{ports: [{port: http}]}]"));
    assertThat(world.tcp(OUTSIDE, WEB, 8080)).isTrue();
    assertThat(world.tcp(OUTSIDE, API, 9090)).isTrue();
    assertThat(world.tcp(OUTSIDE, API, 8080)).isFalse();
    assertThat(world.tcp(OUTSIDE, DB, 3306)).isFalse();
    assertThat(world.udp(OUTSIDE, WEB, 8080)).isFalse();
  }

  @Test
  void rangesAndProtocolsAreExact() {
    World world =
        World.with(
            networkPolicy(
                """
                podSelector: {}
                ingress:
                - ports:
                  - {port: 32000, endPort: 32768}
                  - {protocol: UDP}
                  - {protocol: SCTP, port: 7777}
                """));
    assertThat(world.tcp(OUTSIDE, DB, 31999)).isFalse();
    assertThat(world.tcp(OUTSIDE, DB, 32000)).isTrue();
    assertThat(world.tcp(OUTSIDE, DB, 32768)).isTrue();
    assertThat(world.tcp(OUTSIDE, DB, 32769)).isFalse();
    assertThat(world.udp(OUTSIDE, DB, 1)).isTrue();
    assertThat(world.allows(OUTSIDE, DB, Protocol.SCTP, 7777, null, "")).isTrue();
    assertThat(world.allows(OUTSIDE, DB, Protocol.SCTP, 7778, null, "")).isFalse();
  }

  @Test
  void selectorsHoldForBothFamiliesAndBlocksForTheirs() {
    World world =
        World.with(
            networkPolicy(
                """
                podSelector: {matchLabels: {app: api}}
                ingress:
                - from: [{podSelector: {matchLabels: {app: web}}}, {ipBlock: {cidr: "2001:db8::/32"}}]
                """));
    assertThat(world.tcp(WEB, API, 9090)).isTrue();
    assertThat(world.tcp(WEB6, API6, 9090)).isTrue();
    assertThat(world.tcp("2001:db8::5", API6, 9090)).isTrue();
    assertThat(world.tcp("2001:db9::5", API6, 9090)).isFalse();
    assertThat(world.tcp(OUTSIDE, API, 9090)).isFalse();
  }

  @Test
  void blocksTakePodsAsWell() {
    World world =
        World.with(
            networkPolicy("podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 10.2.0.0/16}}]}]"));
    assertThat(world.tcp(SCRAPER, DB, 1)).isTrue();
    assertThat(world.tcp(WEB, DB, 1)).isFalse();
  }

  @Test
  void exceptionsOfOnePolicyDoNotCutAnother() {
    World world =
        World.with(
            networkPolicy(
                "podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except:"
                    + " [10.0.0.0/8]}}]}, {from: [{ipBlock: {cidr: 0.0.0.0/0, except:"
                    + " [192.0.0.0/8]}}]}]"));
    assertThat(world.tcp(OUTSIDE, DB, 1)).isTrue();
    assertThat(world.tcp(SCRAPER, DB, 1)).isTrue();
  }

  @Test
  void rulesAreNamedByTheirPath() {
    World world =
        World.with(
            networkPolicy(
                """
                podSelector: {}
                ingress:
                - from: [{podSelector: {}}, {namespaceSelector: {}}]
                  ports: [{port: 80}, {port: 81}]
                - {}
                egress:
                - to: [{podSelector: {}}]
                """));
    assertThat(world.rules().stream().map(Rule::id).map(Rule.Id::toString))
        .containsExactly(
            "NetworkPolicy shop/p spec.egress[0].to[0]",
            "NetworkPolicy shop/p spec.ingress[0].from[0] ports[0]",
            "NetworkPolicy shop/p spec.ingress[0].from[0] ports[1]",
            "NetworkPolicy shop/p spec.ingress[0].from[1] ports[0]",
            "NetworkPolicy shop/p spec.ingress[0].from[1] ports[1]",
            "NetworkPolicy shop/p spec.ingress[1]",
            "NetworkPolicy shop/p spec.policyTypes[Egress]",
            "NetworkPolicy shop/p spec.policyTypes[Ingress]");
    assertThat(world.rules()).filteredOn(rule -> rule.effect() == Rule.Effect.ISOLATE).hasSize(2);
  }
}
