package dev.weir.compiler.resolve;

import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Rule.Effect;
import dev.weir.compiler.intent.Rule.Layer;
import dev.weir.compiler.intent.Rule.PortMatch;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.request.RequestExpr;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads an intent as its types are documented: slow and plain. */
record Decisions(Intent intent) {

  /** A connection, with the request on it where it carries HTTP. */
  record Probe(
      IpAddress source,
      IpAddress destination,
      Protocol protocol,
      int port,
      @Nullable String method,
      String path) {}

  boolean allows(Probe probe) {
    for (Layer layer :
        List.of(Layer.EGRESS, Layer.INGRESS, Layer.AUTHORIZATION_DENY, Layer.AUTHORIZATION_ALLOW)) {
      boolean authorization =
          layer == Layer.AUTHORIZATION_DENY || layer == Layer.AUTHORIZATION_ALLOW;
      if (authorization && probe.protocol() != Protocol.TCP) {
        continue;
      }
      List<Rule> rules = intent.rules().stream().filter(rule -> rule.layer() == layer).toList();
      boolean isolated = any(rules, Effect.ISOLATE, probe);
      if (any(rules, Effect.DENY, probe) || (isolated && !any(rules, Effect.ALLOW, probe))) {
        return false;
      }
    }
    return true;
  }

  private boolean any(List<Rule> rules, Effect effect, Probe probe) {
    return rules.stream().anyMatch(rule -> rule.effect() == effect && matches(rule, probe));
  }

  private boolean matches(Rule rule, Probe probe) {
    return matches(rule.source(), probe.source())
        && matches(rule.destination(), probe.destination())
        && matches(rule.port(), probe)
        && (probe.method() == null
            ? holds(rule.withoutHttp(), probe)
            : holds(rule.request(), probe));
  }

  private boolean matches(PortMatch port, Probe probe) {
    return switch (port) {
      case PortMatch.Any _ -> true;
      case PortMatch.Numbers numbers ->
          numbers.protocol() == probe.protocol()
              && numbers.first() <= probe.port()
              && probe.port() <= numbers.last();
      case PortMatch.Named named ->
          named.protocol() == probe.protocol()
              && workload(probe.destination()).stream()
                  .flatMap(workload -> workload.ports().stream())
                  .anyMatch(
                      each ->
                          each.name().equals(named.name())
                              && each.protocol() == named.protocol()
                              && each.number() == probe.port());
    };
  }

  private static boolean holds(RequestExpr request, Probe probe) {
    return switch (request) {
      case RequestExpr.Constant constant -> constant.value();
      case RequestExpr.Not not -> !holds(not.term(), probe);
      case RequestExpr.And and -> and.terms().stream().allMatch(each -> holds(each, probe));
      case RequestExpr.Or or -> or.terms().stream().anyMatch(each -> holds(each, probe));
      case RequestExpr.Method method -> method.match().matches(String.valueOf(probe.method()));
      case RequestExpr.Path path -> path.match().matches(probe.path());
      case RequestExpr.Sent _, RequestExpr.Forwarded _ ->
          throw new IllegalArgumentException("not asked here: " + request);
      case RequestExpr.Source source ->
          source.blocks().stream().anyMatch(block -> block.contains(probe.source()));
    };
  }

  private boolean matches(Selector selector, IpAddress address) {
    return selector.tests().stream()
        .allMatch(
            test ->
                switch (test) {
                  case Selector.Test.In in ->
                      value(in.key(), address).filter(in.values()::contains).isPresent();
                  case Selector.Test.NotIn notIn ->
                      value(notIn.key(), address).filter(notIn.values()::contains).isEmpty();
                  case Selector.Test.Exists exists -> value(exists.key(), address).isPresent();
                  case Selector.Test.DoesNotExist absent -> value(absent.key(), address).isEmpty();
                  case Selector.Test.InBlocks in ->
                      in.blocks().stream().anyMatch(block -> block.contains(address));
                  case Selector.Test.NotInBlocks notIn ->
                      notIn.blocks().stream().noneMatch(block -> block.contains(address));
                });
  }

  private Optional<Workload> workload(IpAddress address) {
    return intent.workloads().values().stream()
        .filter(each -> each.addresses().contains(address))
        .findFirst();
  }

  private Optional<String> value(Key key, IpAddress address) {
    return workload(address)
        .flatMap(
            workload ->
                switch (key) {
                  case Key.Namespace _ -> Optional.of(workload.namespace());
                  case Key.ServiceAccount _ ->
                      Optional.of(workload.namespace() + "/" + workload.serviceAccount());
                  case Key.PodLabel label ->
                      Optional.ofNullable(workload.labels().get(label.name()));
                  case Key.NamespaceLabel label ->
                      Optional.ofNullable(workload.namespaceLabels().get(label.name()));
                  default -> throw new IllegalArgumentException("no test on " + key);
                });
  }
}
