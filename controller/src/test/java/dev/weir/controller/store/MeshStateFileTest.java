package dev.weir.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.ResourceKey;
import dev.weir.controller.StoredResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MeshStateFileTest {
  @TempDir private Path directory;

  @Test
  void stateIsReadBackAsItWasWritten() throws IOException {
    ObjectNode object = JsonNodeFactory.instance.objectNode().put("kind", "Namespace");
    ResourceKey key = new ResourceKey("Namespace", "", "shop");
    MeshState state =
        new MeshState(
            7,
            ImmutableSortedMap.of(
                key,
                new StoredResource(
                    new Resource(key, "v1", object),
                    7,
                    "b4a1f3a0-0000-4000-8000-000000000001",
                    Instant.parse("2026-01-02T03:04:05Z"))),
            Optional.empty(),
            new Allocation(
                ImmutableSortedMap.of(),
                ImmutableSortedMap.of("INGRESS", ImmutableSortedMap.of("a", 1)),
                ImmutableSortedMap.of(),
                ImmutableSortedMap.of(),
                ImmutableSortedMap.of()));
    new MeshStateFile(directory).write(state);
    assertThat(new MeshStateFile(directory).read()).isEqualTo(state);
  }

  @Test
  void withoutAFileThereIsNothing() throws IOException {
    assertThat(new MeshStateFile(directory).read()).isEqualTo(MeshState.EMPTY);
  }

  @Test
  void brokenFileIsRefusedRatherThanForgotten() throws IOException {
    Files.writeString(directory.resolve("mesh.json"), "{\"format\": 1, \"resources\": [");
    assertThatThrownBy(() -> new MeshStateFile(directory).read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("mesh.json")
        .hasMessageContaining("broken");
  }

  @Test
  void newerFormatIsRefused() throws IOException {
    Files.writeString(directory.resolve("mesh.json"), "{\"format\": 2}");
    assertThatThrownBy(() -> new MeshStateFile(directory).read())
        .hasMessageContaining("format is 2");
  }

  @Test
  void directoryIsHeldByOneAtATime() throws IOException {
    try (StateDirectory _ = StateDirectory.open(directory.resolve("state"))) {
      assertThatThrownBy(() -> StateDirectory.open(directory.resolve("state")))
          .hasMessageContaining("another controller");
    }
    StateDirectory.open(directory.resolve("state")).close();
  }
}
