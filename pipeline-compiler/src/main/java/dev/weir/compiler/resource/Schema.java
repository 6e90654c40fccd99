package dev.weir.compiler.resource;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import io.fabric8.istio.api.api.security.v1beta1.AuthorizationPolicy;
import io.fabric8.istio.api.api.security.v1beta1.AuthorizationPolicyProvider;
import io.fabric8.istio.api.api.security.v1beta1.Source;
import io.fabric8.kubernetes.api.model.FieldsV1;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Quantity;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Checks a tree against a published model class: every field known, every value of its type. The
 * models themselves would put what they do not know aside, or bend a value into the type.
 */
final class Schema {
  /** Fields by name; read once from each class. */
  private static final Map<Class<?>, ImmutableMap<String, Type>> FIELDS = new ConcurrentHashMap<>();

  private Schema() {}

  static void check(JsonNode node, Class<?> model, FieldPath path, Findings findings) {
    value(node, model, path, findings);
  }

  private static void value(JsonNode node, Type type, FieldPath path, Findings findings) {
    if (type instanceof ParameterizedType parameterized) {
      container(node, parameterized, path, findings);
      return;
    }
    if (!(type instanceof Class<?> model)) {
      throw new IllegalStateException("no check for the type " + type + " at " + path);
    }
    if (model == Object.class || model == JsonNode.class || model == FieldsV1.class) {
      return;
    }
    if (model == String.class) {
      expect(node.isTextual(), node, "text", path, findings);
    } else if (model == Integer.class || model == int.class) {
      expect(node.isInt(), node, "a whole number of 32 bits", path, findings);
    } else if (model == Long.class || model == long.class) {
      expect(node.isInt() || node.isLong(), node, "a whole number of 64 bits", path, findings);
    } else if (model == Double.class) {
      expect(node.isNumber(), node, "a number", path, findings);
    } else if (model == Boolean.class || model == boolean.class) {
      expect(node.isBoolean(), node, "true or false", path, findings);
    } else if (model == IntOrString.class) {
      expect(node.isInt() || node.isTextual(), node, "a whole number or text", path, findings);
    } else if (model == Quantity.class) {
      expect(node.isNumber() || node.isTextual(), node, "a quantity", path, findings);
    } else if (model.isEnum()) {
      choice(node, model, path, findings);
    } else {
      object(node, model, path, findings);
    }
  }

  private static void container(
      JsonNode node, ParameterizedType type, FieldPath path, Findings findings) {
    Type[] arguments = type.getActualTypeArguments();
    if (type.getRawType() == List.class) {
      if (expect(node.isArray(), node, "a list", path, findings)) {
        for (int i = 0; i < node.size(); i++) {
          value(node.get(i), arguments[0], path.item(i), findings);
        }
      }
    } else if (type.getRawType() == Map.class && arguments[0] == String.class) {
      if (expect(node.isObject(), node, "a map", path, findings)) {
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
          value(entry.getValue(), arguments[1], path.key(entry.getKey()), findings);
        }
      }
    } else {
      throw new IllegalStateException("no check for the type " + type + " at " + path);
    }
  }

  private static void choice(JsonNode node, Class<?> model, FieldPath path, Findings findings) {
    String choices = Arrays.toString(model.getEnumConstants());
    if (expect(node.isTextual(), node, "one of " + choices, path, findings)
        && Arrays.stream(model.getEnumConstants())
            .noneMatch(constant -> ((Enum<?>) constant).name().equals(node.textValue()))) {
      findings.add(
          Code.BAD_VALUE,
          path,
          "'" + node.textValue() + "' is none of " + choices,
          "write one of them");
    }
  }

  private static void object(JsonNode node, Class<?> model, FieldPath path, Findings findings) {
    if (!expect(node.isObject(), node, "an object", path, findings)) {
      return;
    }
    ImmutableMap<String, Type> known = FIELDS.computeIfAbsent(model, Schema::fields);
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      Type type = known.get(entry.getKey());
      FieldPath at = path.field(entry.getKey());
      if (type == null) {
        findings.add(
            Code.UNKNOWN_FIELD,
            at,
            "there is no field " + entry.getKey() + " here",
            Suggestion.nearest(entry.getKey(), known.keySet())
                .map(name -> "did you mean " + name + "?")
                .orElse("remove it; fields here: " + String.join(", ", known.keySet())));
      } else if (!entry.getValue().isNull()) {
        value(entry.getValue(), type, at, findings);
      }
    }
  }

  static ImmutableMap<String, Type> fields(Class<?> model) {
    ImmutableMap.Builder<String, Type> fields = ImmutableMap.builder();
    for (Field field : model.getDeclaredFields()) {
      JsonProperty property = field.getAnnotation(JsonProperty.class);
      if (property == null) {
        continue;
      }
      if (!field.isAnnotationPresent(JsonUnwrapped.class)) {
        fields.put(property.value(), field.getGenericType());
      } else if (model == AuthorizationPolicy.class) {
        // The one unwrapped field, a choice of one: the CUSTOM action's provider.
        fields.put("provider", providerType());
      } else {
        throw new IllegalStateException("no check for the unwrapped field " + field);
      }
    }
    if (model == Source.class) {
      Type texts = new TypeReference<List<String>>() {}.getType();
      fields.put(TrustDomains.FIELD, texts).put(TrustDomains.NOT_FIELD, texts);
    }
    ImmutableMap<String, Type> all = fields.buildOrThrow();
    if (all.isEmpty()) {
      throw new IllegalStateException("the model " + model + " has no fields");
    }
    return all;
  }

  private static Type providerType() {
    for (Field field : AuthorizationPolicyProvider.class.getDeclaredFields()) {
      if (field.getName().equals("provider")) {
        return field.getGenericType();
      }
    }
    return AuthorizationPolicyProvider.class;
  }

  private static boolean expect(
      boolean holds, JsonNode node, String wanted, FieldPath path, Findings findings) {
    if (!holds) {
      String advice =
          wanted.equals("text") && node.isValueNode() && !node.isNull()
              ? "quote it: \"" + node.asText() + "\""
              : "write " + wanted;
      findings.add(Code.WRONG_TYPE, path, "wanted " + wanted + ", not " + describe(node), advice);
    }
    return holds;
  }

  /** What {@code node} is, for messages. */
  static String describe(JsonNode node) {
    return switch (node.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT, POJO -> "an object";
      case BOOLEAN, NUMBER -> node.asText();
      case STRING, BINARY -> {
        String text = node.asText();
        yield "the text '" + (text.length() > 80 ? text.substring(0, 80) + "…" : text) + "'";
      }
      case NULL -> "null";
      case MISSING -> "nothing";
    };
  }

  /**
   * {@code json} without fields that are null, which mean what absent ones do; itself if it may.
   */
  static ObjectNode withoutNulls(ObjectNode json) {
    if (!hasNulls(json)) {
      return json;
    }
    ObjectNode copy = json.deepCopy();
    dropNulls(copy);
    return copy;
  }

  private static boolean hasNulls(JsonNode node) {
    for (JsonNode child : node) {
      if ((child.isNull() && node.isObject()) || hasNulls(child)) {
        return true;
      }
    }
    return false;
  }

  private static void dropNulls(JsonNode node) {
    if (node instanceof ObjectNode object) {
      object.removeIf(JsonNode::isNull);
    }
    for (JsonNode child : node) {
      dropNulls(child);
    }
  }
}
