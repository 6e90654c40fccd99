package dev.weir.compiler.resolve;

import static dev.weir.compiler.resolve.World.API;
import static dev.weir.compiler.resolve.World.DB;
import static dev.weir.compiler.resolve.World.OUTSIDE;
import static dev.weir.compiler.resolve.World.SCRAPER;
import static dev.weir.compiler.resolve.World.WEB;
import static dev.weir.compiler.resolve.World.authorization;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Rule.PortMatch;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.request.RequestExpr;
import org.junit.jupiter.api.Test;

class AuthorizationPoliciesTest {

  private static World source(String source) {
    return World.with(authorization("shop", "rules: [{from: [{source: {" + source + "}}]}]"));
  }

  private static World when(String condition) {
    return World.with(authorization("shop", "rules: [{when: [{" + condition + "}]}]"));
  }

  private static World operation(String action, String operation) {
    return World.with(
        authorization(
            "shop", "action: " + action + "\nrules: [{to: [{operation: {" + operation + "}}]}]"));
  }

  @Test
  void anEmptySpecDeniesAllTcpOfItsNamespace() {
    World world =
        World.with(
            """
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: p, namespace: shop}
            spec: {}
            """);
    assertThat(world.tcp(WEB, API, 9090)).isFalse();
    assertThat(world.http(WEB, API, 9090, "GET", "/")).isFalse();
    assertThat(world.tcp(WEB, SCRAPER, 53)).isTrue();
    assertThat(world.udp(WEB, API, 53)).isTrue();
    Rule only = world.rules().getFirst();
    assertThat(only.effect()).isEqualTo(Rule.Effect.ISOLATE);
    assertThat(only.id().toString()).isEqualTo("AuthorizationPolicy shop/p");
  }

  @Test
  void anEmptyRuleAllowsOrDeniesAll() {
    assertThat(World.with(authorization("shop", "rules: [{}]")).tcp(OUTSIDE, DB, 3306)).isTrue();
    World denied = World.with(authorization("shop", "action: DENY\nrules: [{}]"));
    assertThat(denied.tcp(OUTSIDE, DB, 3306)).isFalse();
    assertThat(denied.tcp(DB, SCRAPER, 53)).isTrue();
  }

  /** As in Istio's reference: a service account or a namespace, a method, and a condition. */
  @Test
  void theReferencesExampleHolds() {
    World world =
        World.with(
            authorization(
                "shop",
                """
                action: ALLOW
                selector: {matchLabels: {app: api}}
                rules:
                - from:
                  - source: {principals: [cluster.local/ns/shop/sa/web]}
                  - source: {namespaces: [ops]}
                  to:
                  - operation: {methods: [GET], paths: [/info*]}
                  - operation: {methods: [POST], paths: [/data]}
                  when:
                  - {key: source.ip, values: [10.0.0.0/8]}
                """));
    assertThat(world.http(WEB, API, 9090, "GET", "/info/x")).isTrue();
    assertThat(world.http(SCRAPER, API, 9090, "POST", "/data")).isTrue();
    assertThat(world.http(WEB, API, 9090, "POST", "/info")).isFalse();
    assertThat(world.http(WEB, API, 9090, "GET", "/data")).isFalse();
    assertThat(world.http(DB, API, 9090, "GET", "/info")).isFalse();
    assertThat(world.http(OUTSIDE, API, 9090, "GET", "/info")).isFalse();
    assertThat(world.tcp(WEB, API, 9090)).isFalse();
    assertThat(world.http(DB, WEB, 8080, "GET", "/")).isTrue(); // not selected
  }

  @Test
  void denyWinsOverAllow() {
    World world =
        World.with(
            authorization("shop", "rules: [{from: [{source: {namespaces: [shop]}}]}]"),
            """
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: no-admin, namespace: shop}
            spec:
              action: DENY
              rules: [{to: [{operation: {paths: [/admin*], ports: ["8080"]}}]}]
            """);
    assertThat(world.http(API, WEB, 8080, "GET", "/")).isTrue();
    assertThat(world.http(API, WEB, 8080, "GET", "/admin/x")).isFalse();
    assertThat(world.http(SCRAPER, WEB, 8080, "GET", "/")).isFalse();
    assertThat(world.tcp(API, WEB, 8080)).isFalse(); // without HTTP the path is left out
    assertThat(world.tcp(API, WEB, 8081)).isTrue();
  }

