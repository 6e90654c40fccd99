// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.placement.EntryOrder;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.p4runtime.entry.Entry;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** All entries as they come and go, and what differs since they were last taken. */
final class LiveEntries {
  /**
   * An entry that several may ask for alike.
   *
   * @param below what stands there without it
   */
  private record Cell(PlacedEntry entry, int uses, @Nullable Cell below) {}

  private final Map<Entry.Key, Cell> cells = new HashMap<>();
  private final Map<String, Integer> sizes = new HashMap<>();
  private Map<Entry.Key, @Nullable PlacedEntry> touched = new LinkedHashMap<>();

  /** Adds an entry; of entries with one key the last stands. */
  void add(PlacedEntry entry) {
    Entry.Key key = entry.entry().key();
    touch(key);
    Cell cell = cells.get(key);
    if (cell == null) {
      sizes.merge(key.table(), 1, Integer::sum);
    }
    cells.put(
        key,
        cell != null && cell.entry.equals(entry)
            ? new Cell(entry, cell.uses + 1, cell.below)
            : new Cell(entry, 1, cell));
  }

  /** Takes back one use of an entry that was added. */
  void remove(PlacedEntry entry) {
    Entry.Key key = entry.entry().key();
    touch(key);
    Cell left = without(cells.get(key), entry);
    if (left != null) {
      cells.put(key, left);
    } else {
      cells.remove(key);
      sizes.merge(key.table(), -1, Integer::sum);
    }
  }

  private static @Nullable Cell without(@Nullable Cell cell, PlacedEntry entry) {
    if (cell == null) {
      throw new IllegalArgumentException("never added: " + entry);
    }
    if (!cell.entry.equals(entry)) {
      return new Cell(cell.entry, cell.uses, without(cell.below, entry));
    }
    return cell.uses == 1 ? cell.below : new Cell(cell.entry, cell.uses - 1, cell.below);
  }

  void replace(Collection<PlacedEntry> before, Collection<PlacedEntry> after) {
    before.forEach(this::remove);
    after.forEach(this::add);
  }

  private void touch(Entry.Key key) {
    if (!touched.containsKey(key)) {
      Cell cell = cells.get(key);
      touched.put(key, cell == null ? null : cell.entry);
    }
  }

  /** How many entries a table has. */
  int size(String table) {
    return sizes.getOrDefault(table, 0);
  }

  Iterable<String> tables() {
    return sizes.keySet();
  }

  /** Gathers what differs from what was last taken. */
  void take(ImmutableSet.Builder<Entry.Key> removed, ImmutableList.Builder<PlacedEntry> put) {
    touched.forEach(
        (key, before) -> {
          Cell now = cells.get(key);
          if (now == null) {
            if (before != null) {
              removed.add(key);
            }
          } else if (!Objects.equals(before, now.entry)) {
            put.add(now.entry);
          }
        });
    touched = new LinkedHashMap<>();
  }

  /** Has all be as it was last taken; what uses there are is not known any more. */
  void restore() {
    touched.forEach(
        (key, before) -> {
          if (before == null) {
            cells.remove(key);
          } else {
            cells.put(key, new Cell(before, 1, null));
          }
        });
    touched = new LinkedHashMap<>();
  }

  /** All entries by key. */
  ImmutableList<PlacedEntry> all() {
    return ImmutableList.sortedCopyOf(
        (a, b) -> EntryOrder.BY_KEY.compare(a.entry().key(), b.entry().key()),
        cells.values().stream().map(Cell::entry).toList());
  }
}
