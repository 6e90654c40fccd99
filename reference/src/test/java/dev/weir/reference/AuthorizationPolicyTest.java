package dev.weir.reference;

import static dev.weir.reference.Decision.Verdict.ALLOW;
import static dev.weir.reference.Decision.Verdict.CUSTOM;
import static dev.weir.reference.Decision.Verdict.DENY;
import static dev.weir.reference.World.authorization;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.reference.Decision.Verdict;
import org.junit.jupiter.api.Test;

/** Sources: Istio's reference of AuthorizationPolicy, its conditions and normalisation pages. */
class AuthorizationPolicyTest {
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

  private static String allowWhen(String key, String values) {
    return allow("{when: [{key: \"" + key + "\", " + values + "}]}");
  }

  // The reference's first example, httpbin in foo.
  @Test
  void theExampleOfTheReference() {
    World world =
        new World()
            .pod("foo/httpbin", "", "10.0.0.1", "http:80")
            .pod("default/sleep", "", "10.0.0.2", "")
            .pod("default/other", "", "10.0.0.3", "")
            .pod("test/any", "", "10.0.0.4", "")
            .with(
                """
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata: {name: httpbin, namespace: foo}
                spec:
                  action: ALLOW
                  rules:
                  - from:
                    - source: {principals: [cluster.local/ns/default/sa/sleep]}
                    - source: {namespaces: [test]}
                    to:
                    - operation: {methods: [GET], paths: ["/info*"]}
                    - operation: {methods: [POST], paths: [/data]}
                    when:
                    - {key: "request.auth.claims[iss]", values: ["https://accounts.google.com"]}
                """);
    String jwt = ", jwt: {iss: \"https://accounts.google.com\"}";
    String info = "method: GET, path: /info/1" + jwt;
    assertThat(world.http("default/sleep", "foo/httpbin", 80, info)).isEqualTo(ALLOW);
    assertThat(world.http("test/any", "foo/httpbin", 80, info)).isEqualTo(ALLOW);
    assertThat(world.http("default/other", "foo/httpbin", 80, info)).isEqualTo(DENY);
    assertThat(world.http("test/any", "foo/httpbin", 80, "method: POST, path: /data" + jwt))
        .isEqualTo(ALLOW);
    assertThat(world.http("test/any", "foo/httpbin", 80, "method: POST, path: /info" + jwt))
        .isEqualTo(DENY);
    assertThat(world.http("test/any", "foo/httpbin", 80, "method: GET, path: /info"))
        .isEqualTo(DENY);
  }

  // The reference's second example: "denies requests from the dev namespace to the POST method".
  @Test
  void aDenialByNamespaceAndMethod() {
    World world =
        new World()
            .pod("foo/a", "", "10.0.0.1", "http:80")
            .pod("dev/b", "", "10.0.0.2", "")
            .pod("prod/c", "", "10.0.0.3", "")
            .with(
                authorization(
                        "p",
                        "action: DENY, rules: [{from: [{source: {namespaces: [dev]}}], to: [{operation: {methods: [POST]}}]}]")
                    .replace("namespace: shop", "namespace: foo"));
    assertThat(world.http("dev/b", "foo/a", 80, "method: POST, path: /")).isEqualTo(DENY);
    assertThat(world.http("dev/b", "foo/a", 80, "method: GET, path: /")).isEqualTo(ALLOW);
    assertThat(world.http("prod/c", "foo/a", 80, "method: POST, path: /")).isEqualTo(ALLOW);
  }

  // "allow-nothing", "allow-all", and "an empty rule is always matched".
  @Test
  void aPolicyWithoutRulesAllowsNothingAndAnEmptyRuleAll() {
    assertThat(toWeb(authorization("allow-nothing", ""), GET)).isEqualTo(DENY);
    assertThat(toWeb(authorization("allow-nothing", "rules: []"), GET)).isEqualTo(DENY);
    assertThat(toWeb(authorization("allow-all", "rules: [{}]"), GET)).isEqualTo(ALLOW);
    assertThat(toWeb(authorization("p", "action: DENY, rules: [{}]"), GET)).isEqualTo(DENY);
    assertThat(toWeb(authorization("p", "action: DENY"), GET)).isEqualTo(ALLOW);
  }

