package dev.weir.compiler.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is refused, with its code and exact path. */
class RefusalTest {

  private static Parsed read(String yaml) {
    return Manifest.read(yaml.getBytes(StandardCharsets.UTF_8), false);
  }

  private static String networkPolicy(String spec) {
    return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec: "
        + spec;
  }

  private static String authorization(String spec) {
    return "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p}\n"
        + "spec: "
        + spec;
  }

  private static String source(String source) {
    return authorization("{rules: [{from: [{source: {" + source + "}}]}]}");
  }

  private static String operation(String operation) {
    return authorization("{rules: [{to: [{operation: {" + operation + "}}]}]}");
  }

  private static String when(String condition) {
    return authorization("{rules: [{when: [{" + condition + "}]}]}");
  }

  private static String peer(String peer) {
    return networkPolicy("{podSelector: {}, ingress: [{from: [{" + peer + "}]}]}");
  }

  private static String port(String port) {
    return networkPolicy("{podSelector: {}, ingress: [{ports: [{" + port + "}]}]}");
  }

  private static String expression(String expression) {
    return networkPolicy("{podSelector: {matchExpressions: [{" + expression + "}]}}");
  }

  private static String pod(String spec, String status) {
    return "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {"
        + spec
        + "}\nstatus: {"
        + status
        + "}";
  }

  private static String podPort(String port) {
    return pod("containers: [{name: c, ports: [" + port + "]}]", "");
  }

  private static String named(String kind, String metadata) {
    return "apiVersion: v1\nkind: " + kind + "\nmetadata: {" + metadata + "}";
  }

