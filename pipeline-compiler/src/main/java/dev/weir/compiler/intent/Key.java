package dev.weir.compiler.intent;

import dev.weir.compiler.net.IpAddress;

/** What a selector can ask of an address (DESIGN, "key"). Each key becomes a column of bits. */
public sealed interface Key {

  /** The workload's namespace name. */
  record Namespace() implements Key {}

  /** {@code namespace/serviceAccount}. */
  record ServiceAccount() implements Key {}

  /** A label of the pod. */
  record PodLabel(String name) implements Key {}

  /** A label of the pod's namespace. */
  record NamespaceLabel(String name) implements Key {}

  /** The port number, in decimal, that the pod gives to a port name; destinations only. */
  record NamedPort(String name, Protocol protocol) implements Key {}

  /**
   * Present where the pod declares TCP port {@code number} and names it for a protocol that is not
   * HTTP; destinations only. The compiler asks it, no selector does: request fields mean something
   * else there.
   */
  record OpaquePort(int number) implements Key {}

  /** The CIDR blocks of one family that hold the address, workload or not. */
  record Blocks(IpAddress.Family family) implements Key {}
}
