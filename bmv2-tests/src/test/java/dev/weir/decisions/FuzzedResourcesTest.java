package dev.weir.decisions;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.compiler.resolve.Resolved;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Parsed;
import dev.weir.compiler.resource.Problem;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.validate.Validator;
import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.p4runtime.info.Pipeline;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * A damaged resource is refused with a code and the place that is wrong, or it decides exactly as
 * the standards say it does: never an exception, never an allow by accident.
 *
 * <p>{@code -Dweir.long=true} tries many more.
 */
class FuzzedResourcesTest {
  private static final int RESOURCES = Boolean.getBoolean("weir.long") ? 1000 : 25;
  private static final int PROBES = 25;

  /** Of both properties: resources refused, resources that decide, texts refused, texts read. */
  private static final long[] COUNTS = new long[4];

  @AfterContainer
  static void report() {
    System.out.println(
        "fuzzed resources: %d refused, %d exact; manifests: %d refused, %d read"
            .formatted(COUNTS[0], COUNTS[1], COUNTS[2], COUNTS[3]));
  }

  @Property(tries = 12, seed = "63", shrinking = ShrinkingMode.OFF)
  void damagedResourcesAreRefusedWithAPlaceOrDecideExactly(@ForAll long seed) {
    Pipeline pipeline =
        P4InfoReader.readText(
            Path.of("../p4src/build/" + (seed % 2 == 0 ? "weir" : "weir_basic") + ".p4info.txtpb"));
    Random random = new Random(seed);
    ResourceDamage damage = new ResourceDamage(random);
    for (int i = 0; i < RESOURCES; i++) {
      RandomMesh mesh = new RandomMesh(seed + i, 2 + random.nextInt(2), 1 + random.nextInt(3));
      List<JsonNode> resources = new ArrayList<>(mesh.resources());
      int at = random.nextInt(resources.size());
      if (random.nextBoolean()) {
        at = resources.size() - 1;
      }
      ObjectNode damaged = resources.get(at).deepCopy();
      damage.damage(damaged, resources);
      resources.set(at, damaged);
      try {
        COUNTS[decidesExactly(pipeline, mesh, resources) ? 1 : 0]++;
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", " + i + ": " + shown(damaged), e);
      }
    }
  }

  /** Whether the resources are accepted; then what they decide has been compared. */
  private static boolean decidesExactly(
      Pipeline pipeline, RandomMesh mesh, List<JsonNode> resources) {
    List<Resource> read = new ArrayList<>();
    for (JsonNode json : resources) {
      Parsed parsed = Manifest.read(json);
      if (isRefused(parsed.problems())) {
        return false;
      }
      assertThat(parsed.resources()).isNotEmpty();
      read.addAll(parsed.resources());
    }
    Resolved resolved = Resolver.resolve(read);
    if (isRefused(resolved.problems())) {
      return false;
    }
    Compared compared = Compared.of(pipeline, resources);
    assertThat(Validator.check(resolved.intent(), compared.fabric(), compared.placement()).faults())
        .isEmpty();
    for (int i = 0; i < PROBES; i++) {
      compared.check(mesh.probe());
    }
    return true;
  }

  private static boolean isRefused(List<Problem> problems) {
    for (Problem problem : problems) {
      assertThat(problem.code()).isNotBlank();
      assertThat(problem.message()).isNotBlank();
      assertThat(problem.advice()).isNotBlank();
    }
    return !problems.isEmpty();
  }

  @Property(tries = 12, seed = "64", shrinking = ShrinkingMode.OFF)
  void damagedTextIsRefusedOrReadTheSameEachTime(@ForAll long seed) {
    Random random = new Random(seed);
    ResourceDamage damage = new ResourceDamage(random);
    for (int i = 0; i < 4 * RESOURCES; i++) {
      List<JsonNode> resources = new RandomMesh(seed + i, 2, 2).resources();
      StringBuilder yaml = new StringBuilder();
      for (JsonNode resource : resources) {
        yaml.append("---\n");
        write(yaml, resource, 0);
      }
      String text = damage.damageText(yaml.toString());
      try {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (random.nextInt(10) == 0) {
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        Parsed parsed = Manifest.read(bytes, false);
        COUNTS[isRefused(parsed.problems()) ? 2 : 3]++;
        // What was read is read the same as JSON.
        for (Resource resource : parsed.resources()) {
          byte[] json = resource.json().toString().getBytes(StandardCharsets.UTF_8);
          assertThat(Manifest.read(json, true).resources()).containsExactly(resource);
        }
        if (parsed.problems().isEmpty()) {
          boolean _ = isRefused(Resolver.resolve(parsed.resources()).problems());
        }
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", " + i + ":\n" + text, e);
      }
    }
  }

  /** Block style, as people write manifests. */
  private static void write(StringBuilder to, JsonNode node, int indent) {
    String pad = " ".repeat(indent);
    if (node instanceof ObjectNode object && !object.isEmpty()) {
      object
          .properties()
          .forEach(
              p -> {
                to.append(pad).append(p.getKey()).append(": ");
                below(to, p.getValue(), indent);
              });
    } else {
      for (JsonNode item : node) {
        to.append(pad).append("- ");
        below(to, item, indent);
      }
    }
  }

  private static void below(StringBuilder to, JsonNode value, int indent) {
    if (value.isContainerNode() && !value.isEmpty()) {
      to.append('\n');
      write(to, value, indent + 2);
    } else {
      to.append(value).append('\n');
    }
  }

  private static String shown(JsonNode node) {
    String text = node.toString();
    return text.length() > 3000 ? text.substring(0, 3000) + "..." : text;
  }
}
