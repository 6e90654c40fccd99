package dev.weir.reference;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * ClusterNetworkPolicy, policy.networking.k8s.io/v1alpha2. Quotations are from its field
 * documentation.
 */
final class ClusterNetworkPolicies {
  private static final Set<String> OBJECT =
      Set.of("apiVersion", "kind", "metadata", "spec", "status");
  private static final Set<String> SPEC =
      Set.of("tier", "priority", "subject", "ingress", "egress");
  private static final Set<String> SELECTED = Set.of("namespaces", "pods");
  private static final Set<String> EGRESS_PEER =
      Set.of("namespaces", "pods", "nodes", "networks", "domainNames");

  private final Inventory inventory;
  private final List<Resource> policies = new ArrayList<>();

  ClusterNetworkPolicies(Inventory inventory) {
    this.inventory = inventory;
  }

  void add(Resource policy) {
    policy.root().only(OBJECT);
    Field spec = policy.spec().only(SPEC);
    spec.get("tier").text();
    spec.get("tier").oneOf(Set.of("Admin", "Baseline"));
    spec.get("priority").number(0, 1000);
    Field subject = spec.get("subject");
    checkSelected(subject, SELECTED);
    if (subject.object().values().stream().filter(Field::present).count() != 1) {
      throw subject.error("exactly one field must be set");
    }
    spec.get("ingress").list().forEach(rule -> checkRule(rule, "from", SELECTED));
    spec.get("egress").list().forEach(rule -> checkRule(rule, "to", EGRESS_PEER));
    policies.add(policy);
    policies.sort(
        Comparator.comparing((Resource each) -> each.spec().get("priority").json().intValue())
            .thenComparing(Resource::name));
  }

  private static void checkRule(Field rule, String peers, Set<String> peerFields) {
    rule.only(Set.of("name", "action", peers, "protocols"));
    rule.get("name").textOr("");
    rule.get("action").text();
    rule.get("action").oneOf(Set.of("Accept", "Deny", "Pass"));
    // "This field must be defined and contain at least one item."
    if (rule.get(peers).list().isEmpty()) {
      throw rule.get(peers).error("wanted at least one item");
    }
    boolean withoutNames = false;
    for (Field peer : rule.get(peers).list()) {
      checkSelected(peer, peerFields);
      if (peer.object().size() > 1) {
        throw peer.error("exactly one of the fields must be set");
      }
      Labels.check(peer.get("nodes"));
      peer.get("networks").list().forEach(Block::cidr);
      if (peer.get("domainNames").present()) {
        throw peer.get("domainNames").error("names need a resolver; they are not decided here");
      }
      withoutNames |= peer.get("nodes").present() || peer.get("networks").present();
    }
    for (Field protocol : rule.get("protocols").list()) {
      checkProtocol(protocol);
      // "networks/nodes/domainNames peer cannot be set with namedPorts."
      if (withoutNames && protocol.get("destinationNamedPort").present()) {
        throw protocol.get("destinationNamedPort").error("nodes and networks have no named ports");
      }
    }
  }

  private static void checkSelected(Field selected, Set<String> fields) {
    selected.only(fields).object();
    Labels.check(selected.get("namespaces"));
    Field pods = selected.get("pods").only(Set.of("namespaceSelector", "podSelector"));
    Labels.check(pods.get("namespaceSelector"));
    Labels.check(pods.get("podSelector"));
  }

  private static void checkProtocol(Field protocol) {
    Set<String> names = Set.of("tcp", "udp", "sctp", "destinationNamedPort");
    Map<String, Field> fields = protocol.only(names).object();
    if (fields.size() != 1) {
      throw protocol.error("exactly one field must be set");
    }
    if (protocol.get("destinationNamedPort").present()) {
      protocol.get("destinationNamedPort").text();
      return;
    }
    Field one = fields.values().iterator().next().only(Set.of("destinationPort"));
    Field port = one.get("destinationPort").only(Set.of("number", "range"));
    // "You must specify either Port or Range."
    if (port.object().size() != 1) {
      throw port.error("wanted either number or range");
    }
    if (port.get("number").present()) {
      port.get("number").number(1, 65535);
    } else {
      Field range = port.get("range").only(Set.of("start", "end"));
      // "Start port must be less than End port."
      range.get("end").number(range.get("start").number(1, 65535) + 1, 65535);
    }
  }