  @Test
  void allowPoliciesAdd() {
    World world =
        World.with(
            authorization("shop", "rules: [{from: [{source: {namespaces: [ops]}}]}]"),
            """
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: q, namespace: shop}
            spec: {rules: [{from: [{source: {serviceAccounts: [web]}}]}]}
            """);
    assertThat(world.tcp(SCRAPER, API, 1)).isTrue();
    assertThat(world.tcp(WEB, API, 1)).isTrue();
    assertThat(world.tcp(DB, API, 1)).isFalse();
  }

  @Test
  void theRootNamespaceReachesTheWholeMesh() {
    World all = World.with(authorization("istio-system", "rules: []"));
    assertThat(all.tcp(WEB, API, 1)).isFalse();
    assertThat(all.tcp(WEB, SCRAPER, 1)).isFalse();
    assertThat(all.tcp(WEB, OUTSIDE, 1)).isTrue();
    World some =
        World.with(
            authorization(
                "istio-system",
                "selector: {matchLabels: {app: scraper}}\n"
                    + "rules: [{from: [{source: {serviceAccounts: [web]}}]}]"));
    assertThat(some.tcp(WEB, API, 1)).isTrue();
    assertThat(some.tcp(WEB, SCRAPER, 1)).isFalse(); // web of istio-system is meant
  }

  @Test
  void sourcesAreIdentifiedByPrincipal() {
    World world = source("principals: [cluster.local/ns/shop/sa/web]");
    assertThat(world.tcp(WEB, API, 1)).isTrue();
    assertThat(world.tcp(DB, API, 1)).isFalse();
    assertThat(world.tcp(OUTSIDE, API, 1)).isFalse();
    World not = source("notPrincipals: [cluster.local/ns/shop/sa/web]");
    assertThat(not.tcp(WEB, API, 1)).isFalse();
    assertThat(not.tcp(DB, API, 1)).isTrue();
    assertThat(not.tcp(OUTSIDE, API, 1)).isTrue();
  }

  @Test
  void principalsArePatterns() {
    World any = source("principals: ['*']");
    assertThat(any.tcp(DB, API, 1)).isTrue();
    assertThat(any.tcp(OUTSIDE, API, 1)).isFalse();
    World none = source("notPrincipals: ['*']");
    assertThat(none.tcp(DB, API, 1)).isFalse();
    assertThat(none.tcp(OUTSIDE, API, 1)).isTrue();
    World prefix = source("principals: ['cluster.local/ns/shop/*']");
    assertThat(prefix.tcp(DB, API, 1)).isTrue();
    assertThat(prefix.tcp(SCRAPER, API, 1)).isFalse();
    World suffix = source("principals: ['*/sa/scraper', '*eb']");
    assertThat(suffix.tcp(SCRAPER, API, 1)).isTrue();
    assertThat(suffix.tcp(WEB, API, 1)).isTrue();
    assertThat(suffix.tcp(DB, API, 1)).isFalse();
  }

  @Test
  void aPatternThatFitsNobodyMatchesNothing() {
    World world = source("principals: ['*/sa/nobody']");
    assertThat(world.tcp(WEB, API, 1)).isFalse();
    assertThat(world.tcp(OUTSIDE, API, 1)).isFalse();
    assertThat(source("notPrincipals: ['*/sa/nobody']").tcp(WEB, API, 1)).isTrue();
  }

  @Test
  void namespacesArePatternsAndWorldHasNone() {
    World exact = source("namespaces: [ops]");
    assertThat(exact.tcp(SCRAPER, API, 1)).isTrue();
    assertThat(exact.tcp(WEB, API, 1)).isFalse();
    assertThat(exact.tcp(OUTSIDE, API, 1)).isFalse();
    assertThat(source("namespaces: ['*s']").tcp(SCRAPER, API, 1)).isTrue();
    assertThat(source("namespaces: ['o*']").tcp(SCRAPER, API, 1)).isTrue();
    assertThat(source("namespaces: ['s*']").tcp(SCRAPER, API, 1)).isFalse();
    assertThat(source("namespaces: ['*']").tcp(OUTSIDE, API, 1)).isFalse();
    World not = source("notNamespaces: [shop]");
    assertThat(not.tcp(WEB, API, 1)).isFalse();
    assertThat(not.tcp(SCRAPER, API, 1)).isTrue();
    assertThat(not.tcp(OUTSIDE, API, 1)).isTrue();
  }

