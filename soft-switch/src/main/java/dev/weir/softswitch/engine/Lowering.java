package dev.weir.softswitch.engine;

import dev.weir.softswitch.engine.Expr.Arith;
import dev.weir.softswitch.engine.Expr.Cell;
import dev.weir.softswitch.engine.Expr.Choice;
import dev.weir.softswitch.engine.Expr.Complement;
import dev.weir.softswitch.engine.Expr.Const;
import dev.weir.softswitch.engine.Expr.Field;
import dev.weir.softswitch.engine.Expr.Num;
import dev.weir.softswitch.engine.Expr.OfBool;
import dev.weir.softswitch.engine.Expr.Op;
import dev.weir.softswitch.engine.Expr.Param;
import dev.weir.softswitch.engine.Expr.Range;
import dev.weir.softswitch.engine.Expr.Saturate;
import dev.weir.softswitch.engine.Expr.StackCount;
import dev.weir.softswitch.engine.Expr.Wrap;
import dev.weir.softswitch.engine.HeaderType.FieldSpec;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * Turns expressions into closures. BMv2 computes with unlimited precision and p4c masks results to
 * their width, so each expression is asked for just the low bits its user needs: where 64 do, plain
 * {@code long} arithmetic gives them, whatever the operands' widths.
 */
final class Lowering {
  /** Ask for the value itself, not only its low bits. */
  static final int EXACT = Integer.MAX_VALUE;

  private final Scratch scratch;
  private final Conditions conditions = new Conditions(this);
  private final Shifts shifts;

  Lowering(Scratch scratch) {
    this.scratch = scratch;
    this.shifts = new Shifts(this, scratch);
  }

  /** The value's low {@code demand} bits, or the value itself for {@link #EXACT}. */
  Code number(JsonAt where, Num e, int demand) {
    Range range = e.range();
    if (range == null && demand == EXACT) {
      throw where.problem(
          "the result of a shift by a variable amount has no bound here; mask it to a width");
    }
    int bits = range == null ? demand : Math.min(demand, range.bits());
    if (bits > Limits.VALUE_BITS) {
      throw where.problem("an intermediate value of " + bits + " bits is not supported");
    }
    int words = Words.forBits(bits);
    Range shown = range != null && demand >= range.bits() ? range : null;
    // An exact value fills its words, so what it is computed from has to be right that far.
    int ask = shown == null ? bits : words * 64;
    return switch (e) {
      case Const c -> constant(c.value(), words);
      case Field f -> field(where, f, words, shown);
      case Param p -> param(p, words, shown);
      case Cell c -> cell(where, c, words, shown);
      case Arith a -> arith(where, a, demand, bits, ask, words, shown);
      case Complement c -> complement(number(where, c.of(), ask), words, shown);
      case Choice c -> choice(where, c, demand, words, shown);
      case Wrap w -> wrap(where, w, words);
      case Saturate s -> saturate(where, s, words, shown);
      case OfBool b -> {
        BoolExpr of = bool(where, b.of());
        yield Code.one(shown, s -> of.eval(s) ? 1 : 0);
      }
      case StackCount c -> {
        int at = c.stack().countAt;
        int plus = c.plus();
        yield Code.one(shown, s -> s.words[at] + plus);
      }
    };
  }

  Code constant(BigInteger value, int words) {
    if (words == 1) {
      return Code.constant(value, 1);
    }
    long[] image = new long[words];
    Words.put(image, 0, words, value);
    int to = scratch.take(words);
    return Code.many(
        words,
        value.signum() >= 0,
        s -> {
          System.arraycopy(image, 0, s.words, to, image.length);
          return to;
        });
  }

  private Code field(JsonAt where, Field f, int words, @Nullable Range shown) {
    FieldSpec spec = f.field();
    int rel = spec.at();
    boolean signed = spec.signed();
    int width = spec.width();
    if (f.header() instanceof Expr.Fixed fixed) {
      int at = fixed.headers()[0].base + rel;
      if (words == 1) {
        return signed && width < 64
            ? Code.one(shown, s -> s.words[at] << (64 - width) >> (64 - width))
            : Code.one(shown, s -> s.words[at]);
      }
      if (!signed) {
        return Code.many(words, true, s -> at);
      }
    }
    HeaderExpr header = header(where, f.header());
    if (words == 1) {
      return Code.one(
          shown,
          s -> {
            long v = s.words[header.eval(s)[0].base + rel];
            return signed && width < 64 ? v << (64 - width) >> (64 - width) : v;
          });
    }
    if (!signed) {
      return Code.many(words, true, s -> header.eval(s)[0].base + rel);
    }
    if (words < spec.words()) {
      // Only low bits are asked for: the sign does not matter.
      return Code.many(words, true, s -> header.eval(s)[0].base + rel);
    }
    int to = scratch.take(words);
    int n = spec.words();
    return Code.many(
        words,
        false,
        s -> {
          System.arraycopy(s.words, header.eval(s)[0].base + rel, s.words, to, n);
          Words.signExtend(s.words, to, words, width);
          return to;
        });
  }

