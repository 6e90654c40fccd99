package dev.weir.softswitch.robustness;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Damages JSON documents, by their structure or by their bytes. */
final class JsonDamage {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final ObjectMapper JSON = new ObjectMapper();

  static {
    JSON.getFactory()
        .setStreamWriteConstraints(
            StreamWriteConstraints.builder().maxNestingDepth(20_000).build());
  }

  private static final int MOST_CHANGES = 3;
  private final Random random;
  private boolean nested;

  /** A damaged document, and in words what was done to it. */
  record Damaged(byte[] document, String how) {}

  /** A member or element, by its container; exactly one of {@code key} and {@code index} counts. */
  private record Place(JsonNode container, String key, int index) {
    JsonNode value() {
      return container instanceof ObjectNode object ? object.get(key) : container.get(index);
    }

    void set(JsonNode to) {
      if (container instanceof ObjectNode object) {
        object.set(key, to);
      } else {
        ((ArrayNode) container).set(index, to);
      }
    }

    void remove() {
      if (container instanceof ObjectNode object) {
        object.remove(key);
      } else {
        ((ArrayNode) container).remove(index);
      }
    }

    @Override
    public String toString() {
      return key.isEmpty() ? "[" + index + "]" : "." + key;
    }
  }

  JsonDamage(Random random) {
    this.random = random;
  }

