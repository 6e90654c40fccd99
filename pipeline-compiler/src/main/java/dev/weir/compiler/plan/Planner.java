package dev.weir.compiler.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Step;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.info.Pipeline;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Plans the way from what the targets hold to a placement. After every single update the switch
 * decides as what it held or as the placement does, or tighter: policy entries and codes move by
 * the epoch, what is detached closes first, what is attached opens last, and sidecars enforce both
 * versions while the switch moves. A plan may start from what an unfinished one has left.
 */
public final class Planner {
  private Planner() {}

  /**
   * The steps, none where nothing differs.
   *
   * @throws IllegalArgumentException if the switch holds, in one of Weir's tables, what no
   *     placement writes
   */
  public static ImmutableList<Step> plan(Observed observed, Placement placement) {
    return plan(observed, placement, ImmutableMap.of());
  }

  /**
   * The same for tables that may be too small for both versions: such a table denies everything
   * while it changes.
   */
  public static ImmutableList<Step> plan(
      Observed observed, Placement placement, Pipeline pipeline) {
    return plan(
        observed,
        placement,
        ImmutableMap.copyOf(Maps.transformValues(pipeline.tables(), Pipeline.Table::size)));
  }

  private static ImmutableList<Step> plan(
      Observed observed, Placement placement, ImmutableMap<String, Long> sizes) {
    Map<Entry.Key, Action> desired = new LinkedHashMap<>();
    for (PlacedEntry placed : placement.entries()) {
      desired.put(placed.entry().key(), placed.entry().action());
    }
    AddressField field =
        AddressField.of(
            Stream.concat(desired.keySet().stream(), observed.entries().keySet().stream()));
    Stages stages = new Stages();
    EpochEntries.plan(observed, desired, sizes, stages);
    Set<Bits> recast = CodeEntries.plan(observed, desired, field, stages);
    FabricEntryPlan.plan(observed, desired, recast, field, stages);

    ImmutableSortedMap<String, SidecarConfig> last = changed(observed, placement);
    if (stages.isEmpty()) {
      return last.isEmpty()
          ? ImmutableList.of()
          : ImmutableList.of(Stages.configure("Have sidecars enforce the new policy", last));
    }
    ImmutableList.Builder<Step> steps = ImmutableList.builder();
    ImmutableSortedMap.Builder<String, SidecarConfig> both = ImmutableSortedMap.naturalOrder();
    last.forEach(
        (name, after) -> {
          SidecarConfig before = enforced(observed, name);
          SidecarConfig merged = SidecarMerge.of(before, after);
          if (!merged.equals(before)) {
            both.put(name, merged);
          }
        });
    ImmutableSortedMap<String, SidecarConfig> first = both.buildOrThrow();
    if (!first.isEmpty()) {
      steps.add(Stages.configure("Have sidecars enforce the old and the new policy", first));
    }
    steps.addAll(stages.steps(observed));
    ImmutableSortedMap.Builder<String, SidecarConfig> end = ImmutableSortedMap.naturalOrder();
    last.forEach(
        (name, after) -> {
          if (!after.equals(first.get(name))) {
            end.put(name, after);
          }
        });
    ImmutableSortedMap<String, SidecarConfig> finish = end.buildOrThrow();
    if (!finish.isEmpty()) {
      steps.add(Stages.configure("Have sidecars enforce the new policy alone", finish));
    }
    return steps.build();
  }

  private static SidecarConfig enforced(Observed observed, String name) {
    return observed.sidecars().getOrDefault(name, empty(name));
  }

  private static SidecarConfig empty(String name) {
    return new SidecarConfig(name, ImmutableList.of(), ImmutableSortedSet.of());
  }

  /** What sidecars must enforce in the end and do not yet; those that leave enforce nothing. */
  private static ImmutableSortedMap<String, SidecarConfig> changed(
      Observed observed, Placement placement) {
    ImmutableSortedMap.Builder<String, SidecarConfig> changed = ImmutableSortedMap.naturalOrder();
    for (String name :
        ImmutableSet.copyOf(
            Sets.union(observed.sidecars().keySet(), placement.sidecars().keySet()))) {
      SidecarConfig after = placement.sidecars().getOrDefault(name, empty(name));
      if (!after.equals(enforced(observed, name))) {
        changed.put(name, after);
      }
    }
    return changed.buildOrThrow();
  }
}
