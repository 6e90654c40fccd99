/** What a mesh does, as the intent says and as entries and listeners say. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.simulation;
