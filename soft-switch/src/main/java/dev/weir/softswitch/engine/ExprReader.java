package dev.weir.softswitch.engine;

import dev.weir.softswitch.engine.Expr.Arith;
import dev.weir.softswitch.engine.Expr.Bool;
import dev.weir.softswitch.engine.Expr.Compare;
import dev.weir.softswitch.engine.Expr.Const;
import dev.weir.softswitch.engine.Expr.HeaderRef;
import dev.weir.softswitch.engine.Expr.Num;
import dev.weir.softswitch.engine.Expr.Op;
import dev.weir.softswitch.engine.Expr.Range;
import dev.weir.softswitch.engine.Expr.Relation;
import dev.weir.softswitch.engine.HeaderType.FieldSpec;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads type-value objects and expressions of the document into typed expressions. */
final class ExprReader {
  /** Beyond this many bits a variable shift's result is left without a bound. */
  private static final int MAX_SHIFT = 4096;

  private final Symbols symbols;
  private final List<Expr.Param> params;
  private int depth;

  /** Register arrays met so far: the ones an action has to hold while it runs. */
  final Set<Registers> registers = new TreeSet<>();

  /** {@code params}: the enclosing action's, in order; none outside actions. */
  ExprReader(Symbols symbols, List<Expr.Param> params) {
    this.symbols = symbols;
    this.params = params;
  }

  Num number(JsonAt json) {
    return number(json, read(json));
  }

  private static Num number(JsonAt json, Expr of) {
    return switch (of) {
      case Num n -> n;
      case Bool b -> new Expr.OfBool(b);
      case HeaderRef h -> throw json.problem("a number is expected, not a header");
      case Expr.StackRef s -> throw json.problem("a number is expected, not a stack");
    };
  }

  Bool bool(JsonAt json) {
    return bool(json, read(json));
  }

  private static Bool bool(JsonAt json, Expr of) {
    return switch (of) {
      case Num n -> new Expr.NonZero(n);
      case Bool b -> b;
      case HeaderRef h -> throw json.problem("a condition is expected, not a header");
      case Expr.StackRef s -> throw json.problem("a condition is expected, not a stack");
    };
  }

  HeaderRef header(JsonAt json) {
    if (read(json) instanceof HeaderRef ref) {
      return ref;
    }
    throw json.problem("a header is expected");
  }

  Header.Stack stack(JsonAt json) {
    if (read(json) instanceof Expr.StackRef ref) {
      return ref.stack();
    }
    throw json.problem("a header stack is expected");
  }

  Expr read(JsonAt json) {
    if (++depth > Limits.EXPRESSION_DEPTH) {
      throw json.problem(
          "more than " + Limits.EXPRESSION_DEPTH + " expressions inside one another");
    }
    try {
      return readAny(json);
    } finally {
      depth--;
    }
  }

  private Expr readAny(JsonAt json) {
    if (json.find("type").isEmpty() && json.find("op").isPresent()) {
      return operation(json);
    }
    JsonAt value = json.at("value");
    String type = json.at("type").text();
    return switch (type) {
      case "expression" -> read(value);
      case "field" -> {
        Symbols.FieldAt f = symbols.field(value);
        yield new Expr.Field(new Expr.Fixed(f.header().alone, false), f.field());
      }
      case "hexstr" -> new Const(value.hex());
      case "bool" -> new Expr.BoolConst(value.bool());
      case "local", "runtime_data" -> {
        int index = value.integer(0);
        if (index >= params.size()) {
          throw value.problem("the action has no parameter " + index);
        }
        yield params.get(index);
      }
      case "register" -> {
        Registers array = Symbols.named(symbols.registers, value.at(0), "register array");
        registers.add(array);
        yield new Expr.Cell(array, number(value.at(1)));
      }
      case "header" -> new Expr.Fixed(symbols.header(value).alone, false);
      case "header_union" ->
          new Expr.Fixed(Symbols.named(symbols.unions, value, "header union").members, true);
      case "header_stack" ->
          new Expr.StackRef(Symbols.named(symbols.stacks, value, "header stack"));
      case "header_union_stack" ->
          new Expr.StackRef(Symbols.named(symbols.unionStacks, value, "header union stack"));
      case "stack_field" -> {
        Header.Stack stack = Symbols.named(symbols.stacks, value.at(0), "header stack");
        yield new Expr.Field(
            new Expr.Last(stack), stack.beyond[0].type.field(value.at(1), value.at(1).text()));
      }
      case "union_stack_field" -> {
        Header.Stack stack = Symbols.named(symbols.unionStacks, value.at(0), "union stack");
        int member = unionMember(stack.name, value.at(1));
        HeaderRef of = new Expr.Member(new Expr.Last(stack), member);
        yield new Expr.Field(of, of.types()[0].field(value.at(2), value.at(2).text()));
      }
      default ->
          throw json.at("type").problem("values of type \"" + type + "\" not supported here");
    };
  }

