package dev.weir.compiler.resource;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import io.fabric8.istio.api.security.v1.AuthorizationPolicy;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an API server checks of one resource by itself, and what of it Weir does not support. */
public final class Validation {
  private static final JsonMapper MODELS = JsonMapper.builder().build();

  private Validation() {}

  /** The problems of {@code resource}; none where it may be resolved. */
  public static ImmutableList<Problem> check(Resource resource) {
    Findings findings = new Findings(-1, resource.key().toString());
    Optional<Kind> kind = Kind.named(resource.key().kind());
    if (kind.isEmpty() || !kind.get().apiVersion().equals(resource.apiVersion())) {
      findings.add(
          kind.isEmpty() ? Code.UNKNOWN_KIND : Code.UNKNOWN_VERSION,
          FieldPath.ROOT.field(kind.isEmpty() ? "kind" : "apiVersion"),
          "Weir does not know " + resource.key().kind() + " in version " + resource.apiVersion(),
          "remove it; Weir takes " + Kind.list());
    } else {
      check(kind.get(), resource.json(), FieldPath.ROOT, findings);
    }
    return findings.problems();
  }

  /**
   * The resource as its published model class.
   *
   * @throws IllegalArgumentException if it was not checked before
   */
  public static <T> T model(Resource resource, Class<T> model) {
    return model(resource.json(), model);
  }

  private static <T> T model(JsonNode json, Class<T> model) {
    try {
      return MODELS.treeToValue(json, model);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a " + model.getSimpleName() + ": " + json, e);
    }
  }

  static void check(Kind kind, ObjectNode given, FieldPath path, Findings findings) {
    if (kind == Kind.NETWORK_POLICY
        || kind == Kind.CLUSTER_NETWORK_POLICY
        || kind == Kind.AUTHORIZATION_POLICY) {
      refuseNulls(given.path("spec"), path.field("spec"), findings);
    }
    Schema.check(given, kind.model(), path, findings);
    if (findings.any()) {
      return; // what follows reads the fields by their types
    }
    ObjectNode json = Schema.withoutNulls(given);
    FieldPath spec = path.field("spec");
    switch (kind) {
      case NETWORK_POLICY, CLUSTER_NETWORK_POLICY, AUTHORIZATION_POLICY -> {
        if (json.path("spec").isMissingNode()) {
          findings.add(
              Code.MISSING_FIELD,
              spec,
              "a policy needs a spec",
              switch (kind) {
                case NETWORK_POLICY -> "write spec with a podSelector";
                case CLUSTER_NETWORK_POLICY -> "write spec with tier, priority and subject";
                default -> "write spec; spec: {} allows nothing";
              });
        }
      }
      case NAMESPACE, NODE, POD, SERVICE_ACCOUNT, SERVICE, CONFIG_MAP -> {}
    }
    Object model = model(json, kind.model());
    metadata(kind, json, path.field("metadata"), findings);
    if (findings.any()) {
      return;
    }
    switch (model) {
      case NetworkPolicy policy ->
          new NetworkPolicyValidation(findings).check(policy.getSpec(), spec);
      case ClusterNetworkPolicy policy -> {
        emptyProtocols(json.path("spec"), spec, findings);
        new ClusterNetworkPolicyValidation(findings).check(policy.spec(), spec);
      }
      case Node node -> new NodeValidation(findings).check(node, path);
      case AuthorizationPolicy policy ->
          new AuthorizationPolicyValidation(findings).check(policy.getSpec(), json, path);
      case Pod pod -> new PodValidation(findings).check(pod, path);
      case Service service -> ServiceValidation.check(service.getSpec(), spec, findings);
      case ConfigMap map -> MeshConfig.check(map, path, findings);
      case Namespace _, ServiceAccount _ -> {}
      default -> throw new IllegalStateException("no validation for " + kind);
    }
  }

  /** An empty list, which the model cannot tell from an absent one, would take every protocol. */
  private static void emptyProtocols(JsonNode spec, FieldPath path, Findings findings) {
    for (String direction : new String[] {"ingress", "egress"}) {
      for (int i = 0; i < spec.path(direction).size(); i++) {
        JsonNode protocols = spec.path(direction).get(i).path("protocols");
        if (protocols.isArray() && protocols.isEmpty()) {
          findings.add(
              Code.EMPTY_LIST,
              path.field(direction).item(i).field("protocols"),
              "the list is empty",
              "write a protocol, or remove the field for every protocol");
        }
      }
    }
  }

