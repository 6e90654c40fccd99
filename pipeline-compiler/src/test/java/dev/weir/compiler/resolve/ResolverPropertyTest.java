package dev.weir.compiler.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Parsed;
import dev.weir.compiler.resource.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The resolved intent decides as the published semantics do, for random policies. */
class ResolverPropertyTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final List<StandardAsWritten.Host> HOSTS =
      List.of(
          host(World.WEB, "shop", "web", Map.of("app", "web", "tier", "front"), "http", 8080),
          host(World.API, "shop", "api", Map.of("app", "api", "tier", "back"), "http", 9090),
          host(World.DB, "shop", "default", Map.of("app", "db"), "mysql", 3306),
          host(World.SCRAPER, "ops", "scraper", Map.of("app", "scraper"), "none", 0));

  private static final List<String> ADDRESSES =
      List.of(World.WEB, World.API, World.DB, World.SCRAPER, World.OUTSIDE, "10.1.0.77");
  private static final List<Integer> PORTS = List.of(80, 3306, 8080, 9090);

  private static StandardAsWritten.Host host(
      String address,
      String namespace,
      String account,
      Map<String, String> labels,
      String portName,
      int port) {
    Map<String, String> namespaceLabels =
        Map.of(
            "team",
            namespace.equals("shop") ? "retail" : "platform",
            "kubernetes.io/metadata.name",
            namespace);
    return new StandardAsWritten.Host(
        address, namespace, account, labels, namespaceLabels, Map.of(portName, port));
  }

  @Property(tries = 400, seed = "20260101")
  void intentDecidesAsTheStandardsSay(@ForAll long seed) {
    Random random = new Random(seed);
    List<JsonNode> policies = new ArrayList<>();
    List<Resource> resources = new ArrayList<>(World.parse(World.RESOURCES).resources());
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      ObjectNode policy = new Generator(random).policy("p" + i);
      Parsed parsed = Manifest.read(policy);
      assertThat(parsed.problems()).as("%s", policy).isEmpty();
      resources.addAll(parsed.resources());
      policies.add(policy);
    }
    Resolved resolved = Resolver.resolve(resources);
    assertThat(resolved.problems()).isEmpty();
    assertThat(resolved.intent().rules().stream().map(Rule::id)).doesNotHaveDuplicates();
    Decisions decisions = new Decisions(resolved.intent());
    StandardAsWritten standard = new StandardAsWritten(HOSTS, policies);
    for (String from : ADDRESSES) {
      for (String to : ADDRESSES) {
        for (int port : PORTS) {
          boolean tcp = random.nextInt(5) > 0;
          String method =
              tcp && random.nextBoolean() ? random.nextBoolean() ? "GET" : "POST" : null;
          String path = random.nextBoolean() ? "/a" : "/b/c";
          assertThat(
                  decisions.allows(
                      new Decisions.Probe(
                          IpAddress.parse(from),
                          IpAddress.parse(to),
                          tcp ? Protocol.TCP : Protocol.UDP,
                          port,
                          method,
                          path)))
              .as("%s -> %s:%s %s %s under %s", from, to, port, method, path, policies)
              .isEqualTo(
                  standard.allows(
                      new StandardAsWritten.Connection(from, to, tcp, port, method, path)));
        }
      }
    }
  }

  /** Random policies over names that exist, for the most part. */
  private record Generator(Random random) {

    private String pick(String... choices) {
      return choices[random.nextInt(choices.length)];
    }

    private boolean chance(int percent) {
      return random.nextInt(100) < percent;
    }

    private ArrayNode some(String... choices) {
      ArrayNode list = JSON.createArrayNode();
      int count = 1 + random.nextInt(2);
      for (int i = 0; i < count; i++) {
        list.add(pick(choices));
      }
      return list;
    }

    ObjectNode policy(String name) {
      boolean network = chance(50);
      ObjectNode policy = JSON.createObjectNode();
      policy.put("apiVersion", network ? "networking.k8s.io/v1" : "security.istio.io/v1");
      policy.put("kind", network ? "NetworkPolicy" : "AuthorizationPolicy");
      policy
          .putObject("metadata")
          .put("name", name)
          .put("namespace", network ? pick("shop", "ops") : pick("shop", "ops", "istio-system"));
      policy.set("spec", network ? networkPolicy() : authorization());
      return policy;
    }

    private ObjectNode networkPolicy() {
      ObjectNode spec = JSON.createObjectNode();
      spec.set("podSelector", selector("app", "web", "api", "db"));
      if (chance(60)) {
        spec.set("policyTypes", JSON.createArrayNode().add(pick("Ingress", "Egress")));
      }
      if (chance(80)) {
        rules(spec.putArray("ingress"), "from");
      }
      if (chance(60)) {
        rules(spec.putArray("egress"), "to");
      }
      return spec;
    }

    private void rules(ArrayNode rules, String peers) {
      int count = random.nextInt(3);
      for (int i = 0; i < count; i++) {
        ObjectNode rule = rules.addObject();
        if (chance(80)) {
          ArrayNode list = rule.putArray(peers);
          for (int j = random.nextInt(3); j > 0; j--) {
            list.add(peer());
          }
        }
        if (chance(60)) {
          ArrayNode list = rule.putArray("ports");
          for (int j = random.nextInt(3); j > 0; j--) {
            list.add(port());
          }
        }
      }
    }

    private ObjectNode peer() {
      ObjectNode peer = JSON.createObjectNode();
      if (chance(30)) {
        ObjectNode block = peer.putObject("ipBlock");
        block.put("cidr", pick("0.0.0.0/0", "10.0.0.0/8", "192.0.2.0/24"));
        if (block.path("cidr").asText().equals("0.0.0.0/0")) {
          block.set("except", some("10.1.0.0/16", "192.0.0.0/8", "10.1.0.1/32"));
        }
        return peer;
      }
      boolean pods = chance(70);
      if (pods) {
        peer.set("podSelector", selector("app", "web", "api", "db"));
      }
      if (!pods || chance(50)) {
        peer.set("namespaceSelector", namespaceSelector());
      }
      return peer;
    }

    private ObjectNode namespaceSelector() {
      return chance(30)
          ? selector("kubernetes.io/metadata.name", "shop", "ops")
          : selector("team", "retail", "platform", "nobody");
    }

    private ObjectNode selector(String key, String... values) {
      ObjectNode selector = JSON.createObjectNode();
      if (chance(30)) {
        selector.putObject("matchLabels").put(key, pick(values));
      }
      if (chance(50)) {
        ArrayNode expressions = selector.putArray("matchExpressions");
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
          ObjectNode expression = expressions.addObject();
          expression.put("key", chance(70) ? key : "tier");
          String operator = pick("In", "NotIn", "Exists", "DoesNotExist");
          expression.put("operator", operator);
          if (operator.endsWith("In")) {
            expression.set("values", chance(70) ? some(values) : some("front", "back"));
          }
        }
      }
      return selector;
    }

    private ObjectNode port() {
      ObjectNode port = JSON.createObjectNode();
      if (chance(40)) {
        port.put("protocol", pick("TCP", "UDP"));
      }
      switch (random.nextInt(4)) {
        case 0 -> port.put("port", pick("http", "mysql"));
        case 1 -> port.put("port", PORTS.get(random.nextInt(PORTS.size())));
        case 2 -> port.put("port", 80).put("endPort", 80 + random.nextInt(9000));
        default -> {}
      }
      return port;
    }

    private ObjectNode authorization() {
      ObjectNode spec = JSON.createObjectNode();
      boolean deny = chance(40);
      if (deny || chance(50)) {
        spec.put("action", deny ? "DENY" : "ALLOW");
      }
      if (chance(50)) {
        spec.putObject("selector").putObject("matchLabels").put("app", pick("web", "api"));
      }
      ArrayNode rules = JSON.createArrayNode();
      for (int i = random.nextInt(3) + (deny ? 1 : 0); i > 0; i--) {
        rules.add(authorizationRule());
      }
      if (!rules.isEmpty()) {
        spec.set("rules", rules);
      }
      return spec;
    }

    private ObjectNode authorizationRule() {
      ObjectNode rule = JSON.createObjectNode();
      if (chance(70)) {
        ArrayNode from = rule.putArray("from");
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
          from.addObject().set("source", source());
        }
      }
      if (chance(60)) {
        ArrayNode to = rule.putArray("to");
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
          to.addObject().set("operation", operation());
        }
      }
      if (chance(40)) {
        ArrayNode when = rule.putArray("when");
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
          when.add(condition());
        }
      }
      return rule;
    }

    private ObjectNode source() {
      ObjectNode source = JSON.createObjectNode();
      if (chance(30)) {
        source.set(pick("serviceAccounts", "notServiceAccounts"), accounts());
      } else {
        if (chance(50)) {
          source.set(pick("principals", "notPrincipals"), principals());
        }
        if (chance(50)) {
          source.set(pick("namespaces", "notNamespaces"), namespaces());
        }
      }
      if (source.isEmpty() || chance(30)) {
        source.set(pick("ipBlocks", "notIpBlocks"), blocks());
      }
      return source;
    }

    private ArrayNode accounts() {
      return some("web", "shop/api", "scraper", "ops/scraper", "default");
    }

    private ArrayNode principals() {
      return some(
          "cluster.local/ns/shop/sa/web", "cluster.local/ns/shop/*", "*/sa/scraper", "*", "x*");
    }

    private ArrayNode namespaces() {
      return some("shop", "ops", "s*", "*s", "*", "nowhere");
    }

    private ArrayNode blocks() {
      return some("10.1.0.1", "10.1.0.0/16", "10.0.0.0/8", "192.0.2.0/24", "fd00::/8");
    }

    private ArrayNode ports() {
      return some("80", "3306", "8080", "9090", "0");
    }

    private ObjectNode operation() {
      ObjectNode operation = JSON.createObjectNode();
      if (chance(50)) {
        operation.set(pick("ports", "notPorts"), ports());
      }
      if (chance(40)) {
        operation.set(pick("methods", "notMethods"), some("GET", "P*", "*T", "DELETE"));
      }
      if (operation.isEmpty() || chance(30)) {
        operation.set(pick("paths", "notPaths"), some("/a", "/b/*", "*/c", "*"));
      }
      return operation;
    }

    private ObjectNode condition() {
      ObjectNode condition = JSON.createObjectNode();
      String key =
          pick(
              "source.ip",
              "source.namespace",
              "source.principal",
              "source.serviceAccount",
              "destination.ip",
              "destination.port");
      condition.put("key", key);
      String field = pick("values", "notValues");
      condition.set(field, values(key));
      if (chance(30)) {
        condition.set(field.equals("values") ? "notValues" : "values", values(key));
      }
      return condition;
    }

    private ArrayNode values(String key) {
      return switch (key) {
        case "source.namespace" -> namespaces();
        case "source.principal" -> principals();
        case "source.serviceAccount" -> accounts();
        case "destination.port" -> ports();
        default -> blocks();
      };
    }
  }
}
