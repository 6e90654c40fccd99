package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.Validation;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import java.util.Map;

/** The cluster's nodes, by their labels and addresses. */
final class Nodes {
  private final ImmutableList<Node> all;

  private Nodes(ImmutableList<Node> all) {
    this.all = all;
  }

  static Nodes of(Iterable<Resource> nodes) {
    ImmutableList.Builder<Node> all = ImmutableList.builder();
    nodes.forEach(each -> all.add(Validation.model(each, Node.class)));
    return new Nodes(all.build());
  }

  /** The addresses in the status of the nodes that {@code selector} takes. */
  ImmutableSet<Prefix> addresses(LabelSelector selector) {
    ImmutableSet.Builder<Prefix> addresses = ImmutableSet.builder();
    for (Node node : all) {
      Map<String, String> labels = node.getMetadata().getLabels();
      if (node.getStatus() != null
          && LabelSelectors.matches(selector, labels == null ? Map.of() : labels)) {
        for (NodeAddress address : node.getStatus().getAddresses()) {
          if (address.getType().equals("InternalIP") || address.getType().equals("ExternalIP")) {
            addresses.add(Prefix.of(IpAddress.parse(address.getAddress())));
          }
        }
      }
    }
    return addresses.build();
  }
}
