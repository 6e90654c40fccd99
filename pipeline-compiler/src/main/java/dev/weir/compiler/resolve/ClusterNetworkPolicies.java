package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Rule.Effect;
import dev.weir.compiler.intent.Rule.Layer;
import dev.weir.compiler.intent.Rule.PortMatch;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.resource.ClusterNetworkPolicy;
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
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.ResourceKey;
import dev.weir.compiler.resource.Validation;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** ClusterNetworkPolicy (policy.networking.k8s.io/v1alpha2) as rules. */
final class ClusterNetworkPolicies {
  /** Orders of one policy: none for itself, then one for each of 25 rules of a direction. */
  private static final int ORDERS_PER_POLICY = 100;

  /** Policies that may share a priority before all are numbered one after another. */
  private static final int POLICIES_PER_PRIORITY = 100;

  private final String resource;
  private final Spec spec;
  private final int order;
  private final Nodes nodes;
  private final ImmutableList.Builder<Rule> rules = ImmutableList.builder();

  private ClusterNetworkPolicies(Resource policy, Spec spec, int order, Nodes nodes) {
    this.resource = policy.key().toString();
    this.spec = spec;
    this.order = order;
    this.nodes = nodes;
  }

  private record Policy(Resource resource, Spec spec) {
    int priority() {
      return Objects.requireNonNull(spec.priority());
    }

    boolean admin() {
      return Objects.equals(spec.tier(), "Admin");
    }
  }

  /**
   * The rules of all policies, by policy. Of policies of equal priority, between which the standard
   * leaves the choice open, the first by name goes first.
   */
  static ImmutableMap<ResourceKey, ImmutableList<Rule>> byPolicy(
      Iterable<Resource> policies, Nodes nodes) {
    List<Policy> sorted = new ArrayList<>();
    for (Resource each : policies) {
      Spec spec = Validation.model(each, ClusterNetworkPolicy.class).spec();
      sorted.add(new Policy(each, Objects.requireNonNull(spec)));
    }
    sorted.sort(
        Comparator.comparingInt(Policy::priority)
            .thenComparing(policy -> policy.resource().key().name()));
    ImmutableMap.Builder<ResourceKey, ImmutableList<Rule>> rules = ImmutableMap.builder();
    for (boolean admin : new boolean[] {true, false}) {
      List<Policy> tier = sorted.stream().filter(policy -> policy.admin() == admin).toList();
      List<Integer> orders = orders(tier);
      for (int i = 0; i < tier.size(); i++) {
        Policy policy = tier.get(i);
        rules.put(
            policy.resource().key(),
            new ClusterNetworkPolicies(policy.resource(), policy.spec(), orders.get(i), nodes)
                .rules());
      }
    }
    return rules.buildOrThrow();
  }

  /** The order that stands before each policy's rules; other policies seldom move it. */
  private static List<Integer> orders(List<Policy> tier) {
    List<Integer> orders = new ArrayList<>();
    Map<Integer, Integer> alike = new HashMap<>();
    boolean room = true;
    for (Policy policy : tier) {
      int rank = alike.merge(policy.priority(), 1, Integer::sum) - 1;
      room &= rank < POLICIES_PER_PRIORITY;
      orders.add((policy.priority() * POLICIES_PER_PRIORITY + rank) * ORDERS_PER_POLICY);
    }
    if (!room) {
      for (int i = 0; i < orders.size(); i++) {
        orders.set(i, i * ORDERS_PER_POLICY);
      }
    }
    return orders;
  }

  private ImmutableList<Rule> rules() {
    boolean admin = Objects.equals(spec.tier(), "Admin");
    for (int i = 0; i < spec.ingress().size(); i++) {
      IngressRule rule = spec.ingress().get(i);
      List<Optional<Selector>> peers = rule.from().stream().map(this::peer).toList();
      rule(
          admin ? Layer.INGRESS_ADMIN : Layer.INGRESS_BASELINE,
          "spec.ingress[" + i + "]",
          ".from",
          effect(rule.action()),
          peers,
          rule.protocols(),
          order + 1 + i);
    }
    for (int i = 0; i < spec.egress().size(); i++) {
      EgressRule rule = spec.egress().get(i);
      List<Optional<Selector>> peers = rule.to().stream().map(this::peer).toList();
      rule(
          admin ? Layer.EGRESS_ADMIN : Layer.EGRESS_BASELINE,
          "spec.egress[" + i + "]",
          ".to",
          effect(rule.action()),
          peers,
          rule.protocols(),
          order + 1 + i);
    }
    return rules.build();
  }

