// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.UnplaceableException;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.change.Change;
import dev.weir.compiler.change.PlacementChange;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.placement.Placement;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A compile that follows changes: after each, it is what {@link Compiler} makes of all that there
 * is under the allocation from before the change, entry for entry, and only what depends on the
 * change is worked out anew. Not for several threads.
 *
 * <p>Compiled whole are changes that move the frame: columns that get more bits or keys, port names
 * that stand for other numbers, TCP ports that are the first to carry no HTTP where a rule asks for
 * a request, sidecars and ways to the world, addresses with several claimants, tables that are full
 * or whose policies are spilled, Admin tiers that share a table with others, and residual classes
 * whose parts have to move.
 */
public final class IncrementalCompiler {
  /** What was compiled whole last, or before the changes that are followed. */
  private Intent intent;

  private Fabric fabric;
  private Compiled compiled;

  /** What has been followed since, as one change. */
  private final TreeMap<String, Optional<Workload>> workloads = new TreeMap<>();

  private final TreeMap<String, ImmutableList<Rule>> rules = new TreeMap<>();
  private final TreeMap<Integer, Optional<Fabric.Attachment>> attachments = new TreeMap<>();
  private boolean followed;

  private Optional<LiveCompile> live;
  private Optional<String> whole;

  /**
   * Compiles whole.
   *
   * @param before as the last compile gave it, or {@link Allocation#EMPTY}
   * @param counters traffic, for what to keep where not everything fits
   * @throws UnplaceableException as {@link Compiler#compile}
   */
  public IncrementalCompiler(Intent intent, Fabric fabric, Allocation before, Counters counters) {
    this.intent = intent;
    this.fabric = fabric;
    this.live = Optional.empty();
    this.whole = Optional.of("nothing was compiled before");
    this.compiled = compile(intent, fabric, before, counters);
  }

  private Compiled compile(Intent intent, Fabric fabric, Allocation before, Counters counters) {
    Encoder encoder = new Encoder(intent, fabric, before, counters);
    Compiled all = encoder.encode();
    try {
      live = Optional.of(new LiveCompile(intent, fabric, all.allocation(), encoder.books()));
    } catch (WholeException e) {
      live = Optional.empty();
    }
    return all;
  }

  /**
   * Compiles a change.
   *
   * @param counters traffic, for what to keep where not everything fits
   * @throws UnplaceableException as {@link Compiler#compile}; then nothing has changed
   */
  public PlacementChange apply(Change change, Counters counters) {
    if (live.isPresent()) {
      try {
        PlacementChange placed = live.get().apply(change);
        follow(change);
        whole = Optional.empty();
        return placed;
      } catch (WholeException e) {
        live.get().restore();
        compiled = new Compiled(live.get().placement(), live.get().allocation());
        live = Optional.empty();
        whole = Optional.of(e.why());
      }
    } else {
      whole = Optional.of("the compile before could not be followed");
    }
    if (followed) {
      catchUp();
    }
    Intent intentAfter = change.applyTo(intent);
    Fabric fabricAfter = change.applyTo(fabric);
    Compiled after = compile(intentAfter, fabricAfter, compiled.allocation(), counters);
    PlacementChange placed = PlacementChange.between(compiled.placement(), after.placement());
    intent = intentAfter;
    fabric = fabricAfter;
    compiled = after;
    return placed;
  }

  private void follow(Change change) {
    followed = true;
    workloads.putAll(change.workloads());
    rules.putAll(change.rules());
    attachments.putAll(change.attachments());
  }

  /** Has intent and fabric be what they are before a change. */
  private void catchUp() {
    Change all =
        new Change(
            ImmutableSortedMap.copyOf(workloads),
            ImmutableSortedMap.copyOf(rules),
            ImmutableSortedMap.copyOf(attachments));
    intent = all.applyTo(intent);
    fabric = all.applyTo(fabric);
    followed = false;
    workloads.clear();
    rules.clear();
    attachments.clear();
  }

  /** Why the last change was compiled whole; empty where it was followed. */
  public Optional<String> whole() {
    return whole;
  }

  /** The placement as it stands, gathered anew each time. */
  public Placement placement() {
    return followed ? live.map(LiveCompile::placement).orElseThrow() : compiled.placement();
  }

  /** The allocation as it stands, gathered anew each time. */
  public Allocation allocation() {
    return followed ? live.map(LiveCompile::allocation).orElseThrow() : compiled.allocation();
  }
}
