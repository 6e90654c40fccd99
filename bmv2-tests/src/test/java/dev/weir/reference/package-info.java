/** The reference's own tests, with placements as a second opinion. */
@org.jspecify.annotations.NullMarked
package dev.weir.reference;
