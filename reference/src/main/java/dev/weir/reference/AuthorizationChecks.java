package dev.weir.reference;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** What an AuthorizationPolicy may say, by its reference and Istio's own validation. */
final class AuthorizationChecks {
  private static final Set<String> OBJECT =
      Set.of("apiVersion", "kind", "metadata", "spec", "status");
  private static final Set<String> SPEC =
      Set.of("selector", "targetRef", "targetRefs", "rules", "action", "provider");
  private static final Set<String> SOURCE =
      Set.of(
          ("principals notPrincipals requestPrincipals notRequestPrincipals namespaces"
                  + " notNamespaces serviceAccounts notServiceAccounts ipBlocks notIpBlocks"
                  + " remoteIpBlocks notRemoteIpBlocks trustDomains notTrustDomains")
              .split(" "));
  private static final Set<String> OPERATION =
      Set.of("hosts notHosts ports notPorts methods notMethods paths notPaths".split(" "));
  private static final Set<String> KEYS =
      Set.of(
          ("source.ip remote.ip source.namespace source.principal source.serviceAccount"
                  + " source.trustDomain request.auth.principal request.auth.audiences"
                  + " request.auth.presenter destination.ip destination.port connection.sni")
              .split(" "));
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");
  private static final Pattern TEMPLATE_SEGMENT =
      Pattern.compile("\\{\\*}|\\{\\*\\*}|[a-zA-Z0-9._~%!$&'()+,;:@=-]+");
  private static final Pattern HEADER = Pattern.compile("request\\.headers\\[([^\\[\\]]+)]");
  private static final Pattern CLAIM = Pattern.compile("request\\.auth\\.claims(\\[[^\\[\\]]+])+");

  private AuthorizationChecks() {}

  static void check(Resource policy) {
    policy.root().only(OBJECT);
    Field spec = policy.spec().only(SPEC);
    spec.get("selector").only(Set.of("matchLabels")).get("matchLabels").textMap();
    int targets = 0;
    for (String name : List.of("selector", "targetRef", "targetRefs")) {
      targets += spec.get(name).present() ? 1 : 0;
    }
    // "At most one of selector or targetRefs can be set for a given policy."
    if (targets > 1) {
      throw spec.error("only one of selector, targetRef and targetRefs can be set");
    }
    if (spec.get("targetRef").present()) {
      checkTarget(spec.get("targetRef"), policy);
    }
    spec.get("targetRefs").list().forEach(target -> checkTarget(target, policy));
    spec.get("action").oneOf(Set.of("ALLOW", "DENY", "AUDIT", "CUSTOM"));
    boolean custom = spec.get("action").textOr("ALLOW").equals("CUSTOM");
    Field provider = spec.get("provider").only(Set.of("name"));
    // "Must be used only with CUSTOM action."
    if (provider.present() != custom) {
      throw provider.error("goes with the action CUSTOM, and only with that");
    }
    if (custom) {
      provider.get("name").text();
    }
    spec.get("rules").list().forEach(AuthorizationChecks::checkRule);
  }

  /** Of the kinds that can be targets, only a Service stands for pods that one connects to. */
  private static void checkTarget(Field target, Resource policy) {
    target.only(Set.of("group", "kind", "name", "namespace"));
    target.get("name").text();
    String group = target.get("group").textOr("");
    if (!target.get("kind").text().equals("Service") || !Set.of("", "core").contains(group)) {
      throw target.error("wanted a Service of the group \"\"");
    }
    if (!target.get("namespace").textOr(policy.namespace()).equals(policy.namespace())) {
      throw target.get("namespace").error("cross namespace referencing is not supported");
    }
  }

