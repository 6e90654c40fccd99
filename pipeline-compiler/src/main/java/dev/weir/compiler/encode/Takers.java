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
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
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
  /** A rule as it was given: the test that it is found by, and when it came. */
  private record Placed(Optional<Selector.Test.In> by, long number) {}

  private final Map<IpAddress, Workload> owned = new LinkedHashMap<>();
  private final Map<Key, Map<String, Map<IpAddress, Workload>>> byKey = new HashMap<>();
  private final Map<Key, Map<String, List<Rule>>> rulesByKey = new HashMap<>();
  private final List<Rule> others = new ArrayList<>();
  private final Map<Rule, Placed> placed = new IdentityHashMap<>();
  private long next;

  Takers() {}

  Takers(Iterable<Rule> rules, Identities identities) {
    owned.putAll(identities.owners());
    rules.forEach(this::add);
  }

  /** Adds a rule; of equal ids, the one that came first is the first. */
  void add(Rule rule) {
    Optional<Selector.Test.In> by = narrowest(rule.destination());
    placed.put(rule, new Placed(by, next++));
    if (by.isEmpty()) {
      others.add(rule);
      return;
    }
    Map<String, List<Rule>> byValue =
        rulesByKey.computeIfAbsent(by.get().key(), _ -> new HashMap<>());
    for (String value : by.get().values()) {
      byValue.computeIfAbsent(value, _ -> new ArrayList<>()).add(rule);
    }
  }

  /** Removes a rule that was added: this very object. */
  void remove(Rule rule) {
    Placed was = placed.remove(rule);
    if (was == null) {
      throw new IllegalArgumentException("never added: " + rule.id());
    }
    if (was.by.isEmpty()) {
      others.removeIf(r -> r == rule);
      return;
    }
    Map<String, List<Rule>> byValue = rulesByKey.getOrDefault(was.by.get().key(), new HashMap<>());
    for (String value : was.by.get().values()) {
      byValue.getOrDefault(value, new ArrayList<>()).removeIf(r -> r == rule);
    }
  }

  /** Has {@code owner} own an address that nobody owns. */
  void own(IpAddress address, Workload owner) {
    owned.put(address, owner);
    byKey.forEach(
        (key, byValue) ->
            Keys.value(key, owner)
                .ifPresent(
                    v ->
                        byValue
                            .computeIfAbsent(v, _ -> new LinkedHashMap<>())
                            .put(address, owner)));
  }

  /** Has nobody own the address. */
  void disown(IpAddress address) {
    Workload owner = owned.remove(address);
    if (owner != null) {
      byKey.forEach(
          (key, byValue) ->
              Keys.value(key, owner)
                  .ifPresent(v -> byValue.getOrDefault(v, new HashMap<>()).remove(address)));
    }
  }

  private Map<String, Map<IpAddress, Workload>> byValue(Key key) {
    return byKey.computeIfAbsent(
        key,
        k -> {
          Map<String, Map<IpAddress, Workload>> byValue = new HashMap<>();
          owned.forEach(
              (address, owner) ->
                  Keys.value(k, owner)
                      .ifPresent(
                          v ->
                              byValue
                                  .computeIfAbsent(v, _ -> new LinkedHashMap<>())
                                  .put(address, owner)));
          return byValue;
        });
  }

  /** The owned addresses that have {@code value} at {@code key}; not to be changed. */
  Map<IpAddress, Workload> having(Key key, String value) {
    return byValue(key).getOrDefault(value, Map.of());
  }

  /**
   * The owners whose codes tell them by {@code value} at {@code key}: of service accounts, by the
   * name within the namespace.
   */
  List<Workload> told(Key key, String value) {
    return key instanceof Key.ServiceAccount
        ? byValue(key).entrySet().stream()
            .filter(e -> e.getKey().endsWith("/" + value))
            .flatMap(e -> e.getValue().values().stream())
            .toList()
        : List.copyOf(having(key, value).values());
  }

  /** The test that the fewest addresses meet, among those that name values. */
  private Optional<Selector.Test.In> narrowest(Selector selector) {
    Optional<Selector.Test.In> narrowest = Optional.empty();
    int fewest = Integer.MAX_VALUE;
    for (Selector.Test test : selector.tests()) {
      if (test instanceof Selector.Test.In in) {
        Map<String, Map<IpAddress, Workload>> byValue = byValue(in.key());
        int size = 0;
        for (String value : in.values()) {
          size += byValue.getOrDefault(value, Map.of()).size();
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
      owned.forEach((address, owner) -> use(selector, address, owner, use));
      return;
    }
    for (String value : narrow.get().values()) {
      having(narrow.get().key(), value)
          .forEach((address, owner) -> use(selector, address, owner, use));
    }
  }

  private static void use(
      Selector selector, IpAddress address, Workload owner, BiConsumer<IpAddress, Workload> use) {
    if (Answers.takes(selector, Optional.of(owner), address)) {
      use.accept(address, owner);
    }
  }

  /** All owned addresses; not to be changed. */
  Collection<IpAddress> owned() {
    return owned.keySet();
  }

  /** The wanted rules whose destination takes {@code address}, by id. */
  ImmutableList<Rule> rules(Workload owner, IpAddress address, Predicate<Rule> wanted) {
    List<Rule> found = new ArrayList<>();
    rulesByKey.forEach(
        (key, byValue) ->
            Keys.value(key, owner)
                .ifPresent(
                    v -> take(byValue.getOrDefault(v, List.of()), owner, address, wanted, found)));
    take(others, owner, address, wanted, found);
    Collections.sort(found, Comparator.comparing(Rule::id).thenComparingLong(this::number));
    return ImmutableList.copyOf(found);
  }

  private long number(Rule rule) {
    Placed here = placed.get(rule);
    return here == null ? next : here.number;
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
