// SPDX-License-Identifier: Apache-2.0
package dev.weir.bench.cluster;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Draws policies of the shapes that people write. */
final class Policies {
  /** After so many the shapes come again. */
  static final int SHAPES = 20;

  private static final String NETWORK = "networking.k8s.io/v1";
  private static final String SECURITY = "security.istio.io/v1";

  /** Networks outside the cluster that policies name, and blocks within that hold pods. */
  private static final ImmutableList<String> OUTSIDE =
      ImmutableList.of(
          "192.168.0.0/16",
          "192.168.10.0/24",
          "172.16.0.0/12",
          "172.20.4.0/22",
          "203.0.113.0/24",
          "198.51.100.0/25",
          "198.51.100.128/26");

  private final Random random;
  private final int namespaces;
  private final List<Cluster.Service> services;
  private final ImmutableList.Builder<ObjectNode> made = ImmutableList.builder();

  Policies(Random random, int namespaces, List<Cluster.Service> services) {
    this.random = random;
    this.namespaces = namespaces;
    this.services = services;
  }

  /** Seven in ten are NetworkPolicies; of the others, one in three asks for the request. */
  ImmutableList<ObjectNode> of(int count) {
    List<Cluster.Service> shuffled = new ArrayList<>(services);
    Collections.shuffle(shuffled, random);
    for (int i = 0; i < count; i++) {
      Cluster.Service service = shuffled.get(i % shuffled.size());
      int shape = i % SHAPES;
      made.add(
          switch (shape) {
            case 0 -> denial(service, i);
            case 1, 2, 3, 4 -> fromApps(service, i);
            case 5, 6 -> fromTeam(service, i);
            case 7 -> fromOthers(service, i);
            case 8 -> fromBlocks(service, i);
            case 9 -> portRange(service, i);
            case 10 -> namedPort(service, i);
            case 11, 12 -> toApps(service, i);
            case 13 -> toWorld(service, i);
            case 14, 15 -> allowAccounts(service, i);
            case 16 -> allowNamespaces(service, i);
            case 17 -> denyNamespaces(service, i);
            case 18 -> allowRequests(service, i);
            default -> denyRequests(service, i);
          });
    }
    return made.build();
  }

  private ObjectNode network(Cluster.Service service, int number, boolean select) {
    ObjectNode policy =
        Cluster.resource(
            NETWORK, "NetworkPolicy", Cluster.namespace(service.namespace()), "policy-" + number);
    ObjectNode selector = policy.putObject("spec").putObject("podSelector");
    if (select) {
      selector.putObject("matchLabels").put("app", service.name());
    }
    return policy;
  }

  private static ObjectNode spec(ObjectNode policy, String direction) {
    ObjectNode spec = (ObjectNode) policy.get("spec");
    spec.putArray("policyTypes").add(direction);
    return spec;
  }

  private static ObjectNode ingress(ObjectNode policy) {
    return spec(policy, "Ingress").putArray("ingress").addObject();
  }

  private static ObjectNode port(ObjectNode rule, String protocol, int port) {
    return rule.withArrayProperty("ports").addObject().put("protocol", protocol).put("port", port);
  }

  private Cluster.Service neighbour(Cluster.Service service) {
    int all = services.size() / namespaces;
    int index = random.nextInt(Math.max(1, all));
    return services.get(Math.min(services.size() - 1, index * namespaces + service.namespace()));
  }

  private static ObjectNode expression(
      ObjectNode selector, String key, String operator, String... values) {
    ObjectNode expression =
        selector
            .withArrayProperty("matchExpressions")
            .addObject()
            .put("key", key)
            .put("operator", operator);
    if (values.length > 0) {
      ArrayNode list = expression.putArray("values");
      for (String value : values) {
        list.add(value);
      }
    }
    return expression;
  }

  private ObjectNode denial(Cluster.Service service, int number) {
    ObjectNode policy = network(service, number, false);
    spec(policy, "Ingress");
    return policy;
  }

  private ObjectNode fromApps(Cluster.Service service, int number) {
    ObjectNode policy = network(service, number, true);
    ObjectNode rule = ingress(policy);
    ObjectNode peer = rule.putArray("from").addObject().putObject("podSelector");
    if (number % 2 == 0) {
      expression(
          peer,
          "app",
          "In",
          neighbour(service).name(),
          neighbour(service).name(),
          neighbour(service).name());
    } else {
      peer.putObject("matchLabels").put("app", neighbour(service).name());
    }
    port(rule, "TCP", service.port());
    return policy;
  }

  private ObjectNode fromTeam(Cluster.Service service, int number) {
    ObjectNode policy = network(service, number, true);
    ObjectNode rule = ingress(policy);
    ObjectNode peer = rule.putArray("from").addObject();
    peer.putObject("namespaceSelector")
        .putObject("matchLabels")
        .put("team", Cluster.team(random.nextInt(namespaces)));
    if (number % 2 == 0) {
      expression(peer.putObject("podSelector"), "tier", "NotIn", "data");
    }
    port(rule, "TCP", service.port());
    return policy;
  }

  private ObjectNode fromOthers(Cluster.Service service, int number) {
    ObjectNode policy = network(service, number, true);
    ObjectNode rule = ingress(policy);
    ObjectNode peer = rule.putArray("from").addObject();
    expression(peer.putObject("namespaceSelector"), "env", "NotIn", "dev", "staging");
    expression(peer.putObject("podSelector"), "legacy", "DoesNotExist");
    return policy;
  }

