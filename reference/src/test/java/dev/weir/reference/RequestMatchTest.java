package dev.weir.reference;

import static dev.weir.reference.AuthorizationPolicyTest.mesh;
import static dev.weir.reference.Decision.Verdict.ALLOW;
import static dev.weir.reference.Decision.Verdict.DENY;
import static dev.weir.reference.World.authorization;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.reference.Decision.Verdict;
import org.junit.jupiter.api.Test;

/** Sources: as for {@link AuthorizationPolicyTest}; here what policies ask of a request. */
class RequestMatchTest {
  private static final String GET = "method: GET, host: web.shop, path: /";

  private static World world() {
    return new World()
        .pod("shop/web", "app=web", "10.0.0.1,fd00::1", "http:80,tcp-raw:81,:82")
        .pod("shop/client", "app=client", "10.0.0.2,fd00::2", "")
        .pod("lab/tool", "app=web", "10.0.1.1", "http:80");
  }

  private static Verdict toWeb(String policy, String request) {
    return world().with(policy).http("shop/client", "shop/web", 80, request);
  }

  private static String allow(String rule) {
    return authorization("a", "rules: [" + rule + "]");
  }

  private static String allowOperation(String operation) {
    return allow("{to: [{operation: {" + operation + "}}]}");
  }

  private static String allowWhen(String key, String values) {
    return allow("{when: [{key: \"" + key + "\", " + values + "}]}");
  }

  // "Exact, prefix, suffix and presence match"; methods with their case.
  @Test
  void stringsMatchExactlyByPrefixSuffixAndPresence() {
    assertThat(toWeb(allowOperation("paths: [/a]"), "method: GET, path: /a")).isEqualTo(ALLOW);
    assertThat(toWeb(allowOperation("paths: [/a]"), "method: GET, path: /a/")).isEqualTo(DENY);
    assertThat(toWeb(allowOperation("paths: [/a*]"), "method: GET, path: /a")).isEqualTo(ALLOW);
    assertThat(toWeb(allowOperation("paths: [/a*]"), "method: GET, path: /abc")).isEqualTo(ALLOW);
    assertThat(toWeb(allowOperation("paths: [\"*/a\"]"), "method: GET, path: /x/a"))
        .isEqualTo(ALLOW);
    assertThat(toWeb(allowOperation("paths: [\"*/a\"]"), "method: GET, path: /x/ab"))
        .isEqualTo(DENY);
    assertThat(toWeb(allowOperation("methods: [\"*\"]"), "method: PATCH, path: /"))
        .isEqualTo(ALLOW);
    assertThat(toWeb(allowOperation("methods: [get]"), GET)).isEqualTo(DENY);
    assertThat(toWeb(allowOperation("paths: [/A]"), "method: GET, path: /a")).isEqualTo(DENY);
    // "Fields in the operation are ANDed together."
    assertThat(
            toWeb(
                allowOperation("methods: [GET], notPaths: [/admin*]"),
                "method: GET, path: /admin/x"))
        .isEqualTo(DENY);
    assertThat(toWeb(allowOperation("methods: [GET], notPaths: [/admin*]"), GET)).isEqualTo(ALLOW);
  }

  // "Istio will normalize …" and "will remove anything after the question mark".
  @Test
  void pathsAreNormalisedBeforeTheyAreMatched() {
    String deny =
        authorization("d", "action: DENY, rules: [{to: [{operation: {paths: [/admin]}}]}]");
    for (String path :
        new String[] {
          "/admin?x=/", "/x/../admin", "/./admin", "/%61dmin", "/x/%2e%2e/admin", "\\\\admin"
        }) {
      assertThat(toWeb(deny, "method: GET, path: \"" + path + "\"")).as(path).isEqualTo(DENY);
    }
    for (String path : new String[] {"//admin", "/%2Fadmin", "/admin/", "/ADMIN", "/admin/."}) {
      assertThat(toWeb(deny, "method: GET, path: \"" + path + "\"")).as(path).isEqualTo(ALLOW);
    }
    World merging =
        world()
            .with(mesh("pathNormalization: {normalization: DECODE_AND_MERGE_SLASHES}"))
            .with(deny);
    assertThat(merging.http("shop/client", "shop/web", 80, "method: GET, path: /%2Fadmin"))
        .isEqualTo(DENY);
    World none = world().with(mesh("pathNormalization: {normalization: NONE}")).with(deny);
    assertThat(none.http("shop/client", "shop/web", 80, "method: GET, path: /%61dmin"))
        .isEqualTo(ALLOW);
  }

