package dev.weir.reference;

import dev.weir.reference.Decision.Verdict;
import dev.weir.reference.Sent.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** AuthorizationPolicy, security.istio.io/v1. Quotations are from its reference. */
final class AuthorizationPolicies {
  private final Inventory inventory;
  private final Mesh mesh;
  private final List<Resource> policies = new ArrayList<>();

  AuthorizationPolicies(Inventory inventory, Mesh mesh) {
    this.inventory = inventory;
    this.mesh = mesh;
  }

  void add(Resource policy) {
    AuthorizationChecks.check(policy);
    policies.add(policy);
  }

  /**
   * What the policies of the server say. Istio takes only TCP into its data plane ("Non-TCP based
   * protocols, such as UDP, are not proxied"); nothing else is judged, and nothing without a pod
   * behind it.
   */
  Decision decide(Connection connection, Optional<Probe.Request> request) {
    if (connection.server().isEmpty() || !connection.protocol().equals("TCP")) {
      return Decision.allow("");
    }
    List<Resource> applying =
        policies.stream().filter(policy -> applies(policy, connection.server().get())).toList();
    Sent sent = Sent.of(request, connection.source(), mesh.normalization());
    return new Search(applying, connection).decide(sent);
  }

  /** Tries what a client may send, where nobody has said. */
  private final class Search {
    private final List<Resource> applying;
    private final Connection connection;
    private final Map<Verdict, Decision> outcomes = new LinkedHashMap<>();
    private final Map<Map.Entry<Attribute, Set<Sent.Question>>, List<Value>> samples =
        new HashMap<>();

    Search(List<Resource> applying, Connection connection) {
      this.applying = applying;
      this.connection = connection;
    }

    Decision decide(Sent sent) {
      Decision first = tryAll(sent);
      return outcomes.size() == 1 ? outcomes.values().iterator().next() : first;
    }

    /**
     * Evaluates with what is known. Where that does not settle it, tries for the attribute that is
     * asked most one value of each class that the questions asked of it tell apart; so two outcomes
     * are found if and only if two requests exist that have them.
     */
    private Decision tryAll(Sent sent) {
      Decision decision = evaluate(sent, applying, connection);
      if (decision.verdict() != Verdict.DEPENDS) {
        outcomes.putIfAbsent(decision.verdict(), decision);
        return decision;
      }
      Map.Entry<Attribute, Set<Sent.Question>> open =
          Collections.max(
              sent.unanswered().entrySet(), Comparator.comparing(each -> each.getValue().size()));
      for (Value value : samples(open)) {
        if (outcomes.size() < 2 && sent.allows(open.getKey(), value)) {
          tryAll(sent.assuming(open.getKey(), value));
        }
      }
      return decision;
    }

    private List<Value> samples(Map.Entry<Attribute, Set<Sent.Question>> open) {
      return samples.computeIfAbsent(
          Map.entry(open.getKey(), Set.copyOf(open.getValue())),
          _ -> Samples.of(open.getKey(), open.getValue(), mesh.normalization()));
    }
  }

  /** A policy's rule that may match. */
  private record Match(Truth truth, String rule) {}

  /**
   * "1. If there are any CUSTOM policies that match the request, evaluate and deny the request if
   * the evaluation result is deny. 2. If there are any DENY policies that match the request, deny
   * the request. 3. If there are no ALLOW policies for the workload, allow the request. 4. If any
   * of the ALLOW policies match the request, allow the request. 5. Deny the request."
   *
   * <p>The authorizer's answer matters only where the rest would allow.
   */
  private Decision evaluate(Sent sent, List<Resource> applying, Connection connection) {
    Truth http =
        switch (carried(connection)) {
          case HTTP -> Truth.TRUE;
          case NOT_HTTP -> Truth.FALSE;
          case DETECTED -> asksAnything(applying) ? sent.carriesHttp() : Truth.TRUE;
        };
    if (http == Truth.UNKNOWN) {
      return new Decision(Verdict.DEPENDS, firstRule(applying));
    }
    List<Resource> custom = withAction(applying, "CUSTOM");
    List<Resource> broken =
        custom.stream().filter(policy -> !hasAuthorizer(policy, applying)).toList();
    List<Resource> working = custom.stream().filter(policy -> !broken.contains(policy)).toList();
    List<Resource> allow = withAction(applying, "ALLOW");

    boolean isHttp = http == Truth.TRUE;
    Match unauthorizable = match(broken, connection, isHttp, sent);
    Match denied = match(withAction(applying, "DENY"), connection, isHttp, sent);
    Match allowed = match(allow, connection, isHttp, sent);
    Match delegated = match(working, connection, isHttp, sent);

    if (unauthorizable.truth() == Truth.TRUE) {
      return Decision.deny(unauthorizable.rule());
    }
    if (denied.truth() == Truth.TRUE) {
      return Decision.deny(denied.rule());
    }
    if (!allow.isEmpty() && allowed.truth() == Truth.FALSE) {
      return Decision.deny(allow.getFirst().id());
    }
    if (unauthorizable.truth() == Truth.UNKNOWN) {
      return new Decision(Verdict.DEPENDS, unauthorizable.rule());
    }
    if (denied.truth() == Truth.UNKNOWN) {
      return new Decision(Verdict.DEPENDS, denied.rule());
    }
    if (!allow.isEmpty() && allowed.truth() == Truth.UNKNOWN) {
      return new Decision(Verdict.DEPENDS, allowed.rule());
    }
    return switch (delegated.truth()) {
      case TRUE -> new Decision(Verdict.CUSTOM, delegated.rule());
      case UNKNOWN -> new Decision(Verdict.DEPENDS, delegated.rule());
      case FALSE -> Decision.allow(allow.isEmpty() ? "" : allowed.rule());
    };
  }