  int unionMember(String unionOrStack, JsonAt member) {
    List<String> names = symbols.unionMembers.getOrDefault(unionOrStack, List.of());
    int index = names.indexOf(member.text());
    if (index < 0) {
      throw member.problem("the union has no member \"" + member.text() + "\"");
    }
    return index;
  }

  private Expr operation(JsonAt json) {
    String op = json.at("op").text();
    return switch (op) {
      case "+" -> arith(json, Op.ADD);
      case "-" -> arith(json, Op.SUB);
      case "*" -> arith(json, Op.MUL);
      case "/" -> arith(json, Op.DIV);
      case "%" -> arith(json, Op.MOD);
      case "<<" -> arith(json, Op.SHL);
      case ">>" -> arith(json, Op.SHR);
      case "&" -> arith(json, Op.AND);
      case "|" -> arith(json, Op.OR);
      case "^" -> arith(json, Op.XOR);
      case "~" -> new Expr.Complement(number(json.at("right")));
      case "==" -> equality(json, false);
      case "!=" -> equality(json, true);
      case "<" -> comparison(json, Relation.LT);
      case "<=" -> comparison(json, Relation.LE);
      case ">" -> comparison(json, Relation.GT);
      case ">=" -> comparison(json, Relation.GE);
      case "and" -> new Expr.And(bool(json.at("left")), bool(json.at("right")));
      case "or" -> new Expr.Or(bool(json.at("left")), bool(json.at("right")));
      case "not" -> new Expr.Not(bool(json.at("right")));
      case "valid", "valid_union" -> new Expr.Valid(header(json.at("right")));
      case "d2b" -> new Expr.NonZero(number(json.at("right")));
      case "b2d" -> new Expr.OfBool(bool(json.at("right")));
      case "two_comp_mod" -> new Expr.Wrap(number(json.at("left")), width(json));
      case "usat_cast" -> new Expr.Saturate(number(json.at("left")), width(json), false);
      case "sat_cast" -> new Expr.Saturate(number(json.at("left")), width(json), true);
      case "?" -> choice(json);
      case "last_stack_index" -> new Expr.StackCount(stack(json.at("right")), -1);
      case "size_stack" -> new Expr.StackCount(stack(json.at("right")), 0);
      case "dereference_header_stack", "dereference_union_stack" ->
          new Expr.Element(stack(json.at("left")), number(json.at("right")));
      case "access_field" -> {
        HeaderRef of = header(json.at("left"));
        int index = json.at("right").integer(0);
        List<FieldSpec> fields = of.types()[0].fields();
        if (index > fields.size()) {
          throw json.at("right").problem("the header has no field " + index);
        }
        // One past the last field is the hidden validity.
        yield index == fields.size()
            ? new Expr.OfBool(new Expr.Valid(of))
            : new Expr.Field(of, fields.get(index));
      }
      case "access_union_header" -> {
        HeaderRef of = header(json.at("left"));
        int index = json.at("right").integer(0);
        if (index >= of.types().length) {
          throw json.at("right").problem("the union has no member " + index);
        }
        yield new Expr.Member(of, index);
      }
      default -> throw json.at("op").problem("operator \"" + op + "\" is not supported");
    };
  }

  private int width(JsonAt json) {
    if (number(json.at("right")) instanceof Const c
        && c.value().signum() > 0
        && c.value().bitLength() < 16) {
      return c.value().intValue();
    }
    throw json.at("right").problem("a constant width is expected");
  }