  @Test
  void serviceAccountsAreOfThePolicysNamespaceUnlessTheySay() {
    World world = source("serviceAccounts: [web, ops/scraper]");
    assertThat(world.tcp(WEB, API, 1)).isTrue();
    assertThat(world.tcp(SCRAPER, API, 1)).isTrue();
    assertThat(world.tcp(DB, API, 1)).isFalse();
    assertThat(source("serviceAccounts: [scraper]").tcp(SCRAPER, API, 1)).isFalse();
    assertThat(source("serviceAccounts: [default]").tcp(DB, API, 1)).isTrue();
    assertThat(source("notServiceAccounts: [web]").tcp(OUTSIDE, API, 1)).isTrue();
  }

  @Test
  void blocksAreAddressesOrPrefixes() {
    World world = source("ipBlocks: [10.1.0.1, 192.0.2.0/24]");
    assertThat(world.tcp(WEB, API, 1)).isTrue();
    assertThat(world.tcp(OUTSIDE, API, 1)).isTrue();
    assertThat(world.tcp(DB, API, 1)).isFalse();
    World not = source("notIpBlocks: [10.1.0.0/16]");
    assertThat(not.tcp(WEB, API, 1)).isFalse();
    assertThat(not.tcp(SCRAPER, API, 1)).isTrue();
  }

  @Test
  void fieldsOfASourceAreAndedSourcesAreOred() {
    World and = source("namespaces: [shop], notPrincipals: [cluster.local/ns/shop/sa/web]");
    assertThat(and.tcp(DB, API, 1)).isTrue();
    assertThat(and.tcp(WEB, API, 1)).isFalse();
    assertThat(and.tcp(SCRAPER, API, 1)).isFalse();
    World or =
        World.with(
            authorization(
                "shop",
                "rules: [{from: [{source: {namespaces: [ops]}}, {source: {ipBlocks:"
                    + " [192.0.2.7]}}]}]"));
    assertThat(or.tcp(SCRAPER, API, 1)).isTrue();
    assertThat(or.tcp(OUTSIDE, API, 1)).isTrue();
    assertThat(or.tcp(WEB, API, 1)).isFalse();
  }

  @Test
  void conditionsOnTheSourceHold() {
    assertThat(when("key: source.namespace, values: [ops]").tcp(SCRAPER, API, 1)).isTrue();
    assertThat(when("key: source.namespace, notValues: [ops]").tcp(SCRAPER, API, 1)).isFalse();
    assertThat(when("key: source.namespace, notValues: [ops]").tcp(OUTSIDE, API, 1)).isTrue();
    assertThat(when("key: source.principal, values: ['*']").tcp(OUTSIDE, API, 1)).isFalse();
    assertThat(when("key: source.serviceAccount, values: [web]").tcp(WEB, API, 1)).isTrue();
    World ip = when("key: source.ip, values: [10.0.0.0/8], notValues: [10.1.0.1]");
    assertThat(ip.tcp(DB, API, 1)).isTrue();
    assertThat(ip.tcp(WEB, API, 1)).isFalse();
    assertThat(ip.tcp(OUTSIDE, API, 1)).isFalse();
  }

  @Test
  void conditionsOnTheDestinationHold() {
    World ip = when("key: destination.ip, values: [10.1.0.2]");
    assertThat(ip.tcp(WEB, API, 1)).isTrue();
    assertThat(ip.tcp(WEB, DB, 1)).isFalse();
    World port = when("key: destination.port, values: ['80', '443'], notValues: ['443']");
    assertThat(port.tcp(WEB, API, 80)).isTrue();
    assertThat(port.tcp(WEB, API, 443)).isFalse();
    assertThat(port.tcp(WEB, API, 81)).isFalse();
  }

  @Test
  void conditionsAreAndedWithEachOtherAndTheSource() {
    World world =
        World.with(
            authorization(
                "shop",
                """
                rules:
                - from: [{source: {namespaces: [shop, ops]}}]
                  when:
                  - {key: source.namespace, values: [shop]}
                  - {key: source.ip, values: [10.1.0.0/16]}
                  - {key: source.ip, values: [10.1.0.1, 10.2.0.1]}
                """));
    assertThat(world.tcp(WEB, API, 1)).isTrue();
    assertThat(world.tcp(DB, API, 1)).isFalse();
    assertThat(world.tcp(SCRAPER, API, 1)).isFalse();
  }

