package dev.weir.controller;

import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.ResourceKey;
import java.util.OptionalLong;

/** One change to one resource. */
public sealed interface Change {
  /** Whose change it is. */
  ResourceKey key();

  /**
   * Makes {@code resource} what is stored under its key.
   *
   * @param ifVersion the resource version that must be stored for the change to count, 0 where none
   *     may be; empty where it does not matter
   */
  record Put(Resource resource, OptionalLong ifVersion) implements Change {
    /** Whatever is stored under its key. */
    public Put(Resource resource) {
      this(resource, OptionalLong.empty());
    }

    @Override
    public ResourceKey key() {
      return resource.key();
    }
  }

  /** Takes away what is stored under {@code key}. */
  record Delete(ResourceKey key) implements Change {}
}