  /** In a policy the absent often means "all", which an empty value may not have been meant to. */
  private static void refuseNulls(JsonNode node, FieldPath path, Findings findings) {
    if (node.isNull()) {
      findings.add(
          Code.NULL_VALUE,
          path,
          "the field has no value",
          "give it one, or remove the field if what its absence means is wanted");
    } else if (node.isObject()) {
      node.properties()
          .forEach(entry -> refuseNulls(entry.getValue(), path.field(entry.getKey()), findings));
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        if (!node.get(i).isNull()) { // the schema refuses those
          refuseNulls(node.get(i), path.item(i), findings);
        }
      }
    }
  }

  private static void metadata(Kind kind, ObjectNode json, FieldPath path, Findings findings) {
    JsonNode metadata = json.path("metadata");
    JsonNode name = metadata.path("name");
    if (!name.isTextual() || name.textValue().isEmpty()) {
      findings.add(
          Code.MISSING_FIELD,
          path.field("name"),
          "a resource needs a name",
          metadata.has("generateName")
              ? "write metadata.name; names are not generated"
              : "write metadata.name");
    } else {
      boolean label = kind == Kind.NAMESPACE;
      if (label ? !Names.isLabel(name.textValue()) : !Names.isSubdomain(name.textValue())) {
        findings.add(
            Code.BAD_NAME,
            path.field("name"),
            "'" + name.textValue() + "' is no name for a " + kind.text(),
            label ? Names.LABEL_ADVICE : Names.SUBDOMAIN_ADVICE);
      }
    }
    JsonNode namespace = metadata.path("namespace");
    if (namespace.isTextual() && !namespace.textValue().isEmpty()) {
      if (!kind.namespaced()) {
        findings.add(
            Code.FORBIDDEN_FIELD,
            path.field("namespace"),
            "a " + kind.text() + " is in no namespace",
            "remove the field");
      } else if (!Names.isLabel(namespace.textValue())) {
        findings.add(
            Code.BAD_NAME,
            path.field("namespace"),
            "'" + namespace.textValue() + "' is no name of a namespace",
            Names.LABEL_ADVICE);
      }
    }
    for (Map.Entry<String, JsonNode> each : metadata.path("labels").properties()) {
      label(each.getKey(), each.getValue().asText(), path.field("labels"), findings);
    }
    for (Map.Entry<String, JsonNode> each : metadata.path("annotations").properties()) {
      if (!Names.isLabelKey(each.getKey().toLowerCase(java.util.Locale.ROOT))) {
        findings.add(
            Code.BAD_LABEL,
            path.field("annotations").key(each.getKey()),
            "'" + each.getKey() + "' is no annotation key",
            Names.KEY_ADVICE);
      }
    }
  }

  /** One label in a map at {@code path}. */
  static void label(String key, String value, FieldPath path, Findings findings) {
    labelKey(key, path.key(key), findings);
    if (!Names.isLabelValue(value)) {
      findings.add(
          Code.BAD_LABEL, path.key(key), "'" + value + "' is no label value", Names.VALUE_ADVICE);
    }
  }

  private static void labelKey(String key, FieldPath path, Findings findings) {
    if (!Names.isLabelKey(key)) {
      findings.add(Code.BAD_LABEL, path, "'" + key + "' is no label key", Names.KEY_ADVICE);
    }
  }

  /** A label selector of Kubernetes (meta/v1). */
  static void selector(@Nullable LabelSelector selector, FieldPath path, Findings findings) {
    if (selector == null) {
      return;
    }
    if (selector.getMatchLabels() != null) {
      selector
          .getMatchLabels()
          .forEach((key, value) -> label(key, value, path.field("matchLabels"), findings));
    }
    List<LabelSelectorRequirement> expressions = selector.getMatchExpressions();
    for (int i = 0; i < expressions.size(); i++) {
      requirement(expressions.get(i), path.field("matchExpressions").item(i), findings);
    }
  }

  private static void requirement(
      LabelSelectorRequirement requirement, FieldPath path, Findings findings) {
    if (requirement.getKey() == null) {
      findings.add(
          Code.MISSING_FIELD, path.field("key"), "an expression needs a key", "write a label key");
    } else {
      labelKey(requirement.getKey(), path.field("key"), findings);
    }
    List<String> values = requirement.getValues();
    FieldPath at = path.field("values");
    String operator = requirement.getOperator() == null ? "" : requirement.getOperator();
    switch (operator) {
      case "In", "NotIn" -> {
        if (values.isEmpty()) {
          findings.add(
              Code.MISSING_FIELD,
              at,
              operator + " needs values",
              "write at least one, or use Exists or DoesNotExist");
        }
      }
      case "Exists", "DoesNotExist" -> {
        if (!values.isEmpty()) {
          findings.add(
              Code.FORBIDDEN_FIELD,
              at,
              operator + " takes no values",
              "remove them, or use In or NotIn");
        }
      }
      default ->
          findings.add(
              operator.isEmpty() ? Code.MISSING_FIELD : Code.BAD_VALUE,
              path.field("operator"),
              operator.isEmpty()
                  ? "an expression needs an operator"
                  : "'" + operator + "' is no operator",
              "write In, NotIn, Exists or DoesNotExist");
    }
    for (int i = 0; i < values.size(); i++) {
      if (!Names.isLabelValue(values.get(i))) {
        findings.add(
            Code.BAD_LABEL,
            at.item(i),
            "'" + values.get(i) + "' is no label value",
            Names.VALUE_ADVICE);
      }
    }
  }
}
