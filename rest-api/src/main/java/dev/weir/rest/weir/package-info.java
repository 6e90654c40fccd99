/** Weir's own operations, under {@code /weir/v1}. */
@org.jspecify.annotations.NullMarked
package dev.weir.rest.weir;
