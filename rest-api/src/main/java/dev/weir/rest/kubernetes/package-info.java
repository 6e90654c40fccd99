/** Kubernetes' paths, verbs, discovery documents and patches. */
@org.jspecify.annotations.NullMarked
package dev.weir.rest.kubernetes;
