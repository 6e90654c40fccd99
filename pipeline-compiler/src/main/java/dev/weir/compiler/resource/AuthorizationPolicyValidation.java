package dev.weir.compiler.resource;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import io.fabric8.istio.api.api.security.v1beta1.AuthorizationPolicy;
import io.fabric8.istio.api.api.security.v1beta1.AuthorizationPolicyAction;
import io.fabric8.istio.api.api.security.v1beta1.Condition;
import io.fabric8.istio.api.api.security.v1beta1.Operation;
import io.fabric8.istio.api.api.security.v1beta1.Rule;
import io.fabric8.istio.api.api.security.v1beta1.Source;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Istio checks of an AuthorizationPolicy, and what of one Weir does not enforce yet. */
final class AuthorizationPolicyValidation {
  private static final Set<String> UNSUPPORTED_SOURCE =
      Set.of("requestPrincipals", "notRequestPrincipals", "remoteIpBlocks", "notRemoteIpBlocks");
  private static final Set<String> UNSUPPORTED_OPERATION = Set.of("hosts", "notHosts");
  private static final Pattern PORT = Pattern.compile("0|[1-9][0-9]{0,4}");
  private static final Pattern EXACT_PRINCIPAL =
      Pattern.compile("cluster\\.local/ns/([^/]+)/sa/([^/]+)");
  private static final String DRY_RUN = "istio.io/dry-run";

  private final Findings findings;

  AuthorizationPolicyValidation(Findings findings) {
    this.findings = findings;
  }

  /**
   * Checks one policy.
   *
   * @param json of the whole resource: the model cannot tell an empty list from an absent one
   * @param path of the whole resource
   */
  void check(AuthorizationPolicy policy, JsonNode json, FieldPath path) {
    FieldPath spec = path.field("spec");
    if (json.path("metadata").path("annotations").has(DRY_RUN)) {
      unsupported(
          path.field("metadata").field("annotations").key(DRY_RUN),
          "a dry run is not supported: the policy would be enforced",
          "remove the annotation, or the policy");
    }
    action(policy, json.path("spec"), spec);
    targets(policy, json.path("spec"), spec);
    emptyLists(json.path("spec").path("rules"), spec.field("rules"), true);
    List<Rule> rules = policy.getRules();
    for (int i = 0; i < rules.size(); i++) {
      rule(rules.get(i), json.path("spec").path("rules").path(i), spec.field("rules").item(i));
    }
  }

  private void action(AuthorizationPolicy policy, JsonNode spec, FieldPath path) {
    AuthorizationPolicyAction action = policy.getAction();
    FieldPath at = path.field("action");
    if (action == AuthorizationPolicyAction.CUSTOM || action == AuthorizationPolicyAction.AUDIT) {
      findings.add(
          Code.UNSUPPORTED_VALUE,
          at,
          "the action " + action + " is not supported yet",
          "use ALLOW or DENY");
      return;
    }
    if (spec.has("provider")) {
      findings.add(
          Code.FORBIDDEN_FIELD,
          path.field("provider"),
          "only the action CUSTOM has a provider",
          "remove it");
    }
    if (action == AuthorizationPolicyAction.DENY && policy.getRules().isEmpty()) {
      findings.add(
          Code.MISSING_FIELD,
          path.field("rules"),
          "a DENY policy without rules denies nothing",
          "write rules; rules: [{}] denies everything");
    }
  }

  private void targets(AuthorizationPolicy policy, JsonNode spec, FieldPath path) {
    for (String field : new String[] {"targetRef", "targetRefs"}) {
      if (!spec.has(field)) {
        continue;
      }
      if (policy.getSelector() != null) {
        findings.add(
            Code.SELECTOR_CONFLICT,
            path.field(field),
            "a policy has a selector and " + field,
            "keep one of them");
      } else {
        unsupported(
            path.field(field),
            field + " is not supported yet",
            "use selector.matchLabels with the workloads' labels");
      }
    }
    if (policy.getSelector() == null || policy.getSelector().getMatchLabels() == null) {
      return;
    }
    FieldPath labels = path.field("selector").field("matchLabels");
    for (Map.Entry<String, String> label : policy.getSelector().getMatchLabels().entrySet()) {
      Validation.label(label.getKey(), label.getValue(), labels, findings);
    }
  }

