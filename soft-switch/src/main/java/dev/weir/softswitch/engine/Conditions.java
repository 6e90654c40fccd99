package dev.weir.softswitch.engine;

import dev.weir.softswitch.engine.Expr.Compare;
import dev.weir.softswitch.engine.Expr.Relation;

/** Conditions and header references made executable. */
final class Conditions {
  private final Lowering lowering;

  Conditions(Lowering lowering) {
    this.lowering = lowering;
  }

  BoolExpr bool(JsonAt where, Expr.Bool e) {
    return switch (e) {
      case Expr.BoolConst c -> c.value() ? s -> true : s -> false;
      case Compare c -> compare(where, c);
      case Expr.Same c -> {
        BoolExpr x = bool(where, c.left());
        BoolExpr y = bool(where, c.right());
        boolean negated = c.negated();
        yield s -> (x.eval(s) == y.eval(s)) != negated;
      }
      case Expr.And c -> {
        BoolExpr x = bool(where, c.left());
        BoolExpr y = bool(where, c.right());
        yield s -> x.eval(s) && y.eval(s);
      }
      case Expr.Or c -> {
        BoolExpr x = bool(where, c.left());
        BoolExpr y = bool(where, c.right());
        yield s -> x.eval(s) || y.eval(s);
      }
      case Expr.Not c -> {
        BoolExpr x = bool(where, c.of());
        yield s -> !x.eval(s);
      }
      case Expr.NonZero c -> {
        Code of = lowering.number(where, c.of(), Lowering.EXACT);
        if (of.isOne()) {
          LongExpr x = of.one();
          yield s -> x.eval(s) != 0;
        }
        WideExpr x = of.many();
        yield s -> {
          int p = x.eval(s);
          long any = 0;
          for (int i = 0; i < of.words; i++) {
            any |= s.words[p + i];
          }
          return any != 0;
        };
      }
      case Expr.Valid c -> valid(where, c.of());
      case Expr.HeadersEqual c -> {
        HeaderExpr x = header(where, c.left());
        HeaderExpr y = header(where, c.right());
        boolean negated = c.negated();
        yield s -> sameHeaders(s.words, x.eval(s), y.eval(s)) != negated;
      }
      case Expr.BoolChoice c -> {
        BoolExpr x = bool(where, c.condition());
        BoolExpr yes = bool(where, c.yes());
        BoolExpr no = bool(where, c.no());
        yield s -> x.eval(s) ? yes.eval(s) : no.eval(s);
      }
    };
  }

  private static boolean sameHeaders(long[] w, Header[] a, Header[] b) {
    if (a.length == 1) {
      return Header.equal(w, a[0], b[0]);
    }
    for (int i = 0; i < a.length; i++) {
      if (Header.equal(w, a[i], b[i])) {
        return true;
      }
    }
    return false;
  }

  private BoolExpr valid(JsonAt where, Expr.HeaderRef of) {
    if (of instanceof Expr.Fixed fixed && fixed.headers().length == 1) {
      int at = fixed.headers()[0].base;
      return s -> s.words[at] != 0;
    }
    HeaderExpr headers = header(where, of);
    return s -> {
      for (Header h : headers.eval(s)) {
        if (h.isValid(s.words)) {
          return true;
        }
      }
      return false;
    };
  }

  private BoolExpr compare(JsonAt where, Compare c) {
    Code left = lowering.number(where, c.left(), Lowering.EXACT);
    Code right = lowering.number(where, c.right(), Lowering.EXACT);
    Relation relation = c.relation();
    boolean bothUnsigned = left.unsigned && right.unsigned;
    boolean bothSigned = (left.small || !left.unsigned) && (right.small || !right.unsigned);
    if (left.isOne() && right.isOne() && (bothUnsigned || bothSigned)) {
      LongExpr x = left.one();
      LongExpr y = right.one();
      if (right.constant != null) {
        long v = right.constant.longValue();
        if (relation == Relation.EQ) {
          return s -> x.eval(s) == v;
        }
        if (relation == Relation.NE) {
          return s -> x.eval(s) != v;
        }
      }
      if (bothSigned) {
        return switch (relation) {
          case EQ -> s -> x.eval(s) == y.eval(s);
          case NE -> s -> x.eval(s) != y.eval(s);
          case LT -> s -> x.eval(s) < y.eval(s);
          case LE -> s -> x.eval(s) <= y.eval(s);
          case GT -> s -> x.eval(s) > y.eval(s);
          case GE -> s -> x.eval(s) >= y.eval(s);
        };
      }
      return switch (relation) {
        case EQ -> s -> x.eval(s) == y.eval(s);
        case NE -> s -> x.eval(s) != y.eval(s);
        case LT -> s -> Long.compareUnsigned(x.eval(s), y.eval(s)) < 0;
        case LE -> s -> Long.compareUnsigned(x.eval(s), y.eval(s)) <= 0;
        case GT -> s -> Long.compareUnsigned(x.eval(s), y.eval(s)) > 0;
        case GE -> s -> Long.compareUnsigned(x.eval(s), y.eval(s)) >= 0;
      };
    }
    WideExpr x = lowering.wide(left);
    WideExpr y = lowering.wide(right);
    return s -> {
      int p = x.eval(s);
      int q = y.eval(s);
      int order =
          Words.compare(s.words, p, left.words, left.unsigned, q, right.words, right.unsigned);
      return switch (relation) {
        case EQ -> order == 0;
        case NE -> order != 0;
        case LT -> order < 0;
        case LE -> order <= 0;
        case GT -> order > 0;
        case GE -> order >= 0;
      };
    };
  }

  HeaderExpr header(JsonAt where, Expr.HeaderRef ref) {
    return switch (ref) {
      case Expr.Fixed f -> {
        Header[] headers = f.headers();
        yield s -> headers;
      }
      case Expr.Element e -> {
        LongExpr index = lowering.index(where, e.index());
        Header.Stack stack = e.stack();
        yield s -> stack.element(index.eval(s));
      }
      case Expr.Last l -> {
        Header.Stack stack = l.stack();
        yield s -> stack.last(s.words);
      }
      case Expr.Member m -> {
        HeaderExpr union = header(where, m.union());
        int index = m.index();
        // One array per header, so that the answer needs no allocation.
        yield s -> union.eval(s)[index].alone;
      }
    };
  }
}