  private static Effect effect(@Nullable String action) {
    return switch (String.valueOf(action)) {
      case "Accept" -> Effect.ALLOW;
      case "Deny" -> Effect.DENY;
      case "Pass" -> Effect.PASS;
      default -> throw new IllegalArgumentException("action " + action);
    };
  }

  /** Peers without a field fail closed: Accept matches nothing, Deny and Pass deny everything. */
  private void rule(
      Layer layer,
      String path,
      String field,
      Effect effect,
      List<Optional<Selector>> peers,
      List<ProtocolMatch> protocols,
      int order) {
    for (int i = 0; i < peers.size(); i++) {
      if (peers.get(i).isEmpty()) {
        boolean accept = effect == Effect.ALLOW;
        Selector nobody = new Conditions().in(new Key.Namespace(), ImmutableSet.of()).selector();
        add(
            layer,
            path + field + "[" + i + "]",
            accept ? Effect.ALLOW : Effect.DENY,
            accept ? nobody : Selector.ANY,
            new PortMatch.Any(),
            order);
        return;
      }
    }
    for (int i = 0; i < peers.size(); i++) {
      String at = path + field + "[" + i + "]";
      Selector peer = peers.get(i).orElseThrow();
      if (protocols.isEmpty()) {
        add(layer, at, effect, peer, new PortMatch.Any(), order);
      }
      for (int p = 0; p < protocols.size(); p++) {
        ports(layer, at + " protocols[" + p + "]", effect, peer, protocols.get(p), order);
      }
    }
  }

  private void ports(
      Layer layer, String path, Effect effect, Selector peer, ProtocolMatch match, int order) {
    String name = match.destinationNamedPort();
    if (name != null) {
      for (Protocol protocol : Protocol.values()) {
        add(layer, path + " " + protocol, effect, peer, new PortMatch.Named(protocol, name), order);
      }
      return;
    }
    Protocol protocol =
        match.tcp() != null ? Protocol.TCP : match.udp() != null ? Protocol.UDP : Protocol.SCTP;
    Transport transport =
        match.tcp() != null ? match.tcp() : match.udp() != null ? match.udp() : match.sctp();
    Port port = Objects.requireNonNull(Objects.requireNonNull(transport).destinationPort());
    PortRange range = port.range();
    int first = Objects.requireNonNull(range == null ? port.number() : range.start());
    int last = Objects.requireNonNull(range == null ? port.number() : range.end());
    add(layer, path, effect, peer, new PortMatch.Numbers(protocol, first, last), order);
  }

  private void add(
      Layer layer, String path, Effect effect, Selector peer, PortMatch port, int order) {
    boolean ingress = layer == Layer.INGRESS_ADMIN || layer == Layer.INGRESS_BASELINE;
    Subject subject = Objects.requireNonNull(spec.subject());
    Selector selected = selected(subject.namespaces(), subject.pods());
    rules.add(
        new Rule(
            new Rule.Id(resource, path),
            layer,
            effect,
            ingress ? peer : selected,
            ingress ? selected : peer,
            port,
            RequestExpr.TRUE,
            true,
            order));
  }

  /** Pods of namespaces, or pods by both selectors: of the pod network, and never world. */
  private static Selector selected(
      @Nullable LabelSelector namespaces, @Nullable NamespacedPod pods) {
    Conditions conditions = new Conditions();
    if (namespaces != null) {
      LabelSelectors.namespaces(namespaces, conditions);
    }
    if (pods != null && pods.namespaceSelector() != null) {
      LabelSelectors.namespaces(pods.namespaceSelector(), conditions);
    }
    if (pods != null && pods.podSelector() != null) {
      LabelSelectors.pods(pods.podSelector(), conditions);
    }
    return conditions.pod().selector();
  }

  private Optional<Selector> peer(IngressPeer peer) {
    return pods(peer.namespaces(), peer.pods());
  }

  /** Empty for a peer that names neither. */
  private static Optional<Selector> pods(
      @Nullable LabelSelector namespaces, @Nullable NamespacedPod pods) {
    return namespaces == null && pods == null
        ? Optional.empty()
        : Optional.of(selected(namespaces, pods));
  }

  private Optional<Selector> peer(EgressPeer peer) {
    if (peer.networks() != null) {
      return Optional.of(
          new Conditions()
              .inBlocks(
                  peer.networks().stream()
                      .map(Prefix::parse)
                      .collect(ImmutableSet.toImmutableSet()))
              .selector());
    }
    if (peer.nodes() != null) {
      return Optional.of(new Conditions().inBlocks(nodes.addresses(peer.nodes())).selector());
    }
    return pods(peer.namespaces(), peer.pods());
  }
}
