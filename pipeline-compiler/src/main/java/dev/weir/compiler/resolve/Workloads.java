package dev.weir.compiler.resolve;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.intent.Workload.Application;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resource.Code;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Problem;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.ResourceKey;
import dev.weir.compiler.resource.Validation;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Pods with an address of their own as workloads, and what is wrong between the pods asked for. */
final class Workloads {
  private static final ImmutableSet<String> HTTP =
      ImmutableSet.of("http", "http2", "grpc", "grpc-web");
  private static final ImmutableSet<String> OPAQUE =
      ImmutableSet.of("tcp", "tls", "https", "mongo", "mysql", "redis", "udp");

  private final Map<String, Map<String, String>> namespaces;
  private final Services services;
  private final List<Problem> problems = new ArrayList<>();
  private final Map<IpAddress, ResourceKey> owners = new HashMap<>();

  /**
   * What a pod is.
   *
   * @param note why it is no workload; empty where it is one
   */
  record Read(Optional<Workload> workload, String note) {
    private static Read none(String note) {
      return new Read(Optional.empty(), note);
    }
  }

  /**
   * @param namespaces labels by name
   * @param services which say first what a port carries
   */
  Workloads(Map<String, Map<String, String>> namespaces, Services services) {
    this.namespaces = namespaces;
    this.services = services;
  }

  List<Problem> problems() {
    return problems;
  }

  /** Reads a pod; pods are to come in the order of their keys. */
  Read read(Resource resource) {
    ResourceKey key = resource.key();
    Pod pod = Validation.model(resource, Pod.class);
    PodSpec spec = pod.getSpec();
    PodStatus status = pod.getStatus();
    String phase = status == null ? "" : String.valueOf(status.getPhase());
    ImmutableSortedSet<IpAddress> addresses = addresses(status);
    if (Boolean.TRUE.equals(spec.getHostNetwork())) {
      return Read.none(key + " is no workload: it uses its node's network (hostNetwork)");
    }
    if (phase.equals("Succeeded") || phase.equals("Failed")) {
      return Read.none(key + " is no workload: its phase is " + phase);
    }
    if (addresses.isEmpty()) {
      return Read.none(key + " is no workload yet: it has no address (status.podIP)");
    }
    addresses.forEach(address -> own(address, key));
    Map<String, String> given = pod.getMetadata().getLabels();
    Map<String, String> labels = given == null ? Map.of() : given;
    return new Read(
        Optional.of(
            new Workload(
                id(key),
                key.namespace(),
                account(spec),
                ImmutableSortedMap.copyOf(labels),
                namespaceLabels(key.namespace()),
                addresses,
                ports(key, labels, spec))),
        "");
  }

  /** The id of the workload that a pod is, if it is one. */
  static String id(ResourceKey pod) {
    return pod.namespace() + "/" + pod.name();
  }

  private static ImmutableSortedSet<IpAddress> addresses(@Nullable PodStatus status) {
    ImmutableSortedSet.Builder<IpAddress> addresses = ImmutableSortedSet.naturalOrder();
    if (status != null) {
      if (status.getPodIP() != null && !status.getPodIP().isEmpty()) {
        addresses.add(IpAddress.parse(status.getPodIP()));
      }
      status.getPodIPs().stream()
          .map(each -> each.getIp())
          .filter(ip -> ip != null && !ip.isEmpty())
          .forEach(ip -> addresses.add(IpAddress.parse(ip)));
    }
    return addresses.build();
  }

  private void own(IpAddress address, ResourceKey key) {
    ResourceKey other = owners.putIfAbsent(address, key);
    if (other != null) {
      problems.add(
          Problem.of(
              Code.SHARED_ADDRESS,
              key,
              "status.podIP",
              address + " is the address of " + other + " already",
              "give each pod addresses of its own; identity is decided by address"));
    }
  }

  private static String account(PodSpec spec) {
    for (String name : new String[] {spec.getServiceAccountName(), spec.getServiceAccount()}) {
      if (name != null && !name.isEmpty()) {
        return name;
      }
    }
    return "default";
  }

  private ImmutableSortedMap<String, String> namespaceLabels(String namespace) {
    Map<String, String> labels = new TreeMap<>(namespaces.getOrDefault(namespace, Map.of()));
    labels.put(LabelSelectors.NAMESPACE_NAME, namespace);
    return ImmutableSortedMap.copyOf(labels);
  }

  private ImmutableList<Workload.Port> ports(
      ResourceKey key, Map<String, String> labels, PodSpec spec) {
    List<Workload.Port> ports = declared(key, spec);
    List<Services.Leading> leading = services.leading(key.namespace(), labels, ports);
    Map<Integer, Application> said = new HashMap<>();
    for (Services.Leading each : leading) {
      if (each.application() != Application.DETECTED) {
        said.putIfAbsent(each.number(), each.application());
      }
    }
    ports.replaceAll(
        port ->
            port.protocol() == Protocol.TCP && said.containsKey(port.number())
                ? new Workload.Port(
                    port.name(),
                    Protocol.TCP,
                    port.number(),
                    said.getOrDefault(port.number(), Application.DETECTED))
                : port);
    // A service that leads to a port declares it as well as a container does.
    Set<Integer> numbers = new HashSet<>();
    ports.stream()
        .filter(port -> port.protocol() == Protocol.TCP)
        .forEach(port -> numbers.add(port.number()));
    for (Services.Leading each : leading) {
      if (numbers.add(each.number())) {
        ports.add(
            new Workload.Port(
                "",
                Protocol.TCP,
                each.number(),
                said.getOrDefault(each.number(), Application.DETECTED)));
      }
    }
    return ImmutableList.copyOf(ports);
  }

  private List<Workload.Port> declared(ResourceKey key, PodSpec spec) {
    List<Workload.Port> ports = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Map<String, Application> carried = new HashMap<>();
    List<Container> containers = new ArrayList<>(spec.getContainers());
    // An init container that restarts always runs beside the others (a Kubernetes sidecar).
    spec.getInitContainers().stream()
        .filter(container -> "Always".equals(container.getRestartPolicy()))
        .forEach(containers::add);
    for (Container container : containers) {
      for (ContainerPort port : container.getPorts()) {
        Protocol protocol =
            port.getProtocol() == null ? Protocol.TCP : Protocol.valueOf(port.getProtocol());
        int number = port.getContainerPort();
        String name = port.getName() == null ? "" : port.getName();
        Application application = protocol == Protocol.TCP ? application(name) : Application.OPAQUE;
        Application before = carried.putIfAbsent(protocol + " " + number, application);
        if (before != null && before != application) {
          problems.add(
              Problem.of(
                  Code.PORT_CONFLICT,
                  key,
                  "spec.containers",
                  protocol
                      + " port "
                      + number
                      + " is declared twice, as "
                      + before
                      + " and as "
                      + application,
                  "give both declarations names of one protocol"));
        }
        // A name means the first port that has it, as Kubernetes looks it up.
        String first = name.isEmpty() || names.add(protocol + " " + name) ? name : "";
        ports.add(new Workload.Port(first, protocol, number, application));
      }
    }
    return ports;
  }

  /** What Istio takes a port of this name to carry: the name, or what stands before its dash. */
  static Application application(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    String first = Splitter.on('-').split(lower).iterator().next();
    if (HTTP.contains(lower) || HTTP.contains(first)) {
      return Application.HTTP;
    }
    return OPAQUE.contains(first) ? Application.OPAQUE : Application.DETECTED;
  }

  /** Whether a namespace is there without being created. */
  static boolean implied(String namespace) {
    return namespace.equals(Manifest.DEFAULT_NAMESPACE);
  }
}
