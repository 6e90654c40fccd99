/** Compiling and deciding from manifests alone: no controller, no switch. */
@org.jspecify.annotations.NullMarked
package dev.weir.app.offline;