  private Code param(Param p, int words, @Nullable Range shown) {
    int from = p.at();
    if (words == 1) {
      return Code.one(shown, s -> s.args[from]);
    }
    int to = scratch.take(words);
    return Code.many(
        words,
        true,
        s -> {
          System.arraycopy(s.args, from, s.words, to, words);
          return to;
        });
  }

  private Code cell(JsonAt where, Cell c, int words, @Nullable Range shown) {
    Registers r = c.registers();
    LongExpr index = index(where, c.index());
    if (words == 1) {
      return Code.one(
          shown,
          s -> {
            long i = index.eval(s);
            return i < r.size() ? r.cells[(int) i * r.wordsPerCell] : 0;
          });
    }
    int to = scratch.take(words);
    return Code.many(
        words,
        true,
        s -> {
          long i = index.eval(s);
          if (i < r.size()) {
            System.arraycopy(r.cells, (int) i * r.wordsPerCell, s.words, to, words);
          } else {
            Words.put(s.words, to, words, BigInteger.ZERO);
          }
          return to;
        });
  }

  /** An index as BMv2 takes it: the low 32 bits, not negative. */
  LongExpr index(JsonAt where, Num e) {
    LongExpr low = number(where, e, 32).one();
    return s -> low.eval(s) & 0xffffffffL;
  }

  private Code arith(
      JsonAt where, Arith a, int demand, int bits, int ask, int words, @Nullable Range shown) {
    return switch (a.op()) {
      case ADD, SUB, MUL, OR, XOR -> modular(where, a, ask, words, shown);
      case AND -> and(where, a, bits, words, shown);
      case SHL -> shifts.left(where, a, bits, ask, words, shown);
      case SHR -> shifts.right(where, a, demand, bits, words, shown);
      case DIV, MOD -> divide(where, a, words, shown);
    };
  }

  /** Operators whose low bits depend only on their operands' low bits. */
  private Code modular(JsonAt where, Arith a, int ask, int words, @Nullable Range shown) {
    if (a.op() == Op.OR && words > 1) {
      Code laidFlat = Concatenation.lower(this, scratch, where, a, words);
      if (laidFlat != null) {
        return laidFlat;
      }
    }
    Code left = number(where, a.left(), ask);
    Code right = number(where, a.right(), ask);
    if (words == 1) {
      LongExpr x = left.one();
      LongExpr y = right.one();
      return Code.one(
          shown,
          switch (a.op()) {
            case ADD -> s -> x.eval(s) + y.eval(s);
            case SUB -> s -> x.eval(s) - y.eval(s);
            case MUL -> s -> x.eval(s) * y.eval(s);
            case OR -> s -> x.eval(s) | y.eval(s);
            case XOR -> s -> x.eval(s) ^ y.eval(s);
            case AND, SHL, SHR, DIV, MOD -> throw new IllegalStateException(a.op().name());
          });
    }
    return binary(a.op(), left, right, words, shown);
  }

  private Code binary(Op op, Code left, Code right, int words, @Nullable Range shown) {
    WideExpr x = wide(left);
    WideExpr y = wide(right);
    int xn = left.words;
    int yn = right.words;
    boolean xu = left.unsigned;
    boolean yu = right.unsigned;
    int to = scratch.take(words);
    boolean unsigned = shown == null || shown.unsigned();
    // As many words as both operands have are computed without asking for extensions.
    int common = Math.min(words, Math.min(xn, yn));
    WideExpr eval =
        switch (op) {
          case AND ->
              s -> {
                long[] w = s.words;
                int p = x.eval(s);
                int q = y.eval(s);
                for (int i = 0; i < common; i++) {
                  w[to + i] = w[p + i] & w[q + i];
                }
                for (int i = common; i < words; i++) {
                  w[to + i] = Words.word(w, p, xn, xu, i) & Words.word(w, q, yn, yu, i);
                }
                return to;
              };
          case OR ->
              s -> {
                long[] w = s.words;
                int p = x.eval(s);
                int q = y.eval(s);
                for (int i = 0; i < common; i++) {
                  w[to + i] = w[p + i] | w[q + i];
                }
                for (int i = common; i < words; i++) {
                  w[to + i] = Words.word(w, p, xn, xu, i) | Words.word(w, q, yn, yu, i);
                }
                return to;
              };
          case XOR ->
              s -> {
                long[] w = s.words;
                int p = x.eval(s);
                int q = y.eval(s);
                for (int i = 0; i < words; i++) {
                  w[to + i] = Words.word(w, p, xn, xu, i) ^ Words.word(w, q, yn, yu, i);
                }
                return to;
              };
          case ADD ->
              s -> {
                long[] w = s.words;
                Words.add(w, to, words, x.eval(s), xn, xu, y.eval(s), yn, yu);
                return to;
              };
          case SUB ->
              s -> {
                long[] w = s.words;
                Words.subtract(w, to, words, x.eval(s), xn, xu, y.eval(s), yn, yu);
                return to;
              };
          case MUL ->
              s -> {
                long[] w = s.words;
                Words.multiply(w, to, words, x.eval(s), xn, xu, y.eval(s), yn, yu);
                return to;
              };
          case DIV, MOD, SHL, SHR -> throw new IllegalStateException(op.name());
        };
    return Code.many(words, unsigned, eval).inScratch();
  }