  // "The selector will match with workloads in the same namespace"; "if the policy is in the root
  // namespace, the selector will additionally match with workloads in all namespaces".
  @Test
  void namespaceSelectorAndRootNamespaceChoose() {
    String web = authorization("p", "selector: {matchLabels: {app: web}}");
    assertThat(world().with(web).tcp("lab/tool", "shop/web", 80)).isEqualTo(DENY);
    assertThat(world().with(web).tcp("shop/web", "shop/client", 80)).isEqualTo(ALLOW);
    assertThat(world().with(web).tcp("shop/web", "lab/tool", 80)).isEqualTo(ALLOW);
    String root = web.replace("namespace: shop", "namespace: istio-system");
    assertThat(world().with(root).tcp("shop/web", "lab/tool", 80)).isEqualTo(DENY);
    assertThat(world().with(root).tcp("shop/web", "shop/client", 80)).isEqualTo(ALLOW);
    String mesh = mesh("rootNamespace: lab");
    assertThat(world().with(mesh).with(root).tcp("shop/web", "lab/tool", 80)).isEqualTo(ALLOW);
    assertThat(
            world()
                .with(mesh)
                .with(web.replace("namespace: shop", "namespace: lab"))
                .tcp("lab/tool", "shop/web", 80))
        .isEqualTo(DENY);
  }

  // "When CUSTOM, DENY and ALLOW actions are used for a workload at the same time, the CUSTOM
  // action
  // is evaluated first, then the DENY action, and finally the ALLOW action."
  @Test
  void customThenDenyThenAllow() {
    String mesh =
        mesh(
            "extensionProviders: [{name: ext, envoyExtAuthzHttp: {service: ext.lab.svc.cluster.local, port: 8000}}]");
    String custom =
        authorization(
            "c",
            "action: CUSTOM, provider: {name: ext}, rules: [{to: [{operation: {paths: [/admin/*]}}]}]");
    String deny =
        authorization("d", "action: DENY, rules: [{to: [{operation: {methods: [DELETE]}}]}]");
    String allow = authorization("a", "rules: [{to: [{operation: {methods: [GET, DELETE]}}]}]");
    World world = world().with(mesh).with(custom).with(deny).with(allow);
    assertThat(world.http("shop/client", "shop/web", 80, "method: GET, path: /admin/1"))
        .isEqualTo(CUSTOM);
    assertThat(world.http("shop/client", "shop/web", 80, "method: GET, path: /")).isEqualTo(ALLOW);
    // The extension "cannot bypass the authorization decision made by ALLOW and DENY action".
    assertThat(world.http("shop/client", "shop/web", 80, "method: DELETE, path: /admin/1"))
        .isEqualTo(DENY);
    assertThat(world.http("shop/client", "shop/web", 80, "method: PUT, path: /admin/1"))
        .isEqualTo(DENY);
  }

  // Istio denies what the rules of a CUSTOM policy match when it cannot reach its provider, and
  // when
  // a workload has more than one ("currently at most 1 extension provider is allowed per
  // workload").
  @Test
  void aMissingProviderDeniesWhereItsRuleMatches() {
    String custom =
        authorization(
            "c",
            "action: CUSTOM, provider: {name: ext}, rules: [{to: [{operation: {paths: [/admin/*]}}]}]");
    assertThat(toWeb(custom, "method: GET, path: /admin/1")).isEqualTo(DENY);
    assertThat(toWeb(custom, "method: GET, path: /")).isEqualTo(ALLOW);
    String tracing = mesh("extensionProviders: [{name: ext, zipkin: {service: z, port: 1}}]");
    assertThat(
            world()
                .with(tracing)
                .with(custom)
                .http("shop/client", "shop/web", 80, "method: GET, path: /admin/1"))
        .isEqualTo(DENY);
    String two =
        mesh(
            "extensionProviders: [{name: ext, envoyExtAuthzGrpc: {service: z, port: 1}}, {name: other, envoyExtAuthzGrpc: {service: z, port: 1}}]");
    String other =
        authorization(
            "o",
            "action: CUSTOM, provider: {name: other}, rules: [{to: [{operation: {paths: [/x]}}]}]");
    assertThat(
            world()
                .with(two)
                .with(custom)
                .http("shop/client", "shop/web", 80, "method: GET, path: /admin/1"))
        .isEqualTo(CUSTOM);
    assertThat(
            world()
                .with(two)
                .with(custom)
                .with(other)
                .http("shop/client", "shop/web", 80, "method: GET, path: /admin/1"))
        .isEqualTo(DENY);
  }

