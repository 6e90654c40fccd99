package dev.weir.compiler.simulation;

import static dev.weir.compiler.intent.Rule.Layer.AUTHORIZATION_ALLOW;
import static dev.weir.compiler.intent.Rule.Layer.AUTHORIZATION_DENY;
import static dev.weir.compiler.intent.Rule.Layer.EGRESS;
import static dev.weir.compiler.intent.Rule.Layer.EGRESS_ADMIN;
import static dev.weir.compiler.intent.Rule.Layer.EGRESS_BASELINE;
import static dev.weir.compiler.intent.Rule.Layer.INGRESS;
import static dev.weir.compiler.intent.Rule.Layer.INGRESS_ADMIN;
import static dev.weir.compiler.intent.Rule.Layer.INGRESS_BASELINE;

import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.request.RequestExpr;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What the rules of an intent say, read one by one: no codes, no classes, no order. */
public record Policy(Intent intent) {

  /**
   * Whether a connection passes.
   *
   * @param protocol IANA's number
   * @param request empty for a connection without HTTP
   */
  public boolean allows(
      IpAddress from, IpAddress to, int protocol, int port, Optional<Request> request) {
    return chain(List.of(EGRESS_ADMIN, EGRESS, EGRESS_BASELINE), from, to, protocol, port)
        && chain(List.of(INGRESS_ADMIN, INGRESS, INGRESS_BASELINE), from, to, protocol, port)
        && allows(AUTHORIZATION_DENY, from, to, protocol, port, request)
        && allows(AUTHORIZATION_ALLOW, from, to, protocol, port, request);
  }

  /** One direction: the tiers in turn, until one decides. */
  private boolean chain(
      List<Rule.Layer> tiers, IpAddress from, IpAddress to, int protocol, int port) {
    for (Rule.Layer tier : tiers) {
      List<Rule> matching =
          intent.rules().stream()
              .filter(r -> r.layer() == tier)
              .filter(r -> takes(r.source(), from) && takes(r.destination(), to))
              .filter(r -> takes(r.port(), to, protocol, port))
              .sorted(Comparator.comparingInt(Rule::order))
              .toList();
      Set<Rule.Effect> effects =
          matching.stream().map(Rule::effect).collect(Collectors.toCollection(LinkedHashSet::new));
      if (effects.isEmpty()) {
        continue;
      }
      if (tier == EGRESS || tier == INGRESS) {
        return effects.contains(Rule.Effect.ALLOW);
      }
      Rule.Effect first = effects.iterator().next();
      if (first != Rule.Effect.PASS) {
        return first == Rule.Effect.ALLOW;
      }
    }
    return true;
  }

  private boolean allows(
      Rule.Layer layer,
      IpAddress from,
      IpAddress to,
      int protocol,
      int port,
      Optional<Request> request) {
    boolean authorization =
        layer == Rule.Layer.AUTHORIZATION_ALLOW || layer == Rule.Layer.AUTHORIZATION_DENY;
    if (authorization && protocol != Protocol.TCP.number()) {
      return true;
    }
    boolean isolated = false;
    boolean allowed = false;
    boolean denied = false;
    for (Rule rule : intent.rules()) {
      if (rule.layer() != layer
          || !takes(rule.source(), from)
          || !takes(rule.destination(), to)
          || !takes(rule.port(), to, protocol, port)) {
        continue;
      }
      switch (rule.effect()) {
        case ISOLATE -> isolated = true;
        case ALLOW -> allowed |= gives(rule, from, to, port, request);
        case CUSTOM -> throw new IllegalArgumentException("no authorizer here: " + rule.id());
        case DENY -> denied |= gives(rule, from, to, port, request);
        case PASS -> throw new IllegalArgumentException(rule.id() + " in " + layer);
      }
    }
    return layer == Rule.Layer.AUTHORIZATION_DENY ? !denied : !isolated || allowed;
  }

  private boolean gives(
      Rule rule, IpAddress from, IpAddress to, int port, Optional<Request> request) {
    if (rule.headerDecides()) {
      return rule.withoutHttp().equals(RequestExpr.TRUE);
    }
    Optional<Workload.Port> declared = declared(to, port);
    if (declared.isEmpty()) {
      // Nobody knows what the port carries: fail closed.
      return rule.effect() == Rule.Effect.DENY;
    }
    return request.isPresent() && declared.get().application() != Workload.Application.OPAQUE
        ? request.get().satisfies(rule.request(), from)
        : new Request("", "").satisfies(rule.withoutHttp(), from);
  }

  public Optional<Workload.Port> declared(IpAddress to, int port) {
    return owner(to).stream()
        .flatMap(w -> w.ports().stream())
        .filter(p -> p.protocol() == Protocol.TCP && p.number() == port)
        .findFirst();
  }

  private Optional<Workload> owner(IpAddress address) {
    return intent.workloads().values().stream()
        .filter(w -> w.addresses().contains(address))
        .findFirst();
  }

  private boolean takes(Rule.PortMatch match, IpAddress to, int protocol, int port) {
    return switch (match) {
      case Rule.PortMatch.Any _ -> true;
      case Rule.PortMatch.Numbers n ->
          n.protocol().number() == protocol && n.first() <= port && port <= n.last();
      case Rule.PortMatch.Named n ->
          n.protocol().number() == protocol
              && owner(to).stream()
                  .flatMap(w -> w.ports().stream())
                  .anyMatch(
                      p ->
                          p.name().equals(n.name())
                              && p.protocol() == n.protocol()
                              && p.number() == port);
    };
  }

  private boolean takes(Selector selector, IpAddress address) {
    return selector.tests().stream().allMatch(t -> holds(t, address));
  }

  private boolean holds(Selector.Test test, IpAddress address) {
    return switch (test) {
      case Selector.Test.In(Key key, var values) ->
          value(key, address).filter(values::contains).isPresent();
      case Selector.Test.NotIn(Key key, var values) ->
          value(key, address).filter(values::contains).isEmpty();
      case Selector.Test.Exists(Key key) -> value(key, address).isPresent();
      case Selector.Test.DoesNotExist(Key key) -> value(key, address).isEmpty();
      case Selector.Test.InBlocks(var blocks) -> blocks.stream().anyMatch(b -> b.contains(address));
      case Selector.Test.NotInBlocks(var blocks) ->
          blocks.stream().noneMatch(b -> b.contains(address));
    };
  }

  private Optional<String> value(Key key, IpAddress address) {
    return owner(address)
        .flatMap(
            w ->
                switch (key) {
                  case Key.Namespace _ -> Optional.of(w.namespace());
                  case Key.ServiceAccount _ ->
                      Optional.of(w.namespace() + "/" + w.serviceAccount());
                  case Key.PodLabel l -> Optional.ofNullable(w.labels().get(l.name()));
                  case Key.NamespaceLabel l ->
                      Optional.ofNullable(w.namespaceLabels().get(l.name()));
                  case Key.NamedPort _, Key.OpaquePort _, Key.Blocks _ ->
                      throw new IllegalArgumentException("no selector asks " + key);
                });
  }
}
