package dev.weir.compiler.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * What the published semantics of NetworkPolicy and AuthorizationPolicy say of one connection,
 * straight from the policies' trees: the other opinion in property tests. Knows nothing of rules.
 */
record StandardAsWritten(List<Host> hosts, List<JsonNode> policies) {

  /** A pod; {@code ports} by name, TCP. */
  record Host(
      String address,
      String namespace,
      String account,
      Map<String, String> labels,
      Map<String, String> namespaceLabels,
      Map<String, Integer> ports) {}

  /** TCP or UDP; {@code method} is null where the connection carries no HTTP. */
  record Connection(
      String from, String to, boolean tcp, int port, @Nullable String method, String path) {}

  boolean allows(Connection connection) {
    return network(connection, "Egress", "egress", "to")
        && network(connection, "Ingress", "ingress", "from")
        && (!connection.tcp() || authorization(connection));
  }

  private @Nullable Host host(String address) {
    return hosts.stream().filter(each -> each.address().equals(address)).findFirst().orElse(null);
  }

  private static Iterable<JsonNode> each(JsonNode list) {
    return list;
  }

  private static boolean any(JsonNode list, java.util.function.Predicate<JsonNode> test) {
    return StreamSupport.stream(list.spliterator(), false).anyMatch(test);
  }

  // NetworkPolicy

  private boolean network(Connection connection, String type, String field, String peers) {
    boolean ingress = type.equals("Ingress");
    Host subject = host(ingress ? connection.to() : connection.from());
    String peer = ingress ? connection.from() : connection.to();
    if (subject == null) {
      return true;
    }
    boolean isolated = false;
    for (JsonNode policy : policies) {
      if (!policy.path("kind").asText().equals("NetworkPolicy")) {
        continue;
      }
      JsonNode spec = policy.path("spec");
      String namespace = policy.path("metadata").path("namespace").asText();
      JsonNode types = spec.path("policyTypes");
      boolean applies =
          types.isEmpty()
              ? ingress || !spec.path("egress").isEmpty()
              : any(types, each -> each.asText().equals(type));
      if (!applies
          || !subject.namespace().equals(namespace)
          || !selects(spec.path("podSelector"), subject.labels())) {
        continue;
      }
      isolated = true;
      for (JsonNode rule : each(spec.path(field))) {
        boolean peerMatches =
            rule.path(peers).isEmpty()
                || any(rule.path(peers), each -> peer(each, peer, namespace));
        boolean portMatches =
            rule.path("ports").isEmpty() || any(rule.path("ports"), each -> port(each, connection));
        if (peerMatches && portMatches) {
          return true;
        }
      }
    }
    return !isolated;
  }

  private boolean peer(JsonNode peer, String address, String namespace) {
    if (peer.has("ipBlock")) {
      JsonNode block = peer.path("ipBlock");
      return within(block.path("cidr").asText(), address)
          && !any(block.path("except"), each -> within(each.asText(), address));
    }
    Host host = host(address);
    return host != null
        && (peer.has("namespaceSelector")
            ? selects(peer.path("namespaceSelector"), host.namespaceLabels())
            : host.namespace().equals(namespace))
        && (!peer.has("podSelector") || selects(peer.path("podSelector"), host.labels()));
  }

  private boolean port(JsonNode port, Connection connection) {
    if (port.path("protocol").asText("TCP").equals("TCP") != connection.tcp()) {
      return false;
    }
    JsonNode number = port.path("port");
    if (number.isMissingNode()) {
      return true;
    }
    if (number.isTextual()) {
      Host host = host(connection.to());
      return connection.tcp()
          && host != null
          && Integer.valueOf(connection.port()).equals(host.ports().get(number.asText()));
    }
    return number.asInt() <= connection.port()
        && connection.port() <= port.path("endPort").asInt(number.asInt());
  }

  private static boolean selects(JsonNode selector, Map<String, String> labels) {
    for (Map.Entry<String, JsonNode> each : selector.path("matchLabels").properties()) {
      if (!each.getValue().asText().equals(labels.get(each.getKey()))) {
        return false;
      }
    }
    for (JsonNode each : each(selector.path("matchExpressions"))) {
      String value = labels.get(each.path("key").asText());
      boolean listed = any(each.path("values"), one -> one.asText().equals(value));
      boolean holds =
          switch (each.path("operator").asText()) {
            case "In" -> listed;
            case "NotIn" -> !listed;
            case "Exists" -> value != null;
            default -> value == null;
          };
      if (!holds) {
        return false;
      }
    }
    return true;
  }

