package dev.weir.compiler.resource;

import dev.weir.compiler.net.Prefix;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.networking.v1.IPBlock;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicySpec;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What an API server checks of a NetworkPolicy (networking.k8s.io/v1). */
final class NetworkPolicyValidation {
  private static final Set<String> TYPES = Set.of("Ingress", "Egress");

  private final Findings findings;

  NetworkPolicyValidation(Findings findings) {
    this.findings = findings;
  }

  void check(NetworkPolicySpec spec, FieldPath path) {
    // Absent, it selects every pod of the namespace, as an empty one does.
    Validation.selector(spec.getPodSelector(), path.field("podSelector"), findings);
    List<NetworkPolicyIngressRule> ingress = spec.getIngress();
    for (int i = 0; i < ingress.size(); i++) {
      FieldPath rule = path.field("ingress").item(i);
      peers(ingress.get(i).getFrom(), rule.field("from"));
      ports(ingress.get(i).getPorts(), rule.field("ports"));
    }
    List<NetworkPolicyEgressRule> egress = spec.getEgress();
    for (int i = 0; i < egress.size(); i++) {
      FieldPath rule = path.field("egress").item(i);
      peers(egress.get(i).getTo(), rule.field("to"));
      ports(egress.get(i).getPorts(), rule.field("ports"));
    }
    List<String> types = spec.getPolicyTypes();
    for (int i = 0; i < types.size(); i++) {
      FieldPath at = path.field("policyTypes").item(i);
      if (!TYPES.contains(types.get(i))) {
        findings.add(
            Code.BAD_VALUE,
            at,
            "'" + types.get(i) + "' is no policy type",
            "write Ingress or Egress");
      } else if (types.indexOf(types.get(i)) < i) {
        findings.add(Code.DUPLICATE_NAME, at, types.get(i) + " stands twice", "keep one of them");
      }
    }
  }

  private void peers(List<NetworkPolicyPeer> peers, FieldPath path) {
    for (int i = 0; i < peers.size(); i++) {
      NetworkPolicyPeer peer = peers.get(i);
      FieldPath at = path.item(i);
      boolean selects = peer.getPodSelector() != null || peer.getNamespaceSelector() != null;
      if (peer.getIpBlock() == null && !selects) {
        findings.add(
            Code.MISSING_FIELD,
            at,
            "a peer says nothing",
            "write podSelector, namespaceSelector or ipBlock; podSelector: {} is every pod of the"
                + " namespace");
      }
      if (peer.getIpBlock() != null && selects) {
        findings.add(
            Code.SELECTOR_CONFLICT,
            at,
            "a peer has ipBlock and a selector",
            "make two peers of it: either may match");
      }
      if (peer.getIpBlock() != null) {
        block(peer.getIpBlock(), at.field("ipBlock"));
      }
      Validation.selector(peer.getPodSelector(), at.field("podSelector"), findings);
      Validation.selector(peer.getNamespaceSelector(), at.field("namespaceSelector"), findings);
    }
  }

  private void block(IPBlock block, FieldPath path) {
    Optional<Prefix> cidr = prefix(block.getCidr(), path.field("cidr"));
    for (int i = 0; i < block.getExcept().size(); i++) {
      FieldPath at = path.field("except").item(i);
      Optional<Prefix> except = prefix(block.getExcept().get(i), at);
      if (cidr.isPresent()
          && except.isPresent()
          && (!cidr.get().contains(except.get()) || cidr.get().equals(except.get()))) {
        findings.add(
            Code.BAD_CIDR,
            at,
            except.get() + " is no part of " + cidr.get(),
            "write a smaller block within cidr");
      }
    }
  }

  private Optional<Prefix> prefix(@org.jspecify.annotations.Nullable String text, FieldPath path) {
    if (text == null) {
      findings.add(
          Code.MISSING_FIELD, path, "an ipBlock needs a cidr", "write it, as in 10.0.0.0/8");
      return Optional.empty();
    }
    try {
      return Optional.of(Prefix.parse(text));
    } catch (IllegalArgumentException e) {
      findings.add(
          Code.BAD_CIDR,
          path,
          String.valueOf(e.getMessage()),
          "write address/length, as in 10.0.0.0/8 or fd00::/8");
      return Optional.empty();
    }
  }

  private void ports(List<NetworkPolicyPort> ports, FieldPath path) {
    for (int i = 0; i < ports.size(); i++) {
      port(ports.get(i), path.item(i));
    }
  }

  private void port(NetworkPolicyPort port, FieldPath path) {
    Ports.checkProtocol(port.getProtocol(), path.field("protocol"), findings);
    IntOrString number = port.getPort();
    FieldPath at = path.field("port");
    Integer first = number == null ? null : number.getIntVal();
    if (first != null) {
      Ports.check(first, at, findings);
    } else if (number != null && !Names.isPortName(String.valueOf(number.getStrVal()))) {
      findings.add(
          Code.BAD_PORT, at, "'" + number.getStrVal() + "' is no port name", Names.PORT_ADVICE);
    }
    Integer last = port.getEndPort();
    if (last == null) {
      return;
    }
    FieldPath end = path.field("endPort");
    if (first == null) {
      findings.add(
          Code.BAD_PORT_RANGE,
          end,
          "a range needs a number as port",
          "write port as a number, or remove endPort");
    } else if (last < first) {
      findings.add(
          Code.BAD_PORT_RANGE,
          end,
          "endPort " + last + " is below port " + first,
          "write the higher number as endPort");
    } else if (last > 65535) {
      findings.add(
          Code.BAD_PORT_RANGE, end, "endPort " + last + " is over 65535", "write at most 65535");
    }
  }
}
