package dev.weir.softswitch.engine;

import dev.weir.softswitch.engine.ActionProgram.Parameter;
import dev.weir.softswitch.engine.ActionProgram.Step;
import dev.weir.softswitch.engine.Expr.Arith;
import dev.weir.softswitch.engine.Expr.Num;
import dev.weir.softswitch.engine.Expr.Op;
import dev.weir.softswitch.engine.HeaderType.FieldSpec;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Reads actions: every primitive simple_switch has becomes a step. */
final class ActionReader {
  /** Bits of a clone session id, as simple_switch keeps it. */
  private static final int SESSION_MASK = 0x7fff;

  private final Symbols symbols;
  private final Scratch scratch;
  private final Lowering lowering;
  private final Store store;
  private final int dropPort;
  private final LogSink log;

  /** Register arrays that some action uses. */
  private final Set<Registers> used = new HashSet<>();

  /** Those that several use, or something outside of actions. */
  private final Set<Registers> shared = new HashSet<>();

  private final Map<ActionProgram, Set<Registers>> usedBy = new HashMap<>();

  /** A parser state or a deparser uses registers. */
  private boolean outsideActions;

  ActionReader(Symbols symbols, Scratch scratch, int dropPort, LogSink log) {
    this.symbols = symbols;
    this.scratch = scratch;
    this.lowering = new Lowering(scratch);
    this.store = new Store(lowering);
    this.dropPort = dropPort;
    this.log = log;
  }

  /** Makes the actions' names and parameters known, so that tables can refer to them. */
  static void declare(JsonAt root, Symbols symbols) {
    int index = 0;
    for (JsonAt json : root.each("actions")) {
      List<Parameter> parameters = new ArrayList<>();
      int at = 0;
      for (JsonAt p : json.each("runtime_data")) {
        int width = p.at("bitwidth").integer(1, Limits.VALUE_BITS);
        parameters.add(new Parameter(p.at("name").text(), width, at));
        at += Words.forBits(width);
      }
      int id = json.at("id").integer(0);
      ActionProgram action =
          new ActionProgram(json.at("name").text(), id, index++, List.copyOf(parameters));
      if (symbols.actions.put(id, action) != null) {
        throw json.at("id").problem("duplicate action id " + id);
      }
    }
  }

  void read(JsonAt json) {
    ActionProgram action = symbols.actions.get(json.at("id").integer());
    if (action == null) {
      throw json.problem("action was not declared");
    }
    List<Expr.Param> params =
        action.parameters().stream().map(p -> new Expr.Param(p.at(), p.width())).toList();
    ExprReader reader = new ExprReader(symbols, params);
    List<Step> steps = new ArrayList<>();
    List<JsonAt> primitives = json.each("primitives");
    for (JsonAt primitive : primitives) {
      checkJump(primitive, primitives.size());
      steps.add(step(primitive, reader));
    }
    Set<Registers> held = new TreeSet<>(reader.registers);
    for (Registers r : held) {
      if (!used.add(r)) {
        shared.add(r);
      }
    }
    usedBy.put(action, held);
    action.define(steps.toArray(Step[]::new), locks(held), SourceInfo.read(json));
  }

  private static ReentrantLock[] locks(Set<Registers> of) {
    return of.stream().map(r -> r.lock).toArray(ReentrantLock[]::new);
  }

  /**
   * Gives packets what they need to share register arrays that more than one action uses. Called
   * when all is read.
   */
  Sharing share(JsonAt root) {
    if (shared.isEmpty()) {
      return new Sharing(false, null);
    }
    Map<Integer, RegisterPlan.Effect> effects =
        outsideActions ? null : RegisterPlan.of(root, symbols, shared);
    if (effects == null) {
      return new Sharing(true, null);
    }
    RowLocks rows = new RowLocks();
    shared.forEach(r -> r.lockRows(rows));
    usedBy.forEach(
        (action, held) -> {
          RegisterPlan.Effect effect = effects.get(action.id());
          if (effect != null && !effect.accesses().isEmpty()) {
            Set<Registers> others = new TreeSet<>(held);
            others.removeAll(shared);
            action.lockRows(rows, effect.locked(), effect.accesses(), locks(others));
          }
        });
    return new Sharing(false, rows);
  }

