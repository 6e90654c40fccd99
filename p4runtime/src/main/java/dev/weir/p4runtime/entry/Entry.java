package dev.weir.p4runtime.entry;

import com.google.common.collect.ImmutableSortedMap;
import java.util.Map;

/**
 * One table entry by names, or a table's default action.
 *
 * @param key where it stands
 * @param action what a hit does
 */
public record Entry(Key key, Action action) {

  /**
   * What makes two entries the same entry to a device (P4Runtime 1.5 §9.1): table, matches and
   * priority, never the action.
   *
   * @param table the table's name in P4Info, in full or the part after the last dot
   * @param matches by field name; a field left out matches anything
   * @param priority at least 1 where a ternary, range or optional field exists (larger wins), else
   *     0
   * @param isDefault the table's default action: no matches, no priority
   */
  public record Key(
      String table, ImmutableSortedMap<String, Match> matches, int priority, boolean isDefault) {
    public Key {
      if (priority < 0) {
        throw new IllegalArgumentException("priority is negative: " + priority);
      }
      if (isDefault && (!matches.isEmpty() || priority != 0)) {
        throw new IllegalArgumentException("a default action has neither matches nor a priority");
      }
    }
  }

  public static Entry of(String table, Map<String, Match> matches, int priority, Action action) {
    return new Entry(new Key(table, ImmutableSortedMap.copyOf(matches), priority, false), action);
  }

  public static Entry defaultAction(String table, Action action) {
    return new Entry(new Key(table, ImmutableSortedMap.of(), 0, true), action);
  }

  public String table() {
    return key.table();
  }
}
