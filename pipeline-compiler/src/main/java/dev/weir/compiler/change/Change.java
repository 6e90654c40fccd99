// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.change;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What becomes of an intent and its fabric. What is not named stays.
 *
 * @param workloads by id; empty for those that go
 * @param rules of resources, by name as in {@link Rule.Id#resource}, sorted by id; none for those
 *     that go
 * @param attachments by switch port; empty for those that go
 */
public record Change(
    ImmutableSortedMap<String, Optional<Workload>> workloads,
    ImmutableSortedMap<String, ImmutableList<Rule>> rules,
    ImmutableSortedMap<Integer, Optional<Fabric.Attachment>> attachments) {

  /**
   * What leads from one intent and fabric to another.
   *
   * @return empty where they differ in more than workloads, rules and attachments: mesh settings,
   *     the pipeline or the switch itself
   */
  public static Optional<Change> between(
      Intent before, Fabric fabricBefore, Intent after, Fabric fabricAfter) {
    boolean alike =
        before.paths() == after.paths()
            && before.authorizers().equals(after.authorizers())
            && fabricBefore.switchName().equals(fabricAfter.switchName())
            && fabricBefore.pipeline().equals(fabricAfter.pipeline())
            && fabricBefore.fabricMac() == fabricAfter.fabricMac()
            && fabricBefore.gateways().equals(fabricAfter.gateways());
    return alike
        ? Optional.of(
            new Change(
                differing(before.workloads(), after.workloads()),
                ImmutableSortedMap.copyOf(
                    Maps.transformValues(
                        differing(before.rulesByResource(), after.rulesByResource()),
                        rules -> rules.orElse(ImmutableList.of()))),
                differing(byPort(fabricBefore), byPort(fabricAfter))))
        : Optional.empty();
  }

  static <K extends Comparable<? super K>, V> ImmutableSortedMap<K, Optional<V>> differing(
      Map<K, V> before, Map<K, V> after) {
    ImmutableSortedMap.Builder<K, Optional<V>> differing = ImmutableSortedMap.naturalOrder();
    for (K key : Sets.union(before.keySet(), after.keySet())) {
      Optional<V> now = Optional.ofNullable(after.get(key));
      if (!Objects.equals(now.orElse(null), before.get(key))) {
        differing.put(key, now);
      }
    }
    return differing.buildOrThrow();
  }

  private static Map<Integer, Fabric.Attachment> byPort(Fabric fabric) {
    return Maps.uniqueIndex(fabric.attachments(), Fabric.Attachment::port);
  }

  /** The intent after the change. */
  public Intent applyTo(Intent before) {
    TreeMap<String, ImmutableList<Rule>> byResource = new TreeMap<>(before.rulesByResource());
    byResource.putAll(rules);
    return new Intent(
        applied(before.workloads(), workloads),
        byResource.values().stream()
            .flatMap(ImmutableList::stream)
            .collect(ImmutableList.toImmutableList()),
        before.paths(),
        before.authorizers());
  }

  /** The fabric after the change, its attachments by port. */
  public Fabric applyTo(Fabric before) {
    return new Fabric(
        before.switchName(),
        before.pipeline(),
        before.fabricMac(),
        before.gateways(),
        ImmutableList.copyOf(applied(byPort(before), attachments).values()));
  }

  /** Puts what is there, and removes what is empty. */
  public static <K, V> void apply(Map<K, Optional<V>> changes, Map<K, V> to) {
    changes.forEach(
        (key, value) -> value.ifPresentOrElse(some -> to.put(key, some), () -> to.remove(key)));
  }

  static <K extends Comparable<K>, V> ImmutableSortedMap<K, V> applied(
      Map<K, V> before, Map<K, Optional<V>> changes) {
    TreeMap<K, V> after = new TreeMap<>(before);
    apply(changes, after);
    return ImmutableSortedMap.copyOf(after);
  }
}
