package dev.weir.compiler.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One object as the user wrote it: no defaults, but {@code metadata.namespace} filled in and fields
 * that are {@code null} left out, as a Kubernetes API server does.
 *
 * @param json not to be changed by anyone who holds it
 */
public record Resource(ResourceKey key, String apiVersion, ObjectNode json) {}
