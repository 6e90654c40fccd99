package dev.weir.compiler.plan;

import static dev.weir.compiler.plan.Stages.Stage.PREPARE;
import static dev.weir.compiler.plan.Stages.Stage.SETTLE;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Entries that hold one code for each epoch. */
final class CodeEntries {
  private static final ImmutableMap<String, String> CODE_ACTIONS =
      ImmutableMap.of(
          "source_workload", "set_source",
          "destination_workload", "set_destination",
          "source_block", "add_source_block",
          "destination_block", "add_destination_block");

  static final ImmutableSet<String> TABLES = CODE_ACTIONS.keySet();

  private final Observed observed;
  private final Map<Entry.Key, Action> desired;
  private final Stages stages;
  private final AddressField field;
  private final Set<Bits> recast = new HashSet<>();

  private CodeEntries(
      Observed observed, Map<Entry.Key, Action> desired, AddressField field, Stages stages) {
    this.field = field;
    this.observed = observed;
    this.desired = desired;
    this.stages = stages;
  }

  /**
   * Plans the codes.
   *
   * @return addresses that turn from workload to sidecar or the other way round: nothing must pass
   *     from or to them meanwhile
   */
  static Set<Bits> plan(
      Observed observed, Map<Entry.Key, Action> desired, AddressField field, Stages stages) {
    CodeEntries entries = new CodeEntries(observed, desired, field, stages);
    Stream.concat(observed.entries().keySet().stream(), desired.keySet().stream())
        .filter(k -> TABLES.contains(k.table()) && !k.isDefault())
        .distinct()
        .forEach(entries::plan);
    return entries.recast;
  }

  static boolean isCode(Action action) {
    return action.params().containsKey("code0");
  }

  static Bits code(Action action, int epoch) {
    Bits code = action.params().get("code" + epoch);
    if (code == null) {
      throw new IllegalArgumentException(action.name() + " holds no code for epoch " + epoch);
    }
    return code;
  }

  private static Action action(Entry.Key key, int epoch, Bits now, Bits next) {
    String name = CODE_ACTIONS.get(key.table());
    if (name == null) {
      throw new IllegalArgumentException("table " + key.table() + " holds no codes");
    }
    return Action.of(name, Map.of("code" + epoch, now, "code" + (1 - epoch), next));
  }

  private void plan(Entry.Key key) {
    int epoch = observed.epoch();
    Action before = observed.entries().get(key);
    Action after = desired.get(key);
    if (before == null && after != null && !isCode(after)) {
      stages.insert(PREPARE, key, after);
      recast.add(address(key));
      return;
    }
    if (before != null && after != null && !(isCode(before) && isCode(after))) {
      if (!before.equals(after)) {
        stages.modify(PREPARE, key, after);
        recast.add(address(key));
      }
      return;
    }
    if (before != null && after == null && !isCode(before)) {
      stages.delete(SETTLE, key, before);
      recast.add(address(key));
      return;
    }
    if (before != null && !code(before, 0).equals(code(before, 1))) {
      stages.unfinished();
    }
    Bits now = before == null ? enclosing(observed.entries(), key, epoch) : code(before, epoch);
    Bits next = after == null ? enclosing(desired, key, epoch) : code(after, epoch);
    boolean changes = !now.equals(next);
    if (changes) {
      stages.flip();
    }
    Action prepared = action(key, epoch, now, next);
    if (before == null) {
      stages.insert(PREPARE, key, prepared);
    } else if (!prepared.equals(before)) {
      stages.modify(PREPARE, key, prepared);
    }
    if (after == null) {
      stages.delete(SETTLE, key, prepared);
    } else if (changes) {
      stages.modify(SETTLE, key, after);
    }
  }

  private static Bits address(Entry.Key key) {
    return AddressField.value(key, "address");
  }

  /** The code that an address has where no entry stands at {@code key}. */
  private Bits enclosing(Map<Entry.Key, Action> entries, Entry.Key key, int epoch) {
    return AddressField.isPrefix(key)
        ? field.enclosing(entries, key).map(a -> code(a, epoch)).orElse(Bits.ZERO)
        : Bits.ZERO;
  }
}
