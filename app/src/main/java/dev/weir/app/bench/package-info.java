/** Compares the paths through the mesh. */
@org.jspecify.annotations.NullMarked
package dev.weir.app.bench;
