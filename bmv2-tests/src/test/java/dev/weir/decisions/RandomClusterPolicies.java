package dev.weir.decisions;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Random;

/**
 * Random ClusterNetworkPolicies over the names of {@link RandomMesh}, and Nodes for their peers.
 */
final class RandomClusterPolicies extends RandomChoice {
  private static final List<String> NETWORKS =
      List.of(
          "10.77.0.0/16",
          "10.77.1.0/24",
          "10.77.2.0/23",
          "203.0.113.0/24",
          "203.0.113.128/25",
          "0.0.0.0/0",
          "fd77::/32",
          "2001:db8::/32",
          "::/0");
  private static final List<String> VALUES = List.of("x", "y", "z");

  RandomClusterPolicies(Random random) {
    super(random);
  }

  /** A node whose address a probe may name: one of a host-network pod, or of nobody else. */
  ObjectNode node(int number) {
    ObjectNode node = object().put("apiVersion", "v1").put("kind", "Node");
    ObjectNode metadata = node.putObject("metadata").put("name", "n" + number);
    if (chance(70)) {
      metadata.putObject("labels").put("zone", one(VALUES));
    }
    ArrayNode addresses = node.putObject("status").putArray("addresses");
    addresses
        .addObject()
        .put("type", chance(70) ? "InternalIP" : "ExternalIP")
        .put("address", number == 1 ? "198.51.100.1" : "203.0.113.200");
    addresses.addObject().put("type", "Hostname").put("address", "n" + number);
    return node;
  }

  ObjectNode policy(int number) {
    ObjectNode policy =
        object()
            .put("apiVersion", "policy.networking.k8s.io/v1alpha2")
            .put("kind", "ClusterNetworkPolicy");
    policy.putObject("metadata").put("name", "c" + number);
    ObjectNode spec = policy.putObject("spec").put("tier", one(List.of("Admin", "Baseline")));
    // Few of them, so that some are equal.
    spec.put("priority", one(List.of(0, 5, 5, 1000)));
    spec.set("subject", selected());
    if (chance(70)) {
      rules(spec.putArray("ingress"), "from");
    }
    if (chance(70)) {
      rules(spec.putArray("egress"), "to");
    }
    return policy;
  }

  /** Pods by their namespaces, or by both. */
  private ObjectNode selected() {
    ObjectNode selected = object();
    if (chance(50)) {
      selected.set("namespaces", selector("team"));
      return selected;
    }
    ObjectNode pods = selected.putObject("pods");
    if (chance(80)) {
      pods.set("namespaceSelector", selector("team"));
    }
    pods.set("podSelector", selector("app"));
    return selected;
  }

  private ObjectNode selector(String label) {
    ObjectNode selector = object();
    if (chance(40)) {
      return selector;
    }
    String operator = one(List.of("", "In", "NotIn", "Exists", "DoesNotExist"));
    if (operator.isEmpty()) {
      boolean name = label.equals("team") && chance(40);
      selector
          .putObject("matchLabels")
          .put(
              name ? "kubernetes.io/metadata.name" : label,
              name ? one(List.of("red", "green")) : one(VALUES));
      return selector;
    }
    ObjectNode expression = selector.putArray("matchExpressions").addObject().put("key", label);
    expression.put("operator", operator);
    if (operator.endsWith("In")) {
      expression.putArray("values").add(one(VALUES)).add(one(VALUES));
    }
    return selector;
  }

  private void rules(ArrayNode rules, String field) {
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      ObjectNode rule = rules.addObject().put("action", one(List.of("Accept", "Deny", "Pass")));
      ArrayNode peers = rule.putArray(field);
      boolean addresses = false;
      int peerCount = 1 + random.nextInt(2);
      for (int j = 0; j < peerCount; j++) {
        ObjectNode peer = peer(field.equals("to"));
        addresses |= peer.has("networks") || peer.has("nodes");
        peers.add(peer);
      }
      if (chance(60)) {
        ArrayNode protocols = rule.putArray("protocols");
        int protocolCount = 1 + random.nextInt(2);
        for (int j = 0; j < protocolCount; j++) {
          protocols.add(protocol(!addresses));
        }
      }
    }
  }

  private ObjectNode peer(boolean egress) {
    if (chance(4)) {
      return object(); // no field that is known: the rule fails closed
    }
    if (egress && chance(35)) {
      ObjectNode peer = object();
      if (chance(25)) {
        peer.set("nodes", selector("zone"));
      } else {
        ArrayNode networks = peer.putArray("networks").add(one(NETWORKS));
        String second = one(NETWORKS);
        if (chance(30) && !networks.get(0).textValue().equals(second)) {
          networks.add(second);
        }
      }
      return peer;
    }
    return selected();
  }

  private ObjectNode protocol(boolean names) {
    ObjectNode protocol = object();
    if (names && chance(35)) {
      return protocol.put("destinationNamedPort", one(RandomMesh.PORT_NAMES));
    }
    ObjectNode port =
        protocol.putObject(one(List.of("tcp", "tcp", "udp", "sctp"))).putObject("destinationPort");
    int number = one(RandomMesh.PORTS);
    if (chance(60)) {
      port.put("number", number);
    } else {
      port.putObject("range")
          .put("start", number)
          .put("end", Math.min(65535, number + 1 + random.nextInt(chance(50) ? 7 : 9000)));
    }
    return protocol;
  }
}