  /**
   * What one tier says of one direction; nothing where no rule matches, and where one passes. "If
   * Admin tier has made a final decision (Accept or Deny) on a connection, then no further
   * evaluation is done."
   *
   * <p>"Policies with lower priority values have higher precedence." Of equal ones the standard
   * leaves the choice open; here the first by name goes first. "A rule that appears at the top …
   * would take the highest precedence."
   */
  Optional<Decision> decide(String tier, boolean ingress, Connection connection) {
    Optional<Pod> subject = ingress ? connection.server() : connection.client();
    for (Resource policy : policies) {
      if (policy.spec().get("tier").text().equals(tier)
          && subject.filter(pod -> isSelected(policy.spec().get("subject"), pod)).isPresent()) {
        for (Field rule : policy.spec().get(ingress ? "ingress" : "egress").list()) {
          String action = actionOf(rule, ingress, connection);
          switch (action) {
            case "Accept" -> {
              return Optional.of(Decision.allow(rule.path()));
            }
            case "Deny" -> {
              return Optional.of(Decision.deny(rule.path()));
            }
            // "Skips all further ClusterNetworkPolicy rules in the current tier for the selected
            // traffic, and passes evaluation to the next tier."
            case "Pass" -> {
              return Optional.empty();
            }
            default -> {}
          }
        }
      }
    }
    return Optional.empty();
  }

  /** The rule's action where it matches, else "none". */
  private String actionOf(Field rule, boolean ingress, Connection connection) {
    String action = rule.get("action").text();
    List<Field> peers = rule.get(ingress ? "from" : "to").list();
    // "If an implementation sees no fields are set then … it should fail closed. For Accept rules:
    // treat the rule as matching no traffic. For Deny and Pass rules: treat the rule as a Deny all
    // rule."
    if (peers.stream().anyMatch(peer -> peer.object().isEmpty())) {
      return action.equals("Accept") ? "none" : "Deny";
    }
    boolean matches =
        peers.stream().anyMatch(peer -> isPeer(peer, ingress, connection))
            && matchesProtocols(rule, connection);
    return matches ? action : "none";
  }

  private boolean isPeer(Field peer, boolean ingress, Connection connection) {
    Address address = ingress ? connection.source() : connection.destination();
    // "Note that cluster-internal traffic will be checked against the rule as well."
    if (peer.get("networks").present()) {
      return peer.get("networks").list().stream()
          .anyMatch(network -> Block.cidr(network).contains(address));
    }
    if (peer.get("nodes").present()) {
      return inventory.isNode(address, peer.get("nodes"));
    }
    // "Host-networked pods are not included in this type of peer": they are no pods here.
    return (ingress ? connection.client() : connection.server())
        .filter(pod -> isSelected(peer, pod))
        .isPresent();
  }

  /** "Pods is used to select pods via namespace AND pod selectors"; empty ones select all. */
  private boolean isSelected(Field selected, Pod pod) {
    Map<String, String> namespace = inventory.namespaceLabels(pod.namespace());
    if (selected.get("namespaces").present()) {
      return Labels.match(selected.get("namespaces"), namespace);
    }
    Field pods = selected.get("pods");
    return Labels.match(pods.get("namespaceSelector"), namespace)
        && Labels.match(pods.get("podSelector"), pod.labels());
  }

  /** "If unspecified, protocol-specific attributes will not be used to match traffic." */
  private static boolean matchesProtocols(Field rule, Connection connection) {
    List<Field> protocols = rule.get("protocols").list();
    return protocols.isEmpty()
        || protocols.stream().anyMatch(protocol -> matchesProtocol(protocol, connection));
  }

  private static boolean matchesProtocol(Field protocol, Connection connection) {
    Field named = protocol.get("destinationNamedPort");
    // "Selects a destination port on a pod based on the ContainerPort name", of any protocol.
    if (named.present()) {
      return connection
          .server()
          .flatMap(pod -> pod.portNamed(named.text(), connection.protocol()))
          .equals(Optional.of(connection.port()));
    }
    for (String name : List.of("tcp", "udp", "sctp")) {
      if (protocol.get(name).present()
          && name.equalsIgnoreCase(connection.protocol())
          && matchesPort(protocol.get(name).get("destinationPort"), connection.port())) {
        return true;
      }
    }
    return false;
  }

  private static boolean matchesPort(Field destination, int port) {
    if (destination.get("number").present()) {
      return destination.get("number").json().intValue() == port;
    }
    Field range = destination.get("range");
    return range.get("start").json().intValue() <= port
        && port <= range.get("end").json().intValue();
  }
}
