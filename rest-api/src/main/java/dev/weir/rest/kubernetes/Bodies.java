package dev.weir.rest.kubernetes;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Parsed;
import dev.weir.compiler.resource.Resource;
import dev.weir.rest.http.Call;
import dev.weir.rest.http.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Reads request bodies. */
public final class Bodies {
  private static final ImmutableSet<String> YAML =
      ImmutableSet.of("application/yaml", "application/x-yaml", "text/yaml");

  /** What the server sets in a resource's metadata, and clients send back. */
  private static final ImmutableList<String> SERVERS_METADATA =
      ImmutableList.of(
          "uid", "resourceVersion", "creationTimestamp", "generation", "selfLink", "managedFields");

  private static final ObjectMapper JSON_MAPPER =
      JsonMapper.builder(
              new JsonFactoryBuilder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Bodies() {}

  /**
   * Whether the body is JSON, else it is YAML; by the content type, which may be absent for JSON.
   *
   * @throws Refusal for any other type
   */
  public static boolean isJson(Call call) {
    String type = call.contentType();
    if (type.isEmpty() || type.equals("application/json")) {
      return true;
    }
    if (YAML.contains(type)) {
      return false;
    }
    throw unsupported(type, "send application/json or application/yaml");
  }

  public static Refusal unsupported(String type, String advice) {
    return Refusal.of(
        415,
        "UnsupportedMediaType",
        "unsupported-media-type",
        "Content-Type",
        "the content type '" + type + "' is not supported",
        advice);
  }

  /** The body as one JSON object. */
  public static ObjectNode object(Call call) {
    if (!isJson(call)) {
      throw unsupported(call.contentType(), "send application/json");
    }
    return object(call.body(), JSON_MAPPER);
  }

  /** The body of a patch, whatever its content type says besides. */
  static ObjectNode patch(Call call) {
    return object(call.body(), JSON_MAPPER);
  }

  private static ObjectNode object(byte[] body, ObjectMapper mapper) {
    try {
      JsonNode node = mapper.readTree(body);
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw Refusal.badRequest("wrong-type", "", "the body is no object");
    } catch (JsonProcessingException e) {
      throw Refusal.badRequest("broken-json", "", "the body is broken: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The body's one resource; it is in the path's namespace where it names none. */
  static Resource resource(Call call, ApiKind kind) {
    boolean json = isJson(call);
    Parsed parsed = Manifest.read(call.body(), json);
    if (!parsed.problems().isEmpty()) {
      throw Problems.refusal(parsed.problems(), Problems.NO_DOCUMENTS);
    }
    if (parsed.resources().size() != 1) {
      throw Refusal.of(
          400,
          "BadRequest",
          "not-one-document",
          "",
          "the body has " + parsed.resources().size() + " resources; this path takes one",
          "use POST /weir/v1/apply for many");
    }
    // The manifest has filled the default namespace in; only the text tells whether it names one.
    ObjectNode written = object(call.body(), json ? JSON_MAPPER : new YAMLMapper());
    ObjectNode object = parsed.resources().getFirst().json().deepCopy();
    if (kind.namespaced()
        && written.path("metadata").path("namespace").asText().isEmpty()
        && object.path("metadata") instanceof ObjectNode metadata) {
      metadata.put("namespace", call.variable("namespace"));
    }
    return resource(object, call, kind);
  }

  /** Checks an object against the path that it is sent to, without what the server sets in it. */
  static Resource resource(ObjectNode object, Call call, ApiKind kind) {
    same("kind", object.path("kind").asText(), kind.kind());
    same("apiVersion", object.path("apiVersion").asText(), kind.apiVersion());
    JsonNode metadata = object.path("metadata");
    if (kind.namespaced()) {
      same("metadata.namespace", metadata.path("namespace").asText(), call.variable("namespace"));
    }
    if (call.variables().containsKey("name")) {
      same("metadata.name", metadata.path("name").asText(), call.variable("name"));
    }
    Parsed parsed = Manifest.read(object);
    if (!parsed.problems().isEmpty()) {
      throw Problems.refusal(parsed.problems(), Problems.NO_DOCUMENTS);
    }
    return withoutServersMetadata(parsed.resources().getFirst());
  }

  private static void same(String field, String given, String wanted) {
    if (!given.equals(wanted)) {
      throw Refusal.badRequest(
          "path-mismatch",
          field,
          field + " is '" + given + "', but the path asks for '" + wanted + "'");
    }
  }

  /** A resource without what the server itself sets in it. */
  public static Resource withoutServersMetadata(Resource resource) {
    ObjectNode json = resource.json().deepCopy();
    if (json.path("metadata") instanceof ObjectNode metadata) {
      metadata.remove(SERVERS_METADATA);
    }
    return new Resource(resource.key(), resource.apiVersion(), json);
  }

  /** The resource version that the body says it is based on; empty for none. */
  static String basedOn(Call call) {
    ObjectNode written = object(call.body(), isJson(call) ? JSON_MAPPER : new YAMLMapper());
    return written.path("metadata").path("resourceVersion").asText();
  }
}
