package dev.weir.compiler.resource;

import dev.weir.compiler.net.IpAddress;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import java.util.List;
import java.util.Set;

/** What matters of a Node: the addresses that policies know it by. */
final class NodeValidation {
  /** The types of addresses that are numbers; the others are names. */
  private static final Set<String> NUMBERS = Set.of("InternalIP", "ExternalIP");

  private final Findings findings;

  NodeValidation(Findings findings) {
    this.findings = findings;
  }

  private static boolean isNumber(NodeAddress address) {
    return address.getType() != null && NUMBERS.contains(address.getType());
  }

  void check(Node node, FieldPath path) {
    if (node.getStatus() == null) {
      return;
    }
    List<NodeAddress> addresses = node.getStatus().getAddresses();
    for (int i = 0; i < addresses.size(); i++) {
      FieldPath at = path.field("status").field("addresses").item(i);
      NodeAddress address = addresses.get(i);
      if (address.getType() == null || address.getAddress() == null) {
        findings.add(
            Code.MISSING_FIELD,
            at.field(address.getType() == null ? "type" : "address"),
            "an address has a type and a value",
            "write both, as in type: InternalIP and address: 192.0.2.10");
      } else if (isNumber(address)) {
        try {
          IpAddress.parse(address.getAddress());
        } catch (IllegalArgumentException e) {
          findings.add(
              Code.BAD_ADDRESS,
              at.field("address"),
              String.valueOf(e.getMessage()),
              "write an address, as in 192.0.2.10 or 2001:db8::1");
        }
      }
    }
  }
}
