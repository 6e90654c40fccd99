// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.codes.Answers;
import dev.weir.compiler.codes.Keys;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * Which rules take an owned address as their server, and which owned addresses a selector takes, by
 * an index from the values that selectors name. Not for several threads.
 */
final class Takers {
  private final ImmutableList<Map.Entry<IpAddress, Workload>> owned;
  private final Map<Key, Map<String, List<Map.Entry<IpAddress, Workload>>>> byKey = new HashMap<>();
  private final Map<Key, Map<String, List<Rule>>> rulesByKey = new HashMap<>();
  private final List<Rule> others = new ArrayList<>();
  private final Map<Rule, Integer> order = new IdentityHashMap<>();

  Takers(Iterable<Rule> rules, Identities identities) {
    owned = identities.owners().entrySet().asList();
    for (Rule rule : rules) {
      order.put(rule, order.size());
      Optional<Selector.Test.In> narrow = narrowest(rule.destination());
      if (narrow.isEmpty()) {
        others.add(rule);
        continue;
      }
      Map<String, List<Rule>> byValue =
          rulesByKey.computeIfAbsent(narrow.get().key(), _ -> new HashMap<>());
      for (String value : narrow.get().values()) {
        byValue.computeIfAbsent(value, _ -> new ArrayList<>()).add(rule);
      }
    }
  }

  private Map<String, List<Map.Entry<IpAddress, Workload>>> byValue(Key key) {
    return byKey.computeIfAbsent(
        key,
        k -> {
          Map<String, List<Map.Entry<IpAddress, Workload>>> byValue = new HashMap<>();
          for (Map.Entry<IpAddress, Workload> entry : owned) {
            Keys.value(k, entry.getValue())
                .ifPresent(v -> byValue.computeIfAbsent(v, _ -> new ArrayList<>()).add(entry));
          }
          return byValue;
        });
  }

  /** The test that the fewest addresses meet, among those that name values. */
  private Optional<Selector.Test.In> narrowest(Selector selector) {
    Optional<Selector.Test.In> narrowest = Optional.empty();
    int fewest = Integer.MAX_VALUE;
    for (Selector.Test test : selector.tests()) {
      if (test instanceof Selector.Test.In in) {
        Map<String, List<Map.Entry<IpAddress, Workload>>> byValue = byValue(in.key());
        int size = 0;
        for (String value : in.values()) {
          size += byValue.getOrDefault(value, List.of()).size();
        }
        if (size < fewest) {
          fewest = size;
          narrowest = Optional.of(in);
        }
      }
    }
    return narrowest;
  }

  /** Calls {@code use} for every owned address that {@code selector} takes. */
  void forEach(Selector selector, BiConsumer<IpAddress, Workload> use) {
    Optional<Selector.Test.In> narrow = narrowest(selector);
    if (narrow.isEmpty()) {
      owned.forEach(e -> use(selector, e, use));
      return;
    }
    Map<String, List<Map.Entry<IpAddress, Workload>>> byValue = byValue(narrow.get().key());
    for (String value : narrow.get().values()) {
      byValue.getOrDefault(value, List.of()).forEach(e -> use(selector, e, use));
    }
  }

  private static void use(
      Selector selector,
      Map.Entry<IpAddress, Workload> entry,
      BiConsumer<IpAddress, Workload> use) {
    if (Answers.takes(selector, Optional.of(entry.getValue()), entry.getKey())) {
      use.accept(entry.getKey(), entry.getValue());
    }
  }

  /** The wanted rules whose destination takes {@code address}, in the order given. */
  ImmutableList<Rule> rules(Workload owner, IpAddress address, Predicate<Rule> wanted) {
    List<Rule> found = new ArrayList<>();
    rulesByKey.forEach(
        (key, byValue) ->
            Keys.value(key, owner)
                .ifPresent(
                    v -> take(byValue.getOrDefault(v, List.of()), owner, address, wanted, found)));
    take(others, owner, address, wanted, found);
    Collections.sort(
        found, (a, b) -> Integer.compare(order.getOrDefault(a, 0), order.getOrDefault(b, 0)));
    return ImmutableList.copyOf(found);
  }

  private static void take(
      List<Rule> candidates,
      Workload owner,
      IpAddress address,
      Predicate<Rule> wanted,
      List<Rule> found) {
    for (Rule rule : candidates) {
      if (wanted.test(rule) && Answers.takes(rule.destination(), Optional.of(owner), address)) {
        found.add(rule);
      }
    }
  }
}