  // Where the page is silent, Envoy 1.40 with normalize_path says.
  @Test
  void pathsAsEnvoyNormalisesThem() {
    String[][] paths = {
      {"/a/../b", "/b"},
      {"/%2e%2e/x", "/x"},
      {"/a//../b", "/a/b"},
      {"/a/.", "/a/"},
      {"/a/..", "/"},
      {"/..", "/"},
      {"/../a", "/a"},
      {"/a%2", "/a%2"},
      {"/a%zz", "/a%zz"},
      {"/a;b/..", "/"},
      {"/a/...", "/a/..."},
      {"/a/.b/..c", "/a/.b/..c"},
      {"/%c3%a9", "/%c3%a9"},
      {"/a/.%2e/b", "/b"},
      {"/a\\..\\b", "/b"},
      {"/a%3fb", "/a%3fb"},
      {"/%25%36%31", "/%2561"},
      {"/{x}", "/%7Bx%7D"},
      {"/a\"b", "/a%22b"},
      {"/[x]", "/[x]"},
      {"/%5Ca", "/%5Ca"},
      {"/a?x=/../b", "/a"}
    };
    for (String[] path : paths) {
      assertThat(Paths.matched(path[0], Paths.Normalization.BASE)).as(path[0]).isEqualTo(path[1]);
    }
    for (String segment : new String[] {"x=y", "x*", "a;b,c", "%2F", "@:"}) {
      assertThat(Glob.template("/bar/{*}").matches("/bar/" + segment)).as(segment).isTrue();
    }
    assertThat(Glob.template("/bar/{*}").matches("/bar/[x]")).isFalse();
  }

  // The reference's list of path templates. (Its "/foo/bar/baz.txt" for "/foo/{**}/" lacks the
  // slash at the end; Envoy's URI template asks for it.)
  @Test
  void pathTemplates() {
    assertThat(toWeb(allowOperation("paths: [\"/foo/{*}\"]"), "method: GET, path: /foo/bar"))
        .isEqualTo(ALLOW);
    assertThat(toWeb(allowOperation("paths: [\"/foo/{*}\"]"), "method: GET, path: /foo/bar/baz"))
        .isEqualTo(DENY);
    assertThat(toWeb(allowOperation("paths: [\"/foo/{*}\"]"), "method: GET, path: /foo/"))
        .isEqualTo(DENY);
    assertThat(toWeb(allowOperation("paths: [\"/foo/{**}/\"]"), "method: GET, path: /foo/bar/"))
        .isEqualTo(ALLOW);
    assertThat(
            toWeb(
                allowOperation("paths: [\"/foo/{**}/\"]"), "method: GET, path: /foo/bar/baz.txt/"))
        .isEqualTo(ALLOW);
    assertThat(toWeb(allowOperation("paths: [\"/foo/{**}/\"]"), "method: GET, path: /foo//"))
        .isEqualTo(ALLOW);
    assertThat(toWeb(allowOperation("paths: [\"/foo/{**}/\"]"), "method: GET, path: /foo/bar"))
        .isEqualTo(DENY);
    for (String path : new String[] {"/foo/buzz/bar/", "/foo/buzz/bar/baz"}) {
      assertThat(
              toWeb(allowOperation("paths: [\"/foo/{*}/bar/{**}\"]"), "method: GET, path: " + path))
          .isEqualTo(ALLOW);
    }
  }

  // "The match is case-insensitive"; the best practices page: the port is part of the host.
  @Test
  void hostsHaveNoCaseButTheirPort() {
    assertThat(
            toWeb(
                allowOperation("hosts: [Example.com]"), "method: GET, path: /, host: eXample.COM"))
        .isEqualTo(ALLOW);
    assertThat(
            toWeb(
                allowOperation("hosts: [example.com]"),
                "method: GET, path: /, host: \"example.com:80\""))
        .isEqualTo(DENY);
    assertThat(
            toWeb(
                allowOperation("hosts: [\"example.com:*\"]"),
                "method: GET, path: /, host: \"example.com:80\""))
        .isEqualTo(ALLOW);
    assertThat(
            toWeb(
                allowOperation("hosts: [\"*.example.com\"]"),
                "method: GET, path: /, host: a.example.com"))
        .isEqualTo(ALLOW);
    assertThat(
            toWeb(
                allowOperation("hosts: [\"*.example.com\"]"),
                "method: GET, path: /, host: example.com"))
        .isEqualTo(DENY);
  }