  /** Whether one rule of one of the policies matches, and the first that does or may. */
  private Match match(List<Resource> of, Connection connection, boolean http, Sent sent) {
    Match possible = new Match(Truth.FALSE, "");
    for (Resource policy : of) {
      boolean allows = policy.spec().get("action").textOr("ALLOW").equals("ALLOW");
      AuthorizationRule reader =
          new AuthorizationRule(mesh, policy.namespace(), allows, connection, http, sent);
      // "If not set, the match will never occur."
      for (Field rule : policy.spec().get("rules").list()) {
        Truth truth = reader.matches(rule);
        if (truth == Truth.TRUE) {
          return new Match(truth, rule.path());
        }
        if (truth == Truth.UNKNOWN && possible.truth() == Truth.FALSE) {
          possible = new Match(truth, rule.path());
        }
      }
    }
    return possible;
  }

  private Carried carried(Connection connection) {
    Pod server = connection.server().orElseThrow();
    return Carried.by(server, connection.port(), inventory.servicesOf(server));
  }

  private static boolean asksAnything(List<Resource> applying) {
    return applying.stream().anyMatch(policy -> !policy.spec().get("rules").list().isEmpty());
  }

  private static String firstRule(List<Resource> applying) {
    return applying.stream()
        .flatMap(policy -> policy.spec().get("rules").list().stream())
        .map(Field::path)
        .findFirst()
        .orElse("");
  }

  private static List<Resource> withAction(List<Resource> policies, String action) {
    return policies.stream()
        .filter(policy -> policy.spec().get("action").textOr("ALLOW").equals(action))
        .toList();
  }

  /**
   * "metadata/namespace tells which namespace the policy applies. If set to root namespace, the
   * policy applies to all namespaces in a mesh." "If the selector and the targetRef are not set,
   * the selector will match all workloads."
   *
   * <p>A policy of which {@code istio.io/dry-run} is true is only observed.
   */
  private boolean applies(Resource policy, Pod pod) {
    if (isDryRun(policy)) {
      return false;
    }
    List<Field> targets = new ArrayList<>(policy.spec().get("targetRefs").list());
    if (policy.spec().get("targetRef").present()) {
      targets.add(policy.spec().get("targetRef"));
    }
    if (!targets.isEmpty()) {
      // "The targeted resources specified will determine which workloads the policy applies to":
      // those behind the Service, "in the same namespace".
      return inventory.servicesOf(pod).stream()
          .anyMatch(
              service ->
                  service.namespace().equals(policy.namespace())
                      && targets.stream()
                          .anyMatch(target -> target.get("name").text().equals(service.name())));
    }
    boolean namespace =
        policy.namespace().equals(mesh.rootNamespace())
            || policy.namespace().equals(pod.namespace());
    return namespace && Labels.match(policy.spec().get("selector"), pod.labels());
  }

  /** The annotation is a Boolean as Go reads one; anything else is none. */
  private static boolean isDryRun(Resource policy) {
    String value = policy.annotations().getOrDefault("istio.io/dry-run", "false");
    return Set.of("1", "t", "T", "TRUE", "true", "True").contains(value);
  }

  /**
   * "The list of available providers is defined in the MeshConfig. Note, currently at most 1
   * extension provider is allowed per workload." Istio denies what the rules match where the
   * provider is not there, and where a workload has several.
   */
  private boolean hasAuthorizer(Resource policy, List<Resource> applying) {
    Set<String> names = new TreeSet<>();
    for (Resource each : withAction(applying, "CUSTOM")) {
      names.add(each.spec().get("provider").get("name").text());
    }
    return names.size() == 1
        && mesh.authorizers().contains(policy.spec().get("provider").get("name").text());
  }
}
