package dev.weir.decisions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Damages resources as people, templates and attackers do. */
final class ResourceDamage {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final int MOST_CHANGES = 3;

  /** Values that are right somewhere, and odd ones that are right nowhere. */
  private static final List<String> TEXTS =
      List.of(
          "",
          "*",
          "a",
          "red",
          "green",
          "robot",
          "team",
          "app",
          "x",
          "y",
          "TCP",
          "UDP",
          "SCTP",
          "ICMP",
          "tcp",
          "Ingress",
          "Egress",
          "ALLOW",
          "DENY",
          "AUDIT",
          "CUSTOM",
          "In",
          "NotIn",
          "Exists",
          "DoesNotExist",
          "Gt",
          "0.0.0.0/0",
          "::/0",
          "10.77.0.0/16",
          "10.77.1.1/16",
          "10.77.1.1",
          "10.77.01.1",
          "::ffff:10.77.1.1",
          "fd77::/32",
          "fe80::1%eth0",
          "10.0.0.0/33",
          "80",
          "8080",
          "0",
          "-1",
          "65536",
          "http-web",
          "tcp-db",
          "GET",
          "get",
          "/a",
          "/a*",
          "*/a",
          "/{*}",
          "/a/{**}",
          "a*b",
          "source.ip",
          "request.headers[x]",
          "source.namespace",
          "request.auth.claims[a][b]",
          "connection.sni",
          "cluster.local/ns/red/sa/robot",
          "cluster.local/ns/*/sa/robot",
          "x".repeat(64),
          "x".repeat(254),
          "x".repeat(100_000),
          "Ünï",
          "\ud83d\ude00",
          "a\u202eb",
          "a\u0000b",
          "\ud800",
          "a b",
          " a",
          "a\n",
          "kind");

  private final Random random;

