package dev.weir.decisions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.p4runtime.info.Pipeline;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** A small mesh: its resources as their writer would write them, and a fabric that carries it. */
final class RandomMesh extends RandomChoice {
  static final List<String> VALUES = List.of("x", "y", "z", "");
  static final List<String> PORT_NAMES = List.of("http-web", "tcp-db", "dns", "plain", "nobody");
  static final List<Integer> PORTS = List.of(80, 8080, 9000, 7000, 5353, 443);

  /** Addresses of nobody in the mesh. */
  private static final List<String> WORLD =
      List.of("203.0.113.5", "203.0.113.200", "198.51.100.1", "2001:db8::1", "fd77::9:1");

  /** Of the mesh's own trust domain and of others, and one in an order of its own. */
  private static final List<String> PEERS =
      List.of(
          "cluster.local/ns/red/sa/robot",
          "spiffe://new-td/ns/green/sa/default",
          "old-td/ns/red/sa/robot",
          "other/ns/green/sa/robot",
          "other/ns/red/pod/x/sa/robot/y",
          "other/ns/blue");

  private static final List<String> REQUEST_PATHS =
      List.of(
          "/",
          "/a",
          "/a/b",
          "/a/b/c",
          "/a//b",
          "/a/%2fb",
          "/a/[b]",
          "/a/{*}",
          "/%2e%2e/a",
          "\\\\a",
          "/a|b",
          "/a/",
          "/a/b?q=/admin",
          "/admin/x",
          "/x/y",
          "//a",
          "/A",
          "/x/../a",
          "/%61");

  private final ArrayNode resources = JsonNodeFactory.instance.arrayNode();
  private final List<String> pods = new ArrayList<>();
  private final List<String> addresses = new ArrayList<>();
  private final Map<String, String> principals = new HashMap<>();
  private final Map<String, String> owners = new HashMap<>();
  private final Map<String, List<Integer>> ports = new HashMap<>();

  RandomMesh(long seed, int podCount, int policyCount) {
    super(new Random(seed));
    namespace("istio-system", Optional.empty());
    namespace("red", Optional.of("x"));
    namespace("green", chance(50) ? Optional.of("y") : Optional.empty());
    for (int i = 1; i <= podCount; i++) {
      pod(i);
    }
    bystanders();
    if (chance(70)) {
      mesh();
    }
    services();
    RandomPolicies policies = new RandomPolicies(random);
    // Meshes with one kind only lead deeper into that kind.
    int networkShare = one(List.of(0, 40, 100));
    int clusterShare = one(List.of(0, 30, 60));
    RandomClusterPolicies clusterPolicies = new RandomClusterPolicies(random);
    if (clusterShare > 0) {
      resources.add(clusterPolicies.node(1)).add(clusterPolicies.node(2));
    }
    for (int i = 0; i < policyCount; i++) {
      resources.add(
          chance(clusterShare)
              ? clusterPolicies.policy(i)
              : chance(networkShare) ? policies.networkPolicy(i) : policies.authorizationPolicy(i));
    }
  }

  /**
   * From now on some addresses of the world have identities, which probes from there tell.
   *
   * @return principals by address
   */
  Map<String, String> giveIdentities() {
    for (String address : WORLD) {
      if (chance(70)) {
        principals.put(address, one(PEERS));
      }
    }
    return principals;
  }

  List<JsonNode> resources() {
    List<JsonNode> list = new ArrayList<>();
    resources.forEach(list::add);
    return list;
  }

  private void namespace(String name, Optional<String> team) {
    ObjectNode namespace = resources.addObject().put("apiVersion", "v1").put("kind", "Namespace");
    ObjectNode metadata = namespace.putObject("metadata").put("name", name);
    team.ifPresent(value -> metadata.putObject("labels").put("team", value));
  }

