package dev.weir.compiler.validate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.weir.compiler.net.IpAddress;
import java.util.Optional;

/**
 * Connections of which two intents think differently.
 *
 * @param kind what the second does that the first does not
 * @param from who opens them
 * @param to to whom
 * @param protocol IANA's number
 * @param ports of the server, ascending; empty where the protocol has none
 * @param ofRequests whether this holds of some requests only, the witness among them
 * @param witness one of them
 */
public record Difference(
    Kind kind,
    ImmutableList<Member> from,
    ImmutableList<Member> to,
    int protocol,
    ImmutableList<Ports> ports,
    boolean ofRequests,
    Witness witness) {

  /** What a change does. */
  public enum Kind {
    ALLOWS,
    DENIES
  }

  /**
   * An address, or what remains of a block beside those that are named apart.
   *
   * @param workload {@code namespace/name}; empty for what is no workload
   */
  public record Member(String workload, String addresses, Standing standing) {}

  /** In which of the two a workload is. What is none is in both. */
  public enum Standing {
    IN_BOTH,
    ADDED,
    REMOVED
  }

  /** A range. */
  public record Ports(int first, int last) {
    @Override
    public String toString() {
      return first == last ? String.valueOf(first) : first + "-" + last;
    }
  }

  /**
   * One connection.
   *
   * @param request the first that shows it, in the form of a probe's (docs/offline.md); empty where
   *     every request, or none, does
   */
  public record Witness(IpAddress from, IpAddress to, int port, Optional<ObjectNode> request) {}
}
