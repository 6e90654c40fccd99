package dev.weir.compiler.plan;

import static dev.weir.compiler.plan.Stages.Stage.CLOSE;
import static dev.weir.compiler.plan.Stages.Stage.FORGET;
import static dev.weir.compiler.plan.Stages.Stage.PREPARE;
import static dev.weir.compiler.plan.Stages.Stage.UNPIN;

import com.google.common.collect.ImmutableSortedMap;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Entry;
import java.util.Map;
import java.util.Objects;

/**
 * A change of a policy table that has no room for twins. One entry of the largest priority denies
 * everything while the others are replaced; a placement leaves room for it.
 */
final class ClosedTable {
  /** Above every priority that a placement gives. */
  private static final int PRIORITY = 1_000_000_000;

  private static final Action DENY = Action.of("deny");

  private ClosedTable() {}

  static void plan(
      String table, Map<Entry.Key, EpochEntries.Held> places, int epoch, Stages stages) {
    Entry.Key closing = new Entry.Key(table, ImmutableSortedMap.of(), PRIORITY, false);
    EpochEntries.Held closed = places.get(closing);
    if (closed == null || closed.rest == null) {
      stages.insert(CLOSE, closing, DENY);
    }
    places.forEach(
        (key, held) -> {
          if (held.current != null) {
            stages.delete(FORGET, EpochEntries.pinned(key, epoch), held.current);
          }
          if (held.other != null) {
            stages.delete(FORGET, EpochEntries.pinned(key, 1 - epoch), held.other);
          }
          if (key.equals(closing) || Objects.equals(held.rest, held.wanted)) {
            return;
          }
          if (held.rest != null) {
            stages.delete(FORGET, key, held.rest);
          }
          if (held.wanted != null) {
            stages.insert(PREPARE, key, held.wanted);
          }
        });
    // After the flip, so that no packet of the old epoch meets the new entries by its codes.
    stages.delete(UNPIN, closing, DENY);
    stages.flip();
  }
}
