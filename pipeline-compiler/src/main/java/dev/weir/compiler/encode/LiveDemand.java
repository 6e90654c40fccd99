// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.codes.Demand;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** What one side's selectors ask, counted, so that it can be taken back. */
final class LiveDemand {
  private final Map<Key, Integer> tests = new HashMap<>();
  private final Map<Key, Map<String, Integer>> values = new HashMap<>();
  private final Map<Prefix, Integer> blocks = new HashMap<>();
  private boolean changed;

  void add(Selector selector) {
    count(selector, 1);
  }

  void remove(Selector selector) {
    count(selector, -1);
  }

  private void count(Selector selector, int by) {
    for (Selector.Test test : selector.tests()) {
      switch (test) {
        case Selector.Test.In in -> count(in.key(), in.values(), by);
        case Selector.Test.NotIn notIn -> count(notIn.key(), notIn.values(), by);
        case Selector.Test.Exists exists -> count(exists.key(), ImmutableSet.of(), by);
        case Selector.Test.DoesNotExist not -> count(not.key(), ImmutableSet.of(), by);
        case Selector.Test.InBlocks in -> in.blocks().forEach(b -> count(blocks, b, by));
        case Selector.Test.NotInBlocks not -> not.blocks().forEach(b -> count(blocks, b, by));
      }
    }
  }

  /** Asks {@code key} for {@code named}, or takes that back. */
  void count(Key key, Collection<String> named, int by) {
    count(tests, key, by);
    if (!named.isEmpty()) {
      Map<String, Integer> here = values.computeIfAbsent(key, _ -> new HashMap<>());
      named.forEach(value -> count(here, value, by));
    }
  }

  private <T> void count(Map<T, Integer> counts, T what, int by) {
    int now = counts.merge(what, by, Integer::sum);
    if (now == 0) {
      counts.remove(what);
    }
    changed |= now == 0 || now == by;
  }

  /** Whether something is asked that was not, or the other way round, since this was last asked. */
  boolean takeChanged() {
    boolean taken = changed;
    changed = false;
    return taken;
  }

  /**
   * What is asked.
   *
   * @param families those whose packets the pipeline carries
   * @param lookUpBlocks whether it looks addresses up by block
   */
  Demand demand(ImmutableSet<IpAddress.Family> families, boolean lookUpBlocks) {
    Demand demand = new Demand(families, lookUpBlocks);
    tests.forEach((key, count) -> demand.add(key, values.getOrDefault(key, Map.of()).keySet()));
    demand.add(
        new Selector(
            com.google.common.collect.ImmutableList.of(
                new Selector.Test.InBlocks(ImmutableSet.copyOf(blocks.keySet())))));
    return demand;
  }
}