  private void pod(int number) {
    String namespace = one(List.of("red", "green"));
    ObjectNode pod = resources.addObject().put("apiVersion", "v1").put("kind", "Pod");
    ObjectNode labels =
        pod.putObject("metadata")
            .put("namespace", namespace)
            .put("name", "w" + number)
            .putObject("labels");
    if (chance(80)) {
      labels.put("app", one(VALUES));
    }
    if (chance(40)) {
      labels.put("tier", one(VALUES));
    }
    ObjectNode spec = pod.putObject("spec");
    if (chance(50)) {
      spec.put("serviceAccountName", "robot");
    }
    ArrayNode declared =
        spec.putArray("containers").addObject().put("name", "main").putArray("ports");
    if (chance(70)) {
      port(declared, "http-web", chance(50) ? 80 : 8080, "TCP");
    }
    if (chance(50)) {
      port(declared, "tcp-db", 9000, "TCP");
    }
    if (chance(40)) {
      port(declared, "plain", 7000, "TCP");
    }
    if (chance(40)) {
      port(declared, "dns", 5353, "UDP");
    }
    if (chance(20)) {
      // A name that contradicts the protocol: no HTTP all the same.
      port(declared, "udp-odd", 9001, "TCP");
    }
    if (chance(15)) {
      // The same name in a second container: the first counts.
      ObjectNode second = spec.withArray("containers").addObject().put("name", "second");
      port(second.putArray("ports"), "tcp-db", 443, "TCP");
    }
    if (chance(20)) {
      ObjectNode init = spec.putArray("initContainers").addObject().put("name", "init");
      if (chance(50)) {
        init.put("restartPolicy", "Always");
      }
      port(init.putArray("ports"), "nobody", 443, "UDP");
    }
    ArrayNode ips = pod.putObject("status").putArray("podIPs");
    String id = namespace + "/w" + number;
    pods.add(id);
    owners.put(id, id);
    ports.put(id, new ArrayList<>());
    declared.forEach(port -> ports.get(id).add(port.get("containerPort").intValue()));
    address(ips, "10.77." + number + ".1", id);
    if (chance(50)) {
      address(ips, "fd77::" + number + ":1", id);
    }
  }

  /**
   * Pods that are no workloads: one on its node's network, one finished whose address is reused.
   */
  private void bystanders() {
    ObjectNode agent = resources.addObject().put("apiVersion", "v1").put("kind", "Pod");
    agent
        .putObject("metadata")
        .put("namespace", "red")
        .put("name", "agent")
        .putObject("labels")
        .put("app", one(VALUES));
    ObjectNode spec = agent.putObject("spec").put("hostNetwork", true);
    spec.putArray("containers").addObject().put("name", "main");
    agent.putObject("status").put("podIP", "198.51.100.1");
    ObjectNode done = resources.addObject().put("apiVersion", "v1").put("kind", "Pod");
    done.putObject("metadata").put("namespace", "red").put("name", "done");
    done.putObject("spec").putArray("containers").addObject().put("name", "main");
    done.putObject("status").put("phase", "Succeeded").put("podIP", "10.77.1.1");
  }

  /** The mesh's settings, as Istio has them. */
  private void mesh() {
    StringBuilder settings = new StringBuilder();
    if (chance(50)) {
      settings.append("trustDomain: new-td\ntrustDomainAliases: [old-td, third]\n");
    }
    if (chance(30)) {
      settings.append("rootNamespace: red\n");
    }
    if (chance(50)) {
      settings
          .append("pathNormalization: {normalization: ")
          .append(
              one(List.of("NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES", "DEFAULT")))
          .append("}\n");
    }
    settings.append(
        """
        extensionProviders:
        - name: grpc
          envoyExtAuthzGrpc: {service: s1.red.svc.cluster.local, port: 80}
        - name: http
          envoyExtAuthzHttp: {service: nowhere.test, port: 8000, failOpen: true}
        - name: traces
          zipkin: {service: z, port: 1}
        """);
    ObjectNode map = resources.addObject().put("apiVersion", "v1").put("kind", "ConfigMap");
    map.putObject("metadata").put("namespace", "istio-system").put("name", "istio");
    map.putObject("data").put("mesh", settings.toString());
  }

  /** Services that say what ports carry, in several ways. */
  private void services() {
    for (int i = 1; i <= 2; i++) {
      if (chance(60)) {
        ObjectNode service = resources.addObject().put("apiVersion", "v1").put("kind", "Service");
        service
            .putObject("metadata")
            .put("namespace", one(List.of("red", "green")))
            .put("name", "s" + i);
        ObjectNode spec = service.putObject("spec");
        if (chance(90)) {
          spec.putObject("selector").put("app", one(VALUES));
        }
        ObjectNode port = spec.putArray("ports").addObject().put("port", one(PORTS));
        if (chance(50)) {
          port.put("name", one(List.of("http", "tcp-x", "GRPC-y", "plain", "tls")));
        }
        if (chance(40)) {
          port.put("appProtocol", one(List.of("http", "tcp", "kubernetes.io/h2c", "HTTP", "mine")));
        }
        if (chance(40)) {
          port.put("targetPort", one(PORTS));
        } else if (chance(40)) {
          port.put("targetPort", one(PORT_NAMES));
        }
      }
    }
  }

