package dev.weir.compiler.placement;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.p4runtime.entry.Entry;
import java.time.Duration;

/**
 * One step of a write plan. Steps are carried out in order, each acknowledged before the next; the
 * fabric decides as the old or the new policy does, or tighter, after every one.
 */
public sealed interface Step {
  /** Why the step is there, for progress and logs. */
  String why();

  /**
   * Write to the switch. Updates of one step depend on none of the same step.
   *
   * @param updates in the order to be sent
   */
  record WriteSwitch(String why, ImmutableList<Update> updates) implements Step {}

  /** One update of one entry (P4Runtime 1.5 §12). */
  record Update(Kind kind, Entry entry) {
    /** Kinds of update. */
    public enum Kind {
      INSERT,
      MODIFY,
      DELETE
    }
  }

  /** Have these sidecars enforce these configurations, and wait until they do. */
  record ConfigureSidecars(
      String why, ImmutableSortedMap<String, Placement.SidecarConfig> configurations)
      implements Step {}

  /** Wait until what was on its way has arrived. */
  record Await(String why, Duration duration) implements Step {}
}
