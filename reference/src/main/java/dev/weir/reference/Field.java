package dev.weir.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A value in a resource's tree and where it stands. A field that is null counts as absent, as in
 * Kubernetes.
 *
 * @param path as in {@code NetworkPolicy shop/cart spec.ingress[0]}
 */
record Field(String path, JsonNode json) {

  static Field of(String path, JsonNode json) {
    return new Field(path, json);
  }

  boolean present() {
    return !json.isMissingNode() && !json.isNull();
  }

  /** The field of an object; not present where it is not there. */
  Field get(String name) {
    JsonNode child = json.get(name);
    String separator = path.isEmpty() || path.endsWith(" ") ? "" : ".";
    return new Field(path + separator + name, child == null ? MissingNode.getInstance() : child);
  }

  /** Fails unless this is an object that has no field but {@code names}. */
  Field only(Set<String> names) {
    if (!present()) {
      return this;
    }
    for (String name : object().keySet()) {
      if (!names.contains(name)) {
        throw get(name).error("there is no such field; fields here: " + String.join(", ", names));
      }
    }
    return this;
  }

  /** The fields of an object by name; none where it is absent. */
  Map<String, Field> object() {
    if (!present()) {
      return Map.of();
    }
    if (!json.isObject()) {
      throw error("wanted an object, not " + json);
    }
    Map<String, Field> fields = new TreeMap<>();
    json.fieldNames().forEachRemaining(name -> fields.put(name, get(name)));
    return fields;
  }

  /** The items of a list; none where it is absent. */
  List<Field> list() {
    if (!present()) {
      return List.of();
    }
    if (!json.isArray()) {
      throw error("wanted a list, not " + json);
    }
    List<Field> items = new ArrayList<>();
    for (int i = 0; i < json.size(); i++) {
      items.add(new Field(path + "[" + i + "]", json.get(i)));
    }
    return items;
  }

  String text() {
    if (!json.isTextual()) {
      throw error(present() ? "wanted text, not " + json : "missing");
    }
    return json.textValue();
  }

  Optional<String> optionalText() {
    return present() ? Optional.of(text()) : Optional.empty();
  }

  /** The text, or {@code otherwise} where it is absent or empty. */
  String textOr(String otherwise) {
    return optionalText().filter(text -> !text.isEmpty()).orElse(otherwise);
  }

  List<String> texts() {
    return list().stream().map(Field::text).toList();
  }

  /** A map of texts, as labels are. */
  Map<String, String> textMap() {
    Map<String, String> texts = new TreeMap<>();
    object().forEach((name, field) -> texts.put(name, field.text()));
    return texts;
  }

  int number(int first, int last) {
    if (!json.isInt()) {
      throw error(present() ? "wanted a whole number, not " + json : "missing");
    }
    if (json.intValue() < first || json.intValue() > last) {
      throw error(json + " is not within " + first + " to " + last);
    }
    return json.intValue();
  }

  boolean isTrue() {
    if (present() && !json.isBoolean()) {
      throw error("wanted true or false, not " + json);
    }
    return json.booleanValue();
  }

  /** One of the names, or absent. */
  void oneOf(Set<String> names) {
    if (present() && !names.contains(text())) {
      throw error("'" + text() + "' is none of " + String.join(", ", names));
    }
  }

  ReferenceException error(String message) {
    return new ReferenceException(path, message);
  }
}
