package dev.weir.compiler.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.codes.Answers;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Rule.Effect;
import dev.weir.compiler.intent.Rule.Layer;
import dev.weir.compiler.intent.Rule.PortMatch;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.resource.MeshConfig;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.TrustDomains;
import dev.weir.compiler.resource.Validation;
import io.fabric8.istio.api.api.security.v1beta1.AuthorizationPolicyAction;
import io.fabric8.istio.api.api.security.v1beta1.Condition;
import io.fabric8.istio.api.api.security.v1beta1.Operation;
import io.fabric8.istio.api.api.security.v1beta1.Source;
import io.fabric8.istio.api.api.type.v1beta1.PolicyTargetReference;
import io.fabric8.istio.api.security.v1.AuthorizationPolicy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** AuthorizationPolicy (security.istio.io/v1) as rules. */
final class AuthorizationPolicies {
  private static final String DRY_RUN = "istio.io/dry-run";

  /** What Go reads as true. */
  private static final ImmutableSet<String> TRUE =
      ImmutableSet.of("1", "t", "T", "TRUE", "true", "True");

  private final MeshConfig mesh;
  private final Services services;
  private final Identities identities;

  /**
   * A policy that is enforced.
   *
   * @param selected the conditions on the workloads that it selects; several are or-ed
   * @param provider of CUSTOM; else empty
   */
  record Policy(
      Resource resource,
      io.fabric8.istio.api.api.security.v1beta1.AuthorizationPolicy spec,
      AuthorizationPolicyAction action,
      List<Part<Selector>> selected,
      String provider) {
    String namespace() {
      return resource.key().namespace();
    }

    boolean custom() {
      return action == AuthorizationPolicyAction.CUSTOM;
    }

    /** Whether its rules hold patterns, which stand for the names that workloads have. */
    boolean asksByPattern() {
      for (JsonNode rule : resource.json().path("spec").path("rules")) {
        if ((rule.path("from") + " " + rule.path("when")).contains("*")) {
          return true;
        }
      }
      return false;
    }

    private boolean selects(Workload workload) {
      return selected.stream()
          .anyMatch(
              part ->
                  workload.addresses().stream()
                      .anyMatch(a -> Answers.takes(part.value(), Optional.of(workload), a)));
    }
  }

  /**
   * A resource as it was read.
   *
   * @param policy empty where it changes no verdict
   */
  record Read(Optional<Policy> policy, ImmutableList<String> notes) {}

  /** What a policy comes to. */
  record Enforced(ImmutableList<Rule> rules, ImmutableList<String> notes) {}

  /** One end of the product: what {@code from[i]} or {@code to[i]} adds to the rule. */
  record Part<T>(String path, T value) {}

  /** A source value and what it asks of requests. */
  private record From(Selector selector, RequestFields.Asked asked) {}

  /** What a rule gives to some destinations. */
  private record Gives(
      String path, Rule.Layer layer, Rule.Effect effect, Selector destination, String authorizer) {}

  AuthorizationPolicies(MeshConfig mesh, Services services, Identities identities) {
    this.mesh = mesh;
    this.services = services;
    this.identities = identities;
  }

  Read read(Resource resource) {
    AuthorizationPolicy policy = Validation.model(resource, AuthorizationPolicy.class);
    var spec = policy.getSpec();
    Map<String, String> annotations = policy.getMetadata().getAnnotations();
    AuthorizationPolicyAction action =
        spec.getAction() == null ? AuthorizationPolicyAction.ALLOW : spec.getAction();
    if (annotations != null && TRUE.contains(annotations.getOrDefault(DRY_RUN, ""))) {
      return without(resource.key() + " changes no verdict: it is a dry run");
    }
    if (action == AuthorizationPolicyAction.AUDIT) {
      return without(
          resource.key() + " changes no verdict: it audits, and nothing here records audits");
    }
    List<String> notes = new ArrayList<>();
    List<Part<Selector>> selected = selected(spec, resource.key().namespace(), resource, notes);
    return new Read(
        Optional.of(
            new Policy(
                resource,
                spec,
                action,
                selected,
                resource.json().path("spec").path("provider").path("name").asText(""))),
        ImmutableList.copyOf(notes));
  }

