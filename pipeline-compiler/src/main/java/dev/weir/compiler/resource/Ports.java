package dev.weir.compiler.resource;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Port numbers and their protocols. */
final class Ports {
  private static final Set<String> PROTOCOLS = Set.of("TCP", "UDP", "SCTP");

  private Ports() {}

  /** A protocol left out is TCP. */
  static void checkProtocol(@Nullable String protocol, FieldPath path, Findings findings) {
    if (protocol != null && !PROTOCOLS.contains(protocol)) {
      findings.add(
          Code.BAD_VALUE, path, "'" + protocol + "' is no protocol", "write TCP, UDP or SCTP");
    }
  }

  static void check(int number, FieldPath path, Findings findings) {
    if (number < 1 || number > 65535) {
      findings.add(
          Code.BAD_PORT, path, "port " + number + " is not within 1 to 65535", "correct it");
    }
  }
}
