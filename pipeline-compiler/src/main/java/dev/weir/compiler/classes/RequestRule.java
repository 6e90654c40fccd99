package dev.weir.compiler.classes;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.codes.Region;
import dev.weir.compiler.intent.Rule;

/**
 * A rule that the header does not decide.
 *
 * @param regions where it matches, exactly
 */
public record RequestRule(Rule rule, ImmutableList<Region> regions) {}