  private static Read without(String note) {
    return new Read(Optional.empty(), ImmutableList.of(note));
  }

  private List<Part<Selector>> selected(
      io.fabric8.istio.api.api.security.v1beta1.AuthorizationPolicy spec,
      String namespace,
      Resource resource,
      List<String> notes) {
    List<PolicyTargetReference> targets = new ArrayList<>(spec.getTargetRefs());
    if (spec.getTargetRef() != null) {
      targets.add(spec.getTargetRef());
    }
    if (targets.isEmpty()) {
      Conditions conditions = new Conditions();
      if (!namespace.equals(mesh.rootNamespace())) {
        conditions.in(new Key.Namespace(), ImmutableSet.of(namespace));
      }
      if (spec.getSelector() != null && spec.getSelector().getMatchLabels() != null) {
        labels(spec.getSelector().getMatchLabels(), conditions);
      }
      return List.of(new Part<>("", conditions.pod().selector()));
    }
    List<Part<Selector>> selected = new ArrayList<>();
    Set<String> names = new LinkedHashSet<>();
    targets.forEach(target -> names.add(target.getName()));
    for (String name : names) {
      Optional<Services.Chooser> service = services.named(namespace, name);
      if (service.isEmpty()) {
        notes.add(
            resource.key()
                + " applies to nobody by its target "
                + name
                + ": no Service of its"
                + " namespace is called so and has a selector");
        continue;
      }
      Conditions conditions = new Conditions().in(new Key.Namespace(), ImmutableSet.of(namespace));
      labels(service.get().selector(), conditions);
      selected.add(
          new Part<>(names.size() > 1 ? " at Service " + name : "", conditions.pod().selector()));
    }
    return selected;
  }

  private static void labels(Map<String, String> labels, Conditions conditions) {
    labels.forEach((name, value) -> conditions.in(new Key.PodLabel(name), ImmutableSet.of(value)));
  }

  /**
   * The addresses of workloads that policies want to ask several authorizers about. Istio takes one
   * at most, and denies what they would be asked about.
   */
  static ImmutableSet<IpAddress> torn(Collection<Policy> policies, Collection<Workload> workloads) {
    List<Policy> custom = policies.stream().filter(Policy::custom).toList();
    if (custom.stream().map(Policy::provider).distinct().count() < 2) {
      return ImmutableSet.of();
    }
    ImmutableSet.Builder<IpAddress> torn = ImmutableSet.builder();
    for (Workload workload : workloads) {
      if (custom.stream()
              .filter(policy -> policy.selects(workload))
              .map(Policy::provider)
              .distinct()
              .count()
          > 1) {
        torn.addAll(workload.addresses());
      }
    }
    return torn.build();
  }

  /** The names of the authorizers that some policy asks about somebody, whether they exist. */
  static ImmutableSet<String> asked(Collection<Policy> policies) {
    return policies.stream()
        .filter(policy -> policy.custom() && !policy.selected().isEmpty())
        .map(Policy::provider)
        .collect(ImmutableSet.toImmutableSet());
  }

  /**
   * The policy's rules.
   *
   * @param torn see {@link #torn}; it bears on CUSTOM policies alone
   */
  Enforced enforce(Policy policy, ImmutableSet<IpAddress> torn) {
    ImmutableList.Builder<Rule> rules = ImmutableList.builder();
    ImmutableList.Builder<String> notes = ImmutableList.builder();
    for (Part<Selector> selected : policy.selected()) {
      if (policy.action() == AuthorizationPolicyAction.ALLOW) {
        rules.add(
            new Rule(
                new Rule.Id(policy.resource().key().toString(), selected.path().strip()),
                Layer.AUTHORIZATION_ALLOW,
                Effect.ISOLATE,
                Selector.ANY,
                selected.value(),
                new PortMatch.Any(),
                RequestExpr.TRUE,
                true));
      }
      for (Gives gives : gives(policy, selected, torn, notes)) {
        for (int i = 0; i < policy.spec().getRules().size(); i++) {
          rule(policy, policy.spec().getRules().get(i), "spec.rules[" + i + "]", gives, rules);
        }
      }
    }
    return new Enforced(rules.build(), notes.build());
  }