  Damaged structure(byte[] document) {
    JsonNode tree = parse(document);
    List<String> how = new ArrayList<>();
    int changes = 1 + random.nextInt(MOST_CHANGES);
    nested = false;
    for (int i = 0; i < changes; i++) {
      List<Place> all = new ArrayList<>();
      collect(tree, all);
      if (!all.isEmpty()) {
        how.add(change(pick(tree, all), all));
      }
    }
    try {
      return new Damaged(JSON.writeValueAsBytes(tree), String.join("; ", how));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  Damaged bytes(byte[] document) {
    byte[] to = document.clone();
    switch (random.nextInt(4)) {
      case 0 -> {
        int length = random.nextInt(to.length);
        return new Damaged(Arrays.copyOf(to, length), "cut to " + length + " bytes");
      }
      case 1 -> {
        for (int i = 0; i < 24; i++) {
          to[random.nextInt(to.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return new Damaged(to, "24 bits flipped");
      }
      case 2 -> {
        int at = random.nextInt(to.length);
        to[at] ^= (byte) (1 << random.nextInt(8));
        return new Damaged(to, "a bit of byte " + at + " flipped");
      }
      default -> {
        // Digits and letters of identifiers: most such changes leave well-formed JSON.
        int at = random.nextInt(to.length);
        while (!Character.isLetterOrDigit(to[at])) {
          at = (at + 1) % to.length;
        }
        to[at] = "0123456789abcfxyz_-".getBytes(StandardCharsets.US_ASCII)[random.nextInt(19)];
        return new Damaged(to, "byte " + at + " is now " + (char) to[at]);
      }
    }
  }

  private static JsonNode parse(byte[] document) {
    try {
      return JSON.readTree(document);
    } catch (java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void collect(JsonNode node, List<Place> to) {
    if (node instanceof ObjectNode object) {
      object
          .properties()
          .forEach(
              p -> {
                if (!p.getKey().equals("source_info")) {
                  to.add(new Place(object, p.getKey(), -1));
                  collect(p.getValue(), to);
                }
              });
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        to.add(new Place(array, "", i));
        collect(array.get(i), to);
      }
    }
  }

  /**
   * Half the time any place alike, else by a walk from the root, so that rare parts come up too.
   */
  private Place pick(JsonNode tree, List<Place> all) {
    if (random.nextBoolean()) {
      return all.get(random.nextInt(all.size()));
    }
    JsonNode at = tree;
    Place place = all.get(random.nextInt(all.size()));
    while (at.isContainerNode() && !at.isEmpty()) {
      if (at instanceof ObjectNode object) {
        List<String> keys = new ArrayList<>();
        object.fieldNames().forEachRemaining(keys::add);
        keys.remove("source_info");
        if (keys.isEmpty()) {
          return place;
        }
        place = new Place(object, keys.get(random.nextInt(keys.size())), -1);
      } else {
        place = new Place(at, "", random.nextInt(at.size()));
      }
      at = place.value();
      if (random.nextInt(5) == 0) {
        return place;
      }
    }
    return place;
  }

  private String change(Place place, List<Place> all) {
    String where = place.toString();
    switch (random.nextInt(9)) {
      case 0 -> {
        place.remove();
        return where + " deleted";
      }
      case 1 -> {
        if (place.container() instanceof ObjectNode object) {
          JsonNode value = object.remove(place.key());
          String name = place.key() + "x";
          object.set(name, value);
          return where + " renamed";
        }
        ((ArrayNode) place.container()).insert(place.index(), place.value().deepCopy());
        return where + " doubled";
      }
      case 2 -> {
        JsonNode to = odd();
        place.set(to);
        return where + " = " + shown(to);
      }
      case 3, 4 -> {
        JsonNode to = alike(place, all);
        place.set(to);
        return where + " = " + shown(to);
      }
      case 5 -> {
        JsonNode to = twisted(place.value());
        place.set(to);
        return where + " = " + shown(to);
      }
      case 6 -> {
        Place other = all.get(random.nextInt(all.size()));
        JsonNode to = other.value() == null ? odd() : other.value().deepCopy();
        place.set(to);
        return where + " is a copy of " + other;
      }
      case 7 -> {
        if (place.value() instanceof ArrayNode array && array.size() > 1) {
          int a = random.nextInt(array.size());
          int b = random.nextInt(array.size());
          JsonNode held = array.get(a);
          array.set(a, array.get(b));
          array.set(b, held);
          return where + ": " + a + " and " + b + " swapped";
        }
        JsonNode to = alike(place, all);
        place.set(to);
        return where + " = " + shown(to);
      }
      default -> {
        if (nested) {
          // What is too deep to be written is no test.
          place.remove();
          return where + " deleted";
        }
        nested = true;
        int depth = List.of(3, 50, 200, 400).get(random.nextInt(4));
        place.set(nested(place.value(), depth));
        return where + " nested " + depth + " times";
      }
    }
  }

  /** Another value that stands under the same name elsewhere: well typed, wrongly connected. */
  private JsonNode alike(Place place, List<Place> all) {
    List<Place> same =
        all.stream()
            .filter(
                p ->
                    p.key().equals(place.key())
                        && p.value() != null
                        && (!place.key().isEmpty()
                            || p.value().getNodeType() == place.value().getNodeType()))
            .toList();
    return same.isEmpty() ? odd() : same.get(random.nextInt(same.size())).value().deepCopy();
  }

  private JsonNode odd() {
    return switch (random.nextInt(14)) {
      case 0 -> NODES.nullNode();
      case 1 -> NODES.numberNode(0);
      case 2 -> NODES.numberNode(-1);
      case 3 -> NODES.numberNode(Integer.MAX_VALUE);
      case 4 -> NODES.numberNode(Integer.MIN_VALUE);
      case 5 -> NODES.numberNode(1L << 40);
      case 6 -> NODES.numberNode(1.5);
      case 7 -> NODES.textNode("");
      case 8 -> NODES.textNode("\u0000\ud83d\ude00\"");
      case 9 -> NODES.arrayNode();
      case 10 -> NODES.objectNode();
      case 11 -> NODES.booleanNode(random.nextBoolean());
      case 12 -> NODES.numberNode(BigInteger.ONE.shiftLeft(300));
      default -> NODES.textNode("x".repeat(5000));
    };
  }

  private JsonNode twisted(JsonNode value) {
    if (value != null && value.isIntegralNumber()) {
      long n = value.longValue();
      return switch (random.nextInt(7)) {
        case 0 -> NODES.numberNode(n + 1);
        case 1 -> NODES.numberNode(n - 1);
        case 2 -> NODES.numberNode(-n);
        case 3 -> NODES.numberNode(n * 1000 + 7);
        case 4 -> NODES.numberNode(1 << 20);
        case 5 -> NODES.numberNode(100_000_000);
        default -> NODES.numberNode(random.nextInt(70));
      };
    }
    if (value != null && value.isTextual() && value.textValue().startsWith("0x")) {
      return switch (random.nextInt(5)) {
        case 0 -> NODES.textNode("-" + value.textValue());
        case 1 -> NODES.textNode("0x" + "f".repeat(1 + random.nextInt(4000)));
        case 2 -> NODES.textNode("0x" + Integer.toHexString(random.nextInt(4096)));
        case 3 -> NODES.textNode(value.textValue() + "g");
        default -> NODES.textNode("0x");
      };
    }
    if (value != null && value.isTextual()) {
      String[] words = {
        "+",
        "-",
        "*",
        "/",
        "%",
        "<<",
        ">>",
        "&",
        "|",
        "^",
        "~",
        "==",
        "<",
        "and",
        "not",
        "valid",
        "?",
        "d2b",
        "b2d",
        "two_comp_mod",
        "usat_cast",
        "sat_cast",
        "last_stack_index",
        "size_stack",
        "dereference_header_stack",
        "access_field",
        "exact",
        "lpm",
        "ternary",
        "range",
        "valid",
        "simple",
        "indirect",
        "indirect_ws",
        "regular",
        "stack",
        "lookahead",
        "field",
        "hexstr",
        "bool",
        "runtime_data",
        "local",
        "header",
        "header_stack",
        "register",
        "stack_field",
        "expression",
        "parse_vset",
        "default",
        "_jump",
        "_jump_if_zero",
        "push",
        "pop",
        "truncate",
        "assign_header",
        "remove_header",
        "add_header",
        "execute_meter",
        "register_read",
        "register_write",
        "count",
        "advance",
        "shift",
        "verify",
        "set",
        "extract",
        "extract_VL",
        "crc16",
        "csum16",
        "resubmit",
        "recirculate",
        "*",
        "bytes"
      };
      return NODES.textNode(words[random.nextInt(words.length)]);
    }
    return odd();
  }

  /** The value inside that many operations: what a stack of calls might not bear. */
  private JsonNode nested(JsonNode value, int depth) {
    String[] operators = {"+", "==", "?", "&", "<<", "and", "*", "-"};
    String operator = operators[random.nextInt(operators.length)];
    JsonNode at = value;
    for (int i = 0; i < depth; i++) {
      ObjectNode sum = NODES.objectNode();
      sum.put("op", operator);
      sum.set("left", at);
      if (operator.equals("?")) {
        sum.set("cond", NODES.objectNode().put("type", "bool").put("value", true));
      }
      sum.set("right", NODES.objectNode().put("type", "hexstr").put("value", "0x01"));
      ObjectNode expression = NODES.objectNode();
      expression.put("type", "expression");
      expression.set("value", sum);
      at = expression;
    }
    return at;
  }

  private static String shown(JsonNode node) {
    String text = node.isContainerNode() ? "a " + node.getNodeType() : node.asText();
    return text.length() > 80 ? text.substring(0, 80) + "..." : text;
  }
}
