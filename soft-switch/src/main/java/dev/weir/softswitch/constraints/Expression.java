package dev.weir.softswitch.constraints;

import dev.weir.softswitch.constraints.Constraint.Kind;
import dev.weir.softswitch.constraints.Constraint.Name;
import dev.weir.softswitch.constraints.Constraint.Subject;
import dev.weir.softswitch.engine.FieldMatch;
import java.math.BigInteger;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An expression with its type. It evaluates to a {@link Boolean}, a {@link BigInteger}, or the two
 * numbers of a match as a list: value and mask, value and prefix length, low and high.
 */
record Expression(Type type, Function<Subject, Object> eval) {
  /**
   * A type.
   *
   * @param width bits; 0 for Booleans and integers without bounds
   */
  record Type(Sort sort, int width) {
    static final Type BOOL = new Type(Sort.BOOL, 0);
    static final Type INT = new Type(Sort.INT, 0);

    @Override
    public String toString() {
      return width == 0 ? sort.word : sort.word + "<" + width + ">";
    }
  }

  /** Sorts of types, each of which converts to the ones after it that hold more. */
  enum Sort {
    BOOL("bool"),
    INT("int"),
    BITS("bit"),
    TERNARY("ternary"),
    LPM("lpm"),
    RANGE("range");

    final String word;

    Sort(String word) {
      this.word = word;
    }
  }

  static Expression of(Type type, Object constant) {
    return new Expression(type, s -> constant);
  }

  private static BigInteger ones(int width) {
    return BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
  }

  /** A key or parameter as a whole. */
  static Expression named(Name name, int index) {
    int width = name.width();
    return switch (name.kind()) {
      case PARAMETER -> new Expression(new Type(Sort.BITS, width), s -> s.values().get(index));
      case EXACT ->
          new Expression(
              new Type(Sort.BITS, width), s -> pair(s.matches().get(index), name).getFirst());
      case TERNARY, OPTIONAL ->
          new Expression(new Type(Sort.TERNARY, width), s -> pair(s.matches().get(index), name));
      case LPM ->
          new Expression(new Type(Sort.LPM, width), s -> pair(s.matches().get(index), name));
      case RANGE ->
          new Expression(new Type(Sort.RANGE, width), s -> pair(s.matches().get(index), name));
    };
  }

  /** A field left out matches anything. */
  private static List<BigInteger> pair(@Nullable FieldMatch match, Name name) {
    return switch (match) {
      case FieldMatch.Exact m -> List.of(m.value(), ones(name.width()));
      case FieldMatch.Masked m -> List.of(m.value(), m.mask());
      case FieldMatch.Prefix m -> List.of(m.value(), BigInteger.valueOf(m.length()));
      case FieldMatch.Between m -> List.of(m.low(), m.high());
      case null ->
          name.kind() == Kind.RANGE
              ? List.of(BigInteger.ZERO, ones(name.width()))
              : List.of(BigInteger.ZERO, BigInteger.ZERO);
    };
  }

  /** One part of a key; null: it has no such part. */
  static @Nullable Expression part(Name name, int index, String part) {
    int at =
        switch (name.kind()) {
          case EXACT -> part.equals("value") ? 0 : -1;
          case TERNARY, OPTIONAL -> List.of("value", "mask").indexOf(part);
          case LPM -> List.of("value", "prefix_length").indexOf(part);
          case RANGE -> List.of("low", "high").indexOf(part);
          case PARAMETER -> -1;
        };
    if (at < 0) {
      return null;
    }
    Type type = part.equals("prefix_length") ? Type.INT : new Type(Sort.BITS, name.width());
    return new Expression(type, s -> pair(s.matches().get(index), name).get(at));
  }

  /** The same value as another type; null: it cannot be one. */
  @Nullable Expression as(Type to) {
    if (type.equals(to)) {
      return this;
    }
    int width = to.width();
    if (type.sort() == Sort.INT && width > 0) {
      // As in P4: modulo the width, so that -1 is all ones.
      Expression bits =
          new Expression(
              new Type(Sort.BITS, width), s -> ((BigInteger) eval.apply(s)).and(ones(width)));
      return bits.as(to);
    }
    if (type.sort() != Sort.BITS || type.width() != width) {
      return null;
    }
    return switch (to.sort()) {
      case TERNARY -> new Expression(to, s -> List.of(eval.apply(s), ones(width)));
      case LPM -> new Expression(to, s -> List.of(eval.apply(s), BigInteger.valueOf(width)));
      case RANGE -> new Expression(to, s -> List.of(eval.apply(s), eval.apply(s)));
      case BOOL, INT, BITS -> null;
    };
  }

  boolean isBool() {
    return type.sort() == Sort.BOOL;
  }

  boolean isNumber() {
    return type.sort() == Sort.INT || type.sort() == Sort.BITS;
  }

  boolean truth(Subject s) {
    return eval.apply(s).equals(true);
  }

  int compare(Expression other, Subject s) {
    return ((BigInteger) eval.apply(s)).compareTo((BigInteger) other.eval.apply(s));
  }
}