  /**
   * @param oneAtATime packets may not overlap at all
   * @param rows what ingress has to release at its end, if anything
   */
  record Sharing(boolean oneAtATime, @Nullable RowLocks rows) {}

  /** A primitive outside an action: in a parser state or a deparser. */
  Step lonely(JsonAt primitive) {
    if (primitive.at("op").text().startsWith("_jump")) {
      throw primitive.at("op").problem("jumps belong into actions");
    }
    ExprReader reader = new ExprReader(symbols, List.of());
    Step step = step(primitive, reader);
    if (!reader.registers.isEmpty()) {
      shared.addAll(reader.registers);
      outsideActions = true;
    }
    return step;
  }

  /** Jumps go to a constant step of the action, or to its end. */
  private static void checkJump(JsonAt primitive, int count) {
    if (!primitive.at("op").text().startsWith("_jump")) {
      return;
    }
    List<JsonAt> parameters = primitive.each("parameters");
    JsonAt to = parameters.isEmpty() ? primitive : parameters.getLast();
    if (!to.at("type").text().equals("hexstr")) {
      throw to.problem("a jump goes to a constant step");
    }
    BigInteger step = to.at("value").hex();
    if (step.signum() < 0 || step.compareTo(BigInteger.valueOf(count)) > 0) {
      throw to.at("value").problem("a jump goes to one of the steps 0 to " + count);
    }
  }