  @Test
  void portsAndTheirComplementsAreExact() {
    World ports = operation("ALLOW", "ports: ['80', '81', '9090']");
    assertThat(ports.tcp(WEB, API, 80)).isTrue();
    assertThat(ports.tcp(WEB, API, 9090)).isTrue();
    assertThat(ports.tcp(WEB, API, 82)).isFalse();
    World not = operation("ALLOW", "notPorts: ['80', '65535']");
    assertThat(not.tcp(WEB, API, 79)).isTrue();
    assertThat(not.tcp(WEB, API, 80)).isFalse();
    assertThat(not.tcp(WEB, API, 81)).isTrue();
    assertThat(not.tcp(WEB, API, 65535)).isFalse();
    assertThat(not.rules().stream().map(rule -> rule.id().path()))
        .containsExactly(
            "", "spec.rules[0] to[0] ports 0-79", "spec.rules[0] to[0] ports 81-65534");
  }

  @Test
  void requestFieldsMatchExactlyByPrefixSuffixAndPresence() {
    World world =
        operation(
            "ALLOW", "methods: [GET, 'P*'], notMethods: [PATCH], paths: ['/a', '/b/*', '*/c']");
    assertThat(world.http(WEB, API, 1, "GET", "/a")).isTrue();
    assertThat(world.http(WEB, API, 1, "PUT", "/b/x")).isTrue();
    assertThat(world.http(WEB, API, 1, "PATCH", "/a")).isFalse();
    assertThat(world.http(WEB, API, 1, "DELETE", "/a")).isFalse();
    assertThat(world.http(WEB, API, 1, "GET", "/a/")).isFalse();
    assertThat(world.http(WEB, API, 1, "GET", "/x/c")).isTrue();
    assertThat(operation("ALLOW", "paths: ['*']").http(WEB, API, 1, "GET", "/")).isTrue();
    assertThat(operation("ALLOW", "notPaths: ['/a*']").http(WEB, API, 1, "GET", "/b")).isTrue();
    assertThat(operation("ALLOW", "notPaths: ['/a*']").http(WEB, API, 1, "GET", "/ab")).isFalse();
  }

  @Test
  void withoutHttpAllowNeverAndDenyAlwaysMatches() {
    assertThat(operation("ALLOW", "methods: [GET]").tcp(WEB, API, 1)).isFalse();
    assertThat(operation("ALLOW", "notMethods: [GET]").tcp(WEB, API, 1)).isFalse();
    assertThat(operation("DENY", "methods: [GET]").tcp(WEB, API, 1)).isFalse();
    assertThat(operation("DENY", "notMethods: [GET]").tcp(WEB, API, 1)).isFalse();
    assertThat(operation("DENY", "methods: [GET], ports: ['80']").tcp(WEB, API, 1)).isTrue();
  }

  @Test
  void withoutHttpARuleIsLeftOutWholeWhenOneOperationAsksARequest() {
    World world =
        World.with(
            authorization(
                "shop",
                "rules: [{to: [{operation: {methods: [GET]}}, {operation: {ports: ['80']}}]}]"));
    assertThat(world.http(WEB, API, 80, "POST", "/")).isTrue();
    assertThat(world.tcp(WEB, API, 80)).isFalse();
  }

  @Test
  void headerOnlyRulesAskNoRequest() {
    World world = source("namespaces: [ops]");
    assertThat(world.rules())
        .allSatisfy(
            rule -> {
              assertThat(rule.request()).isEqualTo(RequestExpr.TRUE);
              assertThat(rule.withoutHttp()).isEqualTo(RequestExpr.TRUE);
            });
    assertThat(world.rules().getLast().port())
        .isEqualTo(PortMatch.all(dev.weir.compiler.intent.Protocol.TCP));
    assertThat(world.rules().getFirst().source()).isEqualTo(Selector.ANY);
  }

  @Test
  void rulesAreNamedByTheirPath() {
    World world =
        World.with(
            authorization(
                "shop",
                """
                rules:
                - from: [{source: {namespaces: [ops]}}, {source: {namespaces: [shop]}}]
                  to: [{operation: {ports: ["80", "82"]}}, {operation: {methods: [GET]}}]
                - {}
                """));
    assertThat(world.rules().stream().map(rule -> rule.id().path()))
        .containsExactly(
            "",
            "spec.rules[0].from[0] to[0] port 80",
            "spec.rules[0].from[0] to[0] port 82",
            "spec.rules[0].from[0] to[1]",
            "spec.rules[0].from[1] to[0] port 80",
            "spec.rules[0].from[1] to[0] port 82",
            "spec.rules[0].from[1] to[1]",
            "spec.rules[1]");
  }
}
