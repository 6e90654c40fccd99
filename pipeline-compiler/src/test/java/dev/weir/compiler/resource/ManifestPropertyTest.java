package dev.weir.compiler.resource;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.compiler.resolve.Resolver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Whatever is sent, the answer is a resource or a problem, and never a fault of Weir's. */
class ManifestPropertyTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String RICH = rich();

  private static String rich() {
    try (var in = ManifestPropertyTest.class.getResourceAsStream("rich.yaml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void answered(Parsed parsed) {
    assertThat(parsed.problems())
        .allSatisfy(
            problem -> {
              assertThat(problem.message()).isNotBlank();
              assertThat(problem.advice()).isNotBlank();
            });
    for (Resource resource : parsed.resources()) {
      assertThat(Validation.check(resource)).isEmpty();
    }
    assertThat(Resolver.resolve(parsed.resources())).isNotNull();
  }

  @Property(tries = 500, seed = "7")
  void brokenTextIsAnswered(@ForAll long seed) {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder(RICH);
    String odd = "{}[]:,-#&*!|>'\"%@`\t\n ~?0x<\u0000\u00e9";
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(3)) {
        case 0 -> text.deleteCharAt(at);
        case 1 -> text.insert(at, odd.charAt(random.nextInt(odd.length())));
        default -> text.delete(at, Math.min(text.length(), at + random.nextInt(40)));
      }
    }
    Parsed parsed = Manifest.read(text.toString().getBytes(StandardCharsets.UTF_8), false);
    answered(parsed);
    assertThat(parsed.resources().size() + parsed.problems().size()).isPositive();
  }

  @Property(tries = 1500, seed = "7")
  void treesOfAnyShapeAreAnswered(@ForAll long seed) {
    Random random = new Random(seed);
    List<Resource> good = Manifest.read(RICH.getBytes(StandardCharsets.UTF_8), false).resources();
    ObjectNode tree = good.get(random.nextInt(good.size())).json().deepCopy();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      change(tree, random);
    }
    Parsed parsed = Manifest.read(tree);
    answered(parsed);
    assertThat(parsed.resources().size() == 1).isEqualTo(parsed.problems().isEmpty());
  }

  private static void change(JsonNode tree, Random random) {
    List<JsonNode> parents = new ArrayList<>();
    collect(tree, parents);
    JsonNode parent = parents.get(random.nextInt(parents.size()));
    JsonNode value =
        switch (random.nextInt(9)) {
          case 0 -> JSON.nullNode();
          case 1 -> JSON.createArrayNode();
          case 2 -> JSON.createObjectNode();
          case 3 -> JSON.getNodeFactory().textNode("");
          case 4 -> JSON.getNodeFactory().numberNode(-1);
          case 5 -> JSON.getNodeFactory().numberNode(1L << 40);
          case 6 -> JSON.getNodeFactory().booleanNode(true);
          case 7 -> JSON.createArrayNode().add(JSON.createObjectNode());
          default -> JSON.getNodeFactory().textNode("x");
        };
    if (parent instanceof ArrayNode array && !array.isEmpty()) {
      array.set(random.nextInt(array.size()), value);
    } else if (parent instanceof ObjectNode object && !object.isEmpty()) {
      List<String> names = object.properties().stream().map(Map.Entry::getKey).toList();
      String name = names.get(random.nextInt(names.size()));
      if (random.nextInt(3) == 0) {
        object.remove(name);
      } else {
        object.set(name, value);
      }
    }
  }

  private static void collect(JsonNode node, List<JsonNode> parents) {
    if (node.isContainerNode()) {
      parents.add(node);
      node.forEach(child -> collect(child, parents));
    }
  }
}
