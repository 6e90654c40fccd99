package dev.weir.controller.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.ResourceKey;
import dev.weir.controller.StoredResource;
import dev.weir.controller.fabric.FabricSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** The file that holds a {@link MeshState}, as JSON. */
public final class MeshStateFile {
  /** Changes when an older controller could not read what a newer one writes. */
  private static final int FORMAT = 1;

  private static final JsonMapper JSON = new JsonMapper();

  private final DurableFile file;

  public MeshStateFile(Path directory) {
    this.file = new DurableFile(directory.resolve("mesh.json"));
  }

  /**
   * Reads it.
   *
   * @throws IOException also where it is broken: a controller that forgot a policy would not
   *     enforce it
   */
  public MeshState read() throws IOException {
    Optional<byte[]> content = file.read();
    if (content.isEmpty()) {
      return MeshState.EMPTY;
    }
    try {
      return state(JSON.readTree(content.get()));
    } catch (IOException | IllegalArgumentException | DateTimeParseException e) {
      throw new IOException(
          file + " is broken: " + e.getMessage() + "; restore it, or remove it to start empty", e);
    }
  }

  public void write(MeshState state) throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.put("format", FORMAT);
    json.put("revision", state.revision());
    ArrayNode resources = json.putArray("resources");
    state.resources().values().forEach(stored -> resources.add(json(stored)));
    state.fabric().ifPresent(fabric -> json.set("fabric", fabric.json()));
    json.set("allocation", state.allocation().toJson());
    file.write(JSON.writeValueAsBytes(json));
  }

  private static ObjectNode json(StoredResource stored) {
    ResourceKey key = stored.resource().key();
    ObjectNode json = JSON.createObjectNode();
    json.put("kind", key.kind());
    json.put("namespace", key.namespace());
    json.put("name", key.name());
    json.put("apiVersion", stored.resource().apiVersion());
    json.put("resourceVersion", stored.resourceVersion());
    json.put("uid", stored.uid());
    json.put("creationTimestamp", stored.creationTimestamp().toString());
    json.set("object", stored.resource().json());
    return json;
  }

  private static MeshState state(JsonNode json) {
    if (json.path("format").asInt(-1) != FORMAT) {
      throw new IllegalArgumentException(
          "its format is " + json.path("format") + ", not " + FORMAT);
    }
    ImmutableSortedMap.Builder<ResourceKey, StoredResource> resources =
        ImmutableSortedMap.naturalOrder();
    for (JsonNode stored : json.path("resources")) {
      StoredResource resource = stored(stored);
      resources.put(resource.resource().key(), resource);
    }
    Optional<FabricSpec> fabric = Optional.empty();
    if (json.has("fabric")) {
      FabricSpec.Read read = FabricSpec.read(json.path("fabric"));
      if (read.spec().isEmpty()) {
        throw new IllegalArgumentException("fabric: " + read.problems());
      }
      fabric = read.spec();
    }
    return new MeshState(
        json.path("revision").longValue(),
        resources.buildOrThrow(),
        fabric,
        Allocation.fromJson(json.path("allocation")));
  }

  private static StoredResource stored(JsonNode json) {
    if (!(json.path("object") instanceof ObjectNode object)) {
      throw new IllegalArgumentException("a resource without an object");
    }
    ResourceKey key =
        new ResourceKey(
            json.path("kind").asText(),
            json.path("namespace").asText(),
            json.path("name").asText());
    return new StoredResource(
        new Resource(key, json.path("apiVersion").asText(), object),
        json.path("resourceVersion").longValue(),
        json.path("uid").asText(),
        Instant.parse(json.path("creationTimestamp").asText()));
  }
}