  // "AUDIT policies do not affect whether requests are allowed or denied"; dry-run policies
  // neither.
  @Test
  void auditAndDryRunCloseNothing() {
    assertThat(toWeb(authorization("p", "action: AUDIT, rules: [{}]"), GET)).isEqualTo(ALLOW);
    String dryRun =
        authorization("p", "")
            .replace("{name: p,", "{name: p, annotations: {istio.io/dry-run: \"true\"},");
    assertThat(toWeb(dryRun, GET)).isEqualTo(ALLOW);
    assertThat(toWeb(dryRun.replace("\"true\"", "\"false\""), GET)).isEqualTo(DENY);
  }

  // "Populated from the source address of the IP packet" against "from X-Forwarded-For".
  @Test
  void thePeersAddressAndTheForwardedClients() {
    String peer = allow("{from: [{source: {ipBlocks: [10.0.0.0/24]}}]}");
    String client = allow("{from: [{source: {remoteIpBlocks: [203.0.113.4]}}]}");
    String forwarded = GET + ", remoteIp: 203.0.113.4";
    assertThat(toWeb(peer, forwarded)).isEqualTo(ALLOW);
    assertThat(toWeb(client, forwarded)).isEqualTo(ALLOW);
    assertThat(toWeb(client, GET)).isEqualTo(DENY);
    assertThat(toWeb(allow("{from: [{source: {remoteIpBlocks: [10.0.0.2]}}]}"), GET))
        .isEqualTo(ALLOW);
    // An address of the other family is in no block, so the negative form takes it.
    World world = world().with(allow("{from: [{source: {notIpBlocks: [10.0.0.0/8]}}]}"));
    assertThat(world.http("fd00::9", "shop/web", 80, GET)).isEqualTo(ALLOW);
    assertThat(world.http("10.9.9.9", "shop/web", 80, GET)).isEqualTo(DENY);
  }

  // Every negative field holds for a peer without identity; no positive one does.
  @Test
  void peersWithoutIdentity() {
    for (String field :
        new String[] {
          "notPrincipals: [\"*\"]",
          "notNamespaces: [shop]",
          "notServiceAccounts: [shop/client]",
          "notTrustDomains: [cluster.local]"
        }) {
      World world = world().with(allow("{from: [{source: {" + field + "}}]}"));
      assertThat(world.http("192.0.2.1", "shop/web", 80, GET)).as(field).isEqualTo(ALLOW);
      assertThat(world.http("shop/client", "shop/web", 80, GET)).as(field).isEqualTo(DENY);
    }
    for (String field :
        new String[] {
          "principals: [\"*\"]",
          "namespaces: [\"*\"]",
          "serviceAccounts: [client]",
          "trustDomains: [\"*\"]"
        }) {
      World world = world().with(allow("{from: [{source: {" + field + "}}]}"));
      assertThat(world.http("192.0.2.1", "shop/web", 80, GET)).as(field).isEqualTo(DENY);
      assertThat(world.http("shop/client", "shop/web", 80, GET)).as(field).isEqualTo(ALLOW);
      assertThat(world.httpAs("cluster.local/ns/shop/sa/client", "192.0.2.1", "shop/web", 80, GET))
          .as(field)
          .isEqualTo(ALLOW);
    }
  }

