package dev.weir.compiler.request;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.net.Prefix;

/**
 * A Boolean function of a request, and of the client's address where a listener cannot tell sources
 * apart. Immutable; equal by structure.
 */
public sealed interface RequestExpr {

  /** Always or never. */
  record Constant(boolean value) implements RequestExpr {}

  record Not(RequestExpr term) implements RequestExpr {}

  /** Every term holds; true without terms. */
  record And(ImmutableList<RequestExpr> terms) implements RequestExpr {}

  /** Some term holds; false without terms. */
  record Or(ImmutableList<RequestExpr> terms) implements RequestExpr {}

  /** The HTTP method matches; false where there is no HTTP request. */
  record Method(StringMatch match) implements RequestExpr {}

  /** The path without query or fragment, normalised, matches; false without an HTTP request. */
  record Path(StringMatch match) implements RequestExpr {}

  /** The client's address, as the sidecar's socket sees it, lies in one of the blocks. */
  record Source(ImmutableSet<Prefix> blocks) implements RequestExpr {}

  /** How Istio matches strings: exact, {@code abc*}, {@code *abc}, or {@code *} for non-empty. */
  sealed interface StringMatch {
    record Exact(String value) implements StringMatch {}

    record StartsWith(String prefix) implements StringMatch {}

    record EndsWith(String suffix) implements StringMatch {}

    record Present() implements StringMatch {}

    /** Reads Istio's notation. */
    static StringMatch parse(String text) {
      if (text.equals("*")) {
        return new Present();
      }
      if (text.startsWith("*")) {
        return new EndsWith(text.substring(1));
      }
      if (text.endsWith("*")) {
        return new StartsWith(text.substring(0, text.length() - 1));
      }
      return new Exact(text);
    }

    default boolean matches(String value) {
      return switch (this) {
        case Exact e -> value.equals(e.value());
        case StartsWith s -> value.startsWith(s.prefix());
        case EndsWith e -> value.endsWith(e.suffix());
        case Present _ -> !value.isEmpty();
      };
    }
  }

  RequestExpr TRUE = new Constant(true);
  RequestExpr FALSE = new Constant(false);

  static RequestExpr of(boolean value) {
    return value ? TRUE : FALSE;
  }

  /** Conjunction, with constants, nesting and duplicates folded away. */
  static RequestExpr and(Iterable<? extends RequestExpr> terms) {
    ImmutableSet.Builder<RequestExpr> kept = ImmutableSet.builder();
    for (RequestExpr term : terms) {
      switch (term) {
        case Constant c -> {
          if (!c.value()) {
            return FALSE;
          }
        }
        case And a -> kept.addAll(a.terms());
        case Not _, Or _, Method _, Path _, Source _ -> kept.add(term);
      }
    }
    ImmutableList<RequestExpr> list = kept.build().asList();
    return list.isEmpty() ? TRUE : list.size() == 1 ? list.getFirst() : new And(list);
  }

  /** Disjunction, with constants, nesting and duplicates folded away. */
  static RequestExpr or(Iterable<? extends RequestExpr> terms) {
    ImmutableSet.Builder<RequestExpr> kept = ImmutableSet.builder();
    for (RequestExpr term : terms) {
      switch (term) {
        case Constant c -> {
          if (c.value()) {
            return TRUE;
          }
        }
        case Or o -> kept.addAll(o.terms());
        case Not _, And _, Method _, Path _, Source _ -> kept.add(term);
      }
    }
    ImmutableList<RequestExpr> list = kept.build().asList();
    return list.isEmpty() ? FALSE : list.size() == 1 ? list.getFirst() : new Or(list);
  }

  static RequestExpr and(RequestExpr... terms) {
    return and(ImmutableList.copyOf(terms));
  }

  static RequestExpr or(RequestExpr... terms) {
    return or(ImmutableList.copyOf(terms));
  }

  static RequestExpr not(RequestExpr term) {
    return switch (term) {
      case Constant c -> of(!c.value());
      case Not n -> n.term();
      case And _, Or _, Method _, Path _, Source _ -> new Not(term);
    };
  }
}
