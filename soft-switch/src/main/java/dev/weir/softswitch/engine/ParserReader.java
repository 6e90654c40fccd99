package dev.weir.softswitch.engine;

import dev.weir.softswitch.engine.HeaderType.FieldSpec;
import dev.weir.softswitch.engine.Parser.Case;
import dev.weir.softswitch.engine.Parser.KeyPart;
import dev.weir.softswitch.engine.Parser.State;
import dev.weir.softswitch.engine.Parser.Step;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads a parser: its states, their operations and transitions. */
final class ParserReader {
  private final Symbols symbols;
  private final Scratch scratch;
  private final Lowering lowering;
  private final ExprReader reader;
  private final ActionReader actions;
  private final ErrorCodes errors;

  ParserReader(Symbols symbols, Scratch scratch, ActionReader actions, ErrorCodes errors) {
    this.symbols = symbols;
    this.scratch = scratch;
    this.lowering = new Lowering(scratch);
    this.reader = new ExprReader(symbols, List.of());
    this.actions = actions;
    this.errors = errors;
  }

  Parser read(JsonAt json, Checksum[] verified) {
    List<JsonAt> items = json.each("parse_states");
    Map<String, Integer> index = new HashMap<>();
    for (JsonAt item : items) {
      if (index.put(item.at("name").text(), index.size()) != null) {
        throw item.problem("duplicate parser state");
      }
    }
    State[] states = items.stream().map(item -> state(item, index)).toArray(State[]::new);
    int first =
        json.find("init_state").isEmpty() ? Parser.END : target(json.at("init_state"), index);
    return new Parser(states, first, verified, errors.noError(), errors.packetTooShort());
  }

  private static int target(JsonAt name, Map<String, Integer> index) {
    if (name.isNull()) {
      return Parser.END;
    }
    Integer at = index.get(name.text());
    if (at == null) {
      throw name.problem("there is no parser state \"" + name.text() + "\"");
    }
    return at;
  }

  private State state(JsonAt json, Map<String, Integer> index) {
    List<Step> steps = new ArrayList<>();
    for (JsonAt op : json.each("parser_ops")) {
      scratch.nextStatement();
      steps.add(step(op));
    }
    scratch.nextStatement();
    List<KeyPart> parts = new ArrayList<>();
    int bytes = 0;
    for (JsonAt item : json.each("transition_key")) {
      KeyPart part = keyPart(item);
      parts.add(part);
      bytes += (part.width() + 7) >>> 3;
      if (bytes > Limits.VALUE_BITS / 8) {
        throw item.problem("the select key is wider than " + Limits.VALUE_BITS + " bits");
      }
    }
    int words = Words.forBits(bytes * 8);
    KeyPart[] key = parts.toArray(KeyPart[]::new);
    List<Case> cases = new ArrayList<>();
    int otherwise = Parser.END;
    for (JsonAt transition : json.each("transitions")) {
      String type =
          transition
              .find("type")
              .map(JsonAt::text)
              .orElseGet(
                  () -> transition.at("value").text().equals("default") ? "default" : "hexstr");
      int next = target(transition.at("next_state"), index);
      BigInteger mask = transition.find("mask").map(JsonAt::hex).orElse(null);
      switch (type) {
        case "default" -> otherwise = next;
        case "hexstr" -> cases.add(valueCase(transition, bytes, words, mask, next));
        case "parse_vset" -> {
          int set = Symbols.named(symbols.valueSets, transition.at("value"), "value set").index();
          cases.add(new Parser.SetCase(set, mask == null ? null : Parser.compact(mask, key), next));
        }
        default -> throw transition.at("type").problem("transition type not supported");
      }
    }
    return new State(
        json.at("name").text(),
        steps.toArray(Step[]::new),
        key,
        scratch.take(words),
        words,
        cases.toArray(Case[]::new),
        otherwise,
        SourceInfo.read(json));
  }

