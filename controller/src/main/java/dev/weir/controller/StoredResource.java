package dev.weir.controller;

import dev.weir.compiler.resource.Resource;
import java.time.Instant;

/**
 * A resource with what the store adds to it.
 *
 * @param resource as the user wrote it
 * @param resourceVersion the store's revision that last changed it; counts up over all resources
 * @param uid stays with it until it is deleted
 * @param creationTimestamp to the second, as Kubernetes has it
 */
public record StoredResource(
    Resource resource, long resourceVersion, String uid, Instant creationTimestamp) {}