  private static void port(ArrayNode ports, String name, int number, String protocol) {
    ports.addObject().put("name", name).put("containerPort", number).put("protocol", protocol);
  }

  private void address(ArrayNode ips, String address, String pod) {
    ips.addObject().put("ip", address);
    addresses.add(address);
    owners.put(address, pod);
  }

  /** Every workload at a port of its own, behind one of two sidecars; and the world. */
  static Fabric fabric(Pipeline pipeline, Intent intent) {
    ImmutableList.Builder<Attachment> attachments = ImmutableList.builder();
    int port = 1;
    for (Workload workload : intent.workloads().values()) {
      attachments.add(
          new Attachment.WorkloadPort(
              port,
              0x0200_0000_0000L + port,
              workload.id(),
              ImmutableSet.copyOf(workload.addresses()),
              port % 2 == 0 ? "sidecar-1" : "sidecar-2"));
      port++;
    }
    for (int i = 1; i <= 2; i++) {
      attachments.add(
          new Attachment.SidecarPort(
              100 + i,
              0x0200_0000_0100L + i,
              "sidecar-" + i,
              i,
              ImmutableSet.of(IpAddress.parse("10.78.0." + i), IpAddress.parse("fd78::" + i))));
    }
    attachments.add(new Attachment.WorldPort(200, 0x0200_0000_0200L));
    return new Fabric(
        "s1",
        pipeline,
        0x0277_6569_7201L,
        ImmutableSet.of(IpAddress.parse("10.77.0.254")),
        attachments.build());
  }

  /** A random question; of its ends one at least is a pod's. */
  ObjectNode probe() {
    String from = end(25);
    String to = end(8);
    while (owners.get(from) == null && owners.get(to) == null) {
      from = end(25);
      to = end(8);
    }
    ObjectNode probe = JsonNodeFactory.instance.objectNode().put("from", from).put("to", to);
    if (principals.containsKey(from)) {
      probe.put("principal", principals.get(from));
    }
    String protocol = one(List.of("TCP", "TCP", "TCP", "TCP", "TCP", "TCP", "TCP", "UDP", "SCTP"));
    probe.put("protocol", protocol).put("port", port(to));
    if (protocol.equals("TCP") && chance(75)) {
      ObjectNode request = probe.putObject("request");
      if (chance(90)) {
        request.put("method", one(List.of("GET", "POST", "DELETE", "PATCH")));
      }
      if (chance(90)) {
        request.put("path", one(REQUEST_PATHS));
      }
      if (chance(80)) {
        request.put(
            "host", one(List.of("a.test", "A.TEST", "x.a.test", "a.test:8080", "b.example", "")));
      }
      if (chance(40)) {
        ObjectNode headers = request.putObject("headers");
        headers.put(one(List.of("x-a", "X-A", "x-b")), one(List.of("1", "12", "21", "", "b")));
      }
      if (chance(50)) {
        request.set("jwt", token());
      }
      if (chance(20)) {
        request.put("remoteIp", one(WORLD.subList(0, 4)));
      }
      if (chance(15)) {
        request.put("sni", one(List.of("a.test", "x.a.test", "b", "")));
      }
    } else if (protocol.equals("TCP") && chance(20)) {
      probe.putObject("request").put("sni", one(List.of("a.test", "x.a.test", "b", "")));
    }
    return probe;
  }

  private ObjectNode token() {
    ObjectNode token = JsonNodeFactory.instance.objectNode();
    List<String> texts = List.of("a", "ab", "ba", "", "a b");
    for (String claim : List.of("iss", "sub", "aud", "azp", "groups", "scope")) {
      switch (random.nextInt(5)) {
        case 0, 1 -> token.put(claim, one(texts));
        case 2 -> {
          ArrayNode list = token.putArray(claim);
          int count = random.nextInt(3);
          for (int i = 0; i < count; i++) {
            if (chance(80)) {
              list.add(one(texts));
            } else {
              list.add(7);
            }
          }
        }
        case 3 -> token.putObject(claim).put("in", one(texts));
        default -> {}
      }
    }
    if (chance(20)) {
      token.put("groups", 7);
    }
    return token;
  }

  /** Mostly one that the server's pod declares. */
  private int port(String to) {
    List<Integer> declared = ports.getOrDefault(owners.getOrDefault(to, ""), List.of());
    return !declared.isEmpty() && chance(75) ? one(declared) : one(PORTS) + (chance(10) ? 1 : 0);
  }

  private String end(int outsidePercent) {
    return chance(outsidePercent) ? one(WORLD) : chance(70) ? one(pods) : one(addresses);
  }
}
