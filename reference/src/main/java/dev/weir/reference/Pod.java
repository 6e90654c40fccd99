package dev.weir.reference;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A pod that has a network of its own and is not finished.
 *
 * @param addresses in the order of {@code status.podIPs}
 * @param nodeAddresses of the node that it runs on
 */
record Pod(
    String namespace,
    String name,
    Map<String, String> labels,
    String serviceAccount,
    List<Address> addresses,
    Set<Address> nodeAddresses,
    List<Port> ports) {

  /** A container's port; {@code name} is empty where it has none. */
  record Port(String name, String protocol, int number) {}

  private static final Set<String> PORT =
      Set.of("name", "hostPort", "containerPort", "protocol", "hostIP");

  static boolean onHostNetwork(Resource pod) {
    return pod.spec().get("hostNetwork").isTrue();
  }

  /** A finished pod has lost its address to whoever comes next. */
  static boolean finished(Resource pod) {
    return Set.of("Succeeded", "Failed")
        .contains(pod.root().get("status").get("phase").textOr("Running"));
  }

  static Pod of(Resource resource) {
    Field spec = resource.spec();
    Field status = resource.root().get("status");
    // "serviceAccount is a deprecated alias for serviceAccountName"; the admission controller sets
    // "default" where there is none.
    String account =
        spec.get("serviceAccountName").textOr(spec.get("serviceAccount").textOr("default"));
    return new Pod(
        resource.namespace(),
        resource.name(),
        resource.labels(),
        account,
        List.copyOf(addresses(status, "podIP", "podIPs")),
        addresses(status, "hostIP", "hostIPs"),
        ports(spec));
  }

  /** "podIPs holds the IP addresses allocated to the pod. The 0th entry must match podIP." */
  static Set<Address> addresses(Field status, String one, String many) {
    Set<Address> addresses = new LinkedHashSet<>();
    if (!status.get(one).textOr("").isEmpty()) {
      addresses.add(Address.read(status.get(one)));
    }
    for (Field item : status.get(many).list()) {
      addresses.add(Address.read(item.only(Set.of("ip")).get("ip")));
    }
    return addresses;
  }

  /** Of its containers, then of those init containers that keep running beside them. */
  private static List<Port> ports(Field spec) {
    List<Field> containers = new ArrayList<>(spec.get("containers").list());
    for (Field container : spec.get("initContainers").list()) {
      if (container.get("restartPolicy").textOr("").equals("Always")) {
        containers.add(container);
      }
    }
    List<Port> ports = new ArrayList<>();
    for (Field container : containers) {
      for (Field port : container.get("ports").list()) {
        port.only(PORT);
        port.get("protocol").oneOf(Set.of("TCP", "UDP", "SCTP"));
        ports.add(
            new Port(
                port.get("name").textOr(""),
                port.get("protocol").textOr("TCP"),
                port.get("containerPort").number(1, 65535)));
      }
    }
    return ports;
  }

  /** As in {@code shop/cart}. */
  String id() {
    return namespace + "/" + name;
  }

  /** The number that the pod gives to a name; the first container that has it wins. */
  Optional<Integer> portNamed(String name, String protocol) {
    return ports.stream()
        .filter(port -> port.name().equals(name) && port.protocol().equals(protocol))
        .map(Port::number)
        .findFirst();
  }

  /** As in {@code spiffe://cluster.local/ns/shop/sa/cart}. */
  String spiffeId(String trustDomain) {
    return "spiffe://" + trustDomain + "/ns/" + namespace + "/sa/" + serviceAccount;
  }
}
