package dev.weir.compiler.resource;

import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.resource.ClusterNetworkPolicy.EgressPeer;
import dev.weir.compiler.resource.ClusterNetworkPolicy.EgressRule;
import dev.weir.compiler.resource.ClusterNetworkPolicy.IngressPeer;
import dev.weir.compiler.resource.ClusterNetworkPolicy.IngressRule;
import dev.weir.compiler.resource.ClusterNetworkPolicy.NamespacedPod;
import dev.weir.compiler.resource.ClusterNetworkPolicy.Port;
import dev.weir.compiler.resource.ClusterNetworkPolicy.PortRange;
import dev.weir.compiler.resource.ClusterNetworkPolicy.ProtocolMatch;
import dev.weir.compiler.resource.ClusterNetworkPolicy.Spec;
import dev.weir.compiler.resource.ClusterNetworkPolicy.Subject;
import dev.weir.compiler.resource.ClusterNetworkPolicy.Transport;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the custom resource definition checks of a ClusterNetworkPolicy's spec. */
final class ClusterNetworkPolicyValidation {
  private static final int MOST_ITEMS = 25;
  private static final int LONGEST_NAME = 100;
  private static final int LAST_PRIORITY = 1000;

  private final Findings findings;

  ClusterNetworkPolicyValidation(Findings findings) {
    this.findings = findings;
  }

  void check(@Nullable Spec spec, FieldPath path) {
    if (spec == null) {
      return; // found already
    }
    choice(spec.tier(), path.field("tier"), Set.of("Admin", "Baseline"), "Admin or Baseline");
    if (spec.priority() == null) {
      missing(path.field("priority"), "a policy needs a priority", "write 0 to 1000, 0 first");
    } else if (spec.priority() < 0 || spec.priority() > LAST_PRIORITY) {
      findings.add(
          Code.BAD_VALUE,
          path.field("priority"),
          spec.priority() + " is no priority",
          "write 0 to 1000, 0 first");
    }
    subject(spec.subject(), path.field("subject"));
    most(spec.ingress(), path.field("ingress"));
    for (int i = 0; i < spec.ingress().size(); i++) {
      IngressRule rule = spec.ingress().get(i);
      FieldPath at = path.field("ingress").item(i);
      rule(rule.name(), rule.action(), at);
      peers(rule.from(), at.field("from"));
      for (int p = 0; p < rule.from().size(); p++) {
        peer(rule.from().get(p), at.field("from").item(p));
      }
      protocols(rule.protocols(), false, at.field("protocols"));
    }
    most(spec.egress(), path.field("egress"));
    for (int i = 0; i < spec.egress().size(); i++) {
      EgressRule rule = spec.egress().get(i);
      FieldPath at = path.field("egress").item(i);
      rule(rule.name(), rule.action(), at);
      peers(rule.to(), at.field("to"));
      boolean addresses = false;
      for (int p = 0; p < rule.to().size(); p++) {
        peer(rule.to().get(p), at.field("to").item(p));
        addresses |= rule.to().get(p).nodes() != null || rule.to().get(p).networks() != null;
      }
      protocols(rule.protocols(), addresses, at.field("protocols"));
    }
  }

  private void missing(FieldPath path, String message, String advice) {
    findings.add(Code.MISSING_FIELD, path, message, advice);
  }

  private void choice(@Nullable String given, FieldPath path, Set<String> choices, String advice) {
    if (given == null) {
      missing(path, "the field is missing", "write " + advice);
    } else if (!choices.contains(given)) {
      findings.add(Code.BAD_VALUE, path, "'" + given + "' is none of them", "write " + advice);
    }
  }

  private void most(List<?> items, FieldPath path) {
    if (items.size() > MOST_ITEMS) {
      findings.add(
          Code.TOO_MANY,
          path,
          items.size() + " items are more than " + MOST_ITEMS,
          "make a second resource of the rest");
    }
  }

  private void subject(@Nullable Subject subject, FieldPath path) {
    if (subject == null || (subject.namespaces() == null && subject.pods() == null)) {
      missing(
          path,
          "a policy needs a subject",
          "write namespaces or pods; namespaces: {} is every pod of the cluster");
      return;
    }
    one(path, subject.namespaces(), subject.pods());
    Validation.selector(subject.namespaces(), path.field("namespaces"), findings);
    pods(subject.pods(), path.field("pods"));
  }

  /** At most one of {@code fields} is there. */
  private void one(FieldPath path, @Nullable Object... fields) {
    if (Stream.of(fields).filter(Objects::nonNull).count() > 1) {
      findings.add(
          Code.SELECTOR_CONFLICT,
          path,
          "more than one field is set",
          "keep one; several items of a list match by either");
    }
  }

  private void pods(@Nullable NamespacedPod pods, FieldPath path) {
    if (pods == null) {
      return;
    }
    if (pods.podSelector() == null) {
      missing(
          path.field("podSelector"),
          "pods needs a podSelector",
          "write podSelector: {} for every pod of the namespaces");
    }
    Validation.selector(pods.namespaceSelector(), path.field("namespaceSelector"), findings);
    Validation.selector(pods.podSelector(), path.field("podSelector"), findings);
  }

