package dev.weir.compiler.validate;

import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.plan.Observed;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.info.Pipeline;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Whether both versions of what changes fit into the tables at once. */
final class Roominess {
  private final Set<String> crowded = new TreeSet<>();

  Roominess(Pipeline pipeline, Observed observed, Placement after) {
    Map<Entry.Key, Action> wanted = new HashMap<>();
    after.entries().forEach(e -> wanted.put(e.entry().key(), e.entry().action()));
    Set<Entry.Key> keys = new HashSet<>(wanted.keySet());
    keys.addAll(observed.entries().keySet());
    Map<String, Long> needed = new HashMap<>();
    for (Entry.Key key : keys) {
      boolean same = Objects.equals(wanted.get(key), observed.entries().get(key));
      // What changes is pinned once for each epoch, and stands at rest for a moment beside one.
      needed.merge(key.table(), same ? 1L : 2L, Long::sum);
    }
    needed.forEach(
        (table, count) -> {
          if (SwitchEntries.POLICY_TABLES.contains(table)
              && pipeline.findTable(table).filter(t -> t.size() < count).isPresent()) {
            crowded.add(table);
          }
        });
  }

  boolean twinsFit() {
    return crowded.isEmpty();
  }

  Optional<String> sentence() {
    return crowded.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "While it changes, more is denied than both versions deny: two versions do not fit"
                + " into "
                + crowded
                + ".");
  }
}
