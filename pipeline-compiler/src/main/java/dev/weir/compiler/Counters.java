package dev.weir.compiler;

import com.google.common.collect.ImmutableMap;
import dev.weir.compiler.intent.Rule;

/**
 * What the traffic was, for the choice of what to keep on the switch where not everything fits.
 *
 * @param packets by rule, accumulated across its entries and listeners
 */
public record Counters(ImmutableMap<Rule.Id, Long> packets) {
  public static final Counters NONE = new Counters(ImmutableMap.of());

  public long of(Rule.Id rule) {
    return packets.getOrDefault(rule, 0L);
  }
}