  private static Case valueCase(
      JsonAt json, int bytes, int words, @Nullable BigInteger mask, int next) {
    BigInteger value = json.at("value").hex();
    BigInteger all = BigInteger.ONE.shiftLeft(bytes * 8).subtract(BigInteger.ONE);
    if (value.bitLength() > bytes * 8) {
      throw json.at("value").problem("is wider than the select key of " + bytes + " bytes");
    }
    BigInteger used = mask == null ? all : mask.and(all);
    long[] valueWords = new long[words];
    long[] maskWords = new long[words];
    Words.put(valueWords, 0, words, value.and(used));
    Words.put(maskWords, 0, words, used);
    return new Parser.ValueCase(valueWords, maskWords, next);
  }

  private KeyPart keyPart(JsonAt json) {
    JsonAt value = json.at("value");
    if (json.at("type").text().equals("lookahead")) {
      return new Parser.LookaheadPart(
          value.at(0).integer(0, Limits.VALUE_BITS), value.at(1).integer(1, Limits.VALUE_BITS));
    }
    if (reader.number(json) instanceof Expr.Field f && !f.field().varying()) {
      return new Parser.FieldPart(
          lowering.header(json, f.header()), f.field().at(), f.field().width());
    }
    throw json.problem("a field or a lookahead is expected");
  }

  private Step step(JsonAt json) {
    String op = json.at("op").text();
    JsonAt p = json.at("parameters");
    return switch (op) {
      case "extract" -> extract(p.at(0), null);
      case "extract_VL" -> extract(p.at(0), p.at(1));
      case "set" -> set(p);
      case "verify" -> {
        BoolExpr condition = lowering.bool(p.at(0), reader.bool(p.at(0)));
        LongExpr error = lowering.index(p.at(1), reader.number(p.at(1)));
        yield s -> condition.eval(s) ? Parser.FINE : (int) error.eval(s);
      }
      case "shift" -> {
        int bytes = p.at(0).integer(0);
        int tooShort = errors.packetTooShort();
        yield s -> {
          if (s.end - s.cursor < bytes) {
            return tooShort;
          }
          s.cursor += bytes;
          return Parser.FINE;
        };
      }
      case "advance" -> advance(p.at(0));
      case "primitive" -> {
        ActionProgram.Step step = actions.lonely(p.at(0));
        yield s -> {
          step.run(s);
          return Parser.FINE;
        };
      }
      default -> throw json.at("op").problem("parser operation \"" + op + "\" is not supported");
    };
  }

  private Step advance(JsonAt amount) {
    LongExpr bits = lowering.index(amount, reader.number(amount));
    int tooShort = errors.packetTooShort();
    int invalid = errors.invalidArgument();
    return s -> {
      long n = bits.eval(s);
      if ((n & 7) != 0) {
        return invalid;
      }
      if (s.end - s.cursor < n >>> 3) {
        return tooShort;
      }
      s.cursor += (int) (n >>> 3);
      return Parser.FINE;
    };
  }

  private Step set(JsonAt p) {
    JsonAt from = p.at(1);
    if (from.at("type").text().equals("lookahead")) {
      return lookahead(p.at(0), from.at("value"));
    }
    ActionProgram.Step assign =
        new Store(lowering).assign(p.at(0), reader.number(p.at(0)), reader.number(from));
    return s -> {
      assign.run(s);
      return Parser.FINE;
    };
  }

  private Step lookahead(JsonAt to, JsonAt pair) {
    int offset = pair.at(0).integer(0, Limits.VALUE_BITS);
    int width = pair.at(1).integer(1, Limits.VALUE_BITS);
    if (!(reader.number(to) instanceof Expr.Field f)
        || f.field().varying()
        || f.field().hidden()
        || !(f.header() instanceof Expr.Fixed fixed)) {
      throw to.problem("a field is expected");
    }
    FieldSpec field = f.field();
    int at = fixed.headers()[0].base + field.at();
    int tooShort = errors.packetTooShort();
    int bytes = (offset + width + 7) >>> 3;
    int words = Words.forBits(width);
    int through = scratch.take(words);
    return s -> {
      if (s.end - s.cursor < bytes) {
        return tooShort;
      }
      Words.readField(s.data, s.cursor * 8 + offset, width, s.words, through, words);
      for (int i = 0; i < field.words(); i++) {
        s.words[at + i] = i < words ? s.words[through + i] : 0;
      }
      Words.truncate(s.words, at, field.words(), field.width());
      return Parser.FINE;
    };
  }