  private Step step(JsonAt json, ExprReader reader) {
    scratch.nextStatement();
    String op = json.at("op").text();
    List<JsonAt> p = json.each("parameters");
    return switch (op) {
      case "assign", "modify_field" -> {
        expect(json, p, 2);
        yield store.assign(p.get(0), reader.number(p.get(0)), reader.number(p.get(1)));
      }
      case "add_to_field" -> update(json, p, reader, Op.ADD);
      case "subtract_from_field" -> update(json, p, reader, Op.SUB);
      case "add" -> compute(json, p, reader, Op.ADD);
      case "subtract" -> compute(json, p, reader, Op.SUB);
      case "bit_xor" -> compute(json, p, reader, Op.XOR);
      case "bit_or" -> compute(json, p, reader, Op.OR);
      case "bit_and" -> compute(json, p, reader, Op.AND);
      case "shift_left" -> compute(json, p, reader, Op.SHL);
      case "shift_right" -> compute(json, p, reader, Op.SHR);
      case "assign_VL" -> {
        expect(json, p, 2);
        yield assignVarying(p.get(0), p.get(1), reader);
      }
      case "assign_header", "copy_header", "assign_union" -> {
        expect(json, p, 2);
        Expr.HeaderRef toRef = reader.header(p.get(0));
        Expr.HeaderRef fromRef = reader.header(p.get(1));
        sameTypes(p.get(1), toRef.types(), fromRef.types());
        HeaderExpr to = lowering.header(p.get(0), toRef);
        HeaderExpr from = lowering.header(p.get(1), fromRef);
        yield s -> {
          Header[] target = to.eval(s);
          Header[] source = from.eval(s);
          if (target.length == 1) {
            target[0].copy(s.words, source[0]);
          } else {
            Header.copyMembers(s.words, target, source);
          }
          return ActionProgram.NEXT;
        };
      }
      case "assign_header_stack", "assign_union_stack" -> {
        expect(json, p, 2);
        Header.Stack to = reader.stack(p.get(0));
        Header.Stack from = reader.stack(p.get(1));
        sameTypes(p.get(1), Expr.typesOf(to.beyond), Expr.typesOf(from.beyond));
        if (to.elements.length != from.elements.length) {
          throw p.get(1).problem("is a stack of another size");
        }
        yield s -> {
          to.copy(s.words, from);
          return ActionProgram.NEXT;
        };
      }
      case "push" -> {
        expect(json, p, 2);
        Header.Stack stack = reader.stack(p.get(0));
        LongExpr count = lowering.index(p.get(1), reader.number(p.get(1)));
        yield s -> {
          stack.pushFront(s.words, count.eval(s));
          return ActionProgram.NEXT;
        };
      }
      case "pop" -> {
        expect(json, p, 2);
        Header.Stack stack = reader.stack(p.get(0));
        LongExpr count = lowering.index(p.get(1), reader.number(p.get(1)));
        yield s -> {
          stack.popFront(s.words, count.eval(s));
          return ActionProgram.NEXT;
        };
      }
      case "add_header" -> {
        expect(json, p, 1);
        HeaderExpr header = lowering.header(p.get(0), reader.header(p.get(0)));
        yield s -> {
          Header h = header.eval(s)[0];
          if (!h.isValid(s.words)) {
            h.clear(s.words);
            h.setValid(s.words);
            s.packetLength += h.bytes(s.words);
          }
          return ActionProgram.NEXT;
        };
      }
      case "add_header_fast" -> {
        expect(json, p, 1);
        HeaderExpr header = lowering.header(p.get(0), reader.header(p.get(0)));
        yield s -> {
          header.eval(s)[0].setValid(s.words);
          return ActionProgram.NEXT;
        };
      }
      case "remove_header" -> {
        expect(json, p, 1);
        HeaderExpr header = lowering.header(p.get(0), reader.header(p.get(0)));
        yield s -> {
          for (Header h : header.eval(s)) {
            if (h.isValid(s.words)) {
              s.packetLength -= h.bytes(s.words);
              h.setInvalid(s.words);
            }
          }
          return ActionProgram.NEXT;
        };
      }
      case "_jump" -> {
        expect(json, p, 1);
        LongExpr to = lowering.index(p.get(0), reader.number(p.get(0)));
        yield s -> (int) to.eval(s);
      }
      case "_jump_if_zero" -> {
        expect(json, p, 2);
        BoolExpr test = lowering.bool(p.get(0), reader.bool(p.get(0)));
        LongExpr to = lowering.index(p.get(1), reader.number(p.get(1)));
        yield s -> test.eval(s) ? ActionProgram.NEXT : (int) to.eval(s);
      }
      case "exit" -> {
        expect(json, p, 0);
        yield s -> {
          s.exit = true;
          return ActionProgram.NEXT;
        };
      }
      case "no_op" -> s -> ActionProgram.NEXT;
      case "assert", "assume" -> {
        expect(json, p, 1);
        BoolExpr test = lowering.bool(p.get(0), reader.bool(p.get(0)));
        SourceInfo source = SourceInfo.read(json);
        String message =
            op.substring(0, 1).toUpperCase(Locale.ROOT)
                + op.substring(1)
                + " error"
                + (source == null ? "" : " at " + source + ": " + source.fragment());
        yield s -> {
          if (!test.eval(s)) {
            throw new PacketAbort(message);
          }
          return ActionProgram.NEXT;
        };
      }
      case "log_msg" -> logMessage(json, p, reader);
      case "modify_field_rng_uniform" -> random(json, p, reader);
      case "drop" -> {
        Symbols.FieldAt spec = symbols.wellKnown("standard_metadata", "egress_spec");
        if (spec == null) {
          throw json.problem("the program has no standard_metadata.egress_spec");
        }
        yield drop(spec.at(), at(symbols.wellKnown("intrinsic_metadata", "mcast_grp")));
      }
      case "mark_to_drop" -> {
        expect(json, p, 1);
        Header h = symbols.header(p.get(0).at("value"));
        FieldSpec spec = h.type.field(p.get(0), "egress_spec");
        FieldSpec group = h.type.byName().get("mcast_grp");
        yield drop(h.base + spec.at(), group == null ? -1 : h.base + group.at());
      }
      case "generate_digest" -> {
        expect(json, p, 2);
        LongExpr id = lowering.index(p.get(1), reader.number(p.get(1)));
        yield s -> {
          s.digest = (int) id.eval(s);
          return ActionProgram.NEXT;
        };
      }
      case "clone_ingress_pkt_to_egress", "clone_egress_pkt_to_egress" -> {
        expect(json, p, 2);
        LongExpr session = lowering.index(p.get(0), reader.number(p.get(0)));
        LongExpr list = lowering.index(p.get(1), reader.number(p.get(1)));
        yield s -> {
          s.cloneSession = (int) session.eval(s) & SESSION_MASK;
          s.cloneFieldList = (int) list.eval(s);
          return ActionProgram.NEXT;
        };
      }
      case "resubmit" -> {
        expect(json, p, 1);
        LongExpr list = lowering.index(p.get(0), reader.number(p.get(0)));
        yield s -> {
          s.resubmitList = (int) list.eval(s);
          return ActionProgram.NEXT;
        };
      }
      case "recirculate" -> {
        expect(json, p, 1);
        LongExpr list = lowering.index(p.get(0), reader.number(p.get(0)));
        yield s -> {
          s.recirculateList = (int) list.eval(s);
          return ActionProgram.NEXT;
        };
      }
      case "modify_field_with_hash_based_offset" -> hash(json, p, reader);
      case "execute_meter" -> {
        expect(json, p, 3);
        Meters meters = Symbols.named(symbols.meters, p.get(0).at("value"), "meter array");
        LongExpr index = lowering.index(p.get(1), reader.number(p.get(1)));
        Step assign =
            assignComputed(
                p.get(2),
                reader,
                s ->
                    s.inForce.meters[meters.index()].execute(
                        (int) index.eval(s), s.ingressLength, System.nanoTime()));
        yield s -> index.eval(s) < meters.size() ? assign.run(s) : ActionProgram.NEXT;
      }
      case "count" -> {
        expect(json, p, 2);
        int at = Symbols.named(symbols.counters, p.get(0).at("value"), "counter array").index();
        LongExpr index = lowering.index(p.get(1), reader.number(p.get(1)));
        yield s -> {
          s.inForce.counters[at].count(index.eval(s), s.ingressLength);
          return ActionProgram.NEXT;
        };
      }
      case "register_read" -> registerRead(json, p, reader);
      case "register_write" -> {
        expect(json, p, 3);
        Registers r = registers(p.get(0), reader);
        LongExpr index = lowering.index(p.get(1), reader.number(p.get(1)));
        yield store.writeCell(p.get(2), r, index, reader.number(p.get(2)));
      }
      case "truncate" -> {
        expect(json, p, 1);
        LongExpr length = lowering.index(p.get(0), reader.number(p.get(0)));
        yield s -> {
          s.truncateTo = (int) Math.min(s.truncateTo, length.eval(s));
          return ActionProgram.NEXT;
        };
      }
      default -> throw json.at("op").problem("primitive \"" + op + "\" is not supported");
    };
  }

