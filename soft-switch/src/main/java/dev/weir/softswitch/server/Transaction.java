package dev.weir.softswitch.server;

import dev.weir.softswitch.engine.Program;
import dev.weir.softswitch.engine.Table;
import dev.weir.softswitch.engine.TableState;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The changes of one batch. A plain one changes what is in force and remembers how to undo it; an
 * atomic one changes copies of the tables it touches, which go in force together.
 */
final class Transaction {
  private final Program program;
  private final TableState @Nullable [] staged;
  private final Deque<Runnable> undo = new ArrayDeque<>();

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

  /** Notes how to take back what was just done. */
  void onRollback(Runnable action) {
    undo.push(action);
  }

  void commit() {
    if (staged != null) {
      program.putInForce(staged);
    }
    undo.clear();
  }

  void rollback() {
    while (!undo.isEmpty()) {
      undo.pop().run();
    }
  }
}
