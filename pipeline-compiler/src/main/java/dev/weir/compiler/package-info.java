/** From an intent and a fabric to a placement: pure, values in and values out. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler;