  private void rule(@Nullable String name, @Nullable String action, FieldPath path) {
    if (name != null && name.length() > LONGEST_NAME) {
      findings.add(
          Code.BAD_VALUE,
          path.field("name"),
          name.length() + " characters are more than " + LONGEST_NAME,
          "shorten the name");
    }
    choice(action, path.field("action"), Set.of("Accept", "Deny", "Pass"), "Accept, Deny or Pass");
  }

  private void peers(List<?> peers, FieldPath path) {
    if (peers.isEmpty()) {
      missing(path, "a rule needs at least one peer", "write one, as in namespaces: {}");
    }
    most(peers, path);
  }

  private void peer(IngressPeer peer, FieldPath path) {
    one(path, peer.namespaces(), peer.pods());
    Validation.selector(peer.namespaces(), path.field("namespaces"), findings);
    pods(peer.pods(), path.field("pods"));
  }

  private void peer(EgressPeer peer, FieldPath path) {
    one(path, peer.namespaces(), peer.pods(), peer.nodes(), peer.networks(), peer.domainNames());
    Validation.selector(peer.namespaces(), path.field("namespaces"), findings);
    pods(peer.pods(), path.field("pods"));
    Validation.selector(peer.nodes(), path.field("nodes"), findings);
    if (peer.networks() != null) {
      networks(peer.networks(), path.field("networks"));
    }
    if (peer.domainNames() != null) {
      findings.add(
          Code.UNSUPPORTED_FIELD,
          path.field("domainNames"),
          "domain names are not resolved",
          "write the addresses as networks");
    }
  }

  private void networks(List<String> networks, FieldPath path) {
    if (networks.isEmpty()) {
      findings.add(Code.EMPTY_LIST, path, "the list is empty", "write a block, as in 10.0.0.0/8");
    }
    most(networks, path);
    Set<String> seen = new TreeSet<>();
    for (int i = 0; i < networks.size(); i++) {
      try {
        Prefix.parse(networks.get(i));
      } catch (IllegalArgumentException e) {
        findings.add(
            Code.BAD_CIDR,
            path.item(i),
            String.valueOf(e.getMessage()),
            "write address/length, as in 10.0.0.0/8 or fd00::/8");
      }
      if (!seen.add(networks.get(i))) {
        findings.add(
            Code.DUPLICATE_NAME,
            path.item(i),
            networks.get(i) + " stands twice",
            "keep one of them");
      }
    }
  }

  private void protocols(List<ProtocolMatch> protocols, boolean addresses, FieldPath path) {
    most(protocols, path);
    for (int i = 0; i < protocols.size(); i++) {
      ProtocolMatch each = protocols.get(i);
      FieldPath at = path.item(i);
      String named = each.destinationNamedPort();
      if (each.tcp() == null && each.udp() == null && each.sctp() == null && named == null) {
        missing(at, "an item names no protocol", "write tcp, udp, sctp or destinationNamedPort");
      }
      one(at, each.tcp(), each.udp(), each.sctp(), named);
      transport(each.tcp(), at.field("tcp"));
      transport(each.udp(), at.field("udp"));
      transport(each.sctp(), at.field("sctp"));
      if (named == null) {
        continue;
      }
      FieldPath name = at.field("destinationNamedPort");
      if (!Names.isPortName(named)) {
        findings.add(Code.BAD_PORT, name, "'" + named + "' is no port name", Names.PORT_ADVICE);
      } else if (addresses) {
        findings.add(
            Code.FORBIDDEN_FIELD,
            name,
            "nodes and networks have no named ports",
            "write the port's number, or a rule of its own for these peers");
      }
    }
  }

  private void transport(@Nullable Transport transport, FieldPath path) {
    if (transport == null) {
      return;
    }
    Port port = transport.destinationPort();
    FieldPath at = path.field("destinationPort");
    if (port == null || (port.number() == null && port.range() == null)) {
      missing(
          at,
          "a protocol needs a port",
          "write number or range; {start: 1, end: 65535} is every port");
      return;
    }
    one(at, port.number(), port.range());
    if (port.number() != null) {
      Ports.check(port.number(), at.field("number"), findings);
    }
    range(port.range(), at.field("range"));
  }

  private void range(@Nullable PortRange range, FieldPath path) {
    if (range == null) {
      return;
    }
    if (range.start() == null || range.end() == null) {
      missing(
          path.field(range.start() == null ? "start" : "end"),
          "a range needs both its ends",
          "write start and end");
    } else if (range.start() < 1 || range.end() > 65535 || range.start() >= range.end()) {
      findings.add(
          Code.BAD_PORT_RANGE,
          path,
          range.start() + " to " + range.end() + " is no range of ports",
          "write a start from 1 and an end to 65535, the start below the end");
    }
  }
}
