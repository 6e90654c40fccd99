package dev.weir.compiler.intent;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.net.IpAddress;

/**
 * Something with an address that sends or receives.
 *
 * @param id {@code namespace/name}
 * @param serviceAccount its name within the namespace
 * @param labels of the pod
 * @param namespaceLabels of its namespace, {@code kubernetes.io/metadata.name} included
 * @param ports that its containers declare
 */
public record Workload(
    String id,
    String namespace,
    String serviceAccount,
    ImmutableSortedMap<String, String> labels,
    ImmutableSortedMap<String, String> namespaceLabels,
    ImmutableSortedSet<IpAddress> addresses,
    ImmutableList<Port> ports) {

  /**
   * A declared container port.
   *
   * @param name empty where it has none
   */
  public record Port(String name, Protocol protocol, int number, Application application) {}

  /** What a TCP port carries, as Istio reads it from the port's name. */
  public enum Application {
    /** {@code http}, {@code http2}, {@code grpc}, {@code grpc-web}, alone or before a dash. */
    HTTP,
    /** Named for another protocol: {@code tcp}, {@code tls}, {@code mongo}, {@code redis}, …. */
    OPAQUE,
    /** Not named for any protocol: detected per connection. */
    DETECTED
  }
}
