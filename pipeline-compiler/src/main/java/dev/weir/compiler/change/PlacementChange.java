// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.change;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import com.google.common.collect.Multimaps;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.placement.EntryOrder;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.Denied;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.placement.Placement.PlacedRule;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.p4runtime.entry.Entry;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What becomes of a placement. What is not named stays.
 *
 * @param removed keys of entries that go, and are not put again
 * @param put entries that come, or differ from the one with their key
 * @param sidecars configurations that differ, by name; empty for sidecars that go
 * @param rules where the rules of resources are, by resource; none for those that go
 * @param exceptions of resources, by resource; none where there is none any more
 */
public record PlacementChange(
    ImmutableSet<Entry.Key> removed,
    ImmutableList<PlacedEntry> put,
    ImmutableSortedMap<String, Optional<SidecarConfig>> sidecars,
    ImmutableSortedMap<String, ImmutableList<PlacedRule>> rules,
    ImmutableSortedMap<String, ImmutableList<Denied>> exceptions) {

  /** What leads from one placement to another. */
  public static PlacementChange between(Placement before, Placement after) {
    Map<Entry.Key, PlacedEntry> entries = byKey(before);
    ImmutableList.Builder<PlacedEntry> put = ImmutableList.builder();
    for (PlacedEntry entry : after.entries()) {
      if (!entry.equals(entries.remove(entry.entry().key()))) {
        put.add(entry);
      }
    }
    return new PlacementChange(
        ImmutableSet.copyOf(entries.keySet()),
        put.build(),
        Change.differing(before.sidecars(), after.sidecars()),
        lists(
            Change.differing(
                byResource(before.rules(), PlacedRule::id),
                byResource(after.rules(), PlacedRule::id))),
        lists(
            Change.differing(
                byResource(before.exceptions(), Denied::rule),
                byResource(after.exceptions(), Denied::rule))));
  }

  private static Map<Entry.Key, PlacedEntry> byKey(Placement placement) {
    Map<Entry.Key, PlacedEntry> byKey = new HashMap<>();
    placement.entries().forEach(e -> byKey.put(e.entry().key(), e));
    return byKey;
  }

  private static <T> Map<String, ImmutableList<T>> byResource(
      ImmutableList<T> all, Function<T, Rule.Id> rule) {
    ImmutableListMultimap<String, T> byResource =
        Multimaps.index(all, each -> rule.apply(each).resource());
    return Maps.asMap(byResource.keySet(), byResource::get);
  }

  private static <T> ImmutableSortedMap<String, ImmutableList<T>> lists(
      ImmutableSortedMap<String, Optional<ImmutableList<T>>> changes) {
    return ImmutableSortedMap.copyOf(
        Maps.transformValues(changes, list -> list.orElse(ImmutableList.of())));
  }

  /** The placement after the change. */
  public Placement applyTo(Placement before) {
    Map<Entry.Key, PlacedEntry> entries = byKey(before);
    removed.forEach(entries::remove);
    put.forEach(e -> entries.put(e.entry().key(), e));
    return new Placement(
        ImmutableList.sortedCopyOf(
            (a, b) -> EntryOrder.BY_KEY.compare(a.entry().key(), b.entry().key()),
            entries.values()),
        Change.applied(before.sidecars(), sidecars),
        applied(before.rules(), PlacedRule::id, rules),
        applied(before.exceptions(), Denied::rule, exceptions));
  }

  private static <T> ImmutableList<T> applied(
      ImmutableList<T> before,
      Function<T, Rule.Id> rule,
      ImmutableSortedMap<String, ImmutableList<T>> changes) {
    TreeMap<String, ImmutableList<T>> after = new TreeMap<>(byResource(before, rule));
    after.putAll(changes);
    return after.values().stream()
        .flatMap(ImmutableList::stream)
        .collect(ImmutableList.toImmutableList());
  }
}
