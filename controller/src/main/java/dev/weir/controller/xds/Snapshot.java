package dev.weir.controller.xds;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.hash.Hashing;
import com.google.protobuf.Any;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import dev.weir.compiler.envoy.EnvoyResources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * All that one sidecar is to have, swapped whole.
 *
 * @param generation counts up for each sidecar while this server lives
 */
record Snapshot(
    long generation, ImmutableMap<ResourceType, ImmutableSortedMap<String, Versioned>> resources) {

  /**
   * A resource whose version is a digest of its content: after a restart of this server, what a
   * sidecar still holds is recognised.
   */
  record Versioned(String version, Any body) {}

  static Snapshot of(long generation, EnvoyResources resources) {
    return new Snapshot(
        generation,
        ImmutableMap.of(
            ResourceType.CLUSTER, versioned(resources.clusters()),
            ResourceType.LISTENER, versioned(resources.listeners()),
            ResourceType.ROUTE, versioned(resources.routes())));
  }

  ImmutableSortedMap<String, Versioned> of(ResourceType type) {
    return resources.getOrDefault(type, ImmutableSortedMap.of());
  }

  private static ImmutableSortedMap<String, Versioned> versioned(
      Map<String, ? extends Message> messages) {
    ImmutableSortedMap.Builder<String, Versioned> versioned = ImmutableSortedMap.naturalOrder();
    messages.forEach((name, message) -> versioned.put(name, versioned(message)));
    return versioned.buildOrThrow();
  }

  private static Versioned versioned(Message message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream output = CodedOutputStream.newInstance(bytes);
    // Maps have no order of their own on the wire.
    output.useDeterministicSerialization();
    try {
      message.writeTo(output);
      output.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String version = Hashing.sha256().hashBytes(bytes.toByteArray()).toString().substring(0, 16);
    return new Versioned(version, Any.pack(message));
  }
}
