package dev.weir.rest.kubernetes;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The kinds that the API serves, with the names that kubectl knows them by. */
public enum ApiKind {
  NAMESPACE("Namespace", "", "v1", "namespaces", "ns", false, false),
  NODE("Node", "", "v1", "nodes", "no", false, true),
  POD("Pod", "", "v1", "pods", "po", true, true),
  SERVICE_ACCOUNT("ServiceAccount", "", "v1", "serviceaccounts", "sa", true, false),
  SERVICE("Service", "", "v1", "services", "svc", true, true),
  CONFIG_MAP("ConfigMap", "", "v1", "configmaps", "cm", true, false),
  NETWORK_POLICY(
      "NetworkPolicy", "networking.k8s.io", "v1", "networkpolicies", "netpol", true, false),
  CLUSTER_NETWORK_POLICY(
      "ClusterNetworkPolicy",
      "policy.networking.k8s.io",
      "v1alpha2",
      "clusternetworkpolicies",
      "cnp",
      false,
      true),
  AUTHORIZATION_POLICY(
      "AuthorizationPolicy", "security.istio.io", "v1", "authorizationpolicies", "ap", true, false);

  private final String kind;
  private final String group;
  private final String version;
  private final String plural;
  private final String shortName;
  private final boolean namespaced;
  private final boolean hasStatus;

  ApiKind(
      String kind,
      String group,
      String version,
      String plural,
      String shortName,
      boolean namespaced,
      boolean hasStatus) {
    this.kind = kind;
    this.group = group;
    this.version = version;
    this.plural = plural;
    this.shortName = shortName;
    this.namespaced = namespaced;
    this.hasStatus = hasStatus;
  }

  /** The kind that {@code name} is the kind, plural or short name of, in any case. */
  public static Optional<ApiKind> named(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(k -> Set.of(k.singular(), k.plural, k.shortName).contains(wanted))
        .findFirst();
  }

  /** As in {@code NetworkPolicy}. */
  public String kind() {
    return kind;
  }

  /** As in {@code networking.k8s.io}; empty for the core group. */
  public String group() {
    return group;
  }

  public String version() {
    return version;
  }

  /** As in {@code networking.k8s.io/v1} or {@code v1}. */
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  public String plural() {
    return plural;
  }

  public String singular() {
    return kind.toLowerCase(Locale.ROOT);
  }

  public String shortName() {
    return shortName;
  }

  public boolean namespaced() {
    return namespaced;
  }

  /** Whether it has a {@code status} subresource. */
  public boolean hasStatus() {
    return hasStatus;
  }

  /** The path of its group and version. */
  String groupPath() {
    return group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
  }

  /** The path of the collection; without a namespace that of all namespaces. */
  public String collection(Optional<String> namespace) {
    return namespaced && namespace.isPresent()
        ? groupPath() + "/namespaces/" + segment(namespace.get()) + "/" + plural
        : groupPath() + "/" + plural;
  }

  /** The path of one resource. */
  public String item(String namespace, String name) {
    return collection(Optional.of(namespace)) + "/" + segment(name);
  }

  private static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
