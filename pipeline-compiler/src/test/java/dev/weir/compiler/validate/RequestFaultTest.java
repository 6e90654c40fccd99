package dev.weir.compiler.validate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.explain.Explainer;
import dev.weir.compiler.explain.Probe;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.PathNormalization;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.request.RequestExpr.StringMatch;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.simulation.Mesh;
import dev.weir.compiler.validate.Certificate.Fault;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Sidecars that get one matcher wrong, of every kind that a policy can ask for. Each is found, with
 * a request that meets another verdict there, or changes nothing for any request tried.
 */
final class RequestFaultTest {
  private static final String RESOURCES =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: red}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {namespace: red, name: w1}
      spec: {containers: [{name: c, image: i}]}
      status: {podIP: 10.77.1.1}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {namespace: red, name: w2, labels: {app: server}}
      spec:
        containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]
      status: {podIP: 10.77.2.1}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {namespace: red, name: w3, labels: {app: authorizer}}
      spec:
        containers: [{name: c, image: i, ports: [{name: grpc, containerPort: 9000}]}]
      status: {podIP: 10.77.3.1}
      ---
      apiVersion: v1
      kind: Service
      metadata: {namespace: red, name: authorizer}
      spec: {selector: {app: authorizer}, ports: [{name: grpc, port: 9000}]}
      ---
      apiVersion: v1
      kind: Namespace
      metadata: {name: istio-system}
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata: {namespace: istio-system, name: istio}
      data:
        mesh: |
          extensionProviders:
          - name: authorizer
            envoyExtAuthzGrpc: {service: authorizer.red.svc.cluster.local, port: 9000}
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {namespace: red, name: server}
      spec:
        selector: {matchLabels: {app: server}}
        action: %s
        rules: [%s]
      """;

  private static final List<String> RULES =
      List.of(
          "{to: [{operation: {hosts: [a.test, \"*.b.test\", \"c.*\"]}}]}",
          "{to: [{operation: {notHosts: [a.test], methods: [GET, \"P*\"]}}]}",
          "{when: [{key: \"request.headers[x-tier]\", values: [gold, \"s*\"], notValues: [\"*er\"]}]}",
          "{when: [{key: \"request.headers[x-tier]\", values: [\"*\"]}]}",
          "{to: [{operation: {paths: [\"/a/{*}/b\", \"/c/{**}\"], notPaths: [/c/d]}}]}",
          "{when: [{key: \"request.auth.claims[groups]\", values: [dev, \"ops*\"]}]}",
          "{when: [{key: \"request.auth.claims[a][b]\", notValues: [x]}]}",
          "{when: [{key: request.auth.audiences, values: [shop]}, {key: request.auth.presenter, values: [\"*app\"]}]}",
          "{from: [{source: {requestPrincipals: [\"iss/sub\", \"other/*\"]}}]}",
          "{from: [{source: {notRequestPrincipals: [\"*\"]}}]}",
          "{when: [{key: connection.sni, values: [a.test, \"*.b.test\"]}]}",
          "{from: [{source: {remoteIpBlocks: [192.0.2.0/24], notRemoteIpBlocks: [192.0.2.128/25]}}]}");

  private static final Fabric FABRIC;

  static {
    FABRIC =
        Mesh.fabric(
            Mesh.pipeline("weir"), intent("ALLOW", RULES.getFirst()).workloads().values(), true);
  }

  private static Intent intent(String action, String rule) {
    String yaml =
        RESOURCES.formatted(
            action + (action.equals("CUSTOM") ? "\n  provider: {name: authorizer}" : ""), rule);
    return Resolver.resolve(Manifest.read(yaml.getBytes(StandardCharsets.UTF_8), false).resources())
        .intent();
  }

  @Test
  void everyWrongMatcherIsFoundWithARequestThatShowsIt() {
    int found = 0;
    int equal = 0;
    for (String action : List.of("ALLOW", "DENY", "CUSTOM")) {
      for (String rule : RULES) {
        Intent intent = intent(action, rule);
        Placement placement =
            Compiler.compile(intent, FABRIC, Allocation.EMPTY, Counters.NONE).placement();
        assertThat(Validator.check(intent, FABRIC, placement).faults()).as(rule).isEmpty();
        Explainer right = new Explainer(intent, FABRIC, placement);
        for (Placement damaged : damages(placement)) {
          Explainer wrong = new Explainer(intent, FABRIC, damaged);
          List<Fault> faults = Validator.check(intent, FABRIC, damaged).faults();
          if (faults.isEmpty()) {
            equal++;
            for (Probe probe : probes()) {
              assertThat(wrong.explain(probe).verdict())
                  .as("%s %s: %s of %s", action, rule, probe, listeners(damaged))
                  .isEqualTo(right.explain(probe).verdict());
            }
          } else {
            found++;
            assertThat(faults)
                .as("%s %s: %s", action, rule, listeners(damaged))
                .anySatisfy(
                    fault -> {
                      Probe probe = probe(fault);
                      assertThat(wrong.explain(probe).verdict())
                          .isNotEqualTo(right.explain(probe).verdict());
                    });
          }
        }
      }
    }
    assertThat(found).isGreaterThan(400);
    assertThat(equal).isPositive().isLessThan(found / 2);
  }

  private static List<Listener> listeners(Placement placement) {
    return placement.sidecars().values().stream().flatMap(s -> s.listeners().stream()).toList();
  }

  /** Every placement with one matcher changed in one listener. */
  private static List<Placement> damages(Placement placement) {
    List<Placement> all = new ArrayList<>();
    for (Placement.SidecarConfig sidecar : placement.sidecars().values()) {
      for (int i = 0; i < sidecar.listeners().size(); i++) {
        for (Listener other : damages(sidecar.listeners().get(i))) {
          List<Listener> listeners = new ArrayList<>(sidecar.listeners());
          listeners.set(i, other);
          TreeMap<String, Placement.SidecarConfig> sidecars = new TreeMap<>(placement.sidecars());
          sidecars.put(
              sidecar.name(),
              new Placement.SidecarConfig(
                  sidecar.name(), ImmutableList.copyOf(listeners), sidecar.upstreams()));
          all.add(
              new Placement(
                  placement.entries(),
                  ImmutableSortedMap.copyOf(sidecars),
                  placement.rules(),
                  placement.exceptions()));
        }
      }
    }
    return all;
  }

  private static List<Listener> damages(Listener listener) {
    List<Listener> all = new ArrayList<>();
    damages(listener.allow())
        .forEach(expr -> all.add(listener.with(expr, listener.allowWithoutHttp())));
    listener
        .delegation()
        .ifPresent(
            d ->
                damages(d.when())
                    .forEach(
                        expr ->
                            all.add(
                                listener.with(
                                    new Placement.Delegation(
                                        d.authorizer(), expr, d.whenWithoutHttp())))));
    for (PathNormalization paths : PathNormalization.values()) {
      if (paths != listener.paths()) {
        all.add(
            new Listener(
                listener.address(),
                listener.port(),
                listener.workload(),
                listener.target(),
                listener.application(),
                listener.full(),
                listener.allow(),
                listener.allowWithoutHttp(),
                listener.rules(),
                paths,
                listener.delegation()));
      }
    }
    return all;
  }

  private static List<RequestExpr> damages(RequestExpr expr) {
    return switch (expr) {
      case RequestExpr.Constant c -> List.of(RequestExpr.of(!c.value()));
      case RequestExpr.Not n ->
          Stream.concat(Stream.of(n.term()), damages(n.term()).stream().map(RequestExpr::not))
              .toList();
      case RequestExpr.And a -> terms(a.terms(), true);
      case RequestExpr.Or o -> terms(o.terms(), false);
      case RequestExpr.Method m ->
          matches(m.match()).stream().<RequestExpr>map(RequestExpr.Method::new).toList();
      case RequestExpr.Path p ->
          matches(p.match()).stream().<RequestExpr>map(RequestExpr.Path::new).toList();
      case RequestExpr.Sent s -> sent(s);
      case RequestExpr.Forwarded f -> {
        Prefix block = f.blocks().iterator().next();
        yield List.of(
            new RequestExpr.Source(f.blocks()),
            new RequestExpr.Forwarded(
                ImmutableSet.of(Prefix.parse(block.address() + "/" + (block.length() + 1)))),
            new RequestExpr.Forwarded(
                ImmutableSet.of(Prefix.parse(block.address() + "/" + (block.length() - 1)))));
      }
      case RequestExpr.Source _ -> List.of(RequestExpr.TRUE, RequestExpr.FALSE);
    };
  }

  /** One term changed, or left out. */
  private static List<RequestExpr> terms(ImmutableList<RequestExpr> terms, boolean all) {
    List<RequestExpr> damages = new ArrayList<>();
    for (int i = 0; i < terms.size(); i++) {
      List<RequestExpr> rest = new ArrayList<>(terms);
      rest.remove(i);
      damages.add(all ? RequestExpr.and(rest) : RequestExpr.or(rest));
      for (RequestExpr other : damages(terms.get(i))) {
        List<RequestExpr> changed = new ArrayList<>(terms);
        changed.set(i, other);
        damages.add(all ? RequestExpr.and(changed) : RequestExpr.or(changed));
      }
    }
    return damages;
  }

  private static List<RequestExpr> sent(RequestExpr.Sent sent) {
    List<RequestExpr> damages = new ArrayList<>();
    matches(sent.match())
        .forEach(match -> damages.add(new RequestExpr.Sent(sent.attribute(), match)));
    RequestExpr.Attribute other =
        switch (sent.attribute()) {
          case RequestExpr.Attribute.Header _ -> new RequestExpr.Attribute.Header("x-other");
          case RequestExpr.Attribute.Claim c ->
              new RequestExpr.Attribute.Claim(c.names(), !c.inLists());
          case RequestExpr.Attribute.ServerName _ -> RequestExpr.Attribute.Header.HOST;
        };
    damages.add(new RequestExpr.Sent(other, sent.match()));
    return damages;
  }

  private static List<StringMatch> matches(StringMatch match) {
    return switch (match) {
      case StringMatch.Exact e ->
          List.of(
              new StringMatch.Exact(e.value() + "x"),
              new StringMatch.StartsWith(e.value()),
              new StringMatch.AnyCase(e));
      case StringMatch.StartsWith s ->
          List.of(
              new StringMatch.StartsWith(s.prefix() + "x"),
              new StringMatch.Exact(s.prefix()),
              new StringMatch.EndsWith(s.prefix()));
      case StringMatch.EndsWith e ->
          List.of(
              new StringMatch.EndsWith("x" + e.suffix()),
              new StringMatch.Exact(e.suffix()),
              new StringMatch.StartsWith(e.suffix()));
      case StringMatch.Present _ -> List.of(new StringMatch.Anything(), new StringMatch.Exact("x"));
      case StringMatch.Anything _ -> List.of(new StringMatch.Present(), new StringMatch.Exact("x"));
      case StringMatch.AnyCase a ->
          Stream.concat(Stream.of(a.of()), matches(a.of()).stream()).toList();
      case StringMatch.Template t ->
          List.of(
              new StringMatch.Template(t.text().replace("{*}", "{**}").replace("{**}/b", "{*}/c")),
              new StringMatch.Template(t.text().replace("{**}", "{*}")),
              new StringMatch.Exact(t.text()));
    };
  }

  /** The witness as a probe. */
  private static Probe probe(Fault fault) {
    Certificate.Witness witness = fault.witness().orElseThrow();
    ObjectNode probe =
        JsonNodeFactory.instance
            .objectNode()
            .put("from", witness.from())
            .put("to", witness.to())
            .put("protocol", "TCP")
            .put("port", witness.port());
    Optional<Certificate.Request> said = witness.request();
    ObjectNode request = probe.putObject("request");
    request.put("method", said.map(Certificate.Request::method).orElse("GET"));
    request.put("path", said.map(Certificate.Request::path).orElse("/"));
    said.ifPresent(
        r ->
            r.more()
                .forEach(
                    (name, value) -> {
                      if (!value.equals("(absent)")) {
                        put(request, name, value);
                      }
                    }));
    return Probe.fromJson(probe);
  }

  private static void put(ObjectNode request, String name, String value) {
    if (name.equals("server name")) {
      request.put("sni", value);
    } else if (name.equals("client")) {
      request.put("remoteIp", value);
    } else if (name.equals(":authority")) {
      request.put("host", value);
    } else if (name.startsWith("claim ")) {
      ObjectNode inner = request.withObjectProperty("jwt");
      List<String> names = Arrays.asList(name.substring("claim ".length()).split("\\."));
      for (String outer : names.subList(0, names.size() - 1)) {
        inner = inner.withObjectProperty(outer);
      }
      if (value.startsWith("[")) {
        var items = inner.putArray(names.getLast());
        for (String item : value.substring(1, value.length() - 1).split(", ")) {
          items.add(item);
        }
      } else {
        inner.put(names.getLast(), value);
      }
    } else {
      request.withObjectProperty("headers").put(name, value);
    }
  }

  /** Requests of many kinds, for what the validator takes to be equal. */
  private static List<Probe> probes() {
    List<Probe> probes = new ArrayList<>();
    List<String> texts =
        List.of("", "x", "gold", "sx", "ser", "dev", "ops1", "iss", "sub", "other");
    for (String text : texts) {
      for (String path : List.of("/", "/a/x/b", "/c/d", "/c//d", "/c/%64", "/a/%2f/b")) {
        ObjectNode probe =
            JsonNodeFactory.instance
                .objectNode()
                .put("from", "10.77.1.1")
                .put("to", "10.77.2.1")
                .put("port", 8080);
        ObjectNode request = probe.putObject("request").put("method", "GET").put("path", path);
        request.put("host", text.isEmpty() ? "a.test" : text + ".b.test");
        request.putObject("headers").put("x-tier", text);
        ObjectNode claims = request.putObject("jwt").put("iss", text).put("sub", text);
        claims.putArray("groups").add(text);
        claims.putObject("a").put("b", text);
        probes.add(Probe.fromJson(probe));
      }
    }
    return probes;
  }
}