  private Expr choice(JsonAt json) {
    Bool condition = bool(json.at("cond"));
    Expr yes = read(json.at("left"));
    Expr no = read(json.at("right"));
    if (yes instanceof Num a && no instanceof Num b) {
      return new Expr.Choice(condition, a, b);
    }
    return new Expr.BoolChoice(condition, bool(json.at("left"), yes), bool(json.at("right"), no));
  }

  private Expr equality(JsonAt json, boolean negated) {
    Expr left = read(json.at("left"));
    Expr right = read(json.at("right"));
    if (left instanceof HeaderRef a && right instanceof HeaderRef b) {
      if (!Arrays.equals(a.types(), b.types())) {
        throw json.problem("headers of different types are compared");
      }
      return new Expr.HeadersEqual(a, b, negated);
    }
    if (left instanceof Bool a && right instanceof Bool b) {
      return new Expr.Same(a, b, negated);
    }
    return new Compare(
        negated ? Relation.NE : Relation.EQ,
        number(json.at("left"), left),
        number(json.at("right"), right));
  }

  private Expr comparison(JsonAt json, Relation relation) {
    return new Compare(relation, number(json.at("left")), number(json.at("right")));
  }

  private Arith arith(JsonAt json, Op op) {
    Optional<JsonAt> leftJson = json.find("left");
    Num left = leftJson.isEmpty() ? new Const(BigInteger.ZERO) : number(leftJson.get());
    Num right = number(json.at("right"));
    return new Arith(op, left, right, range(op, left.range(), right.range()));
  }

  static @Nullable Range range(Op op, @Nullable Range l, @Nullable Range r) {
    if (op == Op.AND) {
      return andRange(l, r);
    }
    if (op == Op.MOD && r != null) {
      return new Range(BigInteger.ZERO, r.high().max(BigInteger.ZERO));
    }
    if (l == null || r == null) {
      return null;
    }
    return switch (op) {
      case ADD -> new Range(l.low().add(r.low()), l.high().add(r.high()));
      case SUB -> new Range(l.low().subtract(r.high()), l.high().subtract(r.low()));
      case MUL ->
          Range.over(
              l.low().multiply(r.low()),
              l.low().multiply(r.high()),
              l.high().multiply(r.low()),
              l.high().multiply(r.high()));
      case DIV -> Range.over(l.low(), l.high(), BigInteger.ZERO);
      case SHL -> {
        if (r.low().signum() < 0 || r.high().bitLength() > 31 || r.high().intValue() > MAX_SHIFT) {
          yield null;
        }
        int most = r.high().intValue();
        int least = r.low().intValue();
        yield Range.over(
            l.low().shiftLeft(most),
            l.high().shiftLeft(most),
            l.low().shiftLeft(least),
            l.high().shiftLeft(least));
      }
      case SHR -> {
        if (r.low().equals(r.high()) && r.low().signum() >= 0) {
          int by = r.low().bitLength() > 30 ? 1 << 30 : r.low().intValue();
          yield new Range(l.low().shiftRight(by), l.high().shiftRight(by));
        }
        BigInteger end = l.low().signum() < 0 ? BigInteger.ONE.negate() : BigInteger.ZERO;
        yield Range.over(l.low(), l.high(), end, BigInteger.ZERO.min(l.high()));
      }
      case OR, XOR ->
          l.unsigned() && r.unsigned()
              ? Range.unsigned(Math.max(l.bits(), r.bits()))
              : Range.signed(Math.max(signedBits(l), signedBits(r)));
      case AND, MOD -> throw new IllegalStateException(op.name());
    };
  }

  private static @Nullable Range andRange(@Nullable Range l, @Nullable Range r) {
    boolean leftBounds = l != null && l.unsigned();
    boolean rightBounds = r != null && r.unsigned();
    if (l != null && r != null && leftBounds && rightBounds) {
      return new Range(BigInteger.ZERO, l.high().min(r.high()));
    }
    if (l != null && leftBounds) {
      return new Range(BigInteger.ZERO, l.high());
    }
    if (r != null && rightBounds) {
      return new Range(BigInteger.ZERO, r.high());
    }
    return l == null || r == null ? null : Range.signed(Math.max(signedBits(l), signedBits(r)));
  }

  private static int signedBits(Range r) {
    return r.unsigned() ? r.bits() + 1 : r.bits();
  }
}