  private List<Gives> gives(
      Policy policy,
      Part<Selector> selected,
      ImmutableSet<IpAddress> torn,
      ImmutableList.Builder<String> notes) {
    Gives deny =
        new Gives(selected.path(), Layer.AUTHORIZATION_DENY, Effect.DENY, selected.value(), "");
    return switch (policy.action()) {
      case ALLOW ->
          List.of(
              new Gives(
                  selected.path(), Layer.AUTHORIZATION_ALLOW, Effect.ALLOW, selected.value(), ""));
      case DENY -> List.of(deny);
      case AUDIT -> List.of();
      case CUSTOM -> {
        String name = policy.provider();
        if (!mesh.providers().containsKey(name)) {
          notes.add(
              policy.resource().key()
                  + " denies what it matches: the mesh has no authorizer called "
                  + name);
          yield List.of(deny);
        }
        ImmutableSet<Prefix> apart =
            torn.stream().map(Prefix::of).collect(ImmutableSet.toImmutableSet());
        Gives ask =
            new Gives(
                selected.path(),
                Layer.AUTHORIZATION_DENY,
                Effect.CUSTOM,
                apart.isEmpty()
                    ? selected.value()
                    : Conditions.of(selected.value()).notInBlocks(apart).selector(),
                name);
        if (apart.isEmpty()) {
          yield List.of(ask);
        }
        notes.add(
            policy.resource().key()
                + " denies what it matches at workloads that other policies name another authorizer"
                + " for: one is asked at most");
        yield List.of(
            ask,
            new Gives(
                selected.path() + " torn between authorizers",
                Layer.AUTHORIZATION_DENY,
                Effect.DENY,
                Conditions.of(selected.value()).inBlocks(apart).selector(),
                ""));
      }
    };
  }

  private void rule(
      Policy policy,
      io.fabric8.istio.api.api.security.v1beta1.Rule rule,
      String path,
      Gives gives,
      ImmutableList.Builder<Rule> rules) {
    RequestFields.Asked conditions = RequestFields.conditions(rule);
    List<Part<From>> sources = new ArrayList<>();
    for (int i = 0; i < rule.getFrom().size(); i++) {
      Source source = rule.getFrom().get(i).getSource();
      sources.addAll(
          sources(
              ".from[" + i + "]",
              policy,
              source,
              rule,
              RequestFields.source(source).and(conditions)));
    }
    if (rule.getFrom().isEmpty()) {
      sources.addAll(sources("", policy, new Source(), rule, conditions));
    }
    List<Part<Operation>> operations = new ArrayList<>();
    for (int i = 0; i < rule.getTo().size(); i++) {
      operations.add(new Part<>(" to[" + i + "]", rule.getTo().get(i).getOperation()));
    }
    if (operations.isEmpty()) {
      operations.add(new Part<>("", new Operation()));
    }
    Selector destination = destination(gives.destination(), rule);
    // Istio leaves an ALLOW rule out of a TCP filter whole, whichever field of it asks for HTTP; of
    // other rules it drops the field there.
    boolean gone =
        gives.effect() == Effect.ALLOW
            && (sources.stream().anyMatch(each -> each.value().asked().onlyHttp())
                || operations.stream()
                    .anyMatch(each -> RequestFields.operation(each.value()).onlyHttp()));
    for (Part<From> source : sources) {
      for (Part<Operation> operation : operations) {
        RequestFields.Asked asked =
            source.value().asked().and(RequestFields.operation(operation.value()));
        for (Part<PortMatch> port : ports(operation.value(), rule)) {
          rules.add(
              new Rule(
                  new Rule.Id(
                      policy.resource().key().toString(),
                      path + source.path() + operation.path() + port.path() + gives.path()),
                  gives.layer(),
                  gives.effect(),
                  source.value().selector(),
                  destination,
                  port.value(),
                  asked.request(),
                  gone ? RequestExpr.FALSE : asked.connection(),
                  0,
                  gives.authorizer()));
        }
      }
    }
  }

