// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.classes;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.codes.Region;
import dev.weir.compiler.intent.Rule;
import java.util.Collection;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What regions that match together ask.
 *
 * @param first region of each predicate
 * @param firstRules those that the first regions are of
 * @param rules all
 */
record Matched(
    ImmutableSortedMap<Predicate, Region> first,
    ImmutableSortedSet<Rule.Id> firstRules,
    ImmutableSortedSet<Rule.Id> rules) {

  /**
   * @param regions in order
   */
  static Matched of(
      Collection<Destinations.Placed> regions, Function<RequestRule, Predicate> predicate) {
    TreeMap<Predicate, Region> first = new TreeMap<>();
    TreeSet<Rule.Id> firstRules = new TreeSet<>();
    TreeSet<Rule.Id> rules = new TreeSet<>();
    for (Destinations.Placed placed : regions) {
      Rule.Id rule = placed.rule().rule().id();
      if (first.putIfAbsent(predicate.apply(placed.rule()), placed.region()) == null) {
        firstRules.add(rule);
      }
      rules.add(rule);
    }
    return new Matched(
        ImmutableSortedMap.copyOf(first),
        ImmutableSortedSet.copyOf(firstRules),
        ImmutableSortedSet.copyOf(rules));
  }

  /** What all the first regions take. */
  Region meeting() {
    return first.values().stream().reduce((a, b) -> a.and(b).orElseThrow()).orElseThrow();
  }
}
