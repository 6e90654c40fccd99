package dev.weir.compiler.resource;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

/**
 * Reads manifests: YAML of one or many documents, JSON, and {@code kind: List}. Strict: what is not
 * known is refused with its path, at any depth.
 */
public final class Manifest {
  /** Namespaced resources that name no namespace are in this one, as with kubectl. */
  public static final String DEFAULT_NAMESPACE = "default";

  private static final JsonMapper JSON =
      JsonMapper.builder(
              new com.fasterxml.jackson.core.JsonFactoryBuilder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(64).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private final ImmutableList.Builder<Resource> resources = ImmutableList.builder();
  private final ImmutableList.Builder<Problem> problems = ImmutableList.builder();
  private final Map<ResourceKey, Integer> seen = new HashMap<>();

  private Manifest() {}

  /**
   * Reads what a request carries.
   *
   * @param body in UTF-8; the caller limits its size
   * @param json whether it is JSON: one value; else YAML
   */
  public static Parsed read(byte[] body, boolean json) {
    Manifest manifest = new Manifest();
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException _) {
      manifest.problems.add(
          new Problem(
              Code.BROKEN_ENCODING, 0, "", "", "the text is not UTF-8", "save it as UTF-8"));
      return manifest.parsed();
    }
    if (text.startsWith("\ufeff")) {
      text = text.substring(1);
    }
    if (json) {
      manifest.json(text);
    } else {
      for (YamlDocuments.Document document : YamlDocuments.read(text)) {
        if (document.problem() != null) {
          manifest.problems.add(document.problem());
        } else if (document.tree() != null) {
          manifest.document(document.tree(), document.number(), FieldPath.ROOT);
        }
      }
    }
    return manifest.parsed();
  }

  /**
   * Reads one object or list that is a tree already, as after a patch; {@code tree} is not kept.
   */
  public static Parsed read(JsonNode tree) {
    Manifest manifest = new Manifest();
    manifest.document(tree.deepCopy(), 0, FieldPath.ROOT);
    return manifest.parsed();
  }

  private Parsed parsed() {
    return new Parsed(resources.build(), problems.build());
  }

  private void json(String text) {
    if (text.isBlank()) {
      return;
    }
    try {
      document(JSON.readTree(text), 0, FieldPath.ROOT);
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      String where =
          at == null ? "" : "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": ";
      boolean twice = e.getOriginalMessage().startsWith("Duplicate field");
      problems.add(
          new Problem(
              twice ? Code.DUPLICATE_FIELD : Code.BROKEN_JSON,
              0,
              "",
              "",
              where + e.getOriginalMessage().lines().findFirst().orElse("broken"),
              twice ? "keep one of the two fields" : "correct the JSON there"));
    }
  }

  private void document(JsonNode tree, int number, FieldPath path) {
    if (!(tree instanceof ObjectNode object)) {
      problems.add(
          new Problem(
              Code.WRONG_TYPE,
              number,
              "",
              path.text(),
              "a resource is an object, not " + Schema.describe(tree),
              "write apiVersion, kind, metadata and spec as fields"));
      return;
    }
    String kind = text(object, "kind");
    String apiVersion = text(object, "apiVersion");
    if (kind.equals("List") && apiVersion.equals("v1")) {
      list(object, number, path);
      return;
    }
    Findings findings = new Findings(number, "");
    Optional<Kind> known = kind(object, kind, apiVersion, path, findings);
    if (known.isEmpty()) {
      problems.addAll(findings.problems());
      return;
    }
    resource(known.get(), object, number, path);
  }

  private void list(ObjectNode list, int number, FieldPath path) {
    Findings findings = new Findings(number, "");
    for (Iterator<String> names = list.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      switch (name) {
        case "apiVersion", "kind", "items", "metadata" -> {}
        default ->
            findings.add(
                Code.UNKNOWN_FIELD,
                path.field(name),
                "a List has no field " + name,
                "remove it; its fields are apiVersion, kind, metadata and items");
      }
    }
    JsonNode items = list.path("items");
    if (!items.isArray()) {
      findings.add(
          items.isMissingNode() ? Code.MISSING_FIELD : Code.WRONG_TYPE,
          path.field("items"),
          "a List has a list of items",
          "write items: [...]");
    }
    problems.addAll(findings.problems());
    if (!findings.any()) {
      int index = 0;
      for (JsonNode item : items) {
        document(item, number, path.field("items").item(index++));
      }
    }
  }

  private static Optional<Kind> kind(
      ObjectNode object, String kind, String apiVersion, FieldPath path, Findings findings) {
    for (String field : new String[] {"apiVersion", "kind"}) {
      if (text(object, field).isEmpty()) {
        JsonNode value = object.path(field);
        findings.add(
            value.isMissingNode() || value.isNull() ? Code.MISSING_FIELD : Code.WRONG_TYPE,
            path.field(field),
            field + " is missing or no text",
            "write it, as in apiVersion: networking.k8s.io/v1 and kind: NetworkPolicy");
      }
    }
    if (findings.any()) {
      return Optional.empty();
    }
    Optional<Kind> known = Kind.named(kind);
    if (known.isEmpty()) {
      findings.add(
          Code.UNKNOWN_KIND,
          path.field("kind"),
          "Weir does not know the kind " + kind + " (" + apiVersion + ")",
          "remove it; Weir takes " + Kind.list());
      return known;
    }
    if (!known.get().apiVersion().equals(apiVersion)) {
      findings.add(
          Code.UNKNOWN_VERSION,
          path.field("apiVersion"),
          "Weir does not know " + kind + " in version " + apiVersion,
          "write apiVersion: " + known.get().apiVersion());
      return Optional.empty();
    }
    return known;
  }

  private void resource(Kind kind, ObjectNode object, int number, FieldPath path) {
    ResourceKey key = key(kind, object);
    Findings findings = new Findings(number, key.name().isEmpty() ? "" : key.toString());
    Validation.check(kind, object, path, findings);
    if (!findings.any()) {
      Integer before = seen.putIfAbsent(key, number);
      if (before != null) {
        findings.add(
            Code.DUPLICATE_RESOURCE,
            path,
            key + " stands in document " + (before + 1) + " already",
            "keep one of them");
      }
    }
    problems.addAll(findings.problems());
    if (findings.any()) {
      return;
    }
    ObjectNode json = Schema.withoutNulls(object);
    if (kind.namespaced()) {
      ((ObjectNode) json.path("metadata")).put("namespace", key.namespace());
    }
    resources.add(new Resource(key, kind.apiVersion(), json));
  }

  private static ResourceKey key(Kind kind, ObjectNode object) {
    JsonNode metadata = object.path("metadata");
    String namespace = text(metadata, "namespace");
    return new ResourceKey(
        kind.text(),
        kind.namespaced() ? namespace.isEmpty() ? DEFAULT_NAMESPACE : namespace : "",
        text(metadata, "name"));
  }

  private static String text(JsonNode object, String field) {
    JsonNode value = object.path(field);
    return value.isTextual() ? value.textValue() : "";
  }
}
