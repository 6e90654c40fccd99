package dev.weir.softswitch.engine;

import dev.weir.softswitch.engine.ActionProgram.Step;
import dev.weir.softswitch.engine.Expr.Field;
import dev.weir.softswitch.engine.Expr.Num;
import dev.weir.softswitch.engine.HeaderType.FieldSpec;

/** Assignments to fields: the value, cut to the field's width. */
final class Store {
  private final Lowering lowering;

  Store(Lowering lowering) {
    this.lowering = lowering;
  }

  /** {@code to} is a field, or an expression that denotes one. */
  Step assign(JsonAt where, Num to, Num value) {
    if (to instanceof Expr.Cell cell) {
      return toCell(where, cell, value);
    }
    if (!(to instanceof Field field)) {
      throw where.problem("cannot be assigned to");
    }
    FieldSpec spec = field.field();
    if (spec.varying()) {
      throw where.problem("field " + spec.name() + " of variable width is not assigned like this");
    }
    if (spec.hidden()) {
      throw where.problem("validity is not assigned like a field");
    }
    int width = spec.width();
    Code code = lowering.number(where, value, width);
    if (width <= 64) {
      LongExpr v = code.one();
      long mask = Words.ones(width);
      if (field.header() instanceof Expr.Fixed fixed) {
        int at = fixed.headers()[0].base + spec.at();
        if (code.constant != null) {
          long constant = code.constant.longValue() & mask;
          return s -> {
            s.words[at] = constant;
            return ActionProgram.NEXT;
          };
        }
        return s -> {
          s.words[at] = v.eval(s) & mask;
          return ActionProgram.NEXT;
        };
      }
      HeaderExpr header = lowering.header(where, field.header());
      int rel = spec.at();
      return s -> {
        long x = v.eval(s) & mask;
        s.words[header.eval(s)[0].base + rel] = x;
        return ActionProgram.NEXT;
      };
    }
    WideExpr v = lowering.wide(code);
    HeaderExpr header = lowering.header(where, field.header());
    int rel = spec.at();
    int n = spec.words();
    int from = code.words;
    boolean unsigned = code.unsigned;
    return s -> {
      long[] w = s.words;
      int p = v.eval(s);
      int to2 = header.eval(s)[0].base + rel;
      // The source may be the target itself, or overlap nothing: arraycopy is right for both.
      System.arraycopy(w, p, w, to2, Math.min(n, from));
      for (int i = from; i < n; i++) {
        w[to2 + i] = unsigned ? 0 : w[to2 + from - 1] >> 63;
      }
      Words.truncate(w, to2, n, width);
      return ActionProgram.NEXT;
    };
  }

  private Step toCell(JsonAt where, Expr.Cell cell, Num value) {
    Registers r = cell.registers();
    LongExpr index = lowering.index(where, cell.index());
    return writeCell(where, r, index, value);
  }

  /** Writes a register cell; an index past the end writes nothing. */
  Step writeCell(JsonAt where, Registers r, LongExpr index, Num value) {
    int width = r.width();
    Code code = lowering.number(where, value, width);
    int n = r.wordsPerCell;
    if (n == 1) {
      LongExpr v = code.one();
      long mask = Words.ones(width);
      return s -> {
        long i = index.eval(s);
        if (i < r.size()) {
          r.cells[(int) i] = v.eval(s) & mask;
        }
        return ActionProgram.NEXT;
      };
    }
    WideExpr v = lowering.wide(code);
    int from = code.words;
    boolean unsigned = code.unsigned;
    return s -> {
      long i = index.eval(s);
      if (i < r.size()) {
        int p = v.eval(s);
        int at = (int) i * n;
        System.arraycopy(s.words, p, r.cells, at, Math.min(n, from));
        for (int k = from; k < n; k++) {
          r.cells[at + k] = unsigned ? 0 : r.cells[at + from - 1] >> 63;
        }
        Words.truncate(r.cells, at, n, width);
      }
      return ActionProgram.NEXT;
    };
  }
}
