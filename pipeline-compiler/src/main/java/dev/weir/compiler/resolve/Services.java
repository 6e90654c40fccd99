package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.Multimaps;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.intent.Workload.Application;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.Validation;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServiceSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.stream.Stream;

/**
 * The Services that choose pods by labels, the oldest first, then by name. One without a selector
 * has its endpoints from elsewhere, and chooses nobody here.
 *
 * @param byNamespace which they are alone in, as the pods are that they choose
 */
record Services(ImmutableListMultimap<String, Chooser> byNamespace) {

  /** One Service. */
  record Chooser(
      String namespace,
      String name,
      String created,
      Map<String, String> selector,
      List<ServicePort> ports) {

    /** Whether it chooses a pod of its namespace. */
    boolean chooses(Map<String, String> labels) {
      return labels.entrySet().containsAll(selector.entrySet());
    }
  }

  /**
   * A pod's TCP port that a Service leads to.
   *
   * @param application as the Service's port says; DETECTED where it says nothing
   */
  record Leading(int number, Application application) {}

  static Services of(Iterable<Resource> resources) {
    List<Chooser> all = new ArrayList<>();
    for (Resource resource : resources) {
      Service service = Validation.model(resource, Service.class);
      ServiceSpec spec = service.getSpec();
      if (spec != null && spec.getSelector() != null && !spec.getSelector().isEmpty()) {
        String created = service.getMetadata().getCreationTimestamp();
        all.add(
            new Chooser(
                resource.key().namespace(),
                resource.key().name(),
                created == null ? "" : created,
                spec.getSelector(),
                spec.getPorts()));
      }
    }
    all.sort(Comparator.comparing(Chooser::created).thenComparing(Chooser::name));
    return new Services(Multimaps.index(all, Chooser::namespace));
  }

  /** The same but for the Services of one namespace. */
  Services with(String namespace, Iterable<Resource> resources) {
    return new Services(
        ImmutableListMultimap.<String, Chooser>builder()
            .putAll(Multimaps.filterKeys(byNamespace, each -> !each.equals(namespace)))
            .putAll(of(resources).byNamespace)
            .build());
  }

  Optional<Chooser> named(String namespace, String name) {
    return byNamespace.get(namespace).stream().filter(each -> each.name().equals(name)).findFirst();
  }

  /** The TCP ports that Services lead to, of a pod with these labels and declared ports. */
  List<Leading> leading(
      String namespace, Map<String, String> labels, List<Workload.Port> declared) {
    List<Leading> leading = new ArrayList<>();
    for (Chooser service : byNamespace.get(namespace)) {
      if (service.chooses(labels)) {
        for (ServicePort port : service.ports()) {
          target(port, declared).ifPresent(n -> leading.add(new Leading(n, application(port))));
        }
      }
    }
    return leading;
  }

  /** Where a port of a Service leads to at a pod; empty where it leads nowhere, or to no TCP. */
  static OptionalInt target(ServicePort port, List<Workload.Port> declared) {
    if (port.getProtocol() != null && !port.getProtocol().equals("TCP")) {
      return OptionalInt.empty();
    }
    IntOrString target = port.getTargetPort();
    if (target == null) {
      return OptionalInt.of(port.getPort());
    }
    return target.getStrVal() == null
        ? OptionalInt.of(target.getIntVal())
        : declared.stream()
            .filter(p -> p.protocol() == Protocol.TCP && p.name().equals(target.getStrVal()))
            .mapToInt(Workload.Port::number)
            .findFirst();
  }

  /** {@code appProtocol} goes before the name. */
  private static Application application(ServicePort port) {
    String given = port.getAppProtocol() == null ? "" : port.getAppProtocol();
    return switch (given) {
      // Kubernetes' own: HTTP/2 and WebSocket over cleartext, WebSocket over TLS.
      case "kubernetes.io/h2c", "kubernetes.io/ws" -> Application.HTTP;
      case "kubernetes.io/wss" -> Application.OPAQUE;
      case "" -> Workloads.application(port.getName() == null ? "" : port.getName());
      default -> Workloads.application(given);
    };
  }

  /**
   * The workloads that a Service chooses.
   *
   * @param workloads by id
   */
  static Stream<Workload> chosen(Chooser service, SortedMap<String, Workload> workloads) {
    // Ids begin with the namespace and a slash, which no name holds.
    return workloads.subMap(service.namespace() + "/", service.namespace() + "0").values().stream()
        .filter(w -> service.chooses(w.labels()));
  }
}