  private static void checkRule(Field rule) {
    rule.only(Set.of("from", "to", "when")).object();
    for (String name : List.of("from", "to")) {
      if (rule.get(name).present() && rule.get(name).list().isEmpty()) {
        throw rule.get(name).error("must not be empty");
      }
    }
    for (Field from : rule.get("from").list()) {
      Field source = from.only(Set.of("source")).get("source").only(SOURCE);
      checkLists(source);
      boolean accounts = has(source, "serviceAccounts", "notServiceAccounts");
      // "Cannot be set with principals or namespaces."
      if (accounts && has(source, "principals", "notPrincipals", "namespaces", "notNamespaces")) {
        throw source.error("cannot set serviceAccounts with namespaces or principals");
      }
    }
    for (Field to : rule.get("to").list()) {
      checkLists(to.only(Set.of("operation")).get("operation").only(OPERATION));
    }
    for (Field when : rule.get("when").list()) {
      when.only(Set.of("key", "values", "notValues"));
      checkKey(when.get("key"));
      // "At least one of values or notValues must be set."
      if (!has(when, "values", "notValues")) {
        throw when.error("wanted values or notValues");
      }
      for (String list : List.of("values", "notValues")) {
        when.get(list).list().forEach(value -> checkValue(when.get("key").text(), value));
      }
    }
  }

  private static void checkLists(Field object) {
    boolean empty = true;
    for (Field list : object.object().values()) {
      for (Field value : list.list()) {
        empty = false;
        String name = list.path().substring(list.path().lastIndexOf('.') + 1);
        checkValue(name, value);
      }
    }
    if (empty) {
      throw object.error("must not be empty");
    }
  }

  private static boolean has(Field object, String... lists) {
    for (String list : lists) {
      if (!object.get(list).list().isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /** The keys of Istio's page "Authorization Policy Conditions". */
  private static void checkKey(Field key) {
    String text = key.text();
    if (HEADER.matcher(text).matches()) {
      if (text.startsWith("request.headers[:path") || text.startsWith("request.headers[:scheme")) {
        throw key.error("is no header that a client sends; write paths");
      }
    } else if (!CLAIM.matcher(text).matches() && !KEYS.contains(text)) {
      throw key.error("there is no attribute " + text + " here");
    }
  }

  private static void checkValue(String name, Field value) {
    if (value.text().isEmpty()) {
      throw value.error("empty value not allowed");
    }
    switch (name) {
      case "ipBlocks",
          "notIpBlocks",
          "remoteIpBlocks",
          "notRemoteIpBlocks",
          "source.ip",
          "remote.ip",
          "destination.ip" ->
          Block.addressOrCidr(value);
      case "ports", "notPorts", "destination.port" -> {
        if (!PORT.matcher(value.text()).matches() || Integer.parseInt(value.text()) > 65535) {
          throw value.error("'" + value.text() + "' is no port");
        }
      }
      // "No form of wildcard (*) is allowed."
      case "serviceAccounts", "notServiceAccounts", "source.serviceAccount" -> {
        if (!value.text().matches("[^*/]+(/[^*/]+)?")) {
          throw value.error("wanted serviceaccount or namespace/serviceaccount");
        }
      }
      // "Can be exact, prefix, suffix and presence."
      case "trustDomains", "notTrustDomains", "source.trustDomain" -> {
        if (!value.text().matches("[*]?[^*/]*|[^*/]*[*]")) {
          throw value.error("'" + value.text() + "' is no trust domain nor a pattern of one");
        }
      }
      case "paths", "notPaths" -> checkPath(value);
      default -> {}
    }
  }

  /**
   * "The path must not contain *, {, or } outside of a supported operator. No other characters are
   * allowed in the path segment with the path template operator. If a path contains {**}, it must
   * be the last operator."
   */
  private static void checkPath(Field value) {
    String path = value.text();
    boolean template = Glob.isTemplate(path);
    boolean last = false;
    for (String segment : path.replaceAll("^/+|/+$", "").split("/", -1)) {
      boolean operator = segment.equals("{*}") || segment.equals("{**}");
      if (operator && last) {
        throw value.error("{**} is not the last operator");
      }
      last |= segment.equals("{**}");
      if (template ? !TEMPLATE_SEGMENT.matcher(segment).matches() : segment.matches(".*[{}].*")) {
        throw value.error("the segment '" + segment + "' is no path template's");
      }
    }
  }
}
