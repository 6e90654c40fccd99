package dev.weir.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** NetworkPolicy, networking.k8s.io/v1. Quotations are from its field documentation. */
final class NetworkPolicies {
  private static final Set<String> OBJECT = Set.of("apiVersion", "kind", "metadata", "spec");
  private static final Set<String> SPEC = Set.of("podSelector", "ingress", "egress", "policyTypes");
  private static final Set<String> PEER = Set.of("podSelector", "namespaceSelector", "ipBlock");
  private static final Set<String> PORT = Set.of("protocol", "port", "endPort");

  private final Inventory inventory;
  private final List<Resource> policies = new ArrayList<>();

  NetworkPolicies(Inventory inventory) {
    this.inventory = inventory;
  }

  void add(Resource policy) {
    policy.root().only(OBJECT);
    Field spec = policy.spec().only(SPEC);
    Labels.check(spec.get("podSelector"));
    spec.get("policyTypes").list().forEach(type -> type.oneOf(Set.of("Ingress", "Egress")));
    spec.get("ingress").list().forEach(rule -> checkRule(rule, "from"));
    spec.get("egress").list().forEach(rule -> checkRule(rule, "to"));
    policies.add(policy);
  }

  private static void checkRule(Field rule, String peers) {
    rule.only(Set.of("ports", peers)).object();
    rule.get("ports").list().forEach(NetworkPolicies::checkPort);
    rule.get(peers).list().forEach(NetworkPolicies::checkPeer);
  }

  private static void checkPort(Field port) {
    port.only(PORT).object();
    port.get("protocol").oneOf(Set.of("TCP", "UDP", "SCTP"));
    boolean number = port.get("port").json().isInt();
    if (port.get("port").present() && !number) {
      port.get("port").text();
    }
    int first = number ? port.get("port").number(1, 65535) : 1;
    if (port.get("endPort").present()) {
      // "This field cannot be defined if the port field is not defined or if the port field is
      // defined as a named (string) port. The endPort must be equal or greater than port."
      if (!number) {
        throw port.get("endPort").error("stands without a numeric port");
      }
      port.get("endPort").number(first, 65535);
    }
  }

  private static void checkPeer(Field peer) {
    peer.only(PEER).object();
    Labels.check(peer.get("podSelector"));
    Labels.check(peer.get("namespaceSelector"));
    Field block = peer.get("ipBlock").only(Set.of("cidr", "except"));
    boolean selectors =
        peer.get("podSelector").present() || peer.get("namespaceSelector").present();
    // "If this field is set then neither of the other fields can be."
    if (block.present() == selectors) {
      throw peer.error("wanted either ipBlock, or podSelector, namespaceSelector or both");
    }
    if (block.present()) {
      Block cidr = Block.cidr(block.get("cidr"));
      for (Field except : block.get("except").list()) {
        // "Except values will be rejected if they are outside the cidr range."
        if (!cidr.contains(Block.cidr(except))) {
          throw except.error("lies outside the cidr");
        }
      }
    }
  }

  /** What the tier says of one direction: nothing where no policy isolates the pod there. */
  Optional<Decision> egress(Connection connection) {
    return decide(connection.client(), "Egress", connection);
  }

  Optional<Decision> ingress(Connection connection) {
    // "Traffic is allowed … if the traffic source is the pod's local node."
    Optional<Pod> server = connection.server();
    if (server.isPresent() && server.get().nodeAddresses().contains(connection.source())) {
      return Optional.of(Decision.allow("the pod's node"));
    }
    return decide(server, "Ingress", connection);
  }

