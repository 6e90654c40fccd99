package dev.weir.compiler.resource;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.collect.ImmutableSet;
import io.fabric8.istio.api.api.security.v1beta1.Source;
import io.fabric8.kubernetes.api.model.FieldsV1;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Quantity;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The check must know a model's fields exactly as the model's own reader does. */
class SchemaTest {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  @Test
  void fieldsAreThoseThatTheModelsReadForEveryClassWithinReach() {
    Set<Class<?>> reached = new LinkedHashSet<>();
    for (Kind kind : Kind.values()) {
      reach(kind.model(), reached);
    }
    assertThat(reached).hasSizeGreaterThan(100);
    for (Class<?> model : reached) {
      Set<String> read = new LinkedHashSet<>();
      for (BeanPropertyDefinition property :
          MAPPER
              .getDeserializationConfig()
              .introspect(MAPPER.constructType(model))
              .findProperties()) {
        if (property.couldDeserialize() && property.hasField()) {
          read.add(property.getName());
        }
      }
      if (read.remove("ActionDetail")) {
        read.add("provider"); // Istio's own name for the choice that the model unwraps
      }
      if (model == Source.class) {
        // In Istio's API and not in the model, whose additional properties keep them.
        read.addAll(List.of("trustDomains", "notTrustDomains"));
      }
      assertThat(ImmutableSet.copyOf(Schema.fields(model).keySet()))
          .as(model.getName())
          .isEqualTo(ImmutableSet.copyOf(read));
    }
  }

  private static void reach(Type type, Set<Class<?>> reached) {
    switch (type) {
      case ParameterizedType parameterized -> {
        for (Type each : parameterized.getActualTypeArguments()) {
          reach(each, reached);
        }
      }
      case Class<?> model
          when model.getName().startsWith("io.fabric8")
              && !model.isEnum()
              && model != Quantity.class
              && model != IntOrString.class
              && model != FieldsV1.class -> {
        if (reached.add(model)) {
          Schema.fields(model).values().forEach(each -> reach(each, reached));
        }
      }
      default -> {}
    }
  }

  @Test
  void whatIsAcceptedSurvivesTheWayThroughTheModelWhole() throws Exception {
    byte[] body;
    try (var in = SchemaTest.class.getResourceAsStream("rich.yaml")) {
      body = in.readAllBytes();
    }
    Parsed parsed = Manifest.read(body, false);
    assertThat(parsed.problems()).isEmpty();
    assertThat(parsed.resources()).hasSize(Kind.values().length);
    for (Resource resource : parsed.resources()) {
      Kind kind = Kind.named(resource.key().kind()).orElseThrow();
      JsonNode back = MAPPER.valueToTree(Validation.model(resource, kind.model()));
      assertThat(back).as(resource.key().toString()).isEqualTo(resource.json());
    }
  }

  @Test
  void everyPlaceOfARichManifestRefusesAnUnknownField() throws Exception {
    byte[] body;
    try (var in = SchemaTest.class.getResourceAsStream("rich.yaml")) {
      body = in.readAllBytes();
    }
    int places = 0;
    for (Resource resource : Manifest.read(body, false).resources()) {
      places += insertEverywhere(resource.json(), resource.json(), "");
    }
    assertThat(places).isGreaterThan(40);
  }

  /** Puts an unknown field into each object below {@code node}, one at a time. */
  private static int insertEverywhere(JsonNode root, JsonNode node, String pointer) {
    int places = 0;
    boolean map =
        pointer.endsWith("abels")
            || pointer.endsWith("annotations")
            || pointer.endsWith("fieldsV1")
            || pointer.contains("fieldsV1/")
            || pointer.endsWith("/limits")
            || pointer.endsWith("nodeSelector")
            || pointer.equals("/data")
            || (pointer.equals("/spec/selector") && root.path("kind").asText().equals("Service"));
    if (node.isObject() && !map) {
      JsonNode copy = root.deepCopy();
      ((com.fasterxml.jackson.databind.node.ObjectNode) copy.at(pointer)).put("nonsense", "x");
      Parsed parsed = Manifest.read(copy);
      assertThat(parsed.problems()).as("at %s", pointer).hasSize(1);
      Problem problem = parsed.problems().getFirst();
      assertThat(problem.code()).isEqualTo("unknown-field");
      assertThat(problem.path())
          .isEqualTo(
              (pointer + "/nonsense")
                  .substring(1)
                  .replaceAll("/([0-9]+)(?=/|$)", "[$1]")
                  .replace('/', '.'));
      places++;
    }
    if (node.isObject()) {
      for (var entry : node.properties()) {
        places +=
            insertEverywhere(
                root, entry.getValue(), pointer + "/" + entry.getKey().replace("/", "~1"));
      }
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        places += insertEverywhere(root, node.get(i), pointer + "/" + i);
      }
    }
    return places;
  }

  @Test
  void aNearMissIsSuggested() {
    Parsed parsed =
        Manifest.read(
            """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: a}
            spec: {podselector: {}}
            """
                .getBytes(StandardCharsets.UTF_8),
            false);
    assertThat(parsed.problems().getFirst().path()).isEqualTo("spec.podselector");
    assertThat(parsed.problems().getFirst().advice()).isEqualTo("did you mean podSelector?");
  }
}
