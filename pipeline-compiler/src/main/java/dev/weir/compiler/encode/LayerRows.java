package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.intent.Rule;

/**
 * One layer's table.
 *
 * @param rows by falling priority
 * @param parts of its classes, for the allocation
 * @param reasons why each of its rules is where it is
 * @param spilled resources whose steerable part is at sidecars for want of space
 */
record LayerRows(
    Rule.Layer layer,
    ImmutableList<PolicyRow> rows,
    ImmutableSortedMap<String, Integer> parts,
    ImmutableMap<Rule.Id, Reason> reasons,
    ImmutableSortedSet<String> spilled) {

  /** Whether the next table is asked only what this one passes on, or misses. */
  boolean standsBeforeNext() {
    return layer.ordered();
  }
}
