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
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Entries that can be pinned to an epoch: policy tables and sidecars' upstreams. */
final class EpochEntries {
  static final ImmutableSet<String> TABLES =
      ImmutableSet.of(
          "sidecar_upstream",
          "egress_policy",
          "ingress_policy",
          "authorization_deny",
          "authorization_allow");

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
  private static final class Held {
    @Nullable Action rest;
    @Nullable Action current;
    @Nullable Action other;
  }

  static void plan(Observed observed, Map<Entry.Key, Action> desired, Stages stages) {
    int epoch = observed.epoch();
    Map<Entry.Key, Held> places = new LinkedHashMap<>();
    observed
        .entries()
        .forEach(
            (key, action) -> {
              if (!TABLES.contains(key.table()) || key.isDefault()) {
                return;
              }
              Held held = places.computeIfAbsent(atRest(key), _ -> new Held());
              if (!key.matches().containsKey(FIELD)) {
                held.rest = action;
              } else if (meets(key, epoch)) {
                held.current = action;
              } else {
                held.other = action;
              }
            });
    desired.forEach(
        (key, _) -> {
          if (TABLES.contains(key.table())) {
            places.computeIfAbsent(key, _ -> new Held());
          }
        });
    places.forEach((key, held) -> plan(key, held, desired.get(key), epoch, stages));
  }

  private static void plan(
      Entry.Key key, Held held, @Nullable Action wanted, int epoch, Stages stages) {
    Entry.Key current = pinned(key, epoch);
    Entry.Key other = pinned(key, 1 - epoch);
    Action inForce = held.rest != null ? held.rest : held.current;
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
}
