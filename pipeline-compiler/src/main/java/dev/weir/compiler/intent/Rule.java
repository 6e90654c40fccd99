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
 *     operations that name ports only. It asks for the source and the server name at most
 * @param order in the Admin and Baseline layers: of the rules that match, one of the smallest order
 *     decides, and rules of one order have one effect. 0 in the other layers, whose rules add up
 * @param authorizer the name of the external authorizer that CUSTOM asks; empty for other effects
 */
public record Rule(
    Id id,
    Layer layer,
    Effect effect,
    Selector source,
    Selector destination,
    PortMatch port,
    RequestExpr request,
    RequestExpr withoutHttp,
    int order,
    String authorizer) {

  /** The largest {@link #order}. */
  public static final int LAST_ORDER = 10_009_999;

  public Rule {
    if (order < 0 || order > LAST_ORDER || (order > 0 && !layer.ordered())) {
      throw new IllegalArgumentException(id + ": order " + order + " in layer " + layer);
    }
    if ((effect == Effect.CUSTOM) == authorizer.isEmpty()) {
      throw new IllegalArgumentException(
          id + ": " + effect + " with the authorizer '" + authorizer + "'");
    }
  }

  /** A rule that asks no authorizer and that a connection without HTTP meets or not. */
  public Rule(
      Id id,
      Layer layer,
      Effect effect,
      Selector source,
      Selector destination,
      PortMatch port,
      RequestExpr request,
      boolean withoutHttp,
      int order) {
    this(
        id,
        layer,
        effect,
        source,
        destination,
        port,
        request,
        RequestExpr.of(withoutHttp),
        order,
        "");
  }

  /** Such a rule of a layer whose rules add up. */
  public Rule(
      Id id,
      Layer layer,
      Effect effect,
      Selector source,
      Selector destination,
      PortMatch port,
      RequestExpr request,
      boolean withoutHttp) {
    this(id, layer, effect, source, destination, port, request, withoutHttp, 0);
  }

  /** Whether the header alone decides on every port, whatever it carries. */
  public boolean headerDecides() {
    return effect != Effect.CUSTOM
        && request instanceof RequestExpr.Constant
        && request.equals(withoutHttp);
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

  /**
   * The layers in the order that packets meet them. Those of one direction are a chain, in which
   * the first that decides settles it: Admin, NetworkPolicy, Baseline, and in the end everything is
   * allowed. The two directions and authorization are conjoined.
   */
  public enum Layer {
    EGRESS_ADMIN,
    EGRESS,
    EGRESS_BASELINE,
    INGRESS_ADMIN,
    INGRESS,
    INGRESS_BASELINE,
    AUTHORIZATION_DENY,
    AUTHORIZATION_ALLOW;

    /** Whether its rules are asked in an order of theirs, the first that matches deciding. */
    public boolean ordered() {
      return switch (this) {
        case EGRESS_ADMIN, EGRESS_BASELINE, INGRESS_ADMIN, INGRESS_BASELINE -> true;
        case EGRESS, INGRESS, AUTHORIZATION_DENY, AUTHORIZATION_ALLOW -> false;
      };
    }
  }

  /**
   * What a match gives. In EGRESS, INGRESS and AUTHORIZATION_ALLOW an address selected by some
   * ISOLATE rule is denied what no ALLOW rule gives; what no ISOLATE rule selects is left to the
   * next of the chain. In AUTHORIZATION_DENY what no DENY rule matches is allowed; of that, what a
   * CUSTOM rule matches an external authorizer must allow too, where all other layers do. The two
   * authorization layers judge TCP only, as Istio takes only TCP through its data plane. In the
   * Admin and Baseline layers ALLOW and DENY settle the direction, and PASS leaves it to the next
   * of the chain, whatever later rules of its layer say.
   */
  public enum Effect {
    ALLOW,
    DENY,
    ISOLATE,
    PASS,
    CUSTOM
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
