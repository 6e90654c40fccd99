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
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.request.RequestExpr.StringMatch;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.Validation;
import io.fabric8.istio.api.api.security.v1beta1.AuthorizationPolicyAction;
import io.fabric8.istio.api.api.security.v1beta1.Condition;
import io.fabric8.istio.api.api.security.v1beta1.Operation;
import io.fabric8.istio.api.api.security.v1beta1.Source;
import io.fabric8.istio.api.security.v1.AuthorizationPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** AuthorizationPolicy (security.istio.io/v1) as rules. */
final class AuthorizationPolicies {
  /** Policies in it select workloads of every namespace. */
  private static final String ROOT_NAMESPACE = "istio-system";

  private final String resource;
  private final String namespace;
  private final Identities identities;
  private final boolean deny;
  private final io.fabric8.istio.api.api.security.v1beta1.AuthorizationPolicy spec;
  private final ImmutableList.Builder<Rule> rules = ImmutableList.builder();

  private AuthorizationPolicies(Resource policy, Identities identities) {
    this.resource = policy.key().toString();
    this.namespace = policy.key().namespace();
    this.identities = identities;
    this.spec = Validation.model(policy, AuthorizationPolicy.class).getSpec();
    this.deny = spec.getAction() == AuthorizationPolicyAction.DENY;
  }

  static ImmutableList<Rule> rules(Resource policy, Identities identities) {
    return new AuthorizationPolicies(policy, identities).rules();
  }

  private ImmutableList<Rule> rules() {
    if (!deny) {
      rules.add(
          new Rule(
              new Rule.Id(resource, ""),
              Layer.AUTHORIZATION_ALLOW,
              Effect.ISOLATE,
              Selector.ANY,
              selected().selector(),
              new PortMatch.Any(),
              RequestExpr.TRUE,
              true));
    }
    for (int i = 0; i < spec.getRules().size(); i++) {
      rule(spec.getRules().get(i), "spec.rules[" + i + "]");
    }
    return rules.build();
  }

  private Conditions selected() {
    Conditions conditions = new Conditions();
    if (!namespace.equals(ROOT_NAMESPACE)) {
      conditions.in(new Key.Namespace(), ImmutableSet.of(namespace));
    }
    if (spec.getSelector() != null && spec.getSelector().getMatchLabels() != null) {
      spec.getSelector()
          .getMatchLabels()
          .forEach((name, value) -> conditions.in(new Key.PodLabel(name), ImmutableSet.of(value)));
    }
    return conditions.pod();
  }

  /** One end of the product: what {@code from[i]} or {@code to[i]} adds to the rule. */
  private record Part<T>(String path, T value) {}

  private void rule(io.fabric8.istio.api.api.security.v1beta1.Rule rule, String path) {
    List<Part<Selector>> sources = new ArrayList<>();
    for (int i = 0; i < rule.getFrom().size(); i++) {
      sources.add(new Part<>(".from[" + i + "]", source(rule.getFrom().get(i).getSource(), rule)));
    }
    if (sources.isEmpty()) {
      sources.add(new Part<>("", source(new Source(), rule)));
    }
    List<Part<Operation>> operations = new ArrayList<>();
    for (int i = 0; i < rule.getTo().size(); i++) {
      operations.add(new Part<>(" to[" + i + "]", rule.getTo().get(i).getOperation()));
    }
    if (operations.isEmpty()) {
      operations.add(new Part<>("", new Operation()));
    }
    Selector destination = destination(rule);
    // Istio leaves an ALLOW rule out of a TCP filter whole, whichever operation names a request
    // field; of a DENY rule it drops the field there.
    boolean withoutHttp =
        deny
            || operations.stream().allMatch(each -> request(each.value()).equals(RequestExpr.TRUE));
    for (Part<Selector> source : sources) {
      for (Part<Operation> operation : operations) {
        RequestExpr request = request(operation.value());
        for (Part<PortMatch> port : ports(operation.value(), rule)) {
          rules.add(
              new Rule(
                  new Rule.Id(resource, path + source.path() + operation.path() + port.path()),
                  deny ? Layer.AUTHORIZATION_DENY : Layer.AUTHORIZATION_ALLOW,
                  deny ? Effect.DENY : Effect.ALLOW,
                  source.value(),
                  destination,
                  port.value(),
                  request,
                  withoutHttp));
        }
      }
    }
  }