  static List<Arguments> refusals() {
    List<Arguments> all = new ArrayList<>();
    String from = "spec.rules[0].from[0].source.";
    String to = "spec.rules[0].to[0].operation.";
    String peer = "spec.ingress[0].from[0]";
    String port = "spec.ingress[0].ports[0].";

    all.add(arguments("kind: Pod\nmetadata: {name: a}", "missing-field", "apiVersion"));
    all.add(arguments("apiVersion: v1\nmetadata: {name: a}", "missing-field", "kind"));
    all.add(arguments("apiVersion: v1\nkind: 7\nmetadata: {name: a}", "wrong-type", "kind"));
    all.add(arguments("apiVersion: v1\nkind: Widget", "unknown-kind", "kind"));
    all.add(arguments("apiVersion: v2\nkind: Pod", "unknown-version", "apiVersion"));
    all.add(
        arguments(
            "apiVersion: security.istio.io/v1beta1\nkind: AuthorizationPolicy",
            "unknown-version",
            "apiVersion"));
    all.add(arguments("apiVersion: v1\nkind: List", "missing-field", "items"));
    all.add(arguments("apiVersion: v1\nkind: List\nitems: {}", "wrong-type", "items"));
    all.add(arguments("apiVersion: v1\nkind: List\nitems: []\nx: 1", "unknown-field", "x"));
    all.add(arguments("just text", "wrong-type", ""));

    all.add(arguments(named("Namespace", ""), "missing-field", "metadata.name"));
    all.add(arguments(named("Namespace", "generateName: a"), "missing-field", "metadata.name"));
    all.add(arguments(named("Namespace", "name: a.b"), "bad-name", "metadata.name"));
    all.add(arguments(named("Namespace", "name: Shop"), "bad-name", "metadata.name"));
    all.add(arguments(named("Namespace", "name: -a"), "bad-name", "metadata.name"));
    all.add(arguments(named("Namespace", "name: " + "a".repeat(64)), "bad-name", "metadata.name"));
    all.add(arguments(named("ServiceAccount", "name: a..b"), "bad-name", "metadata.name"));
    all.add(arguments(named("ServiceAccount", "name: a_b"), "bad-name", "metadata.name"));
    all.add(
        arguments(
            named("ServiceAccount", "name: a, namespace: a.b"), "bad-name", "metadata.namespace"));
    all.add(
        arguments(
            named("Namespace", "name: a, namespace: b"), "forbidden-field", "metadata.namespace"));
    all.add(
        arguments(
            named("Namespace", "name: a, labels: {-x: y}"), "bad-label", "metadata.labels[-x]"));
    all.add(
        arguments(
            named("Namespace", "name: a, labels: {a/b/c: y}"),
            "bad-label",
            "metadata.labels[a/b/c]"));
    all.add(
        arguments(
            named("Namespace", "name: a, labels: {x: a b}"), "bad-label", "metadata.labels[x]"));
    all.add(
        arguments(
            named("Namespace", "name: a, labels: {x: " + "y".repeat(64) + "}"),
            "bad-label",
            "metadata.labels[x]"));
    all.add(
        arguments(
            named("Namespace", "name: a, annotations: {'': y}"),
            "bad-label",
            "metadata.annotations[]"));
    all.add(
        arguments(
            named("Namespace", "name: a, labels: {x: 1}"), "wrong-type", "metadata.labels[x]"));
    all.add(
        arguments(
            named("Namespace", "name: a, labels: {x: }"), "wrong-type", "metadata.labels[x]"));
    all.add(arguments(named("Namespace", "name: a, x: 1"), "unknown-field", "metadata.x"));

    all.add(
        arguments(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}",
            "missing-field",
            "spec"));
    all.add(arguments(networkPolicy("[]"), "wrong-type", "spec"));
    all.add(arguments(networkPolicy("{podSelector: all}"), "wrong-type", "spec.podSelector"));
    all.add(arguments(networkPolicy("{podSelector: }"), "null-value", "spec.podSelector"));
    all.add(
        arguments(
            networkPolicy("{podSelector: {}, ingress: [{from: }]}"),
            "null-value",
            "spec.ingress[0].from"));
    all.add(
        arguments(
            networkPolicy("{podSelector: {}, ingress: [null]}"), "wrong-type", "spec.ingress[0]"));
    all.add(
        arguments(networkPolicy("{podSelector: {}, ingress: {}}"), "wrong-type", "spec.ingress"));
    all.add(
        arguments(
            networkPolicy("{podSelector: {}, policyTypes: [ingress]}"),
            "bad-value",
            "spec.policyTypes[0]"));
    all.add(
        arguments(
            networkPolicy("{podSelector: {}, policyTypes: [Egress, Egress]}"),
            "duplicate-name",
            "spec.policyTypes[1]"));
    all.add(
        arguments(
            networkPolicy("{podSelector: {matchLabels: {a b: c}}}"),
            "bad-label",
            "spec.podSelector.matchLabels[a b]"));
    String expression = "spec.podSelector.matchExpressions[0].";
    all.add(arguments(expression("operator: Exists"), "missing-field", expression + "key"));
    all.add(arguments(expression("key: a!, operator: Exists"), "bad-label", expression + "key"));
    all.add(arguments(expression("key: a"), "missing-field", expression + "operator"));
    all.add(
        arguments(
            expression("key: a, operator: Gt, values: ['1']"),
            "bad-value",
            expression + "operator"));
    all.add(arguments(expression("key: a, operator: In"), "missing-field", expression + "values"));
    all.add(
        arguments(
            expression("key: a, operator: NotIn, values: []"),
            "missing-field",
            expression + "values"));
    all.add(
        arguments(
            expression("key: a, operator: Exists, values: [b]"),
            "forbidden-field",
            expression + "values"));
    all.add(
        arguments(
            expression("key: a, operator: DoesNotExist, values: [b]"),
            "forbidden-field",
            expression + "values"));
    all.add(
        arguments(
            expression("key: a, operator: In, values: [b, 'c d']"),
            "bad-label",
            expression + "values[1]"));
    all.add(
        arguments(
            expression("key: a, operator: In, values: [1]"),
            "wrong-type",
            expression + "values[0]"));
    all.add(arguments(peer(""), "missing-field", peer));
    all.add(
        arguments(peer("podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}"), "selector-conflict", peer));
    all.add(
        arguments(
            peer("namespaceSelector: {}, ipBlock: {cidr: 10.0.0.0/8}"), "selector-conflict", peer));
    all.add(arguments(peer("ipBlock: {}"), "missing-field", peer + ".ipBlock.cidr"));
    for (String cidr :
        List.of(
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0/8",
            "10.0.0.0/08",
            "010.0.0.0/8",
            "10.0.0.256/8",
            "fd00::/129",
            "::ffff:10.0.0.0/104",
            "0:0:0:0:0:ffff:10.0.0.0/104",
            "fe80::1%eth0/64",
            "example.org/8",
            "")) {
      all.add(
          arguments(peer("ipBlock: {cidr: '" + cidr + "'}"), "bad-cidr", peer + ".ipBlock.cidr"));
    }
    for (String except : List.of("10.0.0.0/8", "11.0.0.0/16", "fd00::/16", "0.0.0.0/0", "x")) {
      all.add(
          arguments(
              peer("ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16, '" + except + "']}"),
              "bad-cidr",
              peer + ".ipBlock.except[1]"));
    }
    all.add(
        arguments(
            peer("ipBlock: {cidr: 10.0.0.0/8, excepts: []}"),
            "unknown-field",
            peer + ".ipBlock.excepts"));
    all.add(arguments(port("protocol: tcp"), "bad-value", port + "protocol"));
    all.add(arguments(port("protocol: ICMP"), "bad-value", port + "protocol"));
    all.add(arguments(port("port: 0"), "bad-port", port + "port"));
    all.add(arguments(port("port: 65536"), "bad-port", port + "port"));
    all.add(arguments(port("port: -1"), "bad-port", port + "port"));
    all.add(arguments(port("port: 80.5"), "wrong-type", port + "port"));
    all.add(arguments(port("port: '80'"), "bad-port", port + "port"));
    all.add(arguments(port("port: Http"), "bad-port", port + "port"));
    all.add(arguments(port("port: a-name-too-long-for-a-port"), "bad-port", port + "port"));
    all.add(arguments(port("port: a--b"), "bad-port", port + "port"));
    all.add(arguments(port("endPort: 90"), "bad-port-range", port + "endPort"));
    all.add(arguments(port("port: http, endPort: 90"), "bad-port-range", port + "endPort"));
    all.add(arguments(port("port: 90, endPort: 80"), "bad-port-range", port + "endPort"));
    all.add(arguments(port("port: 90, endPort: 70000"), "bad-port-range", port + "endPort"));
    all.add(arguments(port("port: 90, endPort: '99'"), "wrong-type", port + "endPort"));
    all.add(
        arguments(
            networkPolicy("{podSelector: {}, egress: [{to: [{ipBlock: {cidr: x}}]}]}"),
            "bad-cidr",
            "spec.egress[0].to[0].ipBlock.cidr"));
    all.add(
        arguments(
            networkPolicy("{podSelector: {}, egress: [{from: [{podSelector: {}}]}]}"),
            "unknown-field",
            "spec.egress[0].from"));

