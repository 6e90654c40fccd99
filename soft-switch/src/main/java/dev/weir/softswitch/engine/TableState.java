package dev.weir.softswitch.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one table and its default action. Changes are made in place, one writer at a time
 * (the switch's write lock), while packets look up without a lock; a batch that must appear at once
 * works on a {@link #copy} that is then put in force.
 */
public final class TableState {
  private final Table table;
  private final Map<EntryKey, Entry> entries = new LinkedHashMap<>();
  private final Map<MaskKey, Tuple> byMask = new HashMap<>();
  private volatile Tuple[] tuples = {};
  private volatile @Nullable BoundAction defaultAction;
  private Entry.Usage defaultUsage;
  private long nextSequence;

  private record MaskKey(long[] mask) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof MaskKey key && Arrays.equals(mask, key.mask);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(mask);
    }
  }

  TableState(Table table, @Nullable BoundAction defaultAction) {
    this(table, defaultAction, table.newUsage(System.nanoTime()));
  }

  private TableState(Table table, @Nullable BoundAction defaultAction, Entry.Usage defaultUsage) {
    this.table = table;
    this.defaultAction = defaultAction;
    this.defaultUsage = defaultUsage;
  }

  public Table table() {
    return table;
  }

  /** A second set of the same entries, to be changed before it is put in force. */
  public TableState copy() {
    TableState copy = new TableState(table, defaultAction, defaultUsage);
    copy.nextSequence = nextSequence;
    for (Entry entry : entries.values()) {
      copy.insert(entry.with(entry.outcome()));
    }
    return copy;
  }

  @Nullable Entry lookup(PacketState s, int keyAt) {
    long[] w = s.words;
    Entry best = null;
    boolean first = table.firstTupleWins();
    for (Tuple tuple : tuples) {
      if (best != null && (first || tuple.bestRank < best.rank)) {
        break;
      }
      Entry found = tuple.find(w, keyAt);
      if (found != null
          && (best == null
              || found.rank > best.rank
              || (found.rank == best.rank && found.sequence < best.sequence))) {
        best = found;
      }
    }
    return best;
  }

  public @Nullable BoundAction defaultAction() {
    return defaultAction;
  }

  /** What packets that miss did to the default entry. */
  public Entry.Usage defaultUsage() {
    return defaultUsage;
  }

  public int size() {
    return entries.size();
  }

  public @Nullable Entry find(EntryKey key) {
    return entries.get(key);
  }

  /** All entries in order of insertion. The caller holds the switch's lock. */
  public Collection<Entry> entries() {
    return Collections.unmodifiableCollection(entries.values());
  }

  /** Adds an entry that is not there yet. */
  public Entry insert(EntryKey key, Outcome outcome, Entry.Usage usage) {
    Entry entry = table.entry(key, outcome, usage, nextSequence++, false);
    insert(entry);
    return entry;
  }

  /** Adds one of the program's own entries. */
  void insertInitial(EntryKey key, Outcome outcome, boolean constant) {
    insert(table.entry(key, outcome, table.newUsage(System.nanoTime()), nextSequence++, constant));
  }

  /** Puts back an entry that was taken out. */
  public void restore(Entry entry) {
    insert(entry);
  }

  private void insert(Entry entry) {
    if (entries.putIfAbsent(entry.key(), entry) != null) {
      throw new IllegalStateException("the entry exists: " + entry.key());
    }
    Tuple tuple = byMask.get(new MaskKey(entry.mask));
    if (tuple == null) {
      tuple = new Tuple(entry.mask);
      byMask.put(new MaskKey(entry.mask), tuple);
    }
    int before = tuple.bestRank;
    tuple.add(entry);
    if (tuple.bestRank != before) {
      publish();
    }
  }

  /** Changes what a hit leads to. */
  public void setOutcome(Entry entry, Outcome outcome) {
    entry.setOutcome(outcome);
  }

  /** The usage of an entry of this table, or with null of the default entry. */
  public Entry.Usage usage(@Nullable Entry entry) {
    return entry == null ? defaultUsage : entry.usage();
  }

  /** In a copy that is not in force: replaces the usage of an entry, null for the default one. */
  public void replaceUsage(@Nullable Entry entry, Entry.Usage by) {
    if (entry == null) {
      defaultUsage = by;
    } else {
      entry.replaceUsage(by);
    }
  }

  /** Takes out an entry of this table. */
  public void remove(Entry entry) {
    entries.remove(entry.key());
    MaskKey mask = new MaskKey(entry.mask);
    Tuple tuple = byMask.get(mask);
    if (tuple == null) {
      throw new IllegalStateException("the entry is in no tuple: " + entry.key());
    }
    int before = tuple.bestRank;
    tuple.remove(entry);
    if (tuple.count() == 0) {
      byMask.remove(mask);
    }
    if (tuple.count() == 0 || tuple.bestRank != before) {
      publish();
    }
  }

  /** Changes what a miss leads to. */
  public void setDefault(@Nullable BoundAction action) {
    defaultAction = action;
  }

  private void publish() {
    List<Tuple> ordered = new ArrayList<>(byMask.values());
    ordered.sort((a, b) -> Integer.compare(b.bestRank, a.bestRank));
    tuples = ordered.toArray(Tuple[]::new);
  }
}
