package dev.weir.rest.kubernetes;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.resource.ResourceKey;
import dev.weir.controller.Change;
import dev.weir.controller.MeshController;
import java.util.Optional;

/** What goes with a resource: with a namespace, all that is in it. */
public final class Deletion {
  private Deletion() {}

  public static ImmutableList<Change> of(MeshController mesh, ResourceKey key) {
    ImmutableList.Builder<Change> changes = ImmutableList.builder();
    if (key.kind().equals(ApiKind.NAMESPACE.kind())) {
      for (ApiKind kind : ApiKind.values()) {
        if (kind.namespaced()) {
          mesh.list(kind.kind(), Optional.of(key.name()))
              .forEach(stored -> changes.add(new Change.Delete(stored.resource().key())));
        }
      }
    }
    return changes.add(new Change.Delete(key)).build();
  }
}
