package dev.weir.compiler.codes;

import com.google.common.base.Splitter;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import java.util.List;
import java.util.Optional;

/** What a key is called in an allocation, and what a workload answers to it. */
public final class Keys {
  private Keys() {}

  /** What {@code workload} answers to {@code key}; empty where the key is absent. */
  public static Optional<String> value(Key key, Workload workload) {
    return switch (key) {
      case Key.Namespace _ -> Optional.of(workload.namespace());
      case Key.ServiceAccount _ ->
          Optional.of(workload.namespace() + "/" + workload.serviceAccount());
      case Key.PodLabel l -> Optional.ofNullable(workload.labels().get(l.name()));
      case Key.NamespaceLabel l -> Optional.ofNullable(workload.namespaceLabels().get(l.name()));
      case Key.NamedPort p ->
          workload.ports().stream()
              .filter(port -> port.name().equals(p.name()) && port.protocol() == p.protocol())
              .map(port -> String.valueOf(port.number()))
              .findFirst();
      case Key.OpaquePort o ->
          workload.ports().stream()
                  .anyMatch(
                      port ->
                          port.protocol() == Protocol.TCP
                              && port.number() == o.number()
                              && port.application() == Workload.Application.OPAQUE)
              ? Optional.of("opaque")
              : Optional.empty();
      case Key.Blocks b ->
          throw new IllegalArgumentException("blocks " + b + " are asked of an address");
    };
  }

  /** What the key's own column numbers: of a service account, the name within its namespace. */
  static Optional<String> columnValue(Key key, Workload workload) {
    return key instanceof Key.ServiceAccount
        ? Optional.of(workload.serviceAccount())
        : value(key, workload);
  }

  /** The namespace of {@code namespace/serviceAccount}. */
  static String namespaceOf(String account) {
    return account.substring(0, account.indexOf('/'));
  }

  /** The name of {@code namespace/serviceAccount}. */
  static String nameOf(String account) {
    return account.substring(account.indexOf('/') + 1);
  }

  static String text(Key key) {
    return switch (key) {
      case Key.Namespace _ -> "namespace";
      case Key.ServiceAccount _ -> "account-name";
      case Key.PodLabel l -> "label:" + l.name();
      case Key.NamespaceLabel l -> "namespace-label:" + l.name();
      case Key.NamedPort p -> "named-port:" + p.protocol() + ":" + p.name();
      case Key.OpaquePort p -> "opaque-port:" + p.number();
      case Key.Blocks b -> "blocks:" + b.family();
    };
  }

  /**
   * Reads what {@link #text} wrote.
   *
   * @throws IllegalArgumentException if {@code text} is anything else
   */
  static Key parse(String text) {
    List<String> parts = Splitter.on(':').limit(2).splitToList(text);
    String rest = parts.size() == 2 ? parts.get(1) : "";
    return switch (parts.getFirst()) {
      case "namespace" -> new Key.Namespace();
      case "account-name" -> new Key.ServiceAccount();
      case "label" -> new Key.PodLabel(rest);
      case "namespace-label" -> new Key.NamespaceLabel(rest);
      case "named-port" -> {
        List<String> named = Splitter.on(':').limit(2).splitToList(rest);
        yield new Key.NamedPort(named.get(1), Protocol.valueOf(named.get(0)));
      }
      case "opaque-port" -> new Key.OpaquePort(Integer.parseInt(rest));
      case "blocks" -> new Key.Blocks(IpAddress.Family.valueOf(rest));
      default -> throw new IllegalArgumentException("'" + text + "' names no key");
    };
  }
}