    all.add(arguments(pod("", ""), "missing-field", "spec.containers"));
    all.add(arguments(pod("containers: [{}]", ""), "missing-field", "spec.containers[0].name"));
    all.add(arguments(pod("containers: [{name: A}]", ""), "bad-name", "spec.containers[0].name"));
    all.add(
        arguments(
            pod("containers: [{name: a}, {name: a}]", ""),
            "duplicate-name",
            "spec.containers[1].name"));
    all.add(
        arguments(
            pod("containers: [{name: a}], initContainers: [{name: a}]", ""),
            "duplicate-name",
            "spec.initContainers[0].name"));
    all.add(
        arguments(
            pod("containers: [{name: a}], serviceAccountName: A", ""),
            "bad-name",
            "spec.serviceAccountName"));
    all.add(
        arguments(
            pod("containers: [{name: a}], serviceAccountName: a, serviceAccount: b", ""),
            "bad-value",
            "spec.serviceAccount"));
    String podPort = "spec.containers[0].ports[0].";
    all.add(arguments(podPort("{name: a}"), "missing-field", podPort + "containerPort"));
    all.add(arguments(podPort("{containerPort: 0}"), "bad-port", podPort + "containerPort"));
    all.add(arguments(podPort("{containerPort: 70000}"), "bad-port", podPort + "containerPort"));
    all.add(arguments(podPort("{containerPort: http}"), "wrong-type", podPort + "containerPort"));
    all.add(
        arguments(
            podPort("{containerPort: 1, protocol: QUIC}"), "bad-value", podPort + "protocol"));
    all.add(arguments(podPort("{containerPort: 1, name: '80'}"), "bad-port", podPort + "name"));
    all.add(
        arguments(
            podPort("{containerPort: 1, name: a}, {containerPort: 2, name: a}"),
            "duplicate-name",
            "spec.containers[0].ports[1].name"));
    String running = "containers: [{name: a}]";
    for (String address :
        List.of(
            "10.0.0",
            "10.0.0.01",
            "127.0.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "ff02::1",
            "fe80::1",
            "::ffff:10.0.0.1",
            "example.org")) {
      all.add(arguments(pod(running, "podIP: '" + address + "'"), "bad-address", "status.podIP"));
    }
    all.add(
        arguments(
            pod(running, "podIPs: [{ip: 10.0.0.1}, {ip: 10.0.0.2}]"),
            "bad-address",
            "status.podIPs[1].ip"));
    all.add(arguments(pod(running, "podIPs: [{}]"), "missing-field", "status.podIPs[0].ip"));
    all.add(
        arguments(
            pod(running, "podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.2}]"),
            "bad-address",
            "status.podIP"));

