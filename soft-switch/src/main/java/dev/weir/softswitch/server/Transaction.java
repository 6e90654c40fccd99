package dev.weir.softswitch.server;

import dev.weir.softswitch.engine.Entry;
import dev.weir.softswitch.engine.Outcome;
import dev.weir.softswitch.engine.Program;
import dev.weir.softswitch.engine.Table;
import dev.weir.softswitch.engine.TableState;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The changes of one batch. A plain one changes what is in force and remembers how to undo it; an
 * atomic one changes copies of the tables it touches, which go in force together.
 */
final class Transaction {
  private final Program program;
  private final TableState @Nullable [] staged;
  private final Deque<Runnable> undo = new ArrayDeque<>();

  /** Members and groups that others take the place of on commit. */
  private final Map<Outcome, Outcome> replaced = new IdentityHashMap<>();

  Transaction(Program program, boolean atomic) {
    this.program = program;
    this.staged = atomic ? program.inForce().clone() : null;
  }

  boolean atomic() {
    return staged != null;
  }

  /** The table's entries, to be changed. */
  TableState state(Table table) {
    TableState[] inForce = program.inForce();
    if (staged == null) {
      return inForce[table.index()];
    }
    if (staged[table.index()] == inForce[table.index()]) {
      staged[table.index()] = inForce[table.index()].copy();
    }
    return staged[table.index()];
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
    if (staged != null) {
      if (!replaced.isEmpty()) {
        program.tables().forEach(this::replaceIn);
      }
      program.putInForce(staged);
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
