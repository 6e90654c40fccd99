package dev.weir.softswitch.engine;

import dev.weir.softswitch.engine.Expr.Arith;
import dev.weir.softswitch.engine.Expr.Const;
import dev.weir.softswitch.engine.Expr.Num;
import dev.weir.softswitch.engine.Expr.Op;
import dev.weir.softswitch.engine.Expr.Range;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * A wide value put together from parts, as p4c writes {@code a ++ b ++ c}: an or of shifted and
 * masked terms. Laid flat, each term costs its own words once, and not the whole value's words at
 * every level.
 */
final class Concatenation {
  private record Term(Num value, int shift) {}

  private Concatenation() {}

  /**
   * The terms of {@code e}, or none when it is no concatenation of values that are not negative.
   */
  private static List<Term> terms(Num e) {
    List<Term> terms = new ArrayList<>();
    return collect(e, 0, terms) && terms.size() > 1 ? terms : List.of();
  }

  private static boolean collect(Num e, int shift, List<Term> terms) {
    Range range = e.range();
    if (range == null || !range.unsigned()) {
      return false;
    }
    if (e instanceof Arith a) {
      if (a.op() == Op.OR) {
        return collect(a.left(), shift, terms) && collect(a.right(), shift, terms);
      }
      if (a.op() == Op.SHL && a.right() instanceof Const c && c.value().bitLength() < 16) {
        return collect(a.left(), shift + c.value().intValue(), terms);
      }
      if (a.op() == Op.AND && a.right() instanceof Const c && masksNothing(a.left(), c.value())) {
        return collect(a.left(), shift, terms);
      }
    }
    terms.add(new Term(e, shift));
    return true;
  }

  private static boolean masksNothing(Num of, BigInteger mask) {
    Range range = of.range();
    return range != null
        && range.unsigned()
        && mask.signum() > 0
        && mask.add(BigInteger.ONE).bitCount() == 1
        && range.bits() <= mask.bitLength();
  }

  /** {@code words} words of {@code e}; null when it is no concatenation. */
  static @org.jspecify.annotations.Nullable Code lower(
      Lowering lowering, Scratch scratch, JsonAt where, Num e, int words) {
    List<Term> terms = terms(e);
    if (terms.isEmpty()) {
      return null;
    }
    int n = terms.size();
    LongExpr[] ones = new LongExpr[n];
    WideExpr[] manys = new WideExpr[n];
    int[] sizes = new int[n];
    int[] shifts = new int[n];
    for (int i = 0; i < n; i++) {
      Code code = lowering.number(where, terms.get(i).value, Lowering.EXACT);
      sizes[i] = code.words;
      shifts[i] = terms.get(i).shift;
      if (code.isOne()) {
        ones[i] = code.one();
      } else {
        manys[i] = code.many();
      }
    }
    int to = scratch.take(words);
    return Code.many(
            words,
            true,
            s -> {
              long[] w = s.words;
              for (int i = 0; i < words; i++) {
                w[to + i] = 0;
              }
              for (int t = 0; t < n; t++) {
                int at = shifts[t] >>> 6;
                int bits = shifts[t] & 63;
                if (sizes[t] == 1) {
                  place(w, to, words, at, bits, ones[t].eval(s));
                } else {
                  int from = manys[t].eval(s);
                  for (int i = 0; i < sizes[t]; i++) {
                    place(w, to, words, at + i, bits, w[from + i]);
                  }
                }
              }
              return to;
            })
        .inScratch();
  }

  private static void place(long[] w, int to, int words, int at, int bits, long value) {
    if (at < words) {
      w[to + at] |= value << bits;
      if (bits != 0 && at + 1 < words) {
        w[to + at + 1] |= value >>> (64 - bits);
      }
    }
  }
}
