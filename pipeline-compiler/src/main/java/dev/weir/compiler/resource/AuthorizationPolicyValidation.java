package dev.weir.compiler.resource;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.request.Templates;
import io.fabric8.istio.api.api.security.v1beta1.AuthorizationPolicy;
import io.fabric8.istio.api.api.security.v1beta1.AuthorizationPolicyAction;
import io.fabric8.istio.api.api.security.v1beta1.Condition;
import io.fabric8.istio.api.api.security.v1beta1.Operation;
import io.fabric8.istio.api.api.security.v1beta1.Rule;
import io.fabric8.istio.api.api.security.v1beta1.Source;
import io.fabric8.istio.api.api.type.v1beta1.PolicyTargetReference;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Istio checks of an AuthorizationPolicy. */
final class AuthorizationPolicyValidation {
  private static final Pattern PORT = Pattern.compile("0|[1-9][0-9]{0,4}");
  private static final Pattern EXACT_PRINCIPAL = Pattern.compile("[^/*]+/ns/([^/]+)/sa/([^/]+)");
  private static final Pattern HEADER = Pattern.compile("request\\.headers\\[([^\\[\\]]+)]");
  private static final Pattern CLAIM = Pattern.compile("request\\.auth\\.claims(\\[[^\\[\\]]+])+");
  private static final Pattern TEMPLATE_SEGMENT =
      Pattern.compile("\\{\\*}|\\{\\*\\*}|[a-zA-Z0-9._~%!$&'()+,;:@=-]+");

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
    boolean custom = action == AuthorizationPolicyAction.CUSTOM;
    if (custom && spec.path("provider").path("name").asText("").isEmpty()) {
      findings.add(
          Code.MISSING_FIELD,
          path.field("provider"),
          "the action CUSTOM needs a provider",
          "write provider.name: one of the mesh's extensionProviders");
    }
    if (!custom && spec.has("provider")) {
      findings.add(
          Code.FORBIDDEN_FIELD,
          path.field("provider"),
          "only the action CUSTOM has a provider",
          "remove it");
    }
    if ((custom || action == AuthorizationPolicyAction.DENY) && policy.getRules().isEmpty()) {
      findings.add(
          Code.MISSING_FIELD,
          path.field("rules"),
          custom
              ? "a CUSTOM policy without rules asks nobody"
              : "a DENY policy without rules denies nothing",
          custom
              ? "write rules; rules: [{}] asks about everything"
              : "write rules; rules: [{}] denies everything");
    }
  }

  private void targets(AuthorizationPolicy policy, JsonNode spec, FieldPath path) {
    for (String field : new String[] {"targetRef", "targetRefs"}) {
      if (!spec.has(field)) {
        continue;
      }
      if (policy.getSelector() != null || (field.equals("targetRefs") && spec.has("targetRef"))) {
        findings.add(
            Code.SELECTOR_CONFLICT,
            path.field(field),
            "a policy has "
                + (policy.getSelector() != null ? "a selector and " : "targetRef and ")
                + field,
            "keep one of them");
      }
    }
    if (policy.getTargetRef() != null) {
      target(policy.getTargetRef(), path.field("targetRef"));
    }
    for (int i = 0; i < policy.getTargetRefs().size(); i++) {
      target(policy.getTargetRefs().get(i), path.field("targetRefs").item(i));
    }
    if (policy.getSelector() == null || policy.getSelector().getMatchLabels() == null) {
      return;
    }
    FieldPath labels = path.field("selector").field("matchLabels");
    for (Map.Entry<String, String> label : policy.getSelector().getMatchLabels().entrySet()) {
      Validation.label(label.getKey(), label.getValue(), labels, findings);
    }
  }

  /** Of what can be a target, only a Service stands for workloads that a sidecar serves. */
  private void target(PolicyTargetReference target, FieldPath path) {
    String group = target.getGroup() == null ? "" : target.getGroup();
    if (!"Service".equals(target.getKind()) || !(group.isEmpty() || group.equals("core"))) {
      findings.add(
          Code.UNSUPPORTED_VALUE,
          path.field("kind"),
          (group.isEmpty() ? "" : group + " ")
              + target.getKind()
              + " is no target for workloads: it means a gateway",
          "name a Service, with group: \"\", or use selector.matchLabels");
    }
    if (target.getName() == null || target.getName().isEmpty()) {
      findings.add(
          Code.MISSING_FIELD, path.field("name"), "a target needs a name", "write the Service's");
    }
    if (target.getNamespace() != null && !target.getNamespace().isEmpty()) {
      findings.add(
          Code.UNSUPPORTED_VALUE,
          path.field("namespace"),
          "a target is in its policy's namespace",
          "remove the field");
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
        operation(rule.getTo().get(i).getOperation(), at);
      }
    }
    for (int i = 0; i < rule.getWhen().size(); i++) {
      condition(rule.getWhen().get(i), path.field("when").item(i));
    }
  }

  private void source(Source source, JsonNode json, FieldPath path) {
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
    each(TrustDomains.of(source), path.field(TrustDomains.FIELD), this::trustDomain);
    each(TrustDomains.notOf(source), path.field(TrustDomains.NOT_FIELD), this::trustDomain);
    each(source.getIpBlocks(), path.field("ipBlocks"), this::block);
    each(source.getNotIpBlocks(), path.field("notIpBlocks"), this::block);
    each(source.getRemoteIpBlocks(), path.field("remoteIpBlocks"), this::block);
    each(source.getNotRemoteIpBlocks(), path.field("notRemoteIpBlocks"), this::block);
    each(source.getRequestPrincipals(), path.field("requestPrincipals"), this::notEmpty);
    each(source.getNotRequestPrincipals(), path.field("notRequestPrincipals"), this::notEmpty);
  }

  private void operation(Operation operation, FieldPath path) {
    each(operation.getPorts(), path.field("ports"), this::port);
    each(operation.getNotPorts(), path.field("notPorts"), this::port);
    each(operation.getHosts(), path.field("hosts"), this::notEmpty);
    each(operation.getNotHosts(), path.field("notHosts"), this::notEmpty);
    each(operation.getMethods(), path.field("methods"), this::notEmpty);
    each(operation.getNotMethods(), path.field("notMethods"), this::notEmpty);
    each(operation.getPaths(), path.field("paths"), this::path);
    each(operation.getNotPaths(), path.field("notPaths"), this::path);
  }

  private void condition(Condition condition, FieldPath path) {
    String key = condition.getKey() == null ? "" : condition.getKey();
    BiConsumer<String, FieldPath> check =
        switch (key) {
          case "source.ip", "remote.ip", "destination.ip" -> this::block;
          case "request.auth.principal",
              "request.auth.audiences",
              "request.auth.presenter",
              "connection.sni" ->
              this::notEmpty;
          case "source.namespace" -> this::namespace;
          case "source.principal" -> this::principal;
          case "source.trustDomain" -> this::trustDomain;
          case "source.serviceAccount" -> this::account;
          case "destination.port" -> this::port;
          case "" -> {
            findings.add(
                Code.MISSING_FIELD, path.field("key"), "a condition needs a key", "write it");
            yield this::notEmpty;
          }
          default -> {
            attribute(key, path.field("key"));
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

  private void attribute(String key, FieldPath path) {
    Matcher header = HEADER.matcher(key);
    boolean pseudo =
        header.matches()
            && (header.group(1).startsWith(":path") || header.group(1).startsWith(":scheme"));
    if (pseudo) {
      findings.add(
          Code.UNSUPPORTED_FIELD,
          path,
          header.group(1) + " is no header that a client sends",
          "use paths in an operation");
    } else if (!header.matches() && !CLAIM.matcher(key).matches()) {
      findings.add(
          Code.UNSUPPORTED_FIELD,
          path,
          "there is no attribute " + key,
          "use request.headers[NAME], request.auth.principal, request.auth.audiences,"
              + " request.auth.presenter, request.auth.claims[NAME], source.ip, remote.ip,"
              + " source.namespace, source.principal, source.serviceAccount, source.trustDomain,"
              + " destination.ip, destination.port or connection.sni");
    }
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
          "'" + value + "' can be nobody's principal",
          "write TRUSTDOMAIN/ns/NAMESPACE/sa/SERVICEACCOUNT, without spiffe://, or a pattern with"
              + " * at one end");
    }
  }

  private void trustDomain(String value, FieldPath path) {
    if (value.isEmpty() || value.contains("/") || (value.contains("*") && !wildcard(value))) {
      findings.add(
          Code.BAD_VALUE,
          path,
          "'" + value + "' is no trust domain nor a pattern of one",
          "write a domain, as in cluster.local, or one with * at one end");
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
    boolean template = Templates.isTemplate(value);
    boolean last = false;
    for (String segment : value.replaceAll("^/+|/+$", "").split("/", -1)) {
      boolean operator = segment.equals("{*}") || segment.equals("{**}");
      boolean good =
          template
              ? TEMPLATE_SEGMENT.matcher(segment).matches() && !(operator && last)
              : segment.indexOf('{') < 0 && segment.indexOf('}') < 0;
      if (!good) {
        findings.add(
            Code.BAD_VALUE,
            path,
            "'" + value + "' is no path template: its segment '" + segment + "'",
            "make {*} or {**} a whole segment, {**} the last of them, and write * nowhere else");
        return;
      }
      last |= segment.equals("{**}");
    }
  }
}