  // Normalisation page: "will compare the header name with a case-insensitive approach".
  @Test
  void headersByNameWithoutCaseAndValueWithCase() {
    String policy = allowWhen("request.headers[X-Tier]", "values: [Gold*]");
    assertThat(toWeb(policy, GET + ", headers: {x-tier: Golden}")).isEqualTo(ALLOW);
    assertThat(toWeb(policy, GET + ", headers: {X-TIER: golden}")).isEqualTo(DENY);
    assertThat(toWeb(policy, GET)).isEqualTo(DENY);
    String not = allowWhen("request.headers[x-tier]", "notValues: [gold]");
    assertThat(toWeb(not, GET)).isEqualTo(ALLOW);
    assertThat(toWeb(not, GET + ", headers: {x-tier: gold}")).isEqualTo(DENY);
    // A header's presence does not ask for a value; "*" elsewhere does.
    String present = allowWhen("request.headers[x-tier]", "values: [\"*\"]");
    assertThat(toWeb(present, GET + ", headers: {x-tier: \"\"}")).isEqualTo(ALLOW);
    assertThat(toWeb(present, GET)).isEqualTo(DENY);
  }

  // The task "Authorization with JWT": claims of strings and of lists of strings, nested by
  // brackets.
  @Test
  void claims() {
    String groups = allowWhen("request.auth.claims[groups]", "values: [group1]");
    assertThat(toWeb(groups, GET + ", jwt: {groups: [group2, group1]}")).isEqualTo(ALLOW);
    assertThat(toWeb(groups, GET + ", jwt: {groups: group1}")).isEqualTo(ALLOW);
    assertThat(toWeb(groups, GET + ", jwt: {groups: [group2]}")).isEqualTo(DENY);
    assertThat(toWeb(groups, GET)).isEqualTo(DENY);
    String nested = allowWhen("request.auth.claims[nested][key]", "values: [v*]");
    assertThat(toWeb(nested, GET + ", jwt: {nested: {key: value}}")).isEqualTo(ALLOW);
    assertThat(toWeb(nested, GET + ", jwt: {nested: value}")).isEqualTo(DENY);
    String number = allowWhen("request.auth.claims[level]", "values: [\"7\"]");
    assertThat(toWeb(number, GET + ", jwt: {level: 7}")).isEqualTo(DENY);
    assertThat(toWeb(number, GET + ", jwt: {level: \"7\"}")).isEqualTo(ALLOW);
    String not = allowWhen("request.auth.claims[groups]", "notValues: [group1]");
    assertThat(toWeb(not, GET)).isEqualTo(ALLOW);
    assertThat(toWeb(not, GET + ", jwt: {groups: [a, group1]}")).isEqualTo(DENY);
    // RequestAuthentication, spaceDelimitedClaims: scope and permission are by default.
    String scope = allowWhen("request.auth.claims[scope]", "values: [read]");
    assertThat(toWeb(scope, GET + ", jwt: {scope: \"write read\"}")).isEqualTo(ALLOW);
  }

  // "The request identity is in the format of <ISS>/<SUB>", as in "example.com/sub-1".
  @Test
  void requestPrincipals() {
    String jwt = GET + ", jwt: {iss: \"https://a.test/x\", sub: sub-1}";
    for (String value :
        new String[] {
          "https://a.test/x/sub-1",
          "*",
          "https://a.test/x/*",
          "*/sub-1",
          "https://a.test/x/sub*",
          "*test/x/sub-1"
        }) {
      assertThat(toWeb(allow("{from: [{source: {requestPrincipals: [\"" + value + "\"]}}]}"), jwt))
          .as(value)
          .isEqualTo(ALLOW);
      assertThat(toWeb(allow("{from: [{source: {requestPrincipals: [\"" + value + "\"]}}]}"), GET))
          .as(value)
          .isEqualTo(DENY);
    }
    for (String value :
        new String[] {"https://a.test/x/sub-2", "https://b.test/x/sub-1", "https://a.test/x"}) {
      assertThat(toWeb(allowWhen("request.auth.principal", "values: [\"" + value + "\"]"), jwt))
          .as(value)
          .isEqualTo(DENY);
    }
    String none = allow("{from: [{source: {notRequestPrincipals: [\"*\"]}}]}");
    assertThat(toWeb(none, GET)).isEqualTo(ALLOW);
    assertThat(toWeb(none, jwt)).isEqualTo(DENY);
    assertThat(
            toWeb(
                allowWhen("request.auth.audiences", "values: [me]"),
                GET + ", jwt: {aud: [you, me]}"))
        .isEqualTo(ALLOW);
    assertThat(toWeb(allowWhen("request.auth.presenter", "values: [me]"), GET + ", jwt: {azp: me}"))
        .isEqualTo(ALLOW);
  }
}
