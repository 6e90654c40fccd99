package dev.weir.softswitch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Expressions of all operators and widths against plain BigInteger arithmetic. */
class ExpressionsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int[] WIDTHS = {
    1, 3, 8, 13, 16, 31, 32, 33, 48, 63, 64, 65, 100, 127, 128, 129, 508, 1024, 2032
  };

  private final ObjectNode root = JSON.createObjectNode();
  private final Symbols symbols;
  private final Scratch scratch;

  ExpressionsTest() {
    ArrayNode types = root.putArray("header_types");
    ObjectNode type = types.addObject();
    type.put("name", "m_t").put("id", 0);
    ArrayNode fields = type.putArray("fields");
    for (int width : WIDTHS) {
      fields.addArray().add("u" + width).add(width).add(false);
      if (width > 1) {
        fields.addArray().add("s" + width).add(width).add(true);
      }
    }
    ObjectNode header = root.putArray("headers").addObject();
    header.put("name", "m").put("id", 0).put("header_type", "m_t").put("metadata", true);
    symbols = Symbols.read(new JsonAt(root, "$"));
    scratch = new Scratch(symbols.words());
  }

  /** A random expression with its value, given the fields' values. */
  private record Made(ObjectNode json, BigInteger value) {}

  private final Map<String, BigInteger> values = new HashMap<>();

  private static BigInteger ones(int width) {
    return BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
  }

  private static ObjectNode hex(BigInteger value) {
    String digits = value.abs().toString(16);
    return JSON.createObjectNode()
        .put("type", "hexstr")
        .put("value", (value.signum() < 0 ? "-0x" : "0x") + digits);
  }

  private static ObjectNode operation(String op, ObjectNode left, ObjectNode right) {
    ObjectNode node = JSON.createObjectNode().put("type", "expression");
    ObjectNode value = node.putObject("value").put("op", op);
    value.set("left", left);
    value.set("right", right);
    return node;
  }

  private Made leaf(Random random) {
    if (random.nextInt(3) == 0) {
      BigInteger value = new BigInteger(WIDTHS[random.nextInt(WIDTHS.length)], random);
      return new Made(hex(value), value);
    }
    int width = WIDTHS[random.nextInt(WIDTHS.length)];
    String field = (random.nextInt(3) == 0 && width > 1 ? "s" : "u") + width;
    ObjectNode json = JSON.createObjectNode().put("type", "field");
    json.putArray("value").add("m").add(field);
    return new Made(json, values.get(field));
  }

  private Made number(Random random, int depth) {
    if (depth == 0) {
      return leaf(random);
    }
    Made a = number(random, depth - 1);
    switch (random.nextInt(14)) {
      case 0, 1 -> {
        Made b = number(random, depth - 1);
        return new Made(operation("+", a.json, b.json), a.value.add(b.value));
      }
      case 2 -> {
        Made b = number(random, depth - 1);
        return new Made(operation("-", a.json, b.json), a.value.subtract(b.value));
      }
      case 3 -> {
        Made b = number(random, depth - 1);
        return new Made(operation("*", a.json, b.json), a.value.multiply(b.value));
      }
      case 4 -> {
        // As p4c writes it: masked to a width.
        BigInteger mask = ones(WIDTHS[random.nextInt(WIDTHS.length)]);
        return new Made(operation("&", a.json, hex(mask)), a.value.and(mask));
      }
      case 5 -> {
        Made b = number(random, depth - 1);
        return switch (random.nextInt(3)) {
          case 0 -> new Made(operation("&", a.json, b.json), a.value.and(b.value));
          case 1 -> new Made(operation("|", a.json, b.json), a.value.or(b.value));
          default -> new Made(operation("^", a.json, b.json), a.value.xor(b.value));
        };
      }
      case 6 -> {
        ObjectNode node = operation("~", null, a.json);
        return new Made(node, a.value.not());
      }
      case 7 -> {
        int by = random.nextInt(200);
        return new Made(
            operation("<<", a.json, hex(BigInteger.valueOf(by))), a.value.shiftLeft(by));
      }
      case 8 -> {
        int by = random.nextInt(200);
        return new Made(
            operation(">>", a.json, hex(BigInteger.valueOf(by))), a.value.shiftRight(by));
      }
      case 9 -> {
        // A shift by a field, its result masked.
        BigInteger by = values.get("u8");
        ObjectNode amount = JSON.createObjectNode().put("type", "field");
        amount.putArray("value").add("m").add("u8");
        boolean left = random.nextBoolean();
        BigInteger shifted =
            left ? a.value.shiftLeft(by.intValue()) : a.value.shiftRight(by.intValue());
        return new Made(operation(left ? "<<" : ">>", a.json, amount), shifted);
      }
      case 10 -> {
        int width = WIDTHS[1 + random.nextInt(WIDTHS.length - 1)];
        BigInteger half = BigInteger.ONE.shiftLeft(width - 1);
        switch (random.nextInt(3)) {
          case 0 -> {
            BigInteger low = a.value.and(ones(width));
            BigInteger value =
                low.compareTo(half) >= 0 ? low.subtract(BigInteger.ONE.shiftLeft(width)) : low;
            return new Made(
                operation("two_comp_mod", a.json, hex(BigInteger.valueOf(width))), value);
          }
          case 1 -> {
            return new Made(
                operation("usat_cast", a.json, hex(BigInteger.valueOf(width))),
                a.value.max(BigInteger.ZERO).min(ones(width)));
          }
          default -> {
            return new Made(
                operation("sat_cast", a.json, hex(BigInteger.valueOf(width))),
                a.value.max(half.negate()).min(half.subtract(BigInteger.ONE)));
          }
        }
      }
      case 12, 13 -> {
        // a ++ b, as p4c writes it: each part masked to its width.
        Made b = number(random, depth - 1);
        int high = WIDTHS[random.nextInt(WIDTHS.length)];
        int low = WIDTHS[random.nextInt(WIDTHS.length)];
        ObjectNode upper =
            operation("<<", operation("&", a.json, hex(ones(high))), hex(BigInteger.valueOf(low)));
        ObjectNode lower = operation("&", b.json, hex(ones(low)));
        ObjectNode both = operation("|", operation("&", upper, hex(ones(high + low))), lower);
        return new Made(both, a.value.and(ones(high)).shiftLeft(low).or(b.value.and(ones(low))));
      }
      default -> {
        Made b = number(random, depth - 1);
        Made c = number(random, depth - 1);
        Made d = number(random, depth - 1);
        String[] relations = {"==", "!=", "<", "<=", ">", ">="};
        String relation = relations[random.nextInt(relations.length)];
        int order = a.value.compareTo(b.value);
        boolean holds =
            switch (relation) {
              case "==" -> order == 0;
              case "!=" -> order != 0;
              case "<" -> order < 0;
              case "<=" -> order <= 0;
              case ">" -> order > 0;
              default -> order >= 0;
            };
        ObjectNode node = operation("?", c.json, d.json);
        ((ObjectNode) node.get("value")).set("cond", operation(relation, a.json, b.json));
        return new Made(node, holds ? c.value : d.value);
      }
    }
  }

  @Property(tries = 6000, seed = "4242")
  void everyExpressionIsExactAtEveryWidth(@ForAll long seed) {
    Random random = new Random(seed);
    for (int width : WIDTHS) {
      BigInteger unsigned = random.nextInt(4) == 0 ? ones(width) : new BigInteger(width, random);
      values.put("u" + width, unsigned);
      BigInteger pattern = new BigInteger(width, random);
      values.put(
          "s" + width,
          pattern.testBit(width - 1) ? pattern.subtract(BigInteger.ONE.shiftLeft(width)) : pattern);
    }
    Made made = number(random, 1 + random.nextInt(4));
    int target = WIDTHS[random.nextInt(WIDTHS.length)];
    ObjectNode to = JSON.createObjectNode().put("type", "field");
    to.putArray("value").add("m").add("u" + target);
    ExprReader reader = new ExprReader(symbols, List.of());
    scratch.nextStatement();
    JsonAt where = new JsonAt(made.json, "$");
    ActionProgram.Step step =
        new Store(new Lowering(scratch))
            .assign(where, reader.number(new JsonAt(to, "$")), reader.number(where));
    PacketState packet =
        new PacketState(
            symbols.words(), scratch.words(), new int[] {0}, 64, new InForce(List.of(), symbols));
    Header header = symbols.headers.get("m");
    for (Map.Entry<String, BigInteger> value : values.entrySet()) {
      HeaderType.FieldSpec field = header.type.byName().get(value.getKey());
      if (field != null) {
        Words.put(
            packet.words,
            header.base + field.at(),
            field.words(),
            value.getValue().and(ones(field.width())));
      }
    }
    assertThat(step.run(packet)).isEqualTo(ActionProgram.NEXT);
    HeaderType.FieldSpec field = header.type.byName().get("u" + target);
    assertThat(Words.get(packet.words, header.base + field.at(), field.words(), true))
        .describedAs("%s", made.json)
        .isEqualTo(made.value.and(ones(target)));
  }

  @Property(tries = 500, seed = "43")
  void bitsAreReadAsTheyWereWritten(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] data = new byte[64 + Words.SLACK];
    random.nextBytes(data);
    byte[] before = data.clone();
    int width = 1 + random.nextInt(400);
    int at = random.nextInt(64 * 8 - width + 1);
    int words = Words.forBits(width);
    long[] value = new long[words];
    BigInteger number = new BigInteger(width, random);
    Words.put(value, 0, words, number);
    Words.writeField(data, at, width, value, 0);
    long[] back = new long[words];
    Words.readField(data, at, width, back, 0, words);
    assertThat(back).isEqualTo(value);
    // Nothing around it has changed.
    BigInteger all = new BigInteger(1, data);
    BigInteger was = new BigInteger(1, before);
    int below = data.length * 8 - at - width;
    BigInteger mask = ones(width).shiftLeft(below);
    assertThat(all.andNot(mask)).isEqualTo(was.andNot(mask));
    assertThat(all.shiftRight(below).and(ones(width))).isEqualTo(number);
  }
}