  // Task "Trust Domain Migration": aliases are the same, and cluster.local points to one's own.
  @Test
  void trustDomainsAndTheirAliases() {
    String mesh = mesh("trustDomain: new-td, trustDomainAliases: [old-td]");
    for (String value :
        new String[] {
          "new-td/ns/shop/sa/client",
          "old-td/ns/shop/sa/client",
          "cluster.local/ns/shop/sa/client",
          "*/ns/shop/sa/client",
          "*-td/ns/shop/sa/client"
        }) {
      World world =
          world().with(mesh).with(allow("{from: [{source: {principals: [\"" + value + "\"]}}]}"));
      assertThat(world.http("shop/client", "shop/web", 80, GET)).as(value).isEqualTo(ALLOW);
      assertThat(world.httpAs("old-td/ns/shop/sa/client", "192.0.2.1", "shop/web", 80, GET))
          .as(value)
          .isEqualTo(ALLOW);
    }
    World world =
        world()
            .with(mesh)
            .with(allow("{from: [{source: {principals: [\"third/ns/shop/sa/client\"]}}]}"));
    assertThat(world.http("shop/client", "shop/web", 80, GET)).isEqualTo(DENY);
    assertThat(world.httpAs("third/ns/shop/sa/client", "192.0.2.1", "shop/web", 80, GET))
        .isEqualTo(ALLOW);
  }

  @Test
  void conditionsOnAddressesPortAndServerName() {
    assertThat(toWeb(allowWhen("destination.port", "values: [\"80\"]"), GET)).isEqualTo(ALLOW);
    assertThat(toWeb(allowWhen("destination.port", "notValues: [\"80\"]"), GET)).isEqualTo(DENY);
    assertThat(toWeb(allowWhen("destination.ip", "values: [10.0.0.1]"), GET)).isEqualTo(ALLOW);
    assertThat(toWeb(allowWhen("source.ip", "values: [10.0.0.1]"), GET)).isEqualTo(DENY);
    assertThat(toWeb(allowWhen("source.principal", "values: [\"*/sa/client\"]"), GET))
        .isEqualTo(ALLOW);
    assertThat(toWeb(allowWhen("source.serviceAccount", "values: [client]"), GET)).isEqualTo(ALLOW);
    assertThat(toWeb(allowWhen("connection.sni", "values: [www.example.com]"), GET))
        .isEqualTo(DENY);
    assertThat(
            toWeb(
                allowWhen("connection.sni", "values: [www.example.com]"),
                GET + ", sni: www.example.com"))
        .isEqualTo(ALLOW);
  }

  // "Kind: Service …": the workloads behind it, "in the same namespace".
  @Test
  void aServiceAsTargetMeansTheWorkloadsBehindIt() {
    String service =
        "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, ports: [{port: 8080, targetPort: 80}]}\n";
    String policy = authorization("p", "targetRefs: [{kind: Service, group: \"\", name: web}]");
    assertThat(world().with(service).with(policy).tcp("lab/tool", "shop/web", 80)).isEqualTo(DENY);
    assertThat(world().with(service).with(policy).tcp("lab/tool", "shop/client", 80))
        .isEqualTo(ALLOW);
    assertThat(world().with(policy).tcp("lab/tool", "shop/web", 80)).isEqualTo(ALLOW);
  }

  @Test
  void onlyTcpIsJudged() {
    World world = world().with(authorization("allow-nothing", ""));
    assertThat(world.connect("shop/client", "shop/web", "UDP", 80)).isEqualTo(ALLOW);
    assertThat(world.connect("shop/client", "shop/web", "SCTP", 80)).isEqualTo(ALLOW);
    assertThat(world.tcp("shop/client", "192.0.2.1", 80)).isEqualTo(ALLOW);
  }

  static String mesh(String settings) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |-\n    {"
        + settings
        + "}\n";
  }
}
