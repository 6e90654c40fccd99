package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
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
import java.util.stream.Stream;

/**
 * The Services that choose pods by labels, the oldest first, then by name. One without a selector
 * has its endpoints from elsewhere, and chooses nobody here.
 */
record Services(ImmutableList<Chooser> all) {

  /** One Service. */
  record Chooser(
      String namespace,
      String name,
      String created,
      Map<String, String> selector,
      List<ServicePort> ports) {

    boolean chooses(String podNamespace, Map<String, String> labels) {
      return namespace.equals(podNamespace) && labels.entrySet().containsAll(selector.entrySet());
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
    return new Services(ImmutableList.copyOf(all));
  }

  Optional<Chooser> named(String namespace, String name) {
    return all.stream()
        .filter(each -> each.namespace().equals(namespace) && each.name().equals(name))
        .findFirst();
  }

  /** The TCP ports that Services lead to, of a pod with these labels and declared ports. */
  List<Leading> leading(
      String namespace, Map<String, String> labels, List<Workload.Port> declared) {
    List<Leading> leading = new ArrayList<>();
    for (Chooser service : all) {
      if (service.chooses(namespace, labels)) {
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

  /** The workloads that a Service chooses. */
  static Stream<Workload> chosen(Chooser service, Iterable<Workload> workloads) {
    return Streams.stream(workloads).filter(w -> service.chooses(w.namespace(), w.labels()));
  }
}
