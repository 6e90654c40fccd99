package dev.weir.compiler.envoy;

import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.IpAddress.Family;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.request.RequestExpr;
import java.math.BigInteger;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The source blocks that an expression over sources lets pass.
 *
 * <p>Envoy takes the filter chain of the longest prefix that holds a connection's source, and an
 * open connection stays with its chain while the chain stays. So two things must hold: the blocks
 * together are exactly the sources that pass, and each block passes <i>as a whole</i>, longer
 * blocks within it included, so that whoever is denied later always sees its chain go. A block that
 * the expression names and that passes is kept as it is, never merged with its neighbours: denying
 * one of two leaves the other's connections alone. Only where a denied block lies inside a passing
 * one is the passing one split around it.
 */
final class PassingSources {
  private final RequestExpr expr;
  private final TreeSet<Prefix> named = new TreeSet<>();
  private final ImmutableSortedSet.Builder<Prefix> passing = ImmutableSortedSet.naturalOrder();

  private PassingSources(RequestExpr expr) {
    this.expr = expr;
    for (Family family : Family.values()) {
      named.add(new Prefix(new IpAddress(family, BigInteger.ZERO), 0));
    }
    collect(expr);
  }

  /**
   * The passing blocks, IPv4 first.
   *
   * @throws IllegalArgumentException if {@code expr} asks for anything of a request
   */
  static ImmutableSortedSet<Prefix> of(RequestExpr expr) {
    PassingSources sources = new PassingSources(expr);
    for (Prefix block : sources.named) {
      if (sources.passes(block)) {
        sources.cover(block, sources.within(block));
      }
    }
    return sources.passing.build();
  }

  private void collect(RequestExpr term) {
    switch (term) {
      case RequestExpr.Constant _ -> {}
      case RequestExpr.Not n -> collect(n.term());
      case RequestExpr.And a -> a.terms().forEach(this::collect);
      case RequestExpr.Or o -> o.terms().forEach(this::collect);
      case RequestExpr.Source s -> named.addAll(s.blocks());
      case RequestExpr.Method _, RequestExpr.Path _, RequestExpr.Sent _, RequestExpr.Forwarded _ ->
          throw asksForRequest(term);
    }
  }

  private static IllegalArgumentException asksForRequest(RequestExpr term) {
    return new IllegalArgumentException(
        term + " asks for a request where there is none: only sources can be told apart here");
  }

  /** The named blocks that lie in {@code block}, itself not included. */
  private SortedSet<Prefix> within(Prefix block) {
    TreeSet<Prefix> inside = new TreeSet<>();
    // The blocks of an address range stand together: order is by address, then by length.
    for (Prefix other : named.tailSet(block, false)) {
      if (!block.contains(other.address())) {
        break;
      }
      if (block.contains(other)) {
        inside.add(other);
      }
    }
    return inside;
  }

  /** Whether the addresses of {@code block} that are in no longer named block pass. */
  private boolean passes(Prefix block) {
    return evaluate(expr, block);
  }

  private static boolean evaluate(RequestExpr term, Prefix block) {
    return switch (term) {
      case RequestExpr.Constant c -> c.value();
      case RequestExpr.Not n -> !evaluate(n.term(), block);
      case RequestExpr.And a -> a.terms().stream().allMatch(t -> evaluate(t, block));
      case RequestExpr.Or o -> o.terms().stream().anyMatch(t -> evaluate(t, block));
      case RequestExpr.Source s -> s.blocks().stream().anyMatch(b -> b.contains(block));
      case RequestExpr.Method _, RequestExpr.Path _, RequestExpr.Sent _, RequestExpr.Forwarded _ ->
          throw asksForRequest(term);
    };
  }

  /** Adds {@code block}, or its parts around the denied blocks among {@code inside}. */
  private void cover(Prefix block, SortedSet<Prefix> inside) {
    if (inside.stream().allMatch(this::passes)) {
      passing.add(block);
      return;
    }
    for (int half = 0; half < 2; half++) {
      int length = block.length() + 1;
      BigInteger bit =
          BigInteger.valueOf(half).shiftLeft(block.address().family().width() - length);
      Prefix part =
          new Prefix(
              new IpAddress(block.address().family(), block.address().value().or(bit)), length);
      if (!named.contains(part)) {
        cover(part, within(part));
      }
    }
  }
}
