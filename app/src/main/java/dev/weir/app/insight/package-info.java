/** Commands that show what the mesh does and why. */
@org.jspecify.annotations.NullMarked
package dev.weir.app.insight;