  /** An empty list means the same as none, thus everything: too wide to be taken unasked. */
  private void emptyLists(JsonNode node, FieldPath path, boolean mayBeEmpty) {
    if (node.isArray()) {
      if (node.isEmpty() && !mayBeEmpty) {
        findings.add(
            Code.EMPTY_LIST,
            path,
            "an empty list restricts nothing",
            "write at least one value, or remove the field");
      }
      for (int i = 0; i < node.size(); i++) {
        emptyLists(node.get(i), path.item(i), false);
      }
    } else if (node.isObject()) {
      node.properties()
          .forEach(each -> emptyLists(each.getValue(), path.field(each.getKey()), false));
    }
  }

  private void rule(Rule rule, JsonNode json, FieldPath path) {
    for (int i = 0; i < rule.getFrom().size(); i++) {
      FieldPath at = path.field("from").item(i).field("source");
      JsonNode source = json.path("from").path(i).path("source");
      if (source.isEmpty()) {
        findings.add(
            Code.MISSING_FIELD,
            at,
            "from names no source",
            "write a source with at least one field, or remove from to mean every source");
      } else {
        source(rule.getFrom().get(i).getSource(), source, at);
      }
    }
    for (int i = 0; i < rule.getTo().size(); i++) {
      FieldPath at = path.field("to").item(i).field("operation");
      JsonNode operation = json.path("to").path(i).path("operation");
      if (operation.isEmpty()) {
        findings.add(
            Code.MISSING_FIELD,
            at,
            "to names no operation",
            "write an operation with at least one field, or remove to to mean every operation");
      } else {
        operation(rule.getTo().get(i).getOperation(), operation, at);
      }
    }
    for (int i = 0; i < rule.getWhen().size(); i++) {
      condition(rule.getWhen().get(i), path.field("when").item(i));
    }
  }

  private void source(Source source, JsonNode json, FieldPath path) {
    refuse(json, UNSUPPORTED_SOURCE, path);
    boolean accounts = json.has("serviceAccounts") || json.has("notServiceAccounts");
    for (String other : List.of("principals", "notPrincipals", "namespaces", "notNamespaces")) {
      if (accounts && json.has(other)) {
        findings.add(
            Code.SOURCE_CONFLICT,
            path.field(other),
            "serviceAccounts and notServiceAccounts do not go with " + other,
            "write the namespace into serviceAccounts, as in shop/cart, or use principals only");
      }
    }
    each(source.getPrincipals(), path.field("principals"), this::principal);
    each(source.getNotPrincipals(), path.field("notPrincipals"), this::principal);
    each(source.getNamespaces(), path.field("namespaces"), this::namespace);
    each(source.getNotNamespaces(), path.field("notNamespaces"), this::namespace);
    each(source.getServiceAccounts(), path.field("serviceAccounts"), this::account);
    each(source.getNotServiceAccounts(), path.field("notServiceAccounts"), this::account);
    each(source.getIpBlocks(), path.field("ipBlocks"), this::block);
    each(source.getNotIpBlocks(), path.field("notIpBlocks"), this::block);
  }

  private void operation(Operation operation, JsonNode json, FieldPath path) {
    refuse(json, UNSUPPORTED_OPERATION, path);
    each(operation.getPorts(), path.field("ports"), this::port);
    each(operation.getNotPorts(), path.field("notPorts"), this::port);
    each(operation.getMethods(), path.field("methods"), this::notEmpty);
    each(operation.getNotMethods(), path.field("notMethods"), this::notEmpty);
    each(operation.getPaths(), path.field("paths"), this::path);
    each(operation.getNotPaths(), path.field("notPaths"), this::path);
  }

  private void condition(Condition condition, FieldPath path) {
    String key = condition.getKey() == null ? "" : condition.getKey();
    BiConsumer<String, FieldPath> check =
        switch (key) {
          case "source.ip", "destination.ip" -> this::block;
          case "source.namespace" -> this::namespace;
          case "source.principal" -> this::principal;
          case "source.serviceAccount" -> this::account;
          case "destination.port" -> this::port;
          case "" -> {
            findings.add(
                Code.MISSING_FIELD, path.field("key"), "a condition needs a key", "write it");
            yield this::notEmpty;
          }
          default -> {
            unsupported(
                path.field("key"),
                "conditions on " + key + " are not supported yet",
                "use source.ip, source.namespace, source.principal, source.serviceAccount,"
                    + " destination.ip or destination.port");
            yield this::notEmpty;
          }
        };
    if (condition.getValues().isEmpty() && condition.getNotValues().isEmpty()) {
      findings.add(
          Code.MISSING_FIELD,
          path.field("values"),
          "a condition needs values",
          "write values, notValues or both");
    }
    each(condition.getValues(), path.field("values"), check);
    each(condition.getNotValues(), path.field("notValues"), check);
  }