  private static void sameTypes(JsonAt from, HeaderType[] to, HeaderType[] of) {
    if (!Arrays.equals(to, of)) {
      throw from.problem("is of another type than what it is copied to");
    }
  }

  private static void expect(JsonAt json, List<JsonAt> parameters, int count) {
    if (parameters.size() != count) {
      throw json.problem("takes " + count + " parameters, not " + parameters.size());
    }
  }

  private Step update(JsonAt json, List<JsonAt> p, ExprReader reader, Op op) {
    expect(json, p, 2);
    Num to = reader.number(p.get(0));
    return store.assign(p.get(0), to, arith(op, to, reader.number(p.get(1))));
  }

  private Step compute(JsonAt json, List<JsonAt> p, ExprReader reader, Op op) {
    expect(json, p, 3);
    return store.assign(
        p.get(0),
        reader.number(p.get(0)),
        arith(op, reader.number(p.get(1)), reader.number(p.get(2))));
  }

  private static Num arith(Op op, Num left, Num right) {
    return new Arith(op, left, right, ExprReader.range(op, left.range(), right.range()));
  }

  private Step assignVarying(JsonAt toJson, JsonAt fromJson, ExprReader reader) {
    if (!(reader.number(toJson) instanceof Expr.Field to)
        || !(reader.number(fromJson) instanceof Expr.Field from)
        || !to.field().varying()
        || !from.field().varying()) {
      throw toJson.problem("two fields of variable width are expected");
    }
    HeaderExpr target = lowering.header(toJson, to.header());
    HeaderExpr source = lowering.header(fromJson, from.header());
    FieldSpec t = to.field();
    FieldSpec f = from.field();
    int words = Math.min(t.words(), f.words());
    return s -> {
      int at = target.eval(s)[0].base;
      int sourceAt = source.eval(s)[0].base;
      s.words[at + t.lengthAt()] = Math.min(s.words[sourceAt + f.lengthAt()], t.width());
      System.arraycopy(s.words, sourceAt + f.at(), s.words, at + t.at(), words);
      return ActionProgram.NEXT;
    };
  }