  ResourceDamage(Random random) {
    this.random = random;
  }

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
  }

  /** Changes the tree in place at one to three places. */
  void damage(ObjectNode resource, List<JsonNode> others) {
    for (int i = 1 + random.nextInt(MOST_CHANGES); i > 0; i--) {
      List<Place> all = new ArrayList<>();
      collect(resource, all);
      // Kind, version and name decide little: most changes go below.
      Place place = all.get(random.nextInt(all.size()));
      if (place.container() == resource && random.nextInt(3) > 0) {
        place = all.get(random.nextInt(all.size()));
      }
      change(place, all, others);
    }
  }

  private static void collect(JsonNode node, List<Place> to) {
    if (node instanceof ObjectNode object) {
      object
          .properties()
          .forEach(
              p -> {
                to.add(new Place(object, p.getKey(), -1));
                collect(p.getValue(), to);
              });
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        to.add(new Place(array, "", i));
        collect(array.get(i), to);
      }
    }
  }

  private void change(Place place, List<Place> all, List<JsonNode> others) {
    switch (random.nextInt(12)) {
      case 0 -> place.remove();
      case 1 -> place.set(NODES.nullNode());
      case 2 -> place.set(random.nextBoolean() ? NODES.arrayNode() : NODES.objectNode());
      case 3 -> place.set(odd());
      case 4, 5 -> place.set(NODES.textNode(one(TEXTS)));
      case 6 -> place.set(one(all).value().deepCopy());
      case 7 -> {
        if (place.container() instanceof ObjectNode object) {
          object.set(one(TEXTS), object.remove(place.key()));
        } else {
          ((ArrayNode) place.container()).insert(place.index(), place.value().deepCopy());
        }
      }
      case 8 -> {
        // What stands under this name elsewhere.
        List<Place> elsewhere = new ArrayList<>();
        others.forEach(o -> collect(o, elsewhere));
        List<Place> same =
            elsewhere.stream()
                .filter(p -> !p.key().isEmpty() && p.key().equals(place.key()))
                .toList();
        place.set(same.isEmpty() ? odd() : one(same).value().deepCopy());
      }
      case 9 -> {
        if (place.value() instanceof ObjectNode object) {
          object.set(one(TEXTS), odd());
        } else if (place.value() instanceof ArrayNode array) {
          array.add(array.isEmpty() ? odd() : array.get(0).deepCopy());
        } else {
          place.set(NODES.arrayNode().add(place.value().deepCopy()));
        }
      }
      case 10 -> {
        if (place.value().isIntegralNumber()) {
          place.set(NODES.numberNode(place.value().longValue() + random.nextInt(3) - 1));
        } else {
          place.set(NODES.numberNode(random.nextInt(70_000)));
        }
      }
      default -> {
        JsonNode nested = place.value();
        for (int i = one(List.of(1, 5, 70, 400)); i > 0; i--) {
          nested =
              random.nextBoolean()
                  ? NODES.arrayNode().add(nested)
                  : NODES.objectNode().set("a", nested);
        }
        place.set(nested);
      }
    }
  }

  private JsonNode odd() {
    return switch (random.nextInt(9)) {
      case 0 -> NODES.numberNode(0);
      case 1 -> NODES.numberNode(-1);
      case 2 -> NODES.numberNode(65_536);
      case 3 -> NODES.numberNode(1L << 33);
      case 4 -> NODES.numberNode(BigInteger.ONE.shiftLeft(200));
      case 5 -> NODES.numberNode(80.5);
      case 6 -> NODES.booleanNode(random.nextBoolean());
      case 7 -> NODES.objectNode().put("a", 1);
      default -> NODES.textNode(one(TEXTS));
    };
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** The manifest's text with something that YAML has and a manifest should not, or half of it. */
  String damageText(String yaml) {
    List<String> lines = new ArrayList<>(yaml.lines().toList());
    for (int i = 1 + random.nextInt(MOST_CHANGES); i > 0 && !lines.isEmpty(); i--) {
      int at = random.nextInt(lines.size());
      String line = lines.get(at);
      int colon = line.indexOf(": ");
      String head = colon < 0 ? line : line.substring(0, colon + 2);
      String tail = colon < 0 ? "" : line.substring(colon + 2);
      String indent = line.substring(0, line.length() - line.stripLeading().length());
      switch (random.nextInt(16)) {
        case 0 -> lines.set(at, head + "&a " + tail);
        case 1 -> lines.set(at, head + "*a");
        case 2 -> lines.add(at, indent + "<<: *a");
        case 3 -> lines.add(at, indent + "<<: {a: b}");
        case 4 -> lines.set(at, head + "!!str " + tail);
        case 5 -> lines.set(at, head + "!!binary " + tail);
        case 6 -> lines.set(at, head + "!!java.net.URL [" + tail + "]");
        case 7 -> lines.add(at, line);
        case 8 -> lines.set(at, " " + line);
        case 9 -> lines.set(at, "\t" + line);
        case 10 ->
            lines.set(
                at,
                head
                    + one(
                        List.of(
                            "yes",
                            "0o17",
                            "017",
                            "0x10",
                            "1_000",
                            ".inf",
                            "1:30",
                            "2001-01-01",
                            "~",
                            "1e400",
                            "{",
                            "[",
                            "'",
                            "\"\\x",
                            "|",
                            ">-",
                            "? a",
                            "- b",
                            "@",
                            "\u0001",
                            "\ufeff",
                            "\u2028",
                            "99999999999999999999")));
        case 11 -> lines.add(at, one(List.of("---", "...", "%YAML 1.1", "# x", "?", "- - - -")));
        case 12 -> lines.subList(at, lines.size()).clear();
        case 13 -> lines.set(at, head + one(TEXTS));
        case 14 -> lines.set(at, "  " + line + " ".repeat(3) + "#" + one(TEXTS));
        default -> lines.remove(at);
      }
    }
    return String.join("\n", lines) + "\n";
  }
}