  private static void each(
      List<String> values, FieldPath path, BiConsumer<String, FieldPath> check) {
    for (int i = 0; i < values.size(); i++) {
      check.accept(values.get(i), path.item(i));
    }
  }

  private void refuse(JsonNode json, Set<String> fields, FieldPath path) {
    for (Map.Entry<String, JsonNode> each : json.properties()) {
      if (fields.contains(each.getKey())) {
        unsupported(
            path.field(each.getKey()),
            each.getKey() + " is not supported yet",
            "remove it; without it the rule matches more, so change the rest with care");
      }
    }
  }

  private void unsupported(FieldPath path, String message, String advice) {
    findings.add(Code.UNSUPPORTED_FIELD, path, message, advice);
  }

  private void notEmpty(String value, FieldPath path) {
    if (value.isEmpty()) {
      findings.add(Code.BAD_VALUE, path, "the value is empty", "write it, or * for any");
    }
  }

  /** One star, at an end: Istio takes a prefix, a suffix, or {@code *} for any. */
  private static boolean wildcard(String value) {
    int star = value.indexOf('*');
    return star >= 0 && star == value.lastIndexOf('*') && (star == 0 || star == value.length() - 1);
  }

  private void principal(String value, FieldPath path) {
    Matcher parts = EXACT_PRINCIPAL.matcher(value);
    if (!wildcard(value)
        && !(parts.matches()
            && Names.isLabel(parts.group(1))
            && Names.isSubdomain(parts.group(2)))) {
      findings.add(
          Code.BAD_VALUE,
          path,
          "'" + value + "' can be nobody's principal: the trust domain is cluster.local",
          "write cluster.local/ns/NAMESPACE/sa/SERVICEACCOUNT, without spiffe://, or a pattern with"
              + " * at one end");
    }
  }

  private void namespace(String value, FieldPath path) {
    boolean good =
        wildcard(value) ? value.matches("\\*?[-a-z0-9]{0,63}\\*?") : Names.isLabel(value);
    if (!good) {
      findings.add(
          Code.BAD_VALUE,
          path,
          "'" + value + "' is no namespace nor a pattern of one",
          "write a name, name*, *name or *");
    }
  }

  private void account(String value, FieldPath path) {
    int slash = value.indexOf('/');
    boolean good =
        slash < 0
            ? Names.isSubdomain(value)
            : Names.isLabel(value.substring(0, slash))
                && Names.isSubdomain(value.substring(slash + 1));
    if (!good) {
      findings.add(
          Code.BAD_VALUE,
          path,
          "'" + value + "' is no service account",
          "write name or namespace/name, without wildcards; principals take those");
    }
  }

  private void block(String value, FieldPath path) {
    try {
      Prefix _ = value.contains("/") ? Prefix.parse(value) : Prefix.of(IpAddress.parse(value));
    } catch (IllegalArgumentException e) {
      findings.add(
          Code.BAD_CIDR,
          path,
          String.valueOf(e.getMessage()),
          "write an address or a block, as in 10.1.2.3, 10.0.0.0/8 or fd00::/8");
    }
  }

  private void port(String value, FieldPath path) {
    if (!PORT.matcher(value).matches() || Integer.parseInt(value) > 65535) {
      findings.add(
          Code.BAD_PORT, path, "'" + value + "' is no port number", "write 0 to 65535, in quotes");
    }
  }

  private void path(String value, FieldPath path) {
    notEmpty(value, path);
    if (value.contains("{*}") || value.contains("{**}")) {
      findings.add(
          Code.UNSUPPORTED_VALUE,
          path,
          "path templates are not supported yet",
          "use an exact path, a prefix as in /api/*, or a suffix as in */info");
    }
  }
}