  private static boolean within(String block, String address) {
    IpAddress parsed = IpAddress.parse(address);
    return block.contains("/")
        ? Prefix.parse(block).contains(parsed)
        : IpAddress.parse(block).equals(parsed);
  }

  // AuthorizationPolicy

  private boolean authorization(Connection connection) {
    Host server = host(connection.to());
    if (server == null) {
      return true;
    }
    boolean anyAllow = false;
    boolean allowed = false;
    for (JsonNode policy : policies) {
      if (!policy.path("kind").asText().equals("AuthorizationPolicy")) {
        continue;
      }
      String namespace = policy.path("metadata").path("namespace").asText();
      JsonNode spec = policy.path("spec");
      if (!(namespace.equals("istio-system") || namespace.equals(server.namespace()))
          || !selects(spec.path("selector"), server.labels())) {
        continue;
      }
      boolean deny = spec.path("action").asText().equals("DENY");
      boolean matches = any(spec.path("rules"), rule -> matches(rule, deny, namespace, connection));
      if (deny && matches) {
        return false;
      }
      anyAllow |= !deny;
      allowed |= !deny && matches;
    }
    return !anyAllow || allowed;
  }

  private boolean matches(JsonNode rule, boolean deny, String namespace, Connection connection) {
    boolean http = connection.method() != null;
    boolean asksRequest =
        any(
            rule.path("to"),
            each ->
                List.of("methods", "notMethods", "paths", "notPaths").stream()
                    .anyMatch(each.path("operation")::has));
    if (!http && !deny && asksRequest) {
      return false;
    }
    return (rule.path("from").isEmpty()
            || any(rule.path("from"), each -> source(each.path("source"), namespace, connection)))
        && (rule.path("to").isEmpty()
            || any(rule.path("to"), each -> operation(each.path("operation"), connection)))
        && !any(rule.path("when"), each -> !condition(each, namespace, connection));
  }

  private boolean source(JsonNode source, String namespace, Connection connection) {
    return field(
            source,
            "principals",
            "notPrincipals",
            attribute("source.principal", namespace),
            connection)
        && field(
            source,
            "namespaces",
            "notNamespaces",
            attribute("source.namespace", namespace),
            connection)
        && field(
            source,
            "serviceAccounts",
            "notServiceAccounts",
            attribute("source.serviceAccount", namespace),
            connection)
        && field(source, "ipBlocks", "notIpBlocks", attribute("source.ip", namespace), connection);
  }

  private boolean operation(JsonNode operation, Connection connection) {
    BiPredicate<String, Connection> port = attribute("destination.port", "");
    return field(operation, "ports", "notPorts", port, connection)
        && (connection.method() == null
            || (field(
                    operation,
                    "methods",
                    "notMethods",
                    (value, c) -> text(value, String.valueOf(c.method())),
                    connection)
                && field(
                    operation,
                    "paths",
                    "notPaths",
                    (value, c) -> text(value, c.path()),
                    connection)));
  }

  private boolean condition(JsonNode when, String namespace, Connection connection) {
    return field(
        when, "values", "notValues", attribute(when.path("key").asText(), namespace), connection);
  }

  private static boolean field(
      JsonNode node,
      String values,
      String notValues,
      BiPredicate<String, Connection> matches,
      Connection connection) {
    return (node.path(values).isEmpty()
            || any(node.path(values), each -> matches.test(each.asText(), connection)))
        && !any(node.path(notValues), each -> matches.test(each.asText(), connection));
  }

  private BiPredicate<String, Connection> attribute(String key, String policyNamespace) {
    return (value, connection) -> {
      Host client = host(connection.from());
      return switch (key) {
        case "source.ip" -> within(value, connection.from());
        case "destination.ip" -> within(value, connection.to());
        case "destination.port" -> Integer.parseInt(value) == connection.port();
        case "source.namespace" -> client != null && text(value, client.namespace());
        case "source.principal" ->
            client != null
                && text(
                    value, "cluster.local/ns/" + client.namespace() + "/sa/" + client.account());
        case "source.serviceAccount" ->
            client != null
                && (value.contains("/") ? value : policyNamespace + "/" + value)
                    .equals(client.namespace() + "/" + client.account());
        default -> throw new IllegalArgumentException(key);
      };
    };
  }

  private static boolean text(String pattern, String value) {
    if (pattern.equals("*")) {
      return !value.isEmpty();
    }
    if (pattern.startsWith("*")) {
      return value.endsWith(pattern.substring(1));
    }
    return pattern.endsWith("*")
        ? value.startsWith(pattern.substring(0, pattern.length() - 1))
        : value.equals(pattern);
  }
}
