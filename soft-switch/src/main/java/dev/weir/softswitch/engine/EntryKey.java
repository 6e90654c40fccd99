package dev.weir.softswitch.engine;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What identifies an entry within its table.
 *
 * @param matches one per key field, in the key's order; null where any value will do
 * @param priority larger wins; 0 in tables without priorities
 */
public record EntryKey(List<@Nullable FieldMatch> matches, int priority) {
  public EntryKey {
    matches = Collections.unmodifiableList(matches);
  }
}
