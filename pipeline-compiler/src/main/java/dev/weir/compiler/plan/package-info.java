/** The steps from what a switch and its sidecars hold to a placement, each safe by itself. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.plan;
