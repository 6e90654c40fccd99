package dev.weir.softswitch.engine;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * A number made executable. One word: {@link #one} computes it. More: {@link #many} leaves {@link
 * #words} words somewhere in the packet's words.
 *
 * <p>Either the value is exact, and what lies above its words are zeros ({@link #unsigned}) or its
 * sign; or it was asked for only so many low bits, and the words hold at least those.
 */
final class Code {
  final int words;
  final boolean unsigned;

  /** The value needs no more than 63 bits and is not negative: signed and unsigned order agree. */
  final boolean small;

  final @Nullable BigInteger constant;

  /** The words lie in scratch of this value's own: whoever uses it may change them. */
  final boolean scratch;

  private final @Nullable LongExpr one;
  private final @Nullable WideExpr many;

  private Code(
      int words,
      boolean unsigned,
      boolean small,
      @Nullable BigInteger constant,
      @Nullable LongExpr one,
      @Nullable WideExpr many,
      boolean scratch) {
    this.scratch = scratch;
    this.words = words;
    this.unsigned = unsigned;
    this.small = small;
    this.constant = constant;
    this.one = one;
    this.many = many;
  }

  static Code one(Expr.@Nullable Range range, LongExpr eval) {
    boolean unsigned = range == null || range.unsigned();
    boolean small = range != null && range.unsigned() && range.high().bitLength() <= 63;
    return new Code(1, unsigned, small, null, eval, null, false);
  }

  static Code many(int words, boolean unsigned, WideExpr eval) {
    return new Code(words, unsigned, false, null, null, eval, false);
  }

  static Code constant(BigInteger value, int words) {
    boolean unsigned = value.signum() >= 0;
    if (words == 1) {
      long v = value.longValue();
      return new Code(1, unsigned, unsigned && value.bitLength() <= 63, value, s -> v, null, false);
    }
    throw new IllegalArgumentException("a wide constant is lowered where its scratch is");
  }

  /** The same, known to lie in scratch. */
  Code inScratch() {
    return new Code(words, unsigned, small, constant, one, many, true);
  }

  boolean isOne() {
    return words == 1;
  }

  LongExpr one() {
    if (one == null) {
      throw new IllegalStateException("a wide value is used as one word");
    }
    return one;
  }

  WideExpr many() {
    if (many == null) {
      throw new IllegalStateException("a value of one word is used as wide");
    }
    return many;
  }
}
