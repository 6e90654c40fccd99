package dev.weir.compiler.resource;

import io.fabric8.istio.api.security.v1.AuthorizationPolicy;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The kinds of resource that Weir takes. */
public enum Kind {
  NAMESPACE("v1", "Namespace", "namespaces", false, Namespace.class),
  NODE("v1", "Node", "nodes", false, Node.class),
  POD("v1", "Pod", "pods", true, Pod.class),
  SERVICE_ACCOUNT("v1", "ServiceAccount", "serviceaccounts", true, ServiceAccount.class),
  SERVICE("v1", "Service", "services", true, Service.class),
  CONFIG_MAP("v1", "ConfigMap", "configmaps", true, ConfigMap.class),
  NETWORK_POLICY(
      "networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", true, NetworkPolicy.class),
  CLUSTER_NETWORK_POLICY(
      "policy.networking.k8s.io/v1alpha2",
      "ClusterNetworkPolicy",
      "clusternetworkpolicies",
      false,
      ClusterNetworkPolicy.class),
  AUTHORIZATION_POLICY(
      "security.istio.io/v1",
      "AuthorizationPolicy",
      "authorizationpolicies",
      true,
      AuthorizationPolicy.class);

  private final String apiVersion;
  private final String text;
  private final String plural;
  private final boolean namespaced;
  private final Class<?> model;

  Kind(String apiVersion, String text, String plural, boolean namespaced, Class<?> model) {
    this.apiVersion = apiVersion;
    this.text = text;
    this.plural = plural;
    this.namespaced = namespaced;
    this.model = model;
  }

  /** As in {@code networking.k8s.io/v1}. */
  public String apiVersion() {
    return apiVersion;
  }

  /** As in {@code NetworkPolicy}. */
  public String text() {
    return text;
  }

  /** As in {@code networkpolicies}, for paths. */
  public String plural() {
    return plural;
  }

  public boolean namespaced() {
    return namespaced;
  }

  Class<?> model() {
    return model;
  }

  /** The kind of that name, whatever its version. */
  public static Optional<Kind> named(String text) {
    return Arrays.stream(values()).filter(kind -> kind.text.equals(text)).findFirst();
  }

  static String list() {
    return Arrays.stream(values()).map(Kind::text).collect(Collectors.joining(", "));
  }
}