    all.add(
        arguments(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p}",
            "missing-field",
            "spec"));
    all.add(arguments(authorization("{action: allow}"), "bad-value", "spec.action"));
    all.add(
        arguments(
            authorization("{action: CUSTOM, rules: [{}]}"), "missing-field", "spec.provider"));
    all.add(arguments(authorization("{provider: {name: x}}"), "forbidden-field", "spec.provider"));
    all.add(arguments(authorization("{provider: {nam: x}}"), "unknown-field", "spec.provider.nam"));
    all.add(arguments(authorization("{action: DENY}"), "missing-field", "spec.rules"));
    all.add(arguments(authorization("{action: DENY, rules: []}"), "missing-field", "spec.rules"));
    all.add(arguments(authorization("{rules: }"), "null-value", "spec.rules"));
    all.add(arguments(authorization("{rules: [null]}"), "wrong-type", "spec.rules[0]"));
    all.add(
        arguments(
            authorization("{targetRefs: [{kind: Gateway, name: a}]}"),
            "unsupported-value",
            "spec.targetRefs[0].kind"));
    all.add(
        arguments(
            authorization("{targetRef: {kind: Service, name: a, namespace: b}}"),
            "unsupported-value",
            "spec.targetRef.namespace"));
    all.add(
        arguments(
            authorization("{selector: {}, targetRefs: [{kind: Service, name: a}]}"),
            "selector-conflict",
            "spec.targetRefs"));
    all.add(
        arguments(
            authorization("{selector: {matchLabels: {app: 'a*'}}}"),
            "bad-label",
            "spec.selector.matchLabels[app]"));
    all.add(
        arguments(
            authorization("{selector: {matchExpressions: []}}"),
            "unknown-field",
            "spec.selector.matchExpressions"));
    all.add(arguments(authorization("{rules: [{from: []}]}"), "empty-list", "spec.rules[0].from"));
    all.add(arguments(authorization("{rules: [{to: []}]}"), "empty-list", "spec.rules[0].to"));
    all.add(arguments(authorization("{rules: [{when: []}]}"), "empty-list", "spec.rules[0].when"));
    all.add(
        arguments(
            authorization("{rules: [{from: [{}]}]}"),
            "missing-field",
            "spec.rules[0].from[0].source"));
    all.add(arguments(source(""), "missing-field", "spec.rules[0].from[0].source"));
    all.add(
        arguments(
            authorization("{rules: [{to: [{}]}]}"),
            "missing-field",
            "spec.rules[0].to[0].operation"));
    all.add(arguments(operation(""), "missing-field", "spec.rules[0].to[0].operation"));
    for (String field :
        List.of(
            "requestPrincipals", "notRequestPrincipals", "remoteIpBlocks", "notRemoteIpBlocks")) {
      all.add(
          field.startsWith("remote") || field.startsWith("notRemote")
              ? arguments(source(field + ": [a]"), "bad-cidr", from + field + "[0]")
              : arguments(source(field + ": ['']"), "bad-value", from + field + "[0]"));
    }
    for (String field : List.of("hosts", "notHosts")) {
      all.add(arguments(operation(field + ": ['']"), "bad-value", to + field + "[0]"));
    }
    for (String field : List.of("principals", "notPrincipals", "namespaces", "notNamespaces")) {
      String value = field.toLowerCase(java.util.Locale.ROOT).contains("principals") ? "*" : "a";
      all.add(
          arguments(
              source("serviceAccounts: [a], " + field + ": ['" + value + "']"),
              "source-conflict",
              from + field));
    }
    for (String principal :
        List.of(
            "",
            "spiffe://cluster.local/ns/a/sa/b",
            "a/b",
            "*a*",
            "cluster.local/ns/*/sa/b",
            "cluster.local/ns/a/sa/")) {
      all.add(
          arguments(
              source("principals: ['" + principal + "']"), "bad-value", from + "principals[0]"));
      all.add(
          arguments(
              when("key: source.principal, notValues: ['" + principal + "']"),
              "bad-value",
              "spec.rules[0].when[0].notValues[0]"));
    }
    for (String namespace : List.of("", "a.b", "A", "*a*", "a*b")) {
      all.add(
          arguments(
              source("notNamespaces: [ok, '" + namespace + "']"),
              "bad-value",
              from + "notNamespaces[1]"));
    }
    for (String account : List.of("", "a/b/c", "/a", "a/", "*", "a/*", "A")) {
      all.add(
          arguments(
              source("serviceAccounts: ['" + account + "']"),
              "bad-value",
              from + "serviceAccounts[0]"));
    }
    for (String block : List.of("", "10.0.0.0/33", "10.1", "10.0.0.0/08", "host", "::1%1")) {
      all.add(arguments(source("ipBlocks: ['" + block + "']"), "bad-cidr", from + "ipBlocks[0]"));
      all.add(
          arguments(
              when("key: destination.ip, values: ['" + block + "']"),
              "bad-cidr",
              "spec.rules[0].when[0].values[0]"));
    }
    for (String number : List.of("", "65536", "080", "http", "-1", "80-90", "*")) {
      all.add(arguments(operation("ports: ['" + number + "']"), "bad-port", to + "ports[0]"));
      all.add(
          arguments(
              when("key: destination.port, values: ['" + number + "']"),
              "bad-port",
              "spec.rules[0].when[0].values[0]"));
    }
    all.add(arguments(operation("ports: [80]"), "wrong-type", to + "ports[0]"));
    all.add(arguments(operation("methods: ['']"), "bad-value", to + "methods[0]"));
    all.add(arguments(operation("notMethods: ['']"), "bad-value", to + "notMethods[0]"));
    all.add(arguments(operation("paths: ['']"), "bad-value", to + "paths[0]"));
    all.add(arguments(operation("paths: ['/a/{*}.txt']"), "bad-value", to + "paths[0]"));
    all.add(arguments(operation("notPaths: ['/{**}/{*}']"), "bad-value", to + "notPaths[0]"));
    all.add(arguments(operation("paths: []"), "empty-list", to + "paths"));
    all.add(arguments(operation("method: [GET]"), "unknown-field", to + "method"));
    String condition = "spec.rules[0].when[0].";
    all.add(arguments(when("values: [a]"), "missing-field", condition + "key"));
    all.add(arguments(when("key: source.ip"), "missing-field", condition + "values"));
    for (String key :
        List.of(
            "request.headers[:path]",
            "request.headers[a][b]",
            "request.auth.claims",
            "request.auth.claims[]",
            "experimental.envoy.filters.a[b]",
            "nonsense")) {
      all.add(
          arguments(
              when("key: '" + key + "', values: [a]"), "unsupported-field", condition + "key"));
    }
    all.add(arguments(mesh("trustdomain: x"), "unknown-field", "data.mesh.trustdomain"));
    all.add(
        arguments(
            mesh("pathNormalization: {normalization: ALL}"),
            "bad-value",
            "data.mesh.pathNormalization.normalization"));
    all.add(
        arguments(
            mesh("extensionProviders: [{name: a, envoyExtAuthzGrpc: {port: 1}}]"),
            "missing-field",
            "data.mesh.extensionProviders[0].envoyExtAuthzGrpc.service"));
    all.add(arguments(mesh("a: ["), "broken-yaml", "data.mesh"));
    all.add(
        arguments(
            "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 0}]}",
            "bad-port",
            "spec.ports[0].port"));
    return all;
  }

  private static String mesh(String settings) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n"
        + "data:\n  mesh: |-\n    "
        + settings;
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void isRefusedAtItsPath(String yaml, String code, String path) {
    Parsed parsed = read(yaml);
    assertThat(parsed.resources()).isEmpty();
    assertThat(parsed.problems())
        .allSatisfy(problem -> assertThat(problem.message()).isNotBlank())
        .allSatisfy(problem -> assertThat(problem.advice()).isNotBlank())
        .extracting(Problem::code, Problem::path)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(code, path));
  }

  @Test
  void everyFaultOfADocumentIsNamedAtOnce() {
    Parsed parsed =
        read(
            networkPolicy(
                "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: x}}], ports: [{port: 0}]}],"
                    + " policyTypes: [Both]}"));
    assertThat(parsed.problems())
        .extracting(Problem::path)
        .containsExactly(
            "spec.ingress[0].from[0].ipBlock.cidr",
            "spec.ingress[0].ports[0].port",
            "spec.policyTypes[0]");
  }

  @Test
  void whatIstioDocumentsIsTaken() {
    for (String yaml :
        List.of(
            authorization("{}"),
            authorization("{rules: [{}]}"),
            authorization("{action: DENY, rules: [{}]}"),
            source("principals: ['*', 'cluster.local/*', '*/sa/cart']"),
            source("namespaces: ['*', 'prod-*', '*-prod', shop]"),
            source("serviceAccounts: [cart, shop/cart], ipBlocks: [10.1.2.3, 'fd00::/8']"),
            authorization("{action: AUDIT, rules: [{}]}"),
            authorization("{action: CUSTOM, provider: {name: a}, rules: [{}]}"),
            authorization("{targetRefs: [{kind: Service, group: '', name: a}]}"),
            source("requestPrincipals: ['iss/sub', '*'], notRemoteIpBlocks: [10.0.0.0/8]"),
            operation("hosts: ['*.example.com', 'a:*'], paths: ['/a/{*}/b/{**}', '/{**}/c']"),
            when("key: 'request.headers[X-A]', values: [a]"),
            when("key: 'request.auth.claims[a][b]', notValues: ['*']"),
            when("key: connection.sni, values: ['*.example.com']"),
            when("key: remote.ip, values: [10.0.0.1]"),
            operation("ports: ['0', '65535'], methods: [GET, 'P*'], paths: [/a, /b/*, '*/c', '*']"),
            when("key: source.serviceAccount, values: [shop/cart], notValues: [ops/cart]"))) {
      assertThat(read(yaml).problems()).as(yaml).isEmpty();
    }
  }

  @Test
  void everyCodeIsDocumented() throws Exception {
    String page = Files.readString(Path.of("..", "docs", "errors.md"));
    for (Code code : Code.values()) {
      assertThat(page).contains("| `" + code.text() + "` |");
    }
  }
}
