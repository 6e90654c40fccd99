package dev.weir.compiler.intent;

import dev.weir.compiler.request.RequestExpr;

/**
 * One rule as resolved (DESIGN, "rule"): in its layer it gives its effect to the connections that
 * it matches, for the requests that {@code request} takes.
 *
 * @param id stable: kind, namespace/name and the path within the resource
 * @param layer where it counts
 * @param effect what it gives
 * @param source of the connection's client
 * @param destination of its server
 * @param port of the server
 * @param request {@link RequestExpr#TRUE} where the header alone decides; else evaluated per
 *     request where the server's port carries HTTP. What it means elsewhere is {@code withoutHttp}
 * @param withoutHttp what {@code request} amounts to on a port that carries no HTTP (Istio: an
 *     ALLOW rule with request fields never matches there, a DENY rule matches whatever they say).
 *     False with {@code request} TRUE too: Istio drops an ALLOW rule there whole, so also its
 *     operations that name ports only
 */
public record Rule(
    Id id,
    Layer layer,
    Effect effect,
    Selector source,
    Selector destination,
    PortMatch port,
    RequestExpr request,
    boolean withoutHttp) {

  /** Whether the header alone decides on every port, whatever it carries. */
  public boolean headerDecides() {
    return request instanceof RequestExpr.Constant(boolean value) && value == withoutHttp;
  }

  /**
   * A rule's name for provenance.
   *
   * @param resource as in {@code NetworkPolicy shop/cart}
   * @param path as in {@code spec.ingress[0].from[1]}; empty for a policy's default denial
   */
  public record Id(String resource, String path) implements Comparable<Id> {
    @Override
    public int compareTo(Id other) {
      int byResource = resource.compareTo(other.resource);
      return byResource != 0 ? byResource : path.compareTo(other.path);
    }

    @Override
    public String toString() {
      return path.isEmpty() ? resource : resource + " " + path;
    }
  }

  /** The conjoined layers, in the order that packets meet them. */
  public enum Layer {
    EGRESS,
    INGRESS,
    AUTHORIZATION_DENY,
    AUTHORIZATION_ALLOW
  }

  /**
   * What a match gives. In EGRESS, INGRESS and AUTHORIZATION_ALLOW an address selected by some
   * ISOLATE rule is denied what no ALLOW rule gives; what no ISOLATE rule selects is allowed. In
   * AUTHORIZATION_DENY what no DENY rule matches is allowed. The two authorization layers judge TCP
   * only, as Istio takes only TCP through its data plane.
   */
  public enum Effect {
    ALLOW,
    DENY,
    ISOLATE
  }

  /** Which ports of the server, of which protocol. */
  public sealed interface PortMatch {
    /** Any protocol (ICMP too) and port. */
    record Any() implements PortMatch {}

    /**
     * Ports of one protocol.
     *
     * @param first at least 0
     * @param last at most 65535
     */
    record Numbers(Protocol protocol, int first, int last) implements PortMatch {
      public Numbers {
        if (first < 0 || last > 65535 || first > last) {
          throw new IllegalArgumentException("port range " + first + "-" + last);
        }
      }
    }

    /** The port that the server's pod calls {@code name}. */
    record Named(Protocol protocol, String name) implements PortMatch {}

    static PortMatch all(Protocol protocol) {
      return new Numbers(protocol, 0, 65535);
    }
  }
}
