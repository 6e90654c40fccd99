package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.intent.Rule;

/**
 * One layer's table.
 *
 * @param rows by falling priority
 * @param parts of its classes, for the allocation
 * @param reasons why each of its rules is where it is
 */
record LayerRows(
    Rule.Layer layer,
    ImmutableList<PolicyRow> rows,
    ImmutableSortedMap<String, Integer> parts,
    ImmutableMap<Rule.Id, Reason> reasons) {}
