package dev.weir.compiler;

import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.placement.Placement;

/**
 * One compile's result.
 *
 * @param allocation to be given to the next compile
 */
public record Compiled(Placement placement, Allocation allocation) {}
