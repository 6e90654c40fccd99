/** What the placement decides against what the standards say. */
@org.jspecify.annotations.NullMarked
package dev.weir.decisions;
