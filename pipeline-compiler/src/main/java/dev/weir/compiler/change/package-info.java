/** What changes between two compiles, as values: of an intent and fabric, and of a placement. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.change;
