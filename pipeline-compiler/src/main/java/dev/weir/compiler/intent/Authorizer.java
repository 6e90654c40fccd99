package dev.weir.compiler.intent;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.net.IpAddress;
import java.util.Comparator;

/**
 * An external authorizer: MeshConfig's {@code envoyExtAuthzHttp} or {@code envoyExtAuthzGrpc}.
 *
 * @param name as policies call it
 * @param protocol how it is asked
 * @param host of its service, which it is asked by
 * @param places where it answers; none where nobody is known to, and then nothing that it is asked
 *     about passes
 * @param timeoutMillis how long an answer may take
 * @param pathPrefix put before the path that it is asked about; HTTP only
 * @param failOpen whether what it does not answer passes
 * @param statusOnError the HTTP status where it does not answer
 * @param headersInCheck patterns of request headers that it is told; HTTP only
 * @param headersAdded headers that it is told beside those of the request; HTTP only
 * @param bodyBytes how much of a request's body it is told; 0 for none
 * @param partialBody whether it is told the beginning of a longer body
 * @param headersUpstream patterns of its headers that the workload gets; HTTP only
 * @param headersOnDeny patterns of its headers that a denied client gets; HTTP only
 * @param headersOnAllow patterns of its headers that an allowed client gets; HTTP only
 */
public record Authorizer(
    String name,
    Protocol protocol,
    String host,
    ImmutableSortedSet<Place> places,
    long timeoutMillis,
    String pathPrefix,
    boolean failOpen,
    int statusOnError,
    ImmutableList<String> headersInCheck,
    ImmutableSortedMap<String, String> headersAdded,
    int bodyBytes,
    boolean partialBody,
    ImmutableList<String> headersUpstream,
    ImmutableList<String> headersOnDeny,
    ImmutableList<String> headersOnAllow) {

  /** The same, asked otherwise. */
  public Authorizer as(Protocol other) {
    return new Authorizer(
        name,
        other,
        host,
        places,
        timeoutMillis,
        pathPrefix,
        failOpen,
        statusOnError,
        headersInCheck,
        headersAdded,
        bodyBytes,
        partialBody,
        headersUpstream,
        headersOnDeny,
        headersOnAllow);
  }

  /** How an authorizer is asked. */
  public enum Protocol {
    HTTP,
    GRPC
  }

  /** An address and TCP port. */
  public record Place(IpAddress address, int port) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      return Comparator.comparing(Place::address)
          .thenComparingInt(Place::port)
          .compare(this, other);
    }
  }
}
