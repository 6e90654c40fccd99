package dev.weir.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.weir.reference.Decision.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** A few pods and policies, written in YAML, to ask about. */
final class World {
  private static final YAMLMapper YAML = new YAMLMapper();

  private static final List<SecondOpinion> OPINIONS =
      ServiceLoader.load(SecondOpinion.class).stream().map(ServiceLoader.Provider::get).toList();

  private final List<JsonNode> resources = new ArrayList<>();

  static World of(String... documents) {
    World world = new World();
    for (String document : documents) {
      world.with(document);
    }
    return world;
  }

  /** Several documents, separated by lines of three dashes. */
  World with(String yaml) {
    for (String document : yaml.split("(?m)^---$")) {
      resources.add(tree(document));
    }
    return this;
  }

  static JsonNode tree(String yaml) {
    try {
      return YAML.readTree(yaml);
    } catch (IOException e) {
      throw new IllegalArgumentException(yaml, e);
    }
  }

  /**
   * Adds a pod.
   *
   * @param id namespace/name
   * @param labels as in {@code app=web,tier=front}
   * @param addresses separated by commas
   * @param ports as in {@code http:80,dns:53/UDP}
   */
  World pod(String id, String labels, String addresses, String ports) {
    ObjectNode pod = JsonNodeFactory.instance.objectNode();
    pod.put("apiVersion", "v1").put("kind", "Pod");
    ObjectNode metadata = pod.putObject("metadata");
    metadata.put("namespace", id.split("/")[0]).put("name", id.split("/")[1]);
    ObjectNode labelNode = metadata.putObject("labels");
    for (String label : labels.isEmpty() ? new String[0] : labels.split(",")) {
      labelNode.put(label.split("=")[0], label.split("=")[1]);
    }
    ObjectNode spec = pod.putObject("spec");
    spec.put("serviceAccountName", id.split("/")[1]);
    ObjectNode container = spec.putArray("containers").addObject().put("name", "main");
    for (String port : ports.isEmpty() ? new String[0] : ports.split(",")) {
      String[] parts = port.split("[:/]");
      ObjectNode node = container.withArray("ports").addObject();
      if (!parts[0].isEmpty()) {
        node.put("name", parts[0]);
      }
      node.put("containerPort", Integer.parseInt(parts[1]));
      node.put("protocol", parts.length > 2 ? parts[2] : "TCP");
    }
    ObjectNode status = pod.putObject("status");
    for (String address : addresses.split(",")) {
      status.withArray("podIPs").addObject().put("ip", address);
    }
    resources.add(pod);
    return this;
  }

  World namespace(String name, String labels) {
    StringBuilder yaml = new StringBuilder("apiVersion: v1\nkind: Namespace\nmetadata:\n");
    yaml.append("  name: ").append(name).append("\n  labels: {");
    return with(yaml.append(labels.replace("=", ": ")).append("}\n").toString());
  }

  Reference reference() {
    return Reference.of(resources);
  }

  Decision decide(String probe) {
    JsonNode asked = tree("[" + probe + "]");
    Decision decision = reference().decide(Probe.readAll(asked).getFirst());
    OPINIONS.forEach(opinion -> opinion.check(resources, (ObjectNode) asked.get(0)));
    return decision;
  }

  Verdict connect(String from, String to, String protocol, int port) {
    return decide(
            String.format(
                "{from: %s, to: %s, protocol: %s, port: %d}",
                quoted(from), quoted(to), protocol, port))
        .verdict();
  }

  Verdict tcp(String from, String to, int port) {
    return connect(from, to, "TCP", port);
  }

  /**
   * Sends a request.
   *
   * @param request members of the probe's request, as in {@code method: GET, path: /}
   */
  Verdict http(String from, String to, int port, String request) {
    return decide(
            String.format(
                "{from: %s, to: %s, protocol: TCP, port: %d, request: {%s}}",
                quoted(from), quoted(to), port, request))
        .verdict();
  }

  /** The same from an address with an identity of its own. */
  Verdict httpAs(String principal, String from, String to, int port, String request) {
    return decide(
            String.format(
                "{from: %s, principal: %s, to: %s, protocol: TCP, port: %d, request: {%s}}",
                quoted(from), quoted(principal), quoted(to), port, request))
        .verdict();
  }

  private static String quoted(String text) {
    return "\"" + text + "\"";
  }

  /** An AuthorizationPolicy in the namespace shop for all its workloads. */
  static String authorization(String name, String spec) {
    return "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
        + "metadata: {name: "
        + name
        + ", namespace: shop}\nspec: {"
        + spec
        + "}\n";
  }

  static String network(String name, String spec) {
    return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        + "metadata: {name: "
        + name
        + ", namespace: shop}\nspec: {"
        + spec
        + "}\n";
  }

  static String cluster(String name, String spec) {
    return "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\n"
        + "metadata: {name: "
        + name
        + "}\nspec: {"
        + spec
        + "}\n";
  }
}
