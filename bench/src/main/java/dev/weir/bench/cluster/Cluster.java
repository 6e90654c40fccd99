// SPDX-License-Identifier: Apache-2.0
package dev.weir.bench.cluster;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A cluster as companies run them: namespaces of teams, each with some forty deployments of a few
 * to some dozen pods, one service account each, and policies of every shape. Names come from a
 * catalogue that namespaces share. Equal arguments give equal clusters.
 *
 * @param namespaces their manifests
 * @param services what the pods are replicas of
 * @param pods their manifests, with addresses: IPv4, and IPv6 in every fourth namespace
 * @param policies NetworkPolicy and AuthorizationPolicy manifests
 */
public record Cluster(
    ImmutableList<ObjectNode> namespaces,
    ImmutableList<Service> services,
    ImmutableList<ObjectNode> pods,
    ImmutableList<ObjectNode> policies) {

  /** Every fourth namespace is dual stack. */
  private static final int DUAL_STACK = 4;

  /** Pods of one node, whose addresses share a block of 256. */
  static final int PODS_PER_NODE = 100;

  /** Deployments in a namespace. */
  private static final int SERVICES_PER_NAMESPACE = 40;

  private static final ImmutableList<String> NOUNS =
      ImmutableList.of(
          "cart",
          "order",
          "payment",
          "invoice",
          "user",
          "session",
          "search",
          "catalogue",
          "stock",
          "price",
          "mail",
          "report",
          "audit",
          "media",
          "review",
          "ledger",
          "quote",
          "parcel",
          "ticket",
          "profile");

  private static final ImmutableList<String> ROLES =
      ImmutableList.of("web", "api", "worker", "db", "cache", "grpc");

  /**
   * One deployment with its service.
   *
   * @param namespace its number
   * @param index within its namespace
   */
  record Service(int namespace, int index, String name, String tier, int port, String portName) {
    String account() {
      return name;
    }
  }

  /** A cluster of some {@code endpoints} pods. */
  public static Cluster of(int services, int endpoints, int policies, long seed) {
    return new Builder(new Random(seed)).build(services, endpoints, policies);
  }

  /** Every manifest, namespaces first. */
  public ImmutableList<ObjectNode> manifests() {
    return ImmutableList.<ObjectNode>builder()
        .addAll(namespaces)
        .addAll(pods)
        .addAll(policies)
        .build();
  }

  static String namespace(int number) {
    return "ns-" + number;
  }

  static String team(int namespace) {
    return "team-" + namespace % 30;
  }

  static String environment(int namespace) {
    return switch (namespace % 5) {
      case 0 -> "staging";
      case 1 -> "dev";
      default -> "prod";
    };
  }

  static ObjectNode resource(String apiVersion, String kind, String namespace, String name) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("apiVersion", apiVersion).put("kind", kind);
    ObjectNode metadata = json.putObject("metadata").put("name", name);
    if (!namespace.isEmpty()) {
      metadata.put("namespace", namespace);
    }
    return json;
  }

  /** A pod of {@code service}. */
  static ObjectNode pod(Service service, int replica, int number) {
    String namespace = namespace(service.namespace);
    ObjectNode pod = resource("v1", "Pod", namespace, service.name + "-" + replica);
    ObjectNode labels = ((ObjectNode) pod.get("metadata")).putObject("labels");
    labels.put("app", service.name);
    labels.put("tier", service.tier);
    labels.put("version", replica % 8 == 7 ? "v2" : "v1");
    labels.put("team", team(service.namespace));
    labels.put("pod-template-hash", Integer.toHexString(service.name.hashCode() & 0xfffff));
    if (service.index % 16 == 5) {
      labels.put("legacy", "true");
    }
    ObjectNode spec = pod.putObject("spec").put("serviceAccountName", service.account());
    ObjectNode container = spec.putArray("containers").addObject().put("name", "main");
    container.put("image", "registry.example/" + service.name + ":1");
    var ports = container.putArray("ports");
    ports
        .addObject()
        .put("name", service.portName)
        .put("containerPort", service.port)
        .put("protocol", "TCP");
    if (service.index % 3 == 0) {
      ports.addObject().put("name", "http-metrics").put("containerPort", 9100);
    }
    ObjectNode status = pod.putObject("status").put("phase", "Running");
    String address = address(number);
    status.put("podIP", address);
    var addresses = status.putArray("podIPs");
    addresses.addObject().put("ip", address);
    if (service.namespace % DUAL_STACK == 0) {
      addresses.addObject().put("ip", address6(number));
    }
    return pod;
  }

  static String address(int pod) {
    int node = pod / PODS_PER_NODE;
    return "10." + (node >> 8) + "." + (node & 255) + "." + (pod % PODS_PER_NODE + 10);
  }

  static String address6(int pod) {
    return "fd00:10::"
        + Integer.toHexString(pod / PODS_PER_NODE + 1)
        + ":"
        + Integer.toHexString(pod % PODS_PER_NODE + 16);
  }

  private static final class Builder {
    private final Random random;

    Builder(Random random) {
      this.random = random;
    }

    Cluster build(int services, int endpoints, int policies) {
      int count = Math.max(2, services / SERVICES_PER_NAMESPACE);
      ImmutableList.Builder<ObjectNode> namespaces = ImmutableList.builder();
      for (int n = 0; n < count; n++) {
        ObjectNode namespace = resource("v1", "Namespace", "", namespace(n));
        ((ObjectNode) namespace.get("metadata"))
            .putObject("labels")
            .put("team", team(n))
            .put("env", environment(n));
        namespaces.add(namespace);
      }
      List<Service> all = new ArrayList<>();
      for (int s = 0; s < services; s++) {
        all.add(service(s % count, s / count));
      }
      ImmutableList.Builder<ObjectNode> pods = ImmutableList.builder();
      int number = 0;
      for (int s = 0; s < services; s++) {
        int left = services - s;
        int fair = (endpoints - number) / left;
        // Many small, some large; the last ones make up for what was drawn.
        int replicas = left <= 2 ? fair : 1 + random.nextInt(Math.max(1, 2 * fair - 1));
        for (int r = 0; r < replicas; r++) {
          pods.add(pod(all.get(s), r, number++));
        }
      }
      return new Cluster(
          namespaces.build(),
          ImmutableList.copyOf(all),
          pods.build(),
          new Policies(random, count, all).of(policies));
    }

    private static Service service(int namespace, int index) {
      // Neighbouring namespaces share most of the catalogue, as copies of one product do.
      int pick = (index * 7 + namespace % 3 * 40) % (NOUNS.size() * ROLES.size());
      String role = ROLES.get(pick % ROLES.size());
      String name = NOUNS.get(pick / ROLES.size()) + "-" + role;
      return switch (role) {
        case "web" -> new Service(namespace, index, name, "frontend", 8080, "http");
        case "db" -> new Service(namespace, index, name, "data", 5432, "tcp-sql");
        case "cache" -> new Service(namespace, index, name, "data", 6379, "redis");
        case "grpc" -> new Service(namespace, index, name, "backend", 9090, "grpc");
        case "worker" -> new Service(namespace, index, name, "backend", 8081, "admin");
        default ->
            new Service(namespace, index, name, "backend", index % 5 == 0 ? 8000 : 8080, "http");
      };
    }
  }
}
