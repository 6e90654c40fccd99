package dev.weir.reference;

import static dev.weir.reference.Decision.Verdict.ALLOW;
import static dev.weir.reference.Decision.Verdict.CUSTOM;
import static dev.weir.reference.Decision.Verdict.DENY;
import static dev.weir.reference.Decision.Verdict.DEPENDS;
import static dev.weir.reference.World.authorization;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Sources: Istio's task "Authorization for TCP traffic" and its page on protocol selection. */
class TcpPortTest {
  private static World world() {
    return new World()
        .pod("shop/echo", "app=echo", "10.0.0.1", "tcp:9000,tcp-other:9001,grpc-api:9002,:9003")
        .pod("shop/client", "", "10.0.0.2", "");
  }

  private static String allow(String rule) {
    return authorization("a", "rules: [" + rule + "]");
  }

  // The task's third step: with "methods: [GET]" beside "ports: [9000]" in an ALLOW policy,
  // "requests
  // to port 9000 are denied. This occurs because the rule becomes invalid when it uses HTTP-only
  // fields for TCP traffic."
  @Test
  void anAllowRuleWithAnyRequestFieldGoesWhole() {
    World world = world().with(allow("{to: [{operation: {methods: [GET], ports: [\"9000\"]}}]}"));
    assertThat(world.tcp("shop/client", "shop/echo", 9000)).isEqualTo(DENY);
    // Whole: the other operation and the other source count no more either.
    World two =
        world()
            .with(allow("{to: [{operation: {methods: [GET]}}, {operation: {ports: [\"9000\"]}}]}"));
    assertThat(two.tcp("shop/client", "shop/echo", 9000)).isEqualTo(DENY);
    World source =
        world()
            .with(
                allow(
                    "{from: [{source: {namespaces: [shop]}}, {source: {requestPrincipals: [x/y]}}]}"));
    assertThat(source.tcp("shop/client", "shop/echo", 9000)).isEqualTo(DENY);
    World when = world().with(allow("{when: [{key: \"request.headers[x]\", notValues: [a]}]}"));
    assertThat(when.tcp("shop/client", "shop/echo", 9000)).isEqualTo(DENY);
    World ports = world().with(allow("{to: [{operation: {ports: [\"9000\", \"9001\"]}}]}"));
    assertThat(ports.tcp("shop/client", "shop/echo", 9000)).isEqualTo(ALLOW);
    assertThat(ports.tcp("shop/client", "shop/echo", 9002)).isEqualTo(DENY);
  }

  // The task's last step: a DENY policy with "methods: [GET]" and "ports: [9000]": "requests to
  // port
  // 9000 is denied … even though HTTP-only fields are used".
  @Test
  void aDenyRuleLosesItsRequestFields() {
    World world =
        world()
            .with(
                authorization(
                    "d",
                    "action: DENY, rules: [{to: [{operation: {methods: [GET], ports: [\"9000\"]}}]}]"));
    assertThat(world.tcp("shop/client", "shop/echo", 9000)).isEqualTo(DENY);
    assertThat(world.tcp("shop/client", "shop/echo", 9001)).isEqualTo(ALLOW);
    // The reference: "If we were to remove the ports match, all TCP traffic would be denied."
    World all =
        world()
            .with(
                authorization("d", "action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]"));
    assertThat(all.tcp("shop/client", "shop/echo", 9001)).isEqualTo(DENY);
    assertThat(all.http("shop/client", "shop/echo", 9002, "method: PUT, path: /")).isEqualTo(ALLOW);
    // What is left of the rule still counts.
    World from =
        world()
            .with(
                authorization(
                    "d",
                    "action: DENY, rules: [{from: [{source: {namespaces: [lab]}}], to: [{operation: {paths: [/x]}}]}]"));
    assertThat(from.tcp("shop/client", "shop/echo", 9000)).isEqualTo(ALLOW);
    World not =
        world()
            .with(
                authorization(
                    "d", "action: DENY, rules: [{to: [{operation: {notMethods: [GET]}}]}]"));
    assertThat(not.tcp("shop/client", "shop/echo", 9000)).isEqualTo(DENY);
  }

