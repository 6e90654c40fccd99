package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableList;
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
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.Validation;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.networking.v1.IPBlock;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicySpec;
import java.util.List;
import java.util.Optional;

/** NetworkPolicy (networking.k8s.io/v1) as rules. */
final class NetworkPolicies {
  private final String resource;
  private final String namespace;
  private final Selector selected;
  private final ImmutableList.Builder<Rule> rules = ImmutableList.builder();

  private NetworkPolicies(Resource policy, NetworkPolicySpec spec) {
    resource = policy.key().toString();
    namespace = policy.key().namespace();
    selected = pods(Optional.ofNullable(spec.getPodSelector()).orElseGet(LabelSelector::new));
  }

  static ImmutableList<Rule> rules(Resource policy) {
    NetworkPolicySpec spec = Validation.model(policy, NetworkPolicy.class).getSpec();
    return new NetworkPolicies(policy, spec).rules(spec);
  }

  private ImmutableList<Rule> rules(NetworkPolicySpec spec) {
    List<String> types = spec.getPolicyTypes();
    boolean defaulted = types.isEmpty();
    if (defaulted || types.contains("Ingress")) {
      isolate(Layer.INGRESS, "spec.policyTypes[Ingress]");
      List<NetworkPolicyIngressRule> ingress = spec.getIngress();
      for (int i = 0; i < ingress.size(); i++) {
        NetworkPolicyIngressRule rule = ingress.get(i);
        allow(Layer.INGRESS, "spec.ingress[" + i + "]", "from", rule.getFrom(), rule.getPorts());
      }
    }
    // Without policyTypes egress is touched only by a policy that speaks of it.
    if (defaulted ? !spec.getEgress().isEmpty() : types.contains("Egress")) {
      isolate(Layer.EGRESS, "spec.policyTypes[Egress]");
      List<NetworkPolicyEgressRule> egress = spec.getEgress();
      for (int i = 0; i < egress.size(); i++) {
        NetworkPolicyEgressRule rule = egress.get(i);
        allow(Layer.EGRESS, "spec.egress[" + i + "]", "to", rule.getTo(), rule.getPorts());
      }
    }
    return rules.build();
  }

  private void isolate(Layer layer, String path) {
    add(layer, Effect.ISOLATE, path, Selector.ANY, new PortMatch.Any());
  }

  private void allow(
      Layer layer,
      String path,
      String field,
      List<NetworkPolicyPeer> peers,
      List<NetworkPolicyPort> ports) {
    if (peers.isEmpty()) {
      allow(layer, path, Selector.ANY, ports);
    }
    for (int i = 0; i < peers.size(); i++) {
      allow(layer, path + "." + field + "[" + i + "]", peer(peers.get(i)), ports);
    }
  }

  private void allow(Layer layer, String path, Selector peer, List<NetworkPolicyPort> ports) {
    if (ports.isEmpty()) {
      add(layer, Effect.ALLOW, path, peer, new PortMatch.Any());
    }
    for (int i = 0; i < ports.size(); i++) {
      add(layer, Effect.ALLOW, path + " ports[" + i + "]", peer, port(ports.get(i)));
    }
  }

  private void add(Layer layer, Effect effect, String path, Selector peer, PortMatch port) {
    boolean ingress = layer == Layer.INGRESS;
    rules.add(
        new Rule(
            new Rule.Id(resource, path),
            layer,
            effect,
            ingress ? peer : selected,
            ingress ? selected : peer,
            port,
            RequestExpr.TRUE,
            true));
  }

  private Selector pods(LabelSelector selector) {
    Conditions conditions = new Conditions().in(new Key.Namespace(), ImmutableSet.of(namespace));
    LabelSelectors.pods(selector, conditions);
    return conditions.selector();
  }

  private Selector peer(NetworkPolicyPeer peer) {
    IPBlock block = peer.getIpBlock();
    if (block != null) {
      Conditions conditions =
          new Conditions().inBlocks(ImmutableSet.of(Prefix.parse(block.getCidr())));
      block.getExcept().forEach(e -> conditions.notInBlocks(ImmutableSet.of(Prefix.parse(e))));
      return conditions.selector();
    }
    LabelSelector podSelector = peer.getPodSelector();
    if (peer.getNamespaceSelector() == null) {
      return pods(podSelector);
    }
    Conditions conditions = new Conditions();
    LabelSelectors.namespaces(peer.getNamespaceSelector(), conditions);
    if (podSelector != null) {
      LabelSelectors.pods(podSelector, conditions);
    }
    return conditions.pod().selector();
  }

  private static PortMatch port(NetworkPolicyPort port) {
    Protocol protocol =
        port.getProtocol() == null ? Protocol.TCP : Protocol.valueOf(port.getProtocol());
    if (port.getPort() == null) {
      return PortMatch.all(protocol);
    }
    Integer first = port.getPort().getIntVal();
    if (first == null) {
      return new PortMatch.Named(protocol, port.getPort().getStrVal());
    }
    int last = port.getEndPort() == null ? first : port.getEndPort();
    return new PortMatch.Numbers(protocol, first, last);
  }
}
