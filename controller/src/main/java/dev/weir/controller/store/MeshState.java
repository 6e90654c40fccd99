package dev.weir.controller.store;

import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.resource.ResourceKey;
import dev.weir.controller.StoredResource;
import dev.weir.controller.fabric.FabricSpec;
import java.util.Optional;

/**
 * All that outlives a controller's process. Immutable; swapped and written whole.
 *
 * @param revision counts up with every change; 0 at the very start
 * @param allocation of the last compile that was put to work
 */
public record MeshState(
    long revision,
    ImmutableSortedMap<ResourceKey, StoredResource> resources,
    Optional<FabricSpec> fabric,
    Allocation allocation) {
  public static final MeshState EMPTY =
      new MeshState(0, ImmutableSortedMap.of(), Optional.empty(), Allocation.EMPTY);
}
