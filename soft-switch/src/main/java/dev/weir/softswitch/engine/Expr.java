package dev.weir.softswitch.engine;

import dev.weir.softswitch.engine.HeaderType.FieldSpec;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** A typed expression as read from the document, before it becomes closures. */
sealed interface Expr {

  /**
   * A number of unlimited precision, as BMv2 computes. Its range, where known, decides how many
   * words are worth computing.
   */
  sealed interface Num extends Expr {
    /** Least and greatest value; null where there is no useful bound. */
    @Nullable Range range();
  }

  /** Values from {@code low} to {@code high}, both included. */
  record Range(BigInteger low, BigInteger high) {
    static Range unsigned(int bits) {
      return new Range(BigInteger.ZERO, BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE));
    }

    static Range signed(int bits) {
      BigInteger half = BigInteger.ONE.shiftLeft(bits - 1);
      return new Range(half.negate(), half.subtract(BigInteger.ONE));
    }

    static Range of(boolean signed, int bits) {
      return signed ? signed(bits) : unsigned(bits);
    }

    static Range over(BigInteger... values) {
      BigInteger low = values[0];
      BigInteger high = values[0];
      for (BigInteger v : values) {
        low = low.min(v);
        high = high.max(v);
      }
      return new Range(low, high);
    }

    Range join(Range other) {
      return new Range(low.min(other.low), high.max(other.high));
    }

    boolean unsigned() {
      return low.signum() >= 0;
    }

    /** Bits of the two's complement form; for unsigned ranges without a sign bit. */
    int bits() {
      return unsigned()
          ? Math.max(1, high.bitLength())
          : Math.max(low.bitLength(), high.bitLength()) + 1;
    }
  }

  /** A constant. */
  record Const(BigInteger value) implements Num {
    @Override
    public Range range() {
      return new Range(value, value);
    }
  }

  /** A field of a header known beforehand or found at run time ({@code header}). */
  record Field(Expr.HeaderRef header, FieldSpec field) implements Num {
    @Override
    public Range range() {
      return Range.of(field.signed(), field.width());
    }
  }

  /** A parameter of the action. */
  record Param(int at, int width) implements Num {
    @Override
    public Range range() {
      return Range.unsigned(width);
    }
  }

  /** A cell of a register array. */
  record Cell(Registers registers, Num index) implements Num {
    @Override
    public Range range() {
      return Range.unsigned(registers.width());
    }
  }

  /** Operators over numbers. */
  enum Op {
    ADD,
    SUB,
    MUL,
    DIV,
    MOD,
    SHL,
    SHR,
    AND,
    OR,
    XOR
  }

  record Arith(Op op, Num left, Num right, @Nullable Range range) implements Num {}

  record Complement(Num of) implements Num {
    @Override
    public @Nullable Range range() {
      Range r = of.range();
      return r == null ? null : new Range(r.high().not(), r.low().not());
    }
  }

  record Choice(Bool condition, Num yes, Num no) implements Num {
    @Override
    public @Nullable Range range() {
      Range a = yes.range();
      Range b = no.range();
      return a == null || b == null ? null : a.join(b);
    }
  }

  /** The value in two's complement of {@code width} bits. */
  record Wrap(Num of, int width) implements Num {
    @Override
    public Range range() {
      return Range.signed(width);
    }
  }

  /** The nearest value that {@code width} bits can hold. */
  record Saturate(Num of, int width, boolean signed) implements Num {
    @Override
    public Range range() {
      return Range.of(signed, width);
    }
  }

  record OfBool(Bool of) implements Num {
    @Override
    public Range range() {
      return Range.unsigned(1);
    }
  }

  /** Elements in use of a stack, plus {@code plus}. */
  record StackCount(Header.Stack stack, int plus) implements Num {
    @Override
    public Range range() {
      return new Range(BigInteger.valueOf(plus), BigInteger.valueOf(stack.elements.length + plus));
    }
  }

  /** A condition. */
  sealed interface Bool extends Expr {}

  record BoolConst(boolean value) implements Bool {}

  /** Comparisons of numbers. */
  enum Relation {
    EQ,
    NE,
    LT,
    LE,
    GT,
    GE
  }

  record Compare(Relation relation, Num left, Num right) implements Bool {}

  record Same(Bool left, Bool right, boolean negated) implements Bool {}

  record And(Bool left, Bool right) implements Bool {}

  record Or(Bool left, Bool right) implements Bool {}

  record Not(Bool of) implements Bool {}

  record NonZero(Num of) implements Bool {}

  record Valid(HeaderRef of) implements Bool {}

  record HeadersEqual(HeaderRef left, HeaderRef right, boolean negated) implements Bool {}

  record BoolChoice(Bool condition, Bool yes, Bool no) implements Bool {}

  /** A header or a union, known beforehand or found at run time. */
  sealed interface HeaderRef extends Expr {
    /** One type per header: one for a header, several for a union. */
    HeaderType[] types();
  }

  record Fixed(Header[] headers, boolean isUnion) implements HeaderRef {
    @Override
    public HeaderType[] types() {
      return typesOf(headers);
    }
  }

  record Element(Header.Stack stack, Num index) implements HeaderRef {
    @Override
    public HeaderType[] types() {
      return typesOf(stack.beyond);
    }
  }

  record Last(Header.Stack stack) implements HeaderRef {
    @Override
    public HeaderType[] types() {
      return typesOf(stack.beyond);
    }
  }

  record Member(HeaderRef union, int index) implements HeaderRef {
    @Override
    public HeaderType[] types() {
      return new HeaderType[] {union.types()[index]};
    }
  }

  record StackRef(Header.Stack stack) implements Expr {}

  static HeaderType[] typesOf(Header[] headers) {
    HeaderType[] types = new HeaderType[headers.length];
    for (int i = 0; i < types.length; i++) {
      types[i] = headers[i].type;
    }
    return types;
  }
}
