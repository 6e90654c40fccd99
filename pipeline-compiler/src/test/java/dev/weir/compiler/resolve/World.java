package dev.weir.compiler.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Parsed;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A small cluster for tests, with policies on top. */
final class World {
  /** Two namespaces and the root namespace; web, api and db in shop, a scraper in ops. */
  static final String RESOURCES =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: shop, labels: {team: retail}}
      ---
      apiVersion: v1
      kind: Namespace
      metadata: {name: ops, labels: {team: platform}}
      ---
      apiVersion: v1
      kind: Namespace
      metadata: {name: istio-system}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: web, namespace: shop, labels: {app: web, tier: front}}
      spec:
        serviceAccountName: web
        containers:
        - {name: c, ports: [{name: http, containerPort: 8080}]}
      status: {podIP: 10.1.0.1, podIPs: [{ip: 10.1.0.1}, {ip: "fd00::1:1"}]}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: api, namespace: shop, labels: {app: api, tier: back}}
      spec:
        serviceAccountName: api
        containers:
        - {name: c, ports: [{name: http, containerPort: 9090}, {name: metrics, containerPort: 9100}]}
      status: {podIP: 10.1.0.2, podIPs: [{ip: 10.1.0.2}, {ip: "fd00::1:2"}]}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: db, namespace: shop, labels: {app: db}}
      spec:
        containers:
        - {name: c, ports: [{name: mysql, containerPort: 3306}]}
      status: {podIP: 10.1.0.3}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: scraper, namespace: ops, labels: {app: scraper}}
      spec:
        serviceAccountName: scraper
        containers:
        - {name: c, ports: [{name: dns, containerPort: 53, protocol: UDP}]}
      status: {podIP: 10.2.0.1}
      """;

  static final String WEB = "10.1.0.1";
  static final String WEB6 = "fd00::1:1";
  static final String API = "10.1.0.2";
  static final String API6 = "fd00::1:2";
  static final String DB = "10.1.0.3";
  static final String SCRAPER = "10.2.0.1";
  static final String OUTSIDE = "192.0.2.7";

  private final Intent intent;

  private World(Intent intent) {
    this.intent = intent;
  }

  static Parsed parse(String yaml) {
    Parsed parsed = Manifest.read(yaml.getBytes(StandardCharsets.UTF_8), false);
    assertThat(parsed.problems()).isEmpty();
    return parsed;
  }

  static World with(String... policies) {
    StringBuilder all = new StringBuilder(RESOURCES);
    for (String policy : policies) {
      all.append("---\n").append(policy).append("\n");
    }
    Resolved resolved = Resolver.resolve(parse(all.toString()).resources());
    assertThat(resolved.problems()).isEmpty();
    return new World(resolved.intent());
  }

  static String networkPolicy(String spec) {
    return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        + "metadata: {name: p, namespace: shop}\nspec:\n"
        + spec.indent(2);
  }

  static String authorization(String namespace, String spec) {
    return "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p,"
        + " namespace: "
        + namespace
        + "}\nspec:\n"
        + spec.indent(2);
  }

  ImmutableList<Rule> rules() {
    return intent.rules();
  }

  boolean tcp(String source, String destination, int port) {
    return allows(source, destination, Protocol.TCP, port, null, "");
  }

  boolean http(String source, String destination, int port, String method, String path) {
    return allows(source, destination, Protocol.TCP, port, method, path);
  }

  boolean udp(String source, String destination, int port) {
    return allows(source, destination, Protocol.UDP, port, null, "");
  }

  boolean allows(
      String source,
      String destination,
      Protocol protocol,
      int port,
      @Nullable String method,
      String path) {
    return new Decisions(intent)
        .allows(
            new Decisions.Probe(
                IpAddress.parse(source),
                IpAddress.parse(destination),
                protocol,
                port,
                method,
                path));
  }
}