  @Test
  void aCustomRuleLosesItsRequestFieldsToo() {
    World world =
        world()
            .with(
                AuthorizationPolicyTest.mesh(
                    "extensionProviders: [{name: ext, envoyExtAuthzGrpc: {service: e, port: 1}}]"))
            .with(
                authorization(
                    "c",
                    "action: CUSTOM, provider: {name: ext}, rules: [{to: [{operation: {paths: [/x], ports: [\"9000\"]}}]}]"));
    assertThat(world.tcp("shop/client", "shop/echo", 9000)).isEqualTo(CUSTOM);
    assertThat(world.tcp("shop/client", "shop/echo", 9001)).isEqualTo(ALLOW);
  }

  // "If the protocol cannot automatically be determined, traffic will be treated as plain TCP."
  @Test
  void anUnnamedPortIsDetected() {
    World allow = world().with(allow("{to: [{operation: {methods: [GET]}}]}"));
    assertThat(allow.http("shop/client", "shop/echo", 9003, "method: GET, path: /"))
        .isEqualTo(ALLOW);
    assertThat(allow.tcp("shop/client", "shop/echo", 9003)).isEqualTo(DEPENDS);
    // HTTP or not, nothing else than allow comes out.
    World any = world().with(allow("{}"));
    assertThat(any.tcp("shop/client", "shop/echo", 9003)).isEqualTo(ALLOW);
    // Denied as HTTP by one rule and as TCP by the other.
    World both =
        world()
            .with(
                authorization(
                    "d",
                    "action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}, {to: [{operation: {notMethods: [GET]}}]}]"));
    assertThat(both.tcp("shop/client", "shop/echo", 9003)).isEqualTo(DENY);
    // TLS hides its requests.
    assertThat(allow.http("shop/client", "shop/echo", 9003, "sni: a.test")).isEqualTo(DENY);
  }

  // "By the name of the port … or by the appProtocol field."
  @Test
  void aServiceSaysWhatItsPortCarries() {
    World world = world().with(allow("{to: [{operation: {methods: [GET]}}]}"));
    String service =
        "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: shop}\nspec: {selector: {app: echo}, ports: [{port: 80, %s}]}\n";
    String get = "method: GET, path: /";
    assertThat(world.http("shop/client", "shop/echo", 9000, get)).isEqualTo(DENY);
    assertThat(
            with(world(), service.formatted("targetPort: tcp, name: http-web"))
                .http("shop/client", "shop/echo", 9000, get))
        .isEqualTo(ALLOW);
    assertThat(
            with(
                    world(),
                    service.formatted("targetPort: 9000, name: tcp-web, appProtocol: grpc-web"))
                .http("shop/client", "shop/echo", 9000, get))
        .isEqualTo(ALLOW);
    assertThat(
            with(world(), service.formatted("targetPort: 9002, name: http, appProtocol: tls"))
                .http("shop/client", "shop/echo", 9002, get))
        .isEqualTo(DENY);
    assertThat(
            with(world(), service.formatted("targetPort: 9002, appProtocol: kubernetes.io/wss"))
                .http("shop/client", "shop/echo", 9002, get))
        .isEqualTo(DENY);
    assertThat(
            with(world(), service.formatted("targetPort: 9003, appProtocol: kubernetes.io/h2c"))
                .tcp("shop/client", "shop/echo", 9003))
        .isEqualTo(DEPENDS);
    // A service that names nothing leaves it to the container's port.
    assertThat(
            with(world(), service.formatted("targetPort: 9002"))
                .http("shop/client", "shop/echo", 9002, get))
        .isEqualTo(ALLOW);
  }

  private static World with(World world, String service) {
    return world.with(allow("{to: [{operation: {methods: [GET]}}]}")).with(service);
  }

  // Conditions page: remote.ip and connection.sni are of TCP as well.
  @Test
  void addressesAndServerNamesCountWithoutHttp() {
    World remote = world().with(allow("{from: [{source: {remoteIpBlocks: [10.0.0.2]}}]}"));
    assertThat(remote.tcp("shop/client", "shop/echo", 9000)).isEqualTo(ALLOW);
    World sni = world().with(allow("{when: [{key: connection.sni, values: [\"*.test\"]}]}"));
    assertThat(sni.tcp("shop/client", "shop/echo", 9000)).isEqualTo(DEPENDS);
    assertThat(sni.http("shop/client", "shop/echo", 9000, "sni: a.test")).isEqualTo(ALLOW);
    assertThat(sni.http("shop/client", "shop/echo", 9000, "")).isEqualTo(DENY);
  }
}
