package dev.weir.reference;

import java.util.Optional;

/**
 * What packets show of a connection, and who stands behind its addresses.
 *
 * @param client the pod whose address {@code source} is
 * @param server the pod whose address {@code destination} is
 * @param peer the client's identity as a SPIFFE id, where it has one
 * @param protocol TCP, UDP or SCTP
 * @param port of the server
 */
record Connection(
    Address source,
    Address destination,
    Optional<Pod> client,
    Optional<Pod> server,
    Optional<String> peer,
    String protocol,
    int port) {

  /** Whether the pod talks to itself: such traffic never leaves it. */
  boolean withinOnePod() {
    return client.isPresent() && client.equals(server);
  }
}
