/** Switches, what is attached to them, and sidecars. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.fabric;
