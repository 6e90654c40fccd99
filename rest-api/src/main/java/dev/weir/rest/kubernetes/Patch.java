package dev.weir.rest.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import dev.weir.rest.http.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Merge patches (RFC 7386), and the strategic ones that kubectl sends for built-in kinds: lists
 * whose elements have a merge key are merged by it, and directives begin with a dollar sign
 * (Kubernetes API conventions, "Strategic Merge Patch").
 */
final class Patch {
  private static final String DIRECTIVE = "$patch";
  private static final String ORDER = "$setElementOrder/";
  private static final String DELETE_PRIMITIVES = "$deleteFromPrimitiveList/";
  private static final String RETAIN_KEYS = "$retainKeys";

  /**
   * Merge keys of the lists in the kinds served, by field name (Kubernetes API reference, {@code
   * patchMergeKey}). All others are replaced whole.
   */
  private static final ImmutableMap<String, String> MERGE_KEYS =
      ImmutableMap.<String, String>builder()
          .put("containers", "name")
          .put("initContainers", "name")
          .put("ephemeralContainers", "name")
          .put("volumes", "name")
          .put("imagePullSecrets", "name")
          .put("secrets", "name")
          .put("env", "name")
          .put("ports", "containerPort")
          .put("volumeMounts", "mountPath")
          .put("volumeDevices", "devicePath")
          .put("hostAliases", "ip")
          .put("topologySpreadConstraints", "topologyKey")
          .put("ownerReferences", "uid")
          .put("conditions", "type")
          .put("podIPs", "ip")
          .buildOrThrow();

  private Patch() {}

