package dev.weir.compiler.intent;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;

/**
 * The resources after defaulting and resolving: immutable, no I/O.
 *
 * @param workloads by id
 * @param rules sorted by id
 */
public record Intent(ImmutableSortedMap<String, Workload> workloads, ImmutableList<Rule> rules) {}