  private Code and(JsonAt where, Arith a, int bits, int words, @Nullable Range shown) {
    Code left = number(where, a.left(), bits);
    Code right = number(where, a.right(), bits);
    if (words == 1) {
      LongExpr x = left.one();
      BigInteger mask = right.constant;
      if (mask != null) {
        long m = mask.longValue();
        return Code.one(shown, s -> x.eval(s) & m);
      }
      LongExpr y = right.one();
      return Code.one(shown, s -> x.eval(s) & y.eval(s));
    }
    // A mask of low ones over a value that is already zero above it: p4c writes many of them.
    if (a.right() instanceof Const c
        && c.value().signum() > 0
        && c.value().add(BigInteger.ONE).bitCount() == 1) {
      int width = c.value().bitLength();
      Range given = a.left().range();
      if (given != null && given.unsigned() && given.bits() <= width) {
        return left;
      }
      WideExpr x = wide(left);
      int xn = left.words;
      boolean xu = left.unsigned;
      if (left.scratch && xn == words) {
        return Code.many(
                words,
                true,
                s -> {
                  int p = x.eval(s);
                  Words.truncate(s.words, p, words, width);
                  return p;
                })
            .inScratch();
      }
      int to = scratch.take(words);
      return Code.many(
          words,
          true,
          s -> {
            long[] w = s.words;
            int p = x.eval(s);
            for (int i = 0; i < words; i++) {
              w[to + i] = Words.word(w, p, xn, xu, i);
            }
            Words.truncate(w, to, words, width);
            return to;
          });
    }
    return binary(Op.AND, left, right, words, shown);
  }

  private Code divide(JsonAt where, Arith a, int words, @Nullable Range shown) {
    Code left = number(where, a.left(), EXACT);
    Code right = number(where, a.right(), EXACT);
    boolean quotient = a.op() == Op.DIV;
    if (left.isOne() && right.isOne() && left.unsigned && right.unsigned) {
      LongExpr x = left.one();
      LongExpr y = right.one();
      return Code.one(
          shown,
          s -> {
            long d = y.eval(s);
            if (d == 0) {
              return 0;
            }
            long v = x.eval(s);
            return quotient ? Long.divideUnsigned(v, d) : Long.remainderUnsigned(v, d);
          });
    }
    WideExpr x = wide(left);
    WideExpr y = wide(right);
    int to = scratch.take(words);
    // Wide division does not occur in practice: p4c allows division by constants only.
    WideExpr wide =
        s -> {
          BigInteger v = Words.get(s.words, x.eval(s), left.words, left.unsigned);
          BigInteger d = Words.get(s.words, y.eval(s), right.words, right.unsigned);
          BigInteger result =
              d.signum() == 0 ? BigInteger.ZERO : quotient ? v.divide(d) : v.remainder(d);
          Words.put(s.words, to, words, result);
          return to;
        };
    return words == 1
        ? Code.one(shown, s -> s.words[wide.eval(s)])
        : Code.many(words, shown == null || shown.unsigned(), wide);
  }

  private Code complement(Code of, int words, @Nullable Range shown) {
    if (words == 1) {
      LongExpr x = of.one();
      return Code.one(shown, s -> ~x.eval(s));
    }
    WideExpr x = wide(of);
    int n = of.words;
    boolean unsigned = of.unsigned;
    int to = scratch.take(words);
    return Code.many(
        words,
        shown == null || shown.unsigned(),
        s -> {
          int p = x.eval(s);
          for (int i = 0; i < words; i++) {
            s.words[to + i] = ~Words.word(s.words, p, n, unsigned, i);
          }
          return to;
        });
  }

