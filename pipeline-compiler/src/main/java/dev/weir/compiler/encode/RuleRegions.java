package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.codes.Region;
import dev.weir.compiler.intent.Rule;
import java.util.Optional;

/**
 * A rule as header regions.
 *
 * @param regions together they take what the rule takes, or more
 * @param inexact why they take more; empty where they are exact
 * @param nothing why there are no regions though the rule is not empty by itself
 */
record RuleRegions(
    Rule rule, ImmutableList<Region> regions, Optional<Reason> inexact, Optional<Reason> nothing) {}
