package dev.weir.compiler.resource;

import com.google.common.collect.ImmutableList;

/**
 * What was read: each resource or its problems, nothing left out.
 *
 * @param resources the faultless ones, in the order read
 * @param problems by document
 */
public record Parsed(ImmutableList<Resource> resources, ImmutableList<Problem> problems) {}