  /** What a source takes: workloads and world, and beside them peers that have an identity. */
  private List<Part<From>> sources(
      String path,
      Policy policy,
      Source source,
      io.fabric8.istio.api.api.security.v1beta1.Rule rule,
      RequestFields.Asked asked) {
    List<Identities.Asked> identity = identity(source, rule);
    ImmutableSet<Prefix> peers = identity.isEmpty() ? ImmutableSet.of() : identities.peerBlocks();
    Conditions workloadsAndWorld = addresses(source, rule);
    identity.forEach(each -> identities.add(each, policy.namespace(), workloadsAndWorld));
    List<Part<From>> sources = new ArrayList<>();
    sources.add(new Part<>(path, new From(workloadsAndWorld.notInBlocks(peers).selector(), asked)));
    ImmutableSet<Prefix> passing = identities.passing(identity, policy.namespace());
    if (!peers.isEmpty() && !passing.isEmpty()) {
      sources.add(
          new Part<>(
              path + " by principal",
              new From(addresses(source, rule).inBlocks(passing).selector(), asked)));
    }
    return sources;
  }

  private static List<Identities.Asked> identity(
      Source source, io.fabric8.istio.api.api.security.v1beta1.Rule rule) {
    List<Identities.Asked> asked = new ArrayList<>();
    asked.add(
        new Identities.Asked(
            Identities.Part.PRINCIPAL, source.getPrincipals(), source.getNotPrincipals()));
    asked.add(
        new Identities.Asked(
            Identities.Part.NAMESPACE, source.getNamespaces(), source.getNotNamespaces()));
    asked.add(
        new Identities.Asked(
            Identities.Part.SERVICE_ACCOUNT,
            source.getServiceAccounts(),
            source.getNotServiceAccounts()));
    asked.add(
        new Identities.Asked(
            Identities.Part.TRUST_DOMAIN, TrustDomains.of(source), TrustDomains.notOf(source)));
    for (Condition when : rule.getWhen()) {
      Optional<Identities.Part> part =
          switch (when.getKey()) {
            case "source.principal" -> Optional.of(Identities.Part.PRINCIPAL);
            case "source.namespace" -> Optional.of(Identities.Part.NAMESPACE);
            case "source.serviceAccount" -> Optional.of(Identities.Part.SERVICE_ACCOUNT);
            case "source.trustDomain" -> Optional.of(Identities.Part.TRUST_DOMAIN);
            default -> Optional.empty(); // asked of an address, or of the request
          };
      part.ifPresent(
          of -> asked.add(new Identities.Asked(of, when.getValues(), when.getNotValues())));
    }
    asked.removeIf(each -> each.values().isEmpty() && each.notValues().isEmpty());
    return asked;
  }

  private static Conditions addresses(
      Source source, io.fabric8.istio.api.api.security.v1beta1.Rule rule) {
    Conditions conditions = new Conditions();
    blocks(source.getIpBlocks(), source.getNotIpBlocks(), conditions);
    for (Condition when : rule.getWhen()) {
      if (when.getKey().equals("source.ip")) {
        blocks(when.getValues(), when.getNotValues(), conditions);
      }
    }
    return conditions;
  }

  private static Selector destination(
      Selector selected, io.fabric8.istio.api.api.security.v1beta1.Rule rule) {
    Conditions conditions = Conditions.of(selected);
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
    return values.stream().map(RequestFields::block).collect(ImmutableSet.toImmutableSet());
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
}
