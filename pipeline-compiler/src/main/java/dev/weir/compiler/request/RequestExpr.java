package dev.weir.compiler.request;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.net.Prefix;
import java.util.Locale;
import java.util.function.Predicate;

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

  /** Something else that the client sends matches; false where it is absent. */
  record Sent(Attribute attribute, StringMatch match) implements RequestExpr {}

  /**
   * The client's address as trusted proxies forward it lies in one of the blocks; where none does,
   * and without an HTTP request, the socket's counts.
   */
  record Forwarded(ImmutableSet<Prefix> blocks) implements RequestExpr {}

  /** The client's address, as the sidecar's socket sees it, lies in one of the blocks. */
  record Source(ImmutableSet<Prefix> blocks) implements RequestExpr {}

  /** What a client sends beside a method and a path. */
  sealed interface Attribute {
    /**
     * A header; of several with one name the values joined by commas.
     *
     * @param name in lower case; {@code :authority} for the host, with its port
     */
    record Header(String name) implements Attribute {
      public static final Header HOST = new Header(":authority");
    }

    /**
     * A claim of a token that was found good.
     *
     * @param names from the outside in
     * @param inLists whether a list passes of which one item does
     */
    record Claim(ImmutableList<String> names, boolean inLists) implements Attribute {}

    /** The server name that the client's TLS asks for; absent where it asks for none. */
    record ServerName() implements Attribute {}
  }

  /** How Istio matches strings: exact, {@code abc*}, {@code *abc}, or {@code *} for non-empty. */
  sealed interface StringMatch {
    record Exact(String value) implements StringMatch {}

    record StartsWith(String prefix) implements StringMatch {}

    record EndsWith(String suffix) implements StringMatch {}

    record Present() implements StringMatch {}

    /** Any value, the empty one too. */
    record Anything() implements StringMatch {}

    /** As {@code of}, letters in either case. */
    record AnyCase(StringMatch of) implements StringMatch {
      private boolean matchesInLowerCase(String value) {
        return switch (of) {
          case Exact e -> value.equals(e.value().toLowerCase(Locale.ROOT));
          case StartsWith s -> value.startsWith(s.prefix().toLowerCase(Locale.ROOT));
          case EndsWith e -> value.endsWith(e.suffix().toLowerCase(Locale.ROOT));
          case Present _, Anything _, AnyCase _, Template _ -> of.matches(value);
        };
      }
    }

    /**
     * A path template: <code>{*}</code> for the characters of one segment, at least one, and <code>
     * {**}</code> for those of any number of segments, or none.
     */
    record Template(String text) implements StringMatch {}

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
        case Anything _ -> true;
        case AnyCase a -> a.matchesInLowerCase(value.toLowerCase(Locale.ROOT));
        case Template t -> Templates.matches(t.text(), value);
      };
    }
  }

  /** Whether some term of the expression passes the test; of a compound its terms are asked. */
  default boolean asks(Predicate<RequestExpr> test) {
    return switch (this) {
      case Not n -> n.term().asks(test);
      case And a -> a.terms().stream().anyMatch(t -> t.asks(test));
      case Or o -> o.terms().stream().anyMatch(t -> t.asks(test));
      case Constant _, Method _, Path _, Sent _, Forwarded _, Source _ -> test.test(this);
    };
  }

  /** Whether the client's forwarded address counts. */
  default boolean asksForwarded() {
    return asks(Forwarded.class::isInstance);
  }

  /** Whether the server name that TLS asks for counts. */
  default boolean asksServerName() {
    return asks(t -> t instanceof Sent s && s.attribute() instanceof Attribute.ServerName);
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
        case Not _, Or _, Method _, Path _, Sent _, Forwarded _, Source _ -> kept.add(term);
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
        case Not _, And _, Method _, Path _, Sent _, Forwarded _, Source _ -> kept.add(term);
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
      case And _, Or _, Method _, Path _, Sent _, Forwarded _, Source _ -> new Not(term);
    };
  }
}
