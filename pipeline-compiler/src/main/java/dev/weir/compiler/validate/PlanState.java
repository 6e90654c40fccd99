package dev.weir.compiler.validate;

import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Step;
import dev.weir.compiler.plan.Observed;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Entries, epoch and sidecars as a plan goes on, update by update. */
final class PlanState {
  private final Map<Entry.Key, Action> entries;
  private final Map<String, SidecarConfig> sidecars;
  private final Map<Object, Integer> effects = new HashMap<>();
  private int epoch;

  PlanState(Observed observed) {
    entries = new LinkedHashMap<>(observed.entries());
    sidecars = new TreeMap<>(observed.sidecars());
    epoch = observed.epoch();
    count();
  }

  private void count() {
    effects.clear();
    entries.forEach((k, a) -> effect(k, a).ifPresent(e -> effects.merge(e, 1, Integer::sum)));
  }

  int epoch() {
    return epoch;
  }

  Map<Entry.Key, Action> entries() {
    return entries;
  }

  Map<String, SidecarConfig> sidecars() {
    return sidecars;
  }

  List<Entry> list() {
    return entries.entrySet().stream().map(e -> new Entry(e.getKey(), e.getValue())).toList();
  }

  /**
   * Carries an update out.
   *
   * @return whether packets may meet anything else than before
   * @throws IllegalArgumentException if a device would refuse it
   */
  boolean apply(Step.Update update) {
    Entry entry = update.entry();
    if (entry.key().isDefault()) {
      return defaultAction(entry);
    }
    Action before = entries.get(entry.key());
    if ((update.kind() == Step.Update.Kind.INSERT) != (before == null)) {
      throw new IllegalArgumentException(
          before == null ? "there is no such entry" : "there is such an entry already");
    }
    boolean changes = false;
    if (before != null) {
      changes |= gone(entry.key(), before);
      entries.remove(entry.key());
    }
    if (update.kind() != Step.Update.Kind.DELETE) {
      entries.put(entry.key(), entry.action());
      changes |= come(entry.key(), entry.action());
      if (before != null
          && effect(entry.key(), before).equals(effect(entry.key(), entry.action()))) {
        changes = false;
      }
    }
    return changes;
  }

  private boolean defaultAction(Entry entry) {
    Bits next = entry.action().params().get("epoch");
    if (!entry.table().equals("epoch") || next == null) {
      throw new IllegalArgumentException("only the epoch's default action changes");
    }
    boolean flips = next.intValue() != epoch;
    epoch = next.intValue();
    count();
    return flips;
  }

  void configure(SidecarConfig config) {
    sidecars.put(config.name(), config);
  }

  private boolean gone(Entry.Key key, Action action) {
    Optional<Object> effect = effect(key, action);
    effect.ifPresent(e -> effects.merge(e, -1, Integer::sum));
    return effect.filter(e -> effects.getOrDefault(e, 0) == 0).isPresent();
  }

  private boolean come(Entry.Key key, Action action) {
    Optional<Object> effect = effect(key, action);
    effect.ifPresent(e -> effects.merge(e, 1, Integer::sum));
    return effect.filter(e -> effects.getOrDefault(e, 0) == 1).isPresent();
  }

  private record Effect(String table, Map<String, Match> matches, int priority, Object does) {}

  /** What packets of the epoch in force meet of an entry; empty where they meet nothing. */
  private Optional<Object> effect(Entry.Key key, Action action) {
    TreeMap<String, Match> matches = new TreeMap<>(key.matches());
    if (matches.remove("epoch") instanceof Match.Ternary(Bits value, Bits mask)
        && mask.intValue() != 0
        && value.intValue() != epoch) {
      return Optional.empty();
    }
    Bits code = action.params().get("code" + epoch);
    boolean exact = key.matches().get("address") instanceof Match.Exact;
    if (key.table().endsWith("_workload") && exact && Bits.ZERO.equals(code)) {
      return Optional.empty(); // As a miss does.
    }
    return Optional.of(
        new Effect(key.table(), matches, key.priority(), code == null ? action : code));
  }
}
