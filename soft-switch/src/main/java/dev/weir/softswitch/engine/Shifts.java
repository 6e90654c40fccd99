package dev.weir.softswitch.engine;

import dev.weir.softswitch.engine.Expr.Arith;
import dev.weir.softswitch.engine.Expr.Const;
import dev.weir.softswitch.engine.Expr.Range;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** Shifts made executable; with them p4c writes slices too. */
final class Shifts {
  private final Lowering lowering;
  private final Scratch scratch;

  Shifts(Lowering lowering, Scratch scratch) {
    this.lowering = lowering;
    this.scratch = scratch;
  }

  Code left(JsonAt where, Arith a, int bits, int ask, int words, @Nullable Range shown) {
    boolean unsigned = shown == null || shown.unsigned();
    if (a.right() instanceof Const c) {
      int shift = shiftAmount(c);
      if (shift >= bits) {
        return words == 1 ? Code.one(shown, s -> 0) : lowering.constant(BigInteger.ZERO, words);
      }
      Code left = lowering.number(where, a.left(), ask - shift);
      if (words == 1) {
        LongExpr x = left.one();
        return Code.one(shown, s -> x.eval(s) << shift);
      }
      return shifted(lowering.wide(left), left, s -> shift, words, unsigned, true);
    }
    Code left = lowering.number(where, a.left(), ask);
    LongExpr amount = lowering.index(where, a.right());
    if (words == 1) {
      LongExpr x = left.one();
      return Code.one(
          shown,
          s -> {
            long n = amount.eval(s);
            return n >= 64 ? 0 : x.eval(s) << n;
          });
    }
    return shifted(lowering.wide(left), left, amount, words, unsigned, true);
  }

  Code right(JsonAt where, Arith a, int demand, int bits, int words, @Nullable Range shown) {
    boolean unsigned = shown == null || shown.unsigned();
    LongExpr amount;
    Code left;
    if (a.right() instanceof Const c) {
      int shift = shiftAmount(c);
      left =
          lowering.number(
              where, a.left(), demand == Lowering.EXACT ? Lowering.EXACT : bits + shift);
      amount = s -> shift;
      if (left.isOne()) {
        LongExpr x = left.one();
        if (shift >= 64) {
          return left.unsigned ? Code.one(shown, s -> 0) : Code.one(shown, s -> x.eval(s) >> 63);
        }
        return left.unsigned
            ? Code.one(shown, s -> x.eval(s) >>> shift)
            : Code.one(shown, s -> x.eval(s) >> shift);
      }
      if (words == 1) {
        return slice(left, shift, shown);
      }
    } else {
      left = lowering.number(where, a.left(), Lowering.EXACT);
      amount = lowering.index(where, a.right());
      if (left.isOne()) {
        LongExpr x = left.one();
        boolean xu = left.unsigned;
        return Code.one(
            shown,
            s -> {
              long n = amount.eval(s);
              long v = x.eval(s);
              if (n >= 64) {
                return xu ? 0 : v >> 63;
              }
              return xu ? v >>> n : v >> n;
            });
      }
      if (words == 1) {
        Code wide = shifted(lowering.wide(left), left, amount, 1, unsigned, false);
        WideExpr x = wide.many();
        return Code.one(shown, s -> s.words[x.eval(s)]);
      }
    }
    return shifted(lowering.wide(left), left, amount, words, unsigned, false);
  }

  /** 64 bits of a wide value from bit {@code shift} up. */
  private static Code slice(Code left, int shift, @Nullable Range shown) {
    WideExpr x = left.many();
    int skip = shift >>> 6;
    int bits = shift & 63;
    int n = left.words;
    boolean unsigned = left.unsigned;
    if (bits == 0) {
      return Code.one(shown, s -> Words.word(s.words, x.eval(s), n, unsigned, skip));
    }
    return Code.one(
        shown,
        s -> {
          int p = x.eval(s);
          return Words.word(s.words, p, n, unsigned, skip) >>> bits
              | Words.word(s.words, p, n, unsigned, skip + 1) << (64 - bits);
        });
  }

  private Code shifted(
      WideExpr x, Code left, LongExpr amount, int words, boolean unsigned, boolean leftwards) {
    int xn = left.words;
    boolean xu = left.unsigned;
    int to = scratch.take(words);
    Code code =
        leftwards
            ? Code.many(
                words,
                unsigned,
                s -> {
                  int p = x.eval(s);
                  Words.shiftLeft(s.words, to, words, p, xn, xu, amount.eval(s));
                  return to;
                })
            : Code.many(
                words,
                unsigned,
                s -> {
                  int p = x.eval(s);
                  Words.shiftRight(s.words, to, words, p, xn, xu, amount.eval(s));
                  return to;
                });
    return code.inScratch();
  }

  private static int shiftAmount(Const c) {
    return c.value().bitLength() > 30 ? 1 << 30 : c.value().intValue();
  }
}