  private Selector source(Source source, io.fabric8.istio.api.api.security.v1beta1.Rule rule) {
    Conditions conditions = new Conditions();
    identities.principals(source.getPrincipals(), source.getNotPrincipals(), conditions);
    identities.namespaces(source.getNamespaces(), source.getNotNamespaces(), conditions);
    identities.serviceAccounts(
        source.getServiceAccounts(), source.getNotServiceAccounts(), namespace, conditions);
    blocks(source.getIpBlocks(), source.getNotIpBlocks(), conditions);
    for (Condition when : rule.getWhen()) {
      List<String> values = when.getValues();
      List<String> notValues = when.getNotValues();
      switch (when.getKey()) {
        case "source.ip" -> blocks(values, notValues, conditions);
        case "source.namespace" -> identities.namespaces(values, notValues, conditions);
        case "source.principal" -> identities.principals(values, notValues, conditions);
        case "source.serviceAccount" ->
            identities.serviceAccounts(values, notValues, namespace, conditions);
        case "destination.ip", "destination.port" -> {}
        default -> throw new IllegalArgumentException("condition on " + when.getKey());
      }
    }
    return conditions.selector();
  }

  private Selector destination(io.fabric8.istio.api.api.security.v1beta1.Rule rule) {
    Conditions conditions = selected();
    for (Condition when : rule.getWhen()) {
      if (when.getKey().equals("destination.ip")) {
        blocks(when.getValues(), when.getNotValues(), conditions);
      }
    }
    return conditions.selector();
  }

  private static void blocks(List<String> values, List<String> notValues, Conditions conditions) {
    if (!values.isEmpty()) {
      conditions.inBlocks(blocks(values));
    }
    if (!notValues.isEmpty()) {
      conditions.notInBlocks(blocks(notValues));
    }
  }

  private static ImmutableSet<Prefix> blocks(List<String> values) {
    return values.stream()
        .map(each -> each.contains("/") ? Prefix.parse(each) : Prefix.of(IpAddress.parse(each)))
        .collect(ImmutableSet.toImmutableSet());
  }

  /** The ports as matches: each listed one, or the ranges that several lists leave. */
  private static List<Part<PortMatch>> ports(
      Operation operation, io.fabric8.istio.api.api.security.v1beta1.Rule rule) {
    PortSet ports = PortSet.all();
    ports.keep(operation.getPorts());
    ports.remove(operation.getNotPorts());
    for (Condition when : rule.getWhen()) {
      if (when.getKey().equals("destination.port")) {
        ports.keep(when.getValues());
        ports.remove(when.getNotValues());
      }
    }
    if (ports.isAll()) {
      return List.of(new Part<>("", PortMatch.all(Protocol.TCP)));
    }
    List<Part<PortMatch>> parts = new ArrayList<>();
    for (PortSet.Range range : ports.ranges()) {
      parts.add(
          new Part<>(
              " " + range, new PortMatch.Numbers(Protocol.TCP, range.first(), range.last())));
    }
    return parts;
  }

  private static RequestExpr request(Operation operation) {
    return RequestExpr.and(
        any(operation.getMethods(), RequestExpr.Method::new),
        none(operation.getNotMethods(), RequestExpr.Method::new),
        any(operation.getPaths(), RequestExpr.Path::new),
        none(operation.getNotPaths(), RequestExpr.Path::new));
  }

  private static RequestExpr any(
      List<String> values, Function<StringMatch, RequestExpr> attribute) {
    return values.isEmpty()
        ? RequestExpr.TRUE
        : RequestExpr.or(values.stream().map(StringMatch::parse).map(attribute).toList());
  }

  private static RequestExpr none(
      List<String> values, Function<StringMatch, RequestExpr> attribute) {
    return values.isEmpty() ? RequestExpr.TRUE : RequestExpr.not(any(values, attribute));
  }
}