  /**
   * "Traffic is allowed if there are no NetworkPolicies selecting the pod, … or if the traffic
   * matches at least one rule across all of the NetworkPolicy objects whose podSelector matches the
   * pod."
   */
  private Optional<Decision> decide(Optional<Pod> subject, String type, Connection connection) {
    List<Resource> isolating = new ArrayList<>();
    for (Resource policy : policies) {
      if (subject.isPresent() && selects(policy, subject.get()) && concerns(policy, type)) {
        isolating.add(policy);
      }
    }
    if (isolating.isEmpty()) {
      return Optional.empty();
    }
    boolean ingress = type.equals("Ingress");
    for (Resource policy : isolating) {
      for (Field rule : policy.spec().get(ingress ? "ingress" : "egress").list()) {
        List<Field> peers = rule.get(ingress ? "from" : "to").list();
        if (matchesPorts(rule, connection)
            && (peers.isEmpty()
                || peers.stream().anyMatch(peer -> isPeer(peer, policy, ingress, connection)))) {
          return Optional.of(Decision.allow(rule.path()));
        }
      }
    }
    return Optional.of(Decision.deny(isolating.getFirst().id()));
  }

  /**
   * "An empty selector matches all pods in the policy's namespace. … If it is not specified, it
   * defaults to an empty selector."
   */
  private static boolean selects(Resource policy, Pod pod) {
    return policy.namespace().equals(pod.namespace())
        && Labels.match(policy.spec().get("podSelector"), pod.labels());
  }

  /**
   * "If this field is not specified, it will default based on the existence of ingress or egress
   * rules; policies that contain an egress section are assumed to affect egress, and all policies …
   * are assumed to affect ingress." An empty section is none: the API server defaults by {@code
   * len(egress) > 0}.
   */
  private static boolean concerns(Resource policy, String type) {
    List<String> types = policy.spec().get("policyTypes").texts();
    if (!types.isEmpty()) {
      return types.contains(type);
    }
    return type.equals("Ingress") || !policy.spec().get("egress").list().isEmpty();
  }

  /** "If this field is empty or missing, this rule matches all ports." */
  private static boolean matchesPorts(Field rule, Connection connection) {
    List<Field> ports = rule.get("ports").list();
    return ports.isEmpty() || ports.stream().anyMatch(port -> matchesPort(port, connection));
  }

  private static boolean matchesPort(Field port, Connection connection) {
    // "If not specified, this field defaults to TCP."
    String protocol = port.get("protocol").textOr("TCP");
    if (!protocol.equals(connection.protocol())) {
      return false;
    }
    Field number = port.get("port");
    // "If this field is not provided, this matches all port names and numbers."
    if (!number.present()) {
      return true;
    }
    // "This can either be a numerical or named port on a pod." Whoever is no pod has no names.
    if (number.json().isTextual()) {
      Optional<Integer> named =
          connection.server().flatMap(pod -> pod.portNamed(number.text(), protocol));
      return named.equals(Optional.of(connection.port()));
    }
    int first = number.json().intValue();
    int last = port.get("endPort").present() ? port.get("endPort").json().intValue() : first;
    return first <= connection.port() && connection.port() <= last;
  }

  private boolean isPeer(Field peer, Resource policy, boolean ingress, Connection connection) {
    Field block = peer.get("ipBlock");
    if (block.present()) {
      return inBlock(block, ingress ? connection.source() : connection.destination());
    }
    // A selector selects pods, so an address that is none is never meant.
    return (ingress ? connection.client() : connection.server())
        .filter(pod -> isSelected(peer, policy, pod))
        .isPresent();
  }

  /** A pod's address counts as any other ("cluster ingress and egress … may rewrite" aside). */
  private static boolean inBlock(Field block, Address address) {
    return Block.cidr(block.get("cidr")).contains(address)
        && block.get("except").list().stream()
            .noneMatch(except -> Block.cidr(except).contains(address));
  }

  /**
   * "If namespaceSelector is also set, then the NetworkPolicyPeer as a whole selects the pods
   * matching podSelector in the Namespaces selected by NamespaceSelector. Otherwise it selects the
   * pods matching podSelector in the policy's own namespace." "If present but empty, it selects all
   * namespaces."
   */
  private boolean isSelected(Field peer, Resource policy, Pod pod) {
    Field namespaces = peer.get("namespaceSelector");
    boolean namespace =
        namespaces.present()
            ? Labels.match(namespaces, inventory.namespaceLabels(pod.namespace()))
            : policy.namespace().equals(pod.namespace());
    return namespace && Labels.match(peer.get("podSelector"), pod.labels());
  }
}
