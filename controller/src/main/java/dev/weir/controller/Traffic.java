// SPDX-License-Identifier: Apache-2.0
package dev.weir.controller;

import com.google.common.collect.ImmutableMap;
import dev.weir.compiler.Counters;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.p4runtime.entry.Entry;
import java.util.HashMap;
import java.util.Map;

/**
 * Recent packets per rule, from the direct counters of the entries that name it. An entry that
 * steers what spilled names the policy that spilled, so a rule's traffic is known at either tier.
 * Confined to one thread.
 */
final class Traffic {
  private final Map<Entry.Key, Long> last = new HashMap<>();
  private final Map<Rule.Id, Long> packets = new HashMap<>();

  /**
   * Adds what was counted since the last reading.
   *
   * @param placement whose entries the switch has
   */
  void add(CounterReading reading, Placement placement) {
    Map<Entry.Key, Long> now = new HashMap<>();
    for (PlacedEntry placed : placement.entries()) {
      Entry.Key key = placed.entry().key();
      if (placed.rules().isEmpty() || !reading.entries().containsKey(key)) {
        continue;
      }
      long count = reading.entries().get(key).packets();
      now.put(key, count);
      // Less than before: the entry is a new one, or the switch is.
      long before = last.getOrDefault(key, 0L);
      long more = count < before ? count : count - before;
      if (more > 0) {
        placed.rules().forEach(rule -> packets.merge(rule, more, Long::sum));
      }
    }
    last.clear();
    last.putAll(now);
  }

  /** Forgets half, so that what is long past weighs nothing. */
  void age() {
    packets.replaceAll((rule, count) -> count / 2);
    packets.values().removeIf(count -> count == 0);
  }

  Counters counters() {
    return new Counters(ImmutableMap.copyOf(packets));
  }
}
