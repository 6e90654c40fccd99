/** The HTTP API: Kubernetes' own paths for the resources, and Weir's operations. */
@org.jspecify.annotations.NullMarked
package dev.weir.rest;
