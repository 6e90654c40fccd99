package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import java.util.Set;

/** What a sidecar's configuration asks of a request and of who sends it. */
sealed interface Condition {
  record Constant(boolean value) implements Condition {}

  record Not(Condition term) implements Condition {}

  record All(ImmutableList<Condition> terms) implements Condition {}

  record Any(ImmutableList<Condition> terms) implements Condition {}

  record Method(Text text) implements Condition {}

  /** On the path as the connection manager hands it on. */
  record Path(Text text) implements Condition {}

  /** The peer of the connection lies in the block. */
  record Peer(Block block) implements Condition {}

  /** What cannot be cut into classes: may hold or not. */
  record Unknown(String what) implements Condition {}

  Condition TRUE = new Constant(true);
  Condition FALSE = new Constant(false);

  /** What an evaluation gives: it may be true, it may be false, or both. */
  enum Truth {
    TRUE,
    FALSE,
    UNKNOWN;

    Truth not() {
      return switch (this) {
        case TRUE -> FALSE;
        case FALSE -> TRUE;
        case UNKNOWN -> UNKNOWN;
      };
    }

    static Truth of(boolean value) {
      return value ? TRUE : FALSE;
    }
  }

  /** Strings as matchers cut them. */
  sealed interface Text {
    record Exact(String value) implements Text {}

    record Prefix(String value) implements Text {}

    record Suffix(String value) implements Text {}

    record NotEmpty() implements Text {}

    record Everything() implements Text {}

    default boolean matches(String value) {
      return switch (this) {
        case Exact e -> e.value.equals(value);
        case Prefix p -> value.startsWith(p.value);
        case Suffix s -> value.endsWith(s.value);
        case NotEmpty _ -> !value.isEmpty();
        case Everything _ -> true;
      };
    }
  }

  /**
   * Evaluates.
   *
   * @param method empty without a request
   * @param path as matchers see it
   */
  default Truth evaluate(String method, String path, java.math.BigInteger peer) {
    return switch (this) {
      case Constant c -> Truth.of(c.value);
      case Not n -> n.term.evaluate(method, path, peer).not();
      case All a -> all(a.terms, method, path, peer);
      case Any a -> any(a.terms, method, path, peer);
      case Method m -> Truth.of(m.text.matches(method));
      case Path p -> Truth.of(p.text.matches(path));
      case Peer p -> Truth.of(p.block.holds(peer));
      case Unknown _ -> Truth.UNKNOWN;
    };
  }

  private static Truth all(
      ImmutableList<Condition> terms, String method, String path, java.math.BigInteger peer) {
    Truth truth = Truth.TRUE;
    for (Condition term : terms) {
      Truth each = term.evaluate(method, path, peer);
      if (each == Truth.FALSE) {
        return Truth.FALSE;
      }
      truth = each == Truth.UNKNOWN ? each : truth;
    }
    return truth;
  }

  private static Truth any(
      ImmutableList<Condition> terms, String method, String path, java.math.BigInteger peer) {
    Truth truth = Truth.FALSE;
    for (Condition term : terms) {
      Truth each = term.evaluate(method, path, peer);
      if (each == Truth.TRUE) {
        return Truth.TRUE;
      }
      truth = each == Truth.UNKNOWN ? each : truth;
    }
    return truth;
  }

  /** Gathers what the condition asks. */
  default void collect(Set<Text> methods, Set<Text> paths, Set<Block> peers) {
    switch (this) {
      case Constant _, Unknown _ -> {}
      case Not n -> n.term.collect(methods, paths, peers);
      case All a -> a.terms.forEach(t -> t.collect(methods, paths, peers));
      case Any a -> a.terms.forEach(t -> t.collect(methods, paths, peers));
      case Method m -> methods.add(m.text);
      case Path p -> paths.add(p.text);
      case Peer p -> peers.add(p.block);
    }
  }
}
