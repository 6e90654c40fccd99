package dev.weir.decisions;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.compiler.net.Prefix;
import java.util.List;
import java.util.Random;

/** Random NetworkPolicies and AuthorizationPolicies over the names of {@link RandomMesh}. */
final class RandomPolicies extends RandomChoice {
  private static final List<String> BLOCKS =
      List.of(
          "10.77.0.0/16",
          "10.77.1.0/24",
          "10.77.2.0/23",
          "10.77.3.1/32",
          "203.0.113.0/24",
          "0.0.0.0/0",
          "fd77::/32",
          "fd77::2:0/111",
          "::/0");
  private static final List<String> EXCEPTIONS =
      List.of("10.77.1.0/25", "10.77.2.0/24", "203.0.113.128/25", "fd77::2:0/112");
  private static final List<String> PRINCIPALS =
      List.of(
          "cluster.local/ns/red/sa/robot",
          "cluster.local/ns/green/sa/default",
          "cluster.local/ns/red/*",
          "*/ns/green/sa/robot",
          "*/sa/robot",
          "cluster.local/ns/blue/sa/nobody",
          "cluster.local/ns/green/sa/rob*",
          "*r/ns/red/sa/robot",
          "*local/ns/red/sa/robot",
          "clu*",
          "new-td/ns/red/sa/robot",
          "old-td/ns/green/sa/default",
          "*-td/ns/red/sa/robot",
          "other/ns/red/sa/robot",
          "*");
  private static final List<String> NAMESPACES =
      List.of("red", "green", "blue", "gr*", "*ed", "e*", "*");
  private static final List<String> ACCOUNTS = List.of("robot", "red/default", "green/robot");
  private static final List<String> TRUST_DOMAINS =
      List.of("new-td", "cluster.local", "*", "*-td", "old-td", "o*");
  private static final List<String> PATHS =
      List.of(
          "/",
          "/a",
          "/a/*",
          "*/b",
          "/admin*",
          "*",
          "/a/b",
          "/x/y",
          "/a/{*}",
          "/{**}",
          "/a/{**}",
          "/{*}/b/{**}",
          "/a/../b",
          "/%61",
          "*//b",
          "a");
  private static final List<String> HOSTS =
      List.of("a.test", "A.Test", "*.a.test", "a.test:*", "*", "b.*");
  private static final List<String> TEXTS = List.of("a", "a*", "*a", "ab", "*", "b");
  private static final List<String> HEADER_VALUES = List.of("1", "1*", "*1", "*", "12");
  private static final List<String> REQUEST_PRINCIPALS =
      List.of("a/a", "*", "a/*", "*/ab", "*a/b", "a/a*", "a*", "*b", "a", "ab/ba", "a/*b");
  private static final List<String> NAMES = List.of("a.test", "*.a.test", "x*", "*", "b");
  private static final List<String> METHODS = List.of("GET", "POST", "DELETE", "P*", "*T", "*");

  RandomPolicies(Random random) {
    super(random);
  }

