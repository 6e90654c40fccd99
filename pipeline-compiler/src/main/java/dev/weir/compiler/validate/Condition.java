package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import java.math.BigInteger;
import java.util.function.Consumer;

/** What a policy or a sidecar's configuration asks of a request and of who sends it. */
sealed interface Condition {
  record Constant(boolean value) implements Condition {}

  record Not(Condition term) implements Condition {}

  record All(ImmutableList<Condition> terms) implements Condition {}

  record Any(ImmutableList<Condition> terms) implements Condition {}

  /**
   * An attribute is there and matches.
   *
   * @param inLists whether a list passes of which one item does
   * @param view what is seen of a path
   */
  record Asks(Attribute attribute, Text text, boolean inLists, PathView view) implements Condition {
    Asks(Attribute attribute, Text text) {
      this(attribute, text, false, PathView.POLICY);
    }
  }

  /** The peer of the connection lies in the block. */
  record Peer(Block block) implements Condition {}

  /** The client's address as forwarded lies in the block. */
  record Remote(Block block) implements Condition {}

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

  /** Evaluates; what the sample does not settle is unknown. */
  default Truth evaluate(Sample sample, BigInteger peer) {
    return switch (this) {
      case Constant c -> Truth.of(c.value);
      case Not n -> n.term.evaluate(sample, peer).not();
      case All a -> all(a.terms, sample, peer);
      case Any a -> any(a.terms, sample, peer);
      case Asks a -> sample.answers(a);
      case Peer p -> Truth.of(p.block.holds(peer));
      case Remote r -> sample.remote(r.block, peer);
      case Unknown _ -> Truth.UNKNOWN;
    };
  }

  private static Truth all(ImmutableList<Condition> terms, Sample sample, BigInteger peer) {
    Truth truth = Truth.TRUE;
    for (Condition term : terms) {
      Truth each = term.evaluate(sample, peer);
      if (each == Truth.FALSE) {
        return Truth.FALSE;
      }
      truth = each == Truth.UNKNOWN ? each : truth;
    }
    return truth;
  }

  private static Truth any(ImmutableList<Condition> terms, Sample sample, BigInteger peer) {
    Truth truth = Truth.FALSE;
    for (Condition term : terms) {
      Truth each = term.evaluate(sample, peer);
      if (each == Truth.TRUE) {
        return Truth.TRUE;
      }
      truth = each == Truth.UNKNOWN ? each : truth;
    }
    return truth;
  }

  /** Goes through what the condition asks: the terms that have none. */
  default void each(Consumer<Condition> visit) {
    switch (this) {
      case Constant _, Asks _, Peer _, Remote _, Unknown _ -> visit.accept(this);
      case Not n -> n.term.each(visit);
      case All a -> a.terms.forEach(t -> t.each(visit));
      case Any a -> a.terms.forEach(t -> t.each(visit));
    }
  }

  /** Goes through the blocks that the peer's or the forwarded client's address is asked for. */
  default void eachBlock(Consumer<Block> visit) {
    each(
        term -> {
          if (term instanceof Peer(Block block)) {
            visit.accept(block);
          } else if (term instanceof Remote(Block block)) {
            visit.accept(block);
          }
        });
  }
}
