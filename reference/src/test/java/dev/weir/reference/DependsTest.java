package dev.weir.reference;

import static dev.weir.reference.Decision.Verdict.ALLOW;
import static dev.weir.reference.Decision.Verdict.CUSTOM;
import static dev.weir.reference.Decision.Verdict.DENY;
import static dev.weir.reference.Decision.Verdict.DEPENDS;
import static dev.weir.reference.World.authorization;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.reference.Decision.Verdict;
import org.junit.jupiter.api.Test;

/** A probe without a request depends on it only where two requests have two outcomes. */
class DependsTest {
  private static World world() {
    return new World()
        .pod("shop/web", "app=web", "10.0.0.1", "http:80")
        .pod("shop/client", "", "10.0.0.2", "");
  }

  private static Verdict of(String... policies) {
    World world = world();
    for (String policy : policies) {
      world.with(policy);
    }
    return world.tcp("shop/client", "shop/web", 80);
  }

  private static String allow(String name, String operation) {
    return authorization(name, "rules: [{to: [{operation: {" + operation + "}}]}]");
  }

  private static String deny(String name, String operation) {
    return authorization(name, "action: DENY, rules: [{to: [{operation: {" + operation + "}}]}]");
  }

  private static String allowWhen(String name, String conditions) {
    return authorization(name, "rules: [{when: [" + conditions + "]}]");
  }

  @Test
  void whatEveryRequestPassesIsAllowed() {
    assertThat(of(allow("a", "methods: [GET]"))).isEqualTo(DEPENDS);
    assertThat(of(allow("a", "methods: [GET]"), allow("b", "notMethods: [GET]"))).isEqualTo(ALLOW);
    assertThat(of(allow("a", "methods: [GET]"), allow("b", "notMethods: [GET, PUT]")))
        .isEqualTo(DEPENDS);
    // Every request has a method and a path.
    assertThat(of(allow("a", "methods: [\"*\"]"))).isEqualTo(ALLOW);
    assertThat(of(allow("a", "paths: [/*]"))).isEqualTo(ALLOW);
    assertThat(of(allow("a", "paths: [\"*\"]"))).isEqualTo(ALLOW);
  }

  @Test
  void whatNoRequestPassesIsDenied() {
    assertThat(of(allow("a", "methods: [GET], notMethods: [G*]"))).isEqualTo(DENY);
    assertThat(of(allow("a", "paths: [/a/b], notPaths: [\"/a/{*}\"]"))).isEqualTo(DENY);
    assertThat(
            of(
                allow("a", "paths: [/a*]"),
                deny("d", "paths: [\"/a{**}\", \"/{**}\"]".replace("\"/a{**}\", ", ""))))
        .isEqualTo(DEPENDS);
    // Normalised paths have no dot segments and no query, and begin with a slash.
    assertThat(of(allow("a", "paths: [/a/../b]"))).isEqualTo(DENY);
    assertThat(of(allow("a", "paths: [\"/a?x\"]"))).isEqualTo(DENY);
    assertThat(of(allow("a", "paths: [/%61]"))).isEqualTo(DENY);
    assertThat(of(allow("a", "paths: [a]"))).isEqualTo(DENY);
    assertThat(of(allow("a", "paths: [/a//b]"))).isEqualTo(DEPENDS);
    assertThat(of(allow("a", "paths: [\"*/..x\"]"))).isEqualTo(DEPENDS);
  }

  @Test
  void templatesPrefixesAndSuffixesTogether() {
    // A path under /a/ of two segments always passes one of the three.
    String split = "paths: [\"/a/{*}\"], notPaths: [\"*x\"]";
    assertThat(of(allow("a", split), deny("d", "paths: [/a/*]"))).isEqualTo(DENY);
    assertThat(of(allow("a", split), deny("d", "paths: [\"*x\"]"))).isEqualTo(DEPENDS);
    // A bracket is no character of a template, so not all of /a/ is /a/{**}.
    assertThat(of(deny("d", "paths: [\"/a/{**}\"]"), allow("a", "paths: [/a/*]")))
        .isEqualTo(DEPENDS);
  }

  @Test
  void theOutcomeThatIsSettledByHeadersAlone() {
    String onlyOthers =
        authorization(
            "a",
            "rules: [{from: [{source: {namespaces: [lab]}}], to: [{operation: {methods: [GET]}}]}]");
    assertThat(of(onlyOthers)).isEqualTo(DENY);
    assertThat(of(allow("a", "methods: [GET]"), authorization("b", "rules: [{}]")))
        .isEqualTo(ALLOW);
    assertThat(of(allow("a", "ports: [\"81\"], methods: [GET]"))).isEqualTo(DENY);
  }

  @Test
  void listsOfAClaimPassSeveralQuestionsAtOnce() {
    String both =
        "{key: \"request.auth.claims[g]\", values: [a]}, {key: \"request.auth.claims[g]\", values: [b]}";
    assertThat(of(allowWhen("a", both))).isEqualTo(DEPENDS);
    // The issuer is one text, so it cannot be two.
    assertThat(of(allowWhen("a", both.replace("[g]", "[iss]")))).isEqualTo(DENY);
    // A claim with claims inside is no text.
    assertThat(
            of(
                allowWhen(
                    "a",
                    "{key: \"request.auth.claims[g]\", values: [a]}, {key: \"request.auth.claims[g][h]\", values: [b]}")))
        .isEqualTo(DENY);
    // Headers have one value.
    assertThat(
            of(
                allowWhen(
                    "a",
                    "{key: \"request.headers[g]\", values: [a]}, {key: \"request.headers[G]\", values: [b]}")))
        .isEqualTo(DENY);
  }

  @Test
  void forwardedAddressesBetweenBlocks() {
    String in =
        authorization(
            "a",
            "rules: [{from: [{source: {remoteIpBlocks: [10.0.0.0/8], notRemoteIpBlocks: [%s]}}]}]");
    assertThat(of(in.formatted("10.0.0.0/9, 10.128.0.0/9"))).isEqualTo(DENY);
    assertThat(of(in.formatted("10.0.0.0/9, 10.128.0.0/10"))).isEqualTo(DEPENDS);
    assertThat(
            of(
                in.formatted("10.0.0.0/8")
                    .replace("[10.0.0.0/8], not", "[0.0.0.0/0, \"::/0\"], not")))
        .isEqualTo(DEPENDS);
    assertThat(
            of(
                authorization(
                    "a", "rules: [{from: [{source: {remoteIpBlocks: [0.0.0.0/0, \"::/0\"]}}]}]")))
        .isEqualTo(ALLOW);
  }

  @Test
  void anAuthorizerIsAnOutcomeOnlyWhereItMatters() {
    String mesh =
        AuthorizationPolicyTest.mesh(
            "extensionProviders: [{name: ext, envoyExtAuthzGrpc: {service: e, port: 1}}]");
    String custom =
        authorization(
            "c", "action: CUSTOM, provider: {name: ext}, rules: [{to: [{operation: {%s}}]}]");
    assertThat(of(mesh, custom.formatted("methods: [\"*\"]"))).isEqualTo(CUSTOM);
    assertThat(of(mesh, custom.formatted("methods: [GET]"))).isEqualTo(DEPENDS);
    assertThat(of(mesh, custom.formatted("methods: [GET]"), deny("d", "methods: [GET]")))
        .isEqualTo(DEPENDS);
    assertThat(of(mesh, custom.formatted("methods: [GET]"), authorization("n", "")))
        .isEqualTo(DENY);
  }
}