  private Step extract(JsonAt target, @Nullable JsonAt length) {
    JsonAt value = target.at("value");
    LongExpr bits = length == null ? s -> 0 : lowering.index(length, reader.number(length));
    String type = target.at("type").text();
    return switch (type) {
      case "regular" -> {
        Header header = symbols.header(value);
        check(target, header.type, length);
        yield length == null ? fixed(header) : s -> varying(s, header, bits);
      }
      case "stack" -> {
        Header.Stack stack = Symbols.named(symbols.stacks, value, "header stack");
        check(target, stack.beyond[0].type, length);
        yield next(stack, 0, length == null ? null : bits);
      }
      case "union_stack" -> {
        Header.Stack stack = Symbols.named(symbols.unionStacks, value.at(0), "union stack");
        int member = reader.unionMember(stack.name, value.at(1));
        check(target, stack.beyond[member].type, length);
        yield next(stack, member, length == null ? null : bits);
      }
      default -> throw target.at("type").problem("cannot extract into a \"" + type + "\"");
    };
  }

  private static void check(JsonAt where, HeaderType type, @Nullable JsonAt length) {
    if ((type.varbit() >= 0) != (length != null)) {
      throw where.problem(
          length == null
              ? "a header with a field of variable width is extracted without a length"
              : "a header of fixed length is extracted with a length");
    }
  }

  private Step fixed(Header header) {
    int bytes = header.type.fixedBits() >>> 3;
    int tooShort = errors.packetTooShort();
    return s -> {
      if (s.end - s.cursor < bytes) {
        return tooShort;
      }
      header.extract(s.data, s.cursor, s.words, 0);
      s.cursor += bytes;
      return Parser.FINE;
    };
  }

  private int varying(PacketState s, Header header, LongExpr bits) {
    long n = bits.eval(s);
    if ((n & 7) != 0) {
      return errors.invalidArgument();
    }
    long bytes = (header.type.fixedBits() + n) >>> 3;
    if (s.end - s.cursor < bytes) {
      return errors.packetTooShort();
    }
    HeaderType type = header.type;
    if (n > type.fields().get(type.varbit()).width()) {
      return errors.headerTooShort();
    }
    header.extract(s.data, s.cursor, s.words, (int) n);
    s.cursor += (int) bytes;
    return Parser.FINE;
  }

  private Step next(Header.Stack stack, int member, @Nullable LongExpr bits) {
    int bytes = stack.beyond[member].type.fixedBits() >>> 3;
    int tooShort = errors.packetTooShort();
    int outOfBounds = errors.stackOutOfBounds();
    return s -> {
      long count = s.words[stack.countAt];
      if (count >= stack.elements.length) {
        return outOfBounds;
      }
      Header header = stack.elements[(int) count][member];
      if (bits != null) {
        int error = varying(s, header, bits);
        if (error != Parser.FINE) {
          return error;
        }
      } else {
        if (s.end - s.cursor < bytes) {
          return tooShort;
        }
        header.extract(s.data, s.cursor, s.words, 0);
        s.cursor += bytes;
      }
      s.words[stack.countAt] = count + 1;
      return Parser.FINE;
    };
  }

  /** Optional so that programs without parsers can be refused with a path. */
  static Optional<JsonAt> named(JsonAt root, String list, String name) {
    return root.each(list).stream().filter(j -> j.at("name").text().equals(name)).findFirst();
  }
}