  /** RFC 7386: objects merge, null deletes, everything else replaces. */
  static JsonNode merge(JsonNode target, JsonNode patch) {
    if (!(patch instanceof ObjectNode changes)) {
      return patch.deepCopy();
    }
    ObjectNode result =
        target instanceof ObjectNode object
            ? object.deepCopy()
            : JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> change : changes.properties()) {
      if (change.getValue().isNull()) {
        result.remove(change.getKey());
      } else {
        JsonNode before = result.path(change.getKey());
        result.set(change.getKey(), merge(before, change.getValue()));
      }
    }
    return result;
  }

  /**
   * A strategic merge patch.
   *
   * @throws Refusal where the patch has a directive that is not known
   */
  static ObjectNode strategic(ObjectNode target, ObjectNode patch) {
    return mergeObject(target, patch, "");
  }

  private static ObjectNode mergeObject(ObjectNode target, ObjectNode patch, String path) {
    JsonNode directive = patch.path(DIRECTIVE);
    if (directive.asText().equals("replace")) {
      ObjectNode whole = patch.deepCopy();
      whole.remove(DIRECTIVE);
      return whole;
    }
    if (!directive.isMissingNode()) {
      throw unknown(path, DIRECTIVE + ": " + directive.asText());
    }
    ObjectNode result = target.deepCopy();
    retainKeys(result, patch, path);
    for (Map.Entry<String, JsonNode> change : patch.properties()) {
      String name = change.getKey();
      String at = path.isEmpty() ? name : path + "." + name;
      if (name.startsWith(DELETE_PRIMITIVES)) {
        removeValues(result, name.substring(DELETE_PRIMITIVES.length()), change.getValue());
      } else if (name.startsWith("$")) {
        if (!name.startsWith(ORDER) && !name.equals(RETAIN_KEYS)) {
          throw unknown(path, name);
        }
      } else if (change.getValue().isNull()) {
        result.remove(name);
      } else {
        result.set(name, mergeValue(result.path(name), change.getValue(), name, at));
      }
    }
    order(result, patch);
    return result;
  }

  private static JsonNode mergeValue(JsonNode before, JsonNode change, String name, String path) {
    return switch (change) {
      case ObjectNode object -> {
        ObjectNode base =
            before instanceof ObjectNode old ? old : JsonNodeFactory.instance.objectNode();
        if (object.path(DIRECTIVE).asText().equals("delete")) {
          throw unknown(path, DIRECTIVE + ": delete outside of a list");
        }
        yield mergeObject(base, object, path);
      }
      case ArrayNode list when MERGE_KEYS.containsKey(name) && isOfObjects(list) ->
          mergeList(before, list, mergeKey(name), path);
      case ArrayNode list when name.equals("finalizers") -> union(before, list);
      default -> change.deepCopy();
    };
  }

  private static String mergeKey(String listName) {
    String key = MERGE_KEYS.get(listName);
    if (key == null) {
      throw new IllegalArgumentException(listName + " has no merge key");
    }
    return key;
  }

  private static boolean isOfObjects(ArrayNode list) {
    for (JsonNode element : list) {
      if (!element.isObject()) {
        return false;
      }
    }
    return true;
  }

  private static ArrayNode mergeList(JsonNode before, ArrayNode changes, String key, String path) {
    List<ObjectNode> elements = new ArrayList<>();
    boolean replace = false;
    for (JsonNode change : changes) {
      replace |= change.path(DIRECTIVE).asText().equals("replace") && !change.has(key);
    }
    if (!replace) {
      before.forEach(element -> elements.add((ObjectNode) element.deepCopy()));
    }
    for (JsonNode change : changes) {
      ObjectNode object = (ObjectNode) change;
      if (object.path(DIRECTIVE).asText().equals("replace") && !object.has(key)) {
        continue;
      }
      if (!object.has(key)) {
        throw Refusal.badRequest("bad-patch", path, "an element has no merge key '" + key + "'");
      }
      Optional<ObjectNode> old =
          elements.stream().filter(e -> e.path(key).equals(object.path(key))).findFirst();
      if (object.path(DIRECTIVE).asText().equals("delete")) {
        old.ifPresent(elements::remove);
      } else if (old.isPresent()) {
        elements.set(elements.indexOf(old.get()), mergeObject(old.get(), object, path));
      } else {
        elements.add(mergeObject(JsonNodeFactory.instance.objectNode(), object, path));
      }
    }
    return JsonNodeFactory.instance.arrayNode().addAll(elements);
  }

  private static ArrayNode union(JsonNode before, ArrayNode added) {
    ArrayNode result = JsonNodeFactory.instance.arrayNode();
    before.forEach(result::add);
    for (JsonNode value : added) {
      if (!contains(result, value)) {
        result.add(value);
      }
    }
    return result;
  }

  private static boolean contains(Iterable<JsonNode> list, JsonNode value) {
    for (JsonNode element : list) {
      if (element.equals(value)) {
        return true;
      }
    }
    return false;
  }

  private static void removeValues(ObjectNode object, String name, JsonNode removed) {
    if (object.path(name) instanceof ArrayNode list) {
      ArrayNode kept = JsonNodeFactory.instance.arrayNode();
      for (JsonNode element : list) {
        if (!contains(removed, element)) {
          kept.add(element);
        }
      }
      object.set(name, kept);
    }
  }

  private static void retainKeys(ObjectNode object, ObjectNode patch, String path) {
    JsonNode keys = patch.path(RETAIN_KEYS);
    if (keys.isMissingNode()) {
      return;
    }
    if (!keys.isArray()) {
      throw unknown(path, RETAIN_KEYS + " that is no list");
    }
    List<String> retained = new ArrayList<>();
    keys.forEach(key -> retained.add(key.asText()));
    object.retain(retained);
  }

  /** Puts lists into the order that the patch asks for; what it does not name stays last. */
  private static void order(ObjectNode object, ObjectNode patch) {
    for (Map.Entry<String, JsonNode> change : patch.properties()) {
      if (!change.getKey().startsWith(ORDER)) {
        continue;
      }
      String name = change.getKey().substring(ORDER.length());
      if (!(object.path(name) instanceof ArrayNode list)) {
        continue;
      }
      ArrayNode ordered = JsonNodeFactory.instance.arrayNode();
      List<JsonNode> rest = new ArrayList<>();
      list.forEach(rest::add);
      for (JsonNode wanted : change.getValue()) {
        Optional<JsonNode> found =
            rest.stream().filter(element -> matches(element, wanted, name)).findFirst();
        found.ifPresent(
            element -> {
              ordered.add(element);
              rest.remove(element);
            });
      }
      rest.forEach(ordered::add);
      object.set(name, ordered);
    }
  }

  private static boolean matches(JsonNode element, JsonNode wanted, String listName) {
    return wanted.isObject()
        ? MERGE_KEYS.containsKey(listName)
            && element.path(mergeKey(listName)).equals(wanted.path(mergeKey(listName)))
        : element.equals(wanted);
  }

  private static Refusal unknown(String path, String directive) {
    return Refusal.badRequest(
        "bad-patch", path, "the patch has a directive that is not known: " + directive);
  }
}
