package dev.weir.compiler.plan;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Entry;

/**
 * What the targets hold, as their own answers say.
 *
 * @param entries of the switch, pinned ones of an unfinished plan among them
 * @param epoch 0 or 1, as the switch's {@code epoch} table says
 * @param generation of the cells, 0 to 255
 * @param sidecars what each enforces; one that enforces nothing may be left out
 */
public record Observed(
    ImmutableMap<Entry.Key, Action> entries,
    int epoch,
    int generation,
    ImmutableSortedMap<String, SidecarConfig> sidecars) {
  public Observed {
    if (epoch != 0 && epoch != 1) {
      throw new IllegalArgumentException("epoch is one bit, not " + epoch);
    }
    if (generation < 0 || generation > 255) {
      throw new IllegalArgumentException("generation is eight bits, not " + generation);
    }
  }
}