  private ObjectNode fromBlocks(Cluster.Service service, int number) {
    ObjectNode policy = network(service, number, true);
    ObjectNode rule = ingress(policy);
    ObjectNode block = rule.putArray("from").addObject().putObject("ipBlock");
    switch (random.nextInt(4)) {
      case 0 -> block.put("cidr", OUTSIDE.get(random.nextInt(OUTSIDE.size())));
      case 1 -> {
        // Covers pods, less two nodes.
        block.put("cidr", "10.0.0.0/8");
        block.putArray("except").add("10.0.0.0/24").add("10.0.1.0/24");
      }
      case 2 -> block.put("cidr", "0.0.0.0/0").putArray("except").add("10.0.0.0/8");
      default -> block.put("cidr", "fd00:20::/32");
    }
    port(rule, "TCP", service.port());
    return policy;
  }

  private ObjectNode portRange(Cluster.Service service, int number) {
    ObjectNode policy = network(service, number, true);
    ObjectNode rule = ingress(policy);
    rule.putArray("from").addObject().putObject("podSelector");
    port(rule, "TCP", 8000).put("endPort", 8000 + 10 * (1 + random.nextInt(10)));
    return policy;
  }

  private ObjectNode namedPort(Cluster.Service service, int number) {
    ObjectNode policy = network(service, number, true);
    ObjectNode rule = ingress(policy);
    rule.putArray("from")
        .addObject()
        .putObject("podSelector")
        .putObject("matchLabels")
        .put("tier", "frontend");
    rule.withArrayProperty("ports").addObject().put("protocol", "TCP").put("port", "http");
    return policy;
  }

  private ObjectNode toApps(Cluster.Service service, int number) {
    ObjectNode policy = network(service, number, true);
    ArrayNode egress = spec(policy, "Egress").putArray("egress");
    ObjectNode apps = egress.addObject();
    Cluster.Service to = neighbour(service);
    apps.putArray("to")
        .addObject()
        .putObject("podSelector")
        .putObject("matchLabels")
        .put("app", to.name());
    port(apps, "TCP", to.port());
    ObjectNode names = egress.addObject();
    names
        .putArray("to")
        .addObject()
        .putObject("namespaceSelector")
        .putObject("matchLabels")
        .put("kubernetes.io/metadata.name", Cluster.namespace(0));
    port(names, "UDP", 53);
    return policy;
  }

  private ObjectNode toWorld(Cluster.Service service, int number) {
    ObjectNode policy = network(service, number, true);
    ObjectNode rule = spec(policy, "Egress").putArray("egress").addObject();
    ObjectNode block = rule.putArray("to").addObject().putObject("ipBlock");
    block.put("cidr", "0.0.0.0/0");
    block.putArray("except").add("10.0.0.0/8").add("192.168.0.0/16");
    port(rule, "TCP", 443);
    return policy;
  }

  private ObjectNode authorization(Cluster.Service service, int number, String action) {
    ObjectNode policy =
        Cluster.resource(
            SECURITY,
            "AuthorizationPolicy",
            Cluster.namespace(service.namespace()),
            "access-" + number);
    ObjectNode spec = policy.putObject("spec");
    spec.putObject("selector").putObject("matchLabels").put("app", service.name());
    spec.put("action", action);
    return policy;
  }

  private static ObjectNode rule(ObjectNode policy) {
    return ((ObjectNode) policy.get("spec")).putArray("rules").addObject();
  }

  private static ObjectNode source(ObjectNode rule) {
    return rule.putArray("from").addObject().putObject("source");
  }

  private static ObjectNode operation(ObjectNode rule) {
    return rule.putArray("to").addObject().putObject("operation");
  }

  private ObjectNode allowAccounts(Cluster.Service service, int number) {
    ObjectNode policy = authorization(service, number, "ALLOW");
    ObjectNode rule = rule(policy);
    ArrayNode principals = source(rule).putArray("principals");
    for (int i = 0; i < 1 + number % 3; i++) {
      Cluster.Service client = neighbour(service);
      principals.add(
          "cluster.local/ns/" + Cluster.namespace(client.namespace()) + "/sa/" + client.account());
    }
    operation(rule).putArray("ports").add(String.valueOf(service.port()));
    return policy;
  }

  private ObjectNode allowNamespaces(Cluster.Service service, int number) {
    ObjectNode policy = authorization(service, number, "ALLOW");
    source(rule(policy))
        .putArray("namespaces")
        .add(Cluster.namespace(service.namespace()))
        .add(Cluster.namespace(random.nextInt(namespaces)));
    return policy;
  }

  private ObjectNode denyNamespaces(Cluster.Service service, int number) {
    ObjectNode policy = authorization(service, number, "DENY");
    source(rule(policy))
        .putArray("notNamespaces")
        .add(Cluster.namespace(service.namespace()))
        .add(Cluster.namespace(random.nextInt(namespaces)));
    return policy;
  }

  private ObjectNode allowRequests(Cluster.Service service, int number) {
    ObjectNode policy = authorization(service, number, "ALLOW");
    ObjectNode rule = rule(policy);
    source(rule).putArray("namespaces").add(Cluster.namespace(service.namespace()));
    ObjectNode operation = operation(rule);
    operation.putArray("methods").add("GET").add("HEAD");
    operation.putArray("paths").add("/" + service.name() + "/*");
    return policy;
  }

  private ObjectNode denyRequests(Cluster.Service service, int number) {
    ObjectNode policy = authorization(service, number, "DENY");
    ObjectNode rule = rule(policy);
    source(rule).putArray("notNamespaces").add(Cluster.namespace(service.namespace()));
    operation(rule).putArray("paths").add("/admin*");
    return policy;
  }
}
