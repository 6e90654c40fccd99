package dev.weir.reference;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a TCP port carries, as Istio's page on protocol selection says: declared by the Service's
 * {@code appProtocol} or by a port's name, else detected per connection.
 */
enum Carried {
  HTTP,
  NOT_HTTP,
  DETECTED;

  private static final List<String> HTTP_NAMES = List.of("http", "http2", "grpc", "grpc-web");

  /** TLS hides what is inside; the others are no HTTP. */
  private static final List<String> OTHER_NAMES =
      List.of("https", "tls", "tcp", "mongo", "mysql", "redis", "udp");

  static Carried by(Pod pod, int number, List<Resource> services) {
    for (Resource service : services) {
      for (Field port : service.spec().get("ports").list()) {
        if (leadsTo(port, pod, number)) {
          Optional<Carried> declared = declared(port);
          if (declared.isPresent()) {
            return declared.get();
          }
        }
      }
    }
    for (Pod.Port port : pod.ports()) {
      if (port.protocol().equals("TCP") && port.number() == number) {
        Optional<Carried> named = named(port.name());
        if (named.isPresent()) {
          return named.get();
        }
      }
    }
    return DETECTED;
  }

  /**
   * "If this is a string, it will be looked up as a named port in the target Pod's container ports.
   * If this is not specified, the value of the 'port' field is used."
   */
  private static boolean leadsTo(Field port, Pod pod, int number) {
    if (!port.get("protocol").textOr("TCP").equals("TCP")) {
      return false;
    }
    Field target = port.get("targetPort");
    if (target.present() && target.json().isTextual()) {
      return pod.portNamed(target.text(), "TCP").equals(Optional.of(number));
    }
    return (target.present() ? target : port.get("port")).json().intValue() == number;
  }

  /** {@code appProtocol} goes before the name. */
  private static Optional<Carried> declared(Field port) {
    String application = port.get("appProtocol").textOr("");
    return switch (application) {
      case "" -> named(port.get("name").textOr(""));
      // Kubernetes' own names: HTTP/2 and WebSocket over cleartext, WebSocket over TLS.
      case "kubernetes.io/h2c", "kubernetes.io/ws" -> Optional.of(HTTP);
      case "kubernetes.io/wss" -> Optional.of(NOT_HTTP);
      default -> named(application);
    };
  }

  /** "By the name of the port: {@code name: <protocol>[-<suffix>]}", in any case. */
  private static Optional<Carried> named(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    String first = lower.contains("-") ? lower.substring(0, lower.indexOf('-')) : lower;
    if (HTTP_NAMES.contains(lower) || HTTP_NAMES.contains(first)) {
      return Optional.of(HTTP);
    }
    return OTHER_NAMES.contains(first) ? Optional.of(NOT_HTTP) : Optional.empty();
  }
}
