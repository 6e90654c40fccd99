package dev.weir.reference;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Who there is: namespaces, pods, services and nodes. */
final class Inventory {
  /** The control plane sets it on every namespace ("Automatic labelling"). */
  private static final String NAMESPACE_NAME = "kubernetes.io/metadata.name";

  private final Map<String, Map<String, String>> namespaceLabels = new HashMap<>();
  private final Map<String, Pod> pods = new LinkedHashMap<>();
  private final Map<String, List<Address>> hostNetworkPods = new HashMap<>();
  private final Map<Address, Pod> owners = new HashMap<>();
  private final List<Resource> services = new ArrayList<>();
  private final List<Resource> nodes = new ArrayList<>();

  void addNamespace(Resource namespace) {
    namespaceLabels.put(namespace.name(), namespace.labels());
  }

  void addPod(Resource resource) {
    if (Pod.finished(resource)) {
      return;
    }
    Pod pod = Pod.of(resource);
    if (Pod.onHostNetwork(resource)) {
      // Its address is its node's: it is no peer of its own, but a name for that address.
      hostNetworkPods.put(pod.id(), pod.addresses());
      return;
    }
    pods.put(pod.id(), pod);
    for (Address address : pod.addresses()) {
      Pod other = owners.put(address, pod);
      if (other != null) {
        throw resource
            .root()
            .get("status")
            .error("an address of " + pod.id() + " is " + other.id() + "'s too");
      }
    }
  }

  void addService(Resource service) {
    services.add(service);
  }

  void addNode(Resource node) {
    nodes.add(node);
  }

  Collection<Pod> pods() {
    return pods.values();
  }

  /** The pod whose address it is. */
  Optional<Pod> podAt(Address address) {
    return Optional.ofNullable(owners.get(address));
  }

  /** The addresses that a probe's end may mean; none where no such pod is there. */
  List<Address> addressesOf(String podOrAddress) {
    if (!podOrAddress.contains("/")) {
      return Address.isAddress(podOrAddress) ? List.of(Address.parse(podOrAddress)) : List.of();
    }
    Pod pod = pods.get(podOrAddress);
    return pod != null ? pod.addresses() : hostNetworkPods.getOrDefault(podOrAddress, List.of());
  }

  Map<String, String> namespaceLabels(String namespace) {
    Map<String, String> labels = new TreeMap<>(namespaceLabels.getOrDefault(namespace, Map.of()));
    labels.put(NAMESPACE_NAME, namespace);
    return labels;
  }

  /** The services that choose the pod, the oldest first, then by name. */
  List<Resource> servicesOf(Pod pod) {
    List<Resource> found = new ArrayList<>();
    for (Resource service : services) {
      Map<String, String> selector = service.spec().get("selector").textMap();
      // "If empty or not present, the service is assumed to have an external process managing its
      // endpoints."
      if (service.namespace().equals(pod.namespace())
          && !selector.isEmpty()
          && pod.labels().entrySet().containsAll(selector.entrySet())) {
        found.add(service);
      }
    }
    found.sort(
        Comparator.comparing(
                (Resource service) ->
                    service.root().get("metadata").get("creationTimestamp").textOr(""))
            .thenComparing(Resource::name));
    return found;
  }

  /** Whether it is an address of a node that the selector takes. */
  boolean isNode(Address address, Field selector) {
    for (Resource node : nodes) {
      if (Labels.match(selector, node.labels())) {
        for (Field item : node.root().get("status").get("addresses").list()) {
          if (Set.of("InternalIP", "ExternalIP").contains(item.get("type").text())
              && Address.read(item.get("address")).equals(address)) {
            return true;
          }
        }
      }
    }
    return false;
  }
}
