/** What a compile gives: entries per switch and configuration per sidecar, with their reasons. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.placement;
