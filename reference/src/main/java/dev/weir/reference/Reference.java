package dev.weir.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the standards say of a probe, read from the resources as written. It goes through every
 * policy for every probe; it is slow, and meant to be read.
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class Reference {
  private final Inventory inventory = new Inventory();
  private final NetworkPolicies networkPolicies = new NetworkPolicies(inventory);
  private final ClusterNetworkPolicies clusterPolicies = new ClusterNetworkPolicies(inventory);
  private final AuthorizationPolicies authorizationPolicies;
  private final Mesh mesh;
  private final List<Resource> resources;

  private Reference(List<Resource> resources) {
    this.resources = List.copyOf(resources);
    mesh = mesh(resources);
    authorizationPolicies = new AuthorizationPolicies(inventory, mesh);
    resources.forEach(this::add);
  }

  /**
   * Reads resources: Namespace, Pod, Service, ServiceAccount, Node, ConfigMap (of which only
   * istio-system/istio matters), NetworkPolicy, ClusterNetworkPolicy, AuthorizationPolicy, and a
   * List of them.
   *
   * @throws ReferenceException at what it does not know, with its path
   */
  public static Reference of(List<JsonNode> resources) {
    List<Resource> read = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (JsonNode json : resources) {
      List<JsonNode> items = new ArrayList<>();
      if (json.path("kind").asText().equals("List")) {
        json.path("items").forEach(items::add);
      } else {
        items.add(json);
      }
      for (JsonNode item : items) {
        Resource resource = Resource.of(item);
        if (!ids.add(resource.id())) {
          throw resource.root().get("metadata").error("the resource is there twice");
        }
        read.add(resource);
      }
    }
    read.sort(Comparator.comparing(Resource::id));
    return new Reference(read);
  }

  List<Resource> resources() {
    return resources;
  }

  Inventory inventory() {
    return inventory;
  }

  private static Mesh mesh(List<Resource> resources) {
    for (Resource resource : resources) {
      if (resource.kind().equals("ConfigMap")
          && resource.namespace().equals(Mesh.NAMESPACE)
          && resource.name().equals(Mesh.NAME)) {
        Known.checkConfigMap(resource);
        return Mesh.read(resource);
      }
    }
    return Mesh.byDefault();
  }

  private void add(Resource resource) {
    switch (resource.kind()) {
      case "Namespace" -> {
        Known.checkNamespace(resource);
        inventory.addNamespace(resource);
      }
      case "Node" -> {
        Known.checkNode(resource);
        inventory.addNode(resource);
      }
      case "Pod" -> {
        Known.checkPod(resource);
        inventory.addPod(resource);
      }
      case "Service" -> {
        Known.checkService(resource);
        inventory.addService(resource);
      }
      case "ServiceAccount" -> Known.checkServiceAccount(resource);
      case "ConfigMap" -> Known.checkConfigMap(resource);
      case "NetworkPolicy" -> networkPolicies.add(resource);
      case "ClusterNetworkPolicy" -> clusterPolicies.add(resource);
      case "AuthorizationPolicy" -> authorizationPolicies.add(resource);
      default -> throw resource.root().get("kind").error("there is no such kind here");
    }
  }

  /**
   * Decides one probe. A connection needs network policy at both its ends and authorization at its
   * destination.
   *
   * @throws ReferenceException where an end is neither an address nor a pod with one, or where the
   *     two share no address family
   */
  public Decision decide(Probe probe) {
    Connection connection = connection(probe);
    // "A pod cannot block access to itself" (Kubernetes, Network Policies); such traffic passes no
    // proxy either.
    if (connection.withinOnePod()) {
      return Decision.allow("a pod and itself");
    }
    Decision egress = networkDecision(false, connection);
    if (egress.verdict() == Decision.Verdict.DENY) {
      return egress;
    }
    Decision ingress = networkDecision(true, connection);
    if (ingress.verdict() == Decision.Verdict.DENY) {
      return ingress;
    }
    Decision authorization = authorizationPolicies.decide(connection, probe.request());
    if (authorization.verdict() != Decision.Verdict.ALLOW) {
      return authorization;
    }
    return Decision.allow(
        String.join(
            "; ",
            Stream.of(egress, ingress, authorization)
                .map(Decision::rule)
                .filter(rule -> !rule.isEmpty())
                .toList()));
  }

  /** The decisions on several probes, as a JSON array in their order. */
  public ArrayNode decideAll(List<Probe> probes) {
    ArrayNode decisions = JsonNodeFactory.instance.arrayNode();
    probes.forEach(probe -> decisions.add(decide(probe).toJson()));
    return decisions;
  }

  /**
   * ClusterNetworkPolicy: "Policy tiers are evaluated in the following order: Admin tier,
   * NetworkPolicy tier, Baseline tier. … If a given connection wasn't allowed or denied by any of
   * the tiers, the default kubernetes policy is applied, which says that all pods can communicate
   * with each other."
   */
  private Decision networkDecision(boolean ingress, Connection connection) {
    return clusterPolicies
        .decide("Admin", ingress, connection)
        .or(
            () ->
                ingress ? networkPolicies.ingress(connection) : networkPolicies.egress(connection))
        .or(() -> clusterPolicies.decide("Baseline", ingress, connection))
        .orElse(Decision.allow(""));
  }

  /** A pod's name means its address of the first family that both ends share. */
  private Connection connection(Probe probe) {
    List<Address> sources = addresses(probe.from());
    List<Address> destinations = addresses(probe.to());
    for (Address source : sources) {
      for (Address destination : destinations) {
        if (source.family() == destination.family()) {
          Optional<Pod> client = inventory.podAt(source);
          Optional<String> peer =
              client
                  .map(pod -> pod.spiffeId(mesh.trustDomains().getFirst()))
                  .or(() -> probe.principal().map(Principals::spiffeId));
          return new Connection(
              source,
              destination,
              client,
              inventory.podAt(destination),
              peer,
              probe.protocol(),
              probe.port());
        }
      }
    }
    throw new ReferenceException(
        "probe", probe.from() + " and " + probe.to() + " share no address family");
  }

  private List<Address> addresses(String end) {
    List<Address> addresses = inventory.addressesOf(end);
    if (addresses.isEmpty()) {
      throw new ReferenceException(
          "probe", "'" + end + "' is neither an address nor a pod that has one");
    }
    return addresses;
  }
}
