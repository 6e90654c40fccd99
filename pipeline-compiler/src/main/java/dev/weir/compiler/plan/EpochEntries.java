package dev.weir.compiler.plan;

import static dev.weir.compiler.plan.Stages.Stage.FORGET;
import static dev.weir.compiler.plan.Stages.Stage.HIDE;
import static dev.weir.compiler.plan.Stages.Stage.PREPARE;
import static dev.weir.compiler.plan.Stages.Stage.SETTLE;
import static dev.weir.compiler.plan.Stages.Stage.UNPIN;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Entries that can be pinned to an epoch: policy tables and sidecars' upstreams. */
final class EpochEntries {
  static final ImmutableSet<String> TABLES =
      ImmutableSet.<String>builder().add("sidecar_upstream").addAll(VerdictsInForce.LAYERS).build();

  private static final String FIELD = "epoch";

  private EpochEntries() {}

  /** The key as it meets only packets of {@code epoch}. */
  static Entry.Key pinned(Entry.Key key, int epoch) {
    ImmutableSortedMap.Builder<String, Match> matches = ImmutableSortedMap.naturalOrder();
    matches.putAll(key.matches());
    matches.put(FIELD, new Match.Ternary(Bits.of(epoch), Bits.of(1)));
    return new Entry.Key(key.table(), matches.buildOrThrow(), key.priority(), false);
  }

  /** The key as it meets packets of both epochs. */
  private static Entry.Key atRest(Entry.Key key) {
    ImmutableSortedMap.Builder<String, Match> matches = ImmutableSortedMap.naturalOrder();
    key.matches()
        .forEach(
            (field, match) -> {
              if (!field.equals(FIELD)) {
                matches.put(field, match);
              }
            });
    return new Entry.Key(key.table(), matches.buildOrThrow(), key.priority(), false);
  }

  /** Whether packets of {@code epoch} meet the key. */
  static boolean meets(Entry.Key key, int epoch) {
    return !(key.matches().get(FIELD) instanceof Match.Ternary t)
        || t.value().equals(Bits.of(epoch));
  }

  /** What stands at one place: at rest, pinned to the epoch in force, and to the other. */
  static final class Held {
    @Nullable Action rest;
    @Nullable Action current;
    @Nullable Action other;
    @Nullable Action wanted;

    @Nullable Action inForce() {
      return rest != null ? rest : current;
    }
  }

  static void plan(
      Observed observed, Map<Entry.Key, Action> desired, Map<String, Long> sizes, Stages stages) {
    int epoch = observed.epoch();
    Map<String, Map<Entry.Key, Held>> tables = new TreeMap<>();
    observed
        .entries()
        .forEach(
            (key, action) -> {
              if (TABLES.contains(key.table()) && !key.isDefault()) {
                hold(held(tables, atRest(key)), key, action, epoch);
              }
            });
    desired.forEach(
        (key, action) -> {
          if (TABLES.contains(key.table())) {
            held(tables, key).wanted = action;
          }
        });
    tables.forEach(
        (table, places) -> {
          // One place stays free, so that a plan that stops short leaves room to close the table.
          if (peak(places.values()) < sizes.getOrDefault(table, Long.MAX_VALUE)) {
            places.forEach((key, held) -> plan(key, held, epoch, stages));
          } else if (table.equals("sidecar_upstream")) {
            places.forEach((key, held) -> replace(key, held, epoch, stages));
          } else {
            ClosedTable.plan(table, places, epoch, stages);
          }
        });
  }

  private static Held held(Map<String, Map<Entry.Key, Held>> tables, Entry.Key key) {
    return tables
        .computeIfAbsent(key.table(), _ -> new LinkedHashMap<>())
        .computeIfAbsent(key, _ -> new Held());
  }

  private static void hold(Held held, Entry.Key key, Action action, int epoch) {
    if (!key.matches().containsKey(FIELD)) {
      held.rest = action;
    } else if (meets(key, epoch)) {
      held.current = action;
    } else {
      held.other = action;
    }
  }

  /** The most entries that the table holds while the plan goes by the epoch. */
  private static long peak(Collection<Held> places) {
    long prepared = 0;
    long settled = 0;
    for (Held held : places) {
      boolean stays = Objects.equals(held.inForce(), held.wanted);
      boolean wanted = held.wanted != null;
      int twin = wanted && !stays ? 1 : 0;
      int current = held.current != null || !stays && held.rest != null ? 1 : 0;
      prepared += twin + current + (held.rest != null || stays && wanted ? 1 : 0);
      settled += twin + (wanted ? 1 : 0) + (stays && held.current != null ? 1 : 0);
    }
    return Math.max(prepared, settled);
  }

  private static void plan(Entry.Key key, Held held, int epoch, Stages stages) {
    Entry.Key current = pinned(key, epoch);
    Entry.Key other = pinned(key, 1 - epoch);
    Action wanted = held.wanted;
    Action inForce = held.inForce();
    if (held.other != null) {
      stages.unfinished();
    }
    if (Objects.equals(inForce, wanted)) {
      if (held.other != null) {
        stages.delete(FORGET, other, held.other);
      }
      if (wanted != null && held.rest == null) {
        stages.insert(PREPARE, key, wanted);
      }
      if (held.current != null) {
        stages.delete(UNPIN, current, held.current);
      }
      return;
    }
    stages.flip();
    if (inForce != null) {
      if (held.current == null) {
        stages.insert(PREPARE, current, inForce);
      }
      if (held.rest != null) {
        stages.delete(HIDE, key, held.rest);
      }
      stages.delete(SETTLE, current, held.current == null ? inForce : held.current);
    }
    if (held.other != null && !held.other.equals(wanted)) {
      stages.delete(FORGET, other, held.other);
    }
    if (wanted != null) {
      if (!wanted.equals(held.other)) {
        stages.insert(PREPARE, other, wanted);
      }
      stages.insert(SETTLE, key, wanted);
      stages.delete(UNPIN, other, wanted);
    }
  }

  /** Without twins: what a sidecar may no longer open goes first, what it may comes later. */
  private static void replace(Entry.Key key, Held held, int epoch, Stages stages) {
    if (held.current != null) {
      stages.delete(FORGET, pinned(key, epoch), held.current);
    }
    if (held.other != null) {
      stages.delete(FORGET, pinned(key, 1 - epoch), held.other);
    }
    if (Objects.equals(held.rest, held.wanted)) {
      return;
    }
    if (held.rest != null) {
      stages.delete(FORGET, key, held.rest);
    }
    if (held.wanted != null) {
      stages.insert(PREPARE, key, held.wanted);
    }
  }
}