  private Code choice(JsonAt where, Choice c, int demand, int words, @Nullable Range shown) {
    BoolExpr condition = bool(where, c.condition());
    Code yes = number(where, c.yes(), demand);
    Code no = number(where, c.no(), demand);
    if (words == 1 && yes.isOne() && no.isOne()) {
      LongExpr x = yes.one();
      LongExpr y = no.one();
      return Code.one(shown, s -> condition.eval(s) ? x.eval(s) : y.eval(s));
    }
    WideExpr x = wide(yes);
    WideExpr y = wide(no);
    boolean unsigned = shown == null || shown.unsigned();
    if (yes.words == words && no.words == words) {
      return Code.many(words, unsigned, s -> condition.eval(s) ? x.eval(s) : y.eval(s));
    }
    int to = scratch.take(words);
    return Code.many(
        words,
        unsigned,
        s -> {
          boolean taken = condition.eval(s);
          int p = taken ? x.eval(s) : y.eval(s);
          int n = taken ? yes.words : no.words;
          boolean u = taken ? yes.unsigned : no.unsigned;
          for (int i = 0; i < words; i++) {
            s.words[to + i] = Words.word(s.words, p, n, u, i);
          }
          return to;
        });
  }

  private Code wrap(JsonAt where, Wrap e, int words) {
    int width = e.width();
    Code of = number(where, e.of(), width);
    if (width <= 64) {
      LongExpr x = of.one();
      int shift = 64 - width;
      return Code.one(e.range(), s -> x.eval(s) << shift >> shift);
    }
    WideExpr x = wide(of);
    int n = Words.forBits(width);
    int to = scratch.take(n);
    WideExpr value =
        s -> {
          int p = x.eval(s);
          for (int i = 0; i < n; i++) {
            s.words[to + i] = Words.word(s.words, p, of.words, of.unsigned, i);
          }
          Words.signExtend(s.words, to, n, width);
          return to;
        };
    return words == 1 ? Code.one(null, s -> s.words[value.eval(s)]) : Code.many(n, false, value);
  }

  private Code saturate(JsonAt where, Saturate e, int words, @Nullable Range shown) {
    Range to = e.range();
    Code of = number(where, e.of(), EXACT);
    boolean fits =
        of.isOne()
            && (of.small || !of.unsigned)
            && to.low().bitLength() < 64
            && to.high().bitLength() < 64;
    if (fits) {
      LongExpr x = of.one();
      long low = to.low().longValue();
      long high = to.high().longValue();
      return Code.one(shown, s -> Math.max(low, Math.min(high, x.eval(s))));
    }
    WideExpr x = wide(of);
    int n = Words.forBits(to.bits());
    Code low = constantWide(to.low(), n);
    Code high = constantWide(to.high(), n);
    WideExpr lowest = low.many();
    WideExpr highest = high.many();
    int at = scratch.take(n);
    boolean unsigned = to.unsigned();
    WideExpr value =
        s -> {
          long[] w = s.words;
          int p = x.eval(s);
          int l = lowest.eval(s);
          int h = highest.eval(s);
          if (Words.compare(w, p, of.words, of.unsigned, l, n, low.unsigned) < 0) {
            return l;
          }
          if (Words.compare(w, p, of.words, of.unsigned, h, n, high.unsigned) > 0) {
            return h;
          }
          for (int i = 0; i < n; i++) {
            w[at + i] = Words.word(w, p, of.words, of.unsigned, i);
          }
          return at;
        };
    return words == 1 && n == 1
        ? Code.one(shown, s -> s.words[value.eval(s)])
        : words == 1 ? Code.one(null, s -> s.words[value.eval(s)]) : Code.many(n, unsigned, value);
  }

  private Code constantWide(BigInteger value, int words) {
    if (words > 1) {
      return constant(value, words);
    }
    long v = value.longValue();
    int at = scratch.take(1);
    return Code.many(
        1,
        value.signum() >= 0,
        s -> {
          s.words[at] = v;
          return at;
        });
  }

  /** The value's words in place; a value of one word goes to scratch first. */
  WideExpr wide(Code code) {
    if (!code.isOne()) {
      return code.many();
    }
    LongExpr x = code.one();
    int at = scratch.take(1);
    return s -> {
      s.words[at] = x.eval(s);
      return at;
    };
  }

  BoolExpr bool(JsonAt where, Expr.Bool e) {
    return conditions.bool(where, e);
  }

  HeaderExpr header(JsonAt where, Expr.HeaderRef ref) {
    return conditions.header(where, ref);
  }
}