  private Step drop(int specAt, int groupAt) {
    int port = dropPort;
    return s -> {
      s.words[specAt] = port;
      if (groupAt >= 0) {
        s.words[groupAt] = 0;
      }
      return ActionProgram.NEXT;
    };
  }

  private static int at(Symbols.@Nullable FieldAt field) {
    return field == null ? -1 : field.at();
  }

  private Registers registers(JsonAt json, ExprReader reader) {
    Registers r = Symbols.named(symbols.registers, json.at("value"), "register array");
    reader.registers.add(r);
    return r;
  }

  /** An index past the end leaves the target as it was. */
  private Step registerRead(JsonAt json, List<JsonAt> p, ExprReader reader) {
    expect(json, p, 3);
    Registers r = registers(p.get(1), reader);
    Num index = reader.number(p.get(2));
    LongExpr i = lowering.index(p.get(2), index);
    Step assign = store.assign(p.get(0), reader.number(p.get(0)), new Expr.Cell(r, index));
    return s -> i.eval(s) < r.size() ? assign.run(s) : ActionProgram.NEXT;
  }

  /** A store of a value that is computed first, into the target given by {@code json}. */
  private Step assignComputed(JsonAt json, ExprReader reader, LongExpr value) {
    if (!(reader.number(json) instanceof Expr.Field field)
        || field.field().varying()
        || field.field().hidden()) {
      throw json.problem("a field is expected");
    }
    HeaderExpr header = lowering.header(json, field.header());
    FieldSpec spec = field.field();
    long mask = Words.ones(spec.width());
    return s -> {
      int at = header.eval(s)[0].base + spec.at();
      long v = value.eval(s);
      s.words[at] = v & mask;
      for (int i = 1; i < spec.words(); i++) {
        s.words[at + i] = 0;
      }
      return ActionProgram.NEXT;
    };
  }

  private Step hash(JsonAt json, List<JsonAt> p, ExprReader reader) {
    expect(json, p, 4);
    LongExpr base = lowering.number(p.get(1), reader.number(p.get(1)), 64).one();
    Calculation calculation =
        Symbols.named(symbols.calculations, p.get(2).at("value"), "calculation");
    LongExpr size = lowering.number(p.get(3), reader.number(p.get(3)), 64).one();
    return assignComputed(
        p.get(0),
        reader,
        s -> {
          long n = size.eval(s);
          return Long.remainderUnsigned(calculation.output(s), n == 0 ? 1 : n) + base.eval(s);
        });
  }

  private Step random(JsonAt json, List<JsonAt> p, ExprReader reader) {
    expect(json, p, 3);
    LongExpr low = lowering.number(p.get(1), reader.number(p.get(1)), 64).one();
    LongExpr high = lowering.number(p.get(2), reader.number(p.get(2)), 64).one();
    Step assign = assignComputed(p.get(0), reader, s -> between(low.eval(s), high.eval(s)));
    // An empty interval leaves the target as it was.
    return s ->
        Long.compareUnsigned(low.eval(s), high.eval(s)) > 0 ? ActionProgram.NEXT : assign.run(s);
  }

  private static long between(long low, long high) {
    long span = high - low + 1;
    ThreadLocalRandom random = ThreadLocalRandom.current();
    if (span == 0) {
      return random.nextLong();
    }
    if (span > 0) {
      return low + random.nextLong(span);
    }
    long r = random.nextLong();
    while (Long.compareUnsigned(r, span) >= 0) {
      r = random.nextLong();
    }
    return low + r;
  }

  private Step logMessage(JsonAt json, List<JsonAt> p, ExprReader reader) {
    expect(json, p, 2);
    String format = p.get(0).at("value").text();
    List<LogSink.Value> values = new ArrayList<>();
    for (JsonAt value :
        p.get(1).node().path("value").isArray() ? p.get(1).each("value") : List.<JsonAt>of()) {
      Code code = lowering.number(value, reader.number(value), Lowering.EXACT);
      WideExpr words = lowering.wide(code);
      values.add(s -> Words.get(s.words, words.eval(s), code.words, code.unsigned));
    }
    List<LogSink.Value> shown = List.copyOf(values);
    return s -> {
      String message = LogSink.format(format, shown, s);
      log.message(message);
      if (s.trace != null) {
        s.trace.message(message);
      }
      return ActionProgram.NEXT;
    };
  }
}