  private ArrayNode some(List<String> of) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    int count = 1 + random.nextInt(2);
    for (int i = 0; i < count; i++) {
      list.add(one(of));
    }
    return list;
  }

  private static ObjectNode resource(String apiVersion, String kind, String namespace, int number) {
    ObjectNode resource = object().put("apiVersion", apiVersion).put("kind", kind);
    resource.putObject("metadata").put("namespace", namespace).put("name", "p" + number);
    return resource;
  }

  ObjectNode networkPolicy(int number) {
    ObjectNode policy =
        resource("networking.k8s.io/v1", "NetworkPolicy", one(List.of("red", "green")), number);
    ObjectNode spec = policy.putObject("spec");
    spec.set("podSelector", selector("app"));
    if (chance(60)) {
      ArrayNode types = spec.putArray("policyTypes");
      boolean both = chance(30);
      boolean ingress = chance(60);
      if (both || ingress) {
        types.add("Ingress");
      }
      if (both || !ingress) {
        types.add("Egress");
      }
    }
    if (chance(80)) {
      networkRules(spec.putArray("ingress"), "from");
    }
    if (chance(60)) {
      networkRules(spec.putArray("egress"), "to");
    }
    return policy;
  }

  private void networkRules(ArrayNode rules, String peers) {
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      ObjectNode rule = rules.addObject();
      if (chance(80)) {
        ArrayNode list = rule.putArray(peers);
        int peerCount = random.nextInt(3);
        for (int j = 0; j < peerCount; j++) {
          list.add(peer());
        }
      }
      if (chance(70)) {
        ArrayNode list = rule.putArray("ports");
        int portCount = random.nextInt(3);
        for (int j = 0; j < portCount; j++) {
          list.add(port());
        }
      }
    }
  }

  private ObjectNode peer() {
    ObjectNode peer = object();
    if (chance(35)) {
      ObjectNode block = peer.putObject("ipBlock").put("cidr", one(BLOCKS));
      for (String except : EXCEPTIONS) {
        if (chance(40)
            && Prefix.parse(block.get("cidr").textValue()).contains(Prefix.parse(except))) {
          block.withArray("except").add(except);
        }
      }
      return peer;
    }
    boolean namespaces = chance(50);
    if (namespaces) {
      ObjectNode selector = selector("team");
      if (chance(20)) {
        selector
            .putObject("matchLabels")
            .put("kubernetes.io/metadata.name", one(List.of("red", "green", "blue")));
      }
      peer.set("namespaceSelector", selector);
    }
    if (!namespaces || chance(50)) {
      peer.set("podSelector", selector("app"));
    }
    return peer;
  }

  private ObjectNode selector(String label) {
    ObjectNode selector = object();
    String name = label.equals("app") && chance(30) ? "tier" : label;
    if (chance(40)) {
      selector.putObject("matchLabels").put(name, one(RandomMesh.VALUES));
    }
    if (chance(40)) {
      ArrayNode expressions = selector.putArray("matchExpressions");
      int count = 1 + random.nextInt(2);
      for (int i = 0; i < count; i++) {
        String key = label.equals("app") && chance(30) ? "tier" : label;
        String operator = one(List.of("In", "NotIn", "Exists", "DoesNotExist"));
        ObjectNode expression = expressions.addObject().put("key", key).put("operator", operator);
        if (operator.endsWith("In")) {
          expression.set("values", some(RandomMesh.VALUES));
        }
      }
    }
    return selector;
  }

  private ObjectNode port() {
    ObjectNode port = object();
    if (chance(50)) {
      port.put("protocol", one(List.of("TCP", "TCP", "UDP", "SCTP")));
    }
    switch (random.nextInt(5)) {
      case 0 -> port.put("port", one(RandomMesh.PORT_NAMES));
      case 1 -> {
        int first = one(RandomMesh.PORTS);
        port.put("port", first).put("endPort", Math.min(65535, first + random.nextInt(9000)));
      }
      case 2 -> {}
      default -> port.put("port", one(RandomMesh.PORTS));
    }
    return port;
  }

  ObjectNode authorizationPolicy(int number) {
    ObjectNode policy =
        resource(
            "security.istio.io/v1",
            "AuthorizationPolicy",
            one(List.of("red", "red", "green", "istio-system")),
            number);
    ObjectNode spec = policy.putObject("spec");
    if (chance(40)) {
      spec.putObject("selector").putObject("matchLabels").put("app", one(RandomMesh.VALUES));
    }
    if (!spec.has("selector") && chance(15)) {
      ArrayNode targets = spec.putArray("targetRefs");
      int targetCount = 1 + random.nextInt(2);
      for (int i = 0; i < targetCount; i++) {
        targets
            .addObject()
            .put("kind", "Service")
            .put("group", "")
            .put("name", one(List.of("s1", "s2", "none")));
      }
    }
    if (chance(8)) {
      ((ObjectNode) policy.get("metadata"))
          .putObject("annotations")
          .put("istio.io/dry-run", one(List.of("true", "false", "T", "yes")));
    }
    boolean deny = chance(40);
    if (chance(20)) {
      spec.put("action", "CUSTOM")
          .putObject("provider")
          .put("name", one(List.of("grpc", "grpc", "grpc", "http", "traces", "nobody")));
      deny = true;
    } else if (chance(5)) {
      spec.put("action", "AUDIT");
    } else if (deny || chance(50)) {
      spec.put("action", deny ? "DENY" : "ALLOW");
    }
    int count = deny ? 1 + random.nextInt(2) : random.nextInt(4);
    ArrayNode rules = spec.putArray("rules");
    for (int i = 0; i < count; i++) {
      rules.add(authorizationRule());
    }
    return policy;
  }

  private ObjectNode authorizationRule() {
    ObjectNode rule = object();
    if (chance(50)) {
      ArrayNode from = rule.putArray("from");
      int count = 1 + random.nextInt(2);
      for (int i = 0; i < count; i++) {
        from.addObject().set("source", source());
      }
    }
    if (chance(85)) {
      ArrayNode to = rule.putArray("to");
      int count = 1 + random.nextInt(2);
      for (int i = 0; i < count; i++) {
        to.addObject().set("operation", operation());
      }
    }
    if (chance(40)) {
      ArrayNode when = rule.putArray("when").add(condition());
      if (chance(30)) {
        when.add(condition());
      }
    }
    return rule;
  }

  /** Both forms of a field or one of them. */
  private void lists(ObjectNode object, String field, String negated, List<String> of) {
    if (chance(75)) {
      object.set(field, some(of));
    }
    if (object.isEmpty() || chance(20)) {
      object.set(negated, some(of));
    }
  }

  private ObjectNode source() {
    ObjectNode source = object();
    switch (random.nextInt(7)) {
      case 6 -> lists(source, "trustDomains", "notTrustDomains", TRUST_DOMAINS);
      case 4 -> lists(source, "remoteIpBlocks", "notRemoteIpBlocks", BLOCKS);
      case 5 -> lists(source, "requestPrincipals", "notRequestPrincipals", REQUEST_PRINCIPALS);
      case 0 -> lists(source, "principals", "notPrincipals", PRINCIPALS);
      case 1 -> lists(source, "namespaces", "notNamespaces", NAMESPACES);
      case 2 -> lists(source, "serviceAccounts", "notServiceAccounts", ACCOUNTS);
      default -> lists(source, "ipBlocks", "notIpBlocks", BLOCKS);
    }
    if (chance(30) && !source.has("ipBlocks") && !source.has("notIpBlocks")) {
      source.set(chance(50) ? "ipBlocks" : "notIpBlocks", some(BLOCKS));
    }
    return source;
  }

  private ObjectNode operation() {
    ObjectNode operation = object();
    if (chance(40)) {
      operation.set(chance(80) ? "ports" : "notPorts", some(ports()));
    }
    if (chance(50)) {
      operation.set(chance(80) ? "methods" : "notMethods", some(METHODS));
    }
    if (chance(20)) {
      lists(operation, "hosts", "notHosts", HOSTS);
    }
    if (operation.isEmpty() || chance(40)) {
      operation.set(chance(80) ? "paths" : "notPaths", some(PATHS));
    }
    return operation;
  }

  private static List<String> ports() {
    return RandomMesh.PORTS.stream().map(String::valueOf).toList();
  }

  private ObjectNode condition() {
    ObjectNode condition = object();
    String key =
        one(
            List.of(
                "source.ip",
                "source.namespace",
                "source.principal",
                "source.serviceAccount",
                "source.trustDomain",
                "destination.ip",
                "destination.port",
                "remote.ip",
                "connection.sni",
                "request.headers[x-a]",
                "request.headers[X-B]",
                "request.headers[host]",
                "request.headers[:method]",
                "request.auth.principal",
                "request.auth.audiences",
                "request.auth.presenter",
                "request.auth.claims[iss]",
                "request.auth.claims[groups]",
                "request.auth.claims[groups][in]",
                "request.auth.claims[scope]"));
    condition.put("key", key);
    List<String> values =
        switch (key) {
          case "source.namespace" -> NAMESPACES;
          case "source.principal" -> PRINCIPALS;
          case "source.serviceAccount" -> ACCOUNTS;
          case "destination.port" -> ports();
          case "source.trustDomain" -> TRUST_DOMAINS;
          case "connection.sni" -> NAMES;
          case "request.headers[host]" -> HOSTS;
          case "request.headers[:method]" -> METHODS;
          case "request.headers[x-a]", "request.headers[X-B]" -> HEADER_VALUES;
          case "request.auth.principal" -> REQUEST_PRINCIPALS;
          case "request.auth.audiences",
              "request.auth.presenter",
              "request.auth.claims[iss]",
              "request.auth.claims[groups]",
              "request.auth.claims[groups][in]",
              "request.auth.claims[scope]" ->
              TEXTS;
          default -> BLOCKS;
        };
    if (chance(70)) {
      condition.set("values", some(values));
    }
    if (!condition.has("values") || chance(20)) {
      condition.set("notValues", some(values));
    }
    return condition;
  }
}
