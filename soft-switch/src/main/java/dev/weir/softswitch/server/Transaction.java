package dev.weir.softswitch.server;

import dev.weir.softswitch.engine.Counters;
import dev.weir.softswitch.engine.Entry;
import dev.weir.softswitch.engine.InForce;
import dev.weir.softswitch.engine.Meters;
import dev.weir.softswitch.engine.Outcome;
import dev.weir.softswitch.engine.Program;
import dev.weir.softswitch.engine.Replication;
import dev.weir.softswitch.engine.Table;
import dev.weir.softswitch.engine.TableState;
import dev.weir.softswitch.engine.ValueSet;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The changes of one batch. A plain one changes what is in force and remembers how to undo it; an
 * atomic one changes copies of what it touches, which go in force together.
 */
final class Transaction {
  private final Program program;
  private final InForce.@Nullable Draft draft;
  private final Deque<Runnable> undo = new ArrayDeque<>();

  /** Members and groups that others take the place of on commit. */
  private final Map<Outcome, Outcome> replaced = new IdentityHashMap<>();

  Transaction(Program program, boolean atomic) {
    this.program = program;
    this.draft = atomic ? new InForce.Draft(program.inForce()) : null;
  }

  boolean atomic() {
    return draft != null;
  }

  /** The table's entries, to be changed. */
  TableState state(Table table) {
    return draft == null ? program.inForce().state(table) : draft.state(table);
  }

  /** Groups and sessions, to be changed. */
  Replication replication() {
    return draft == null ? program.inForce().replication() : draft.replication();
  }

  /** A value set, to be changed. */
  ValueSet valueSet(int index) {
    return draft == null ? program.inForce().valueSet(index) : draft.valueSet(index);
  }

  /** Counters, to be set or, in an atomic batch, replaced. */
  Counters counters(int index) {
    return draft == null ? program.inForce().counters(index) : draft.counters(index);
  }

  /** Meters, to be configured or, in an atomic batch, replaced. */
  Meters meters(int index) {
    return draft == null ? program.inForce().meters(index) : draft.meters(index);
  }

  /** On commit every entry that led to {@code from} leads to {@code to}: atomic batches only. */
  void replace(Outcome from, Outcome to) {
    replaced.put(from, to);
  }

  /** What has taken an outcome's place so far. */
  Outcome latest(Outcome outcome) {
    Outcome now = outcome;
    for (Outcome next = replaced.get(now); next != null; next = replaced.get(now)) {
      now = next;
    }
    return now;
  }

  /** Notes how to take back what was just done. */
  void onRollback(Runnable action) {
    undo.push(action);
  }

  void commit() {
    if (draft != null) {
      if (!replaced.isEmpty()) {
        program.tables().forEach(this::replaceIn);
      }
      program.putInForce(draft);
    }
    undo.clear();
  }

  private void replaceIn(Table table) {
    if (table.profile() == null) {
      return;
    }
    TableState state = state(table);
    for (Entry entry : state.entries()) {
      Outcome latest = latest(entry.outcome());
      if (latest != entry.outcome()) {
        state.setOutcome(entry, latest);
      }
    }
  }

  void rollback() {
    while (!undo.isEmpty()) {
      undo.pop().run();
    }
  }
}
