package dev.weir.reference;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Set;

/**
 * One object as the user wrote it.
 *
 * @param namespace empty for what has none
 * @param root the whole tree; its path names the resource
 */
record Resource(String kind, String namespace, String name, Field root) {
  private static final Map<String, String> VERSIONS =
      Map.of(
          "Namespace", "v1",
          "Node", "v1",
          "Pod", "v1",
          "Service", "v1",
          "ServiceAccount", "v1",
          "ConfigMap", "v1",
          "NetworkPolicy", "networking.k8s.io/v1",
          "AuthorizationPolicy", "security.istio.io/v1",
          "ClusterNetworkPolicy", "policy.networking.k8s.io/v1alpha2");
  private static final Set<String> CLUSTER_SCOPED =
      Set.of("Namespace", "Node", "ClusterNetworkPolicy");
  private static final Set<String> METADATA =
      Set.of(
          "name",
          "generateName",
          "namespace",
          "selfLink",
          "uid",
          "resourceVersion",
          "generation",
          "creationTimestamp",
          "deletionTimestamp",
          "deletionGracePeriodSeconds",
          "labels",
          "annotations",
          "ownerReferences",
          "finalizers",
          "managedFields");

  static Resource of(JsonNode json) {
    Field anonymous = Field.of("", json);
    anonymous.object();
    String kind = anonymous.get("kind").text();
    String version = VERSIONS.get(kind);
    if (version == null) {
      throw anonymous.get("kind").error("there is no kind " + kind + " here");
    }
    if (!version.equals(anonymous.get("apiVersion").text())) {
      throw anonymous.get("apiVersion").error(kind + " is read as " + version);
    }
    Field metadata = anonymous.get("metadata").only(METADATA);
    String name = metadata.get("name").text();
    // An object without a namespace is in "default".
    String namespace =
        CLUSTER_SCOPED.contains(kind) ? "" : metadata.get("namespace").textOr("default");
    String id = namespace.isEmpty() ? name : namespace + "/" + name;
    Resource resource = new Resource(kind, namespace, name, Field.of(kind + " " + id + " ", json));
    resource.labels();
    resource.annotations();
    return resource;
  }

  /** As in {@code NetworkPolicy shop/cart}. */
  String id() {
    return kind + " " + (namespace.isEmpty() ? name : namespace + "/" + name);
  }

  Field spec() {
    return root.get("spec");
  }

  Map<String, String> labels() {
    return root.get("metadata").get("labels").textMap();
  }

  Map<String, String> annotations() {
    return root.get("metadata").get("annotations").textMap();
  }
}
