package dev.weir.softswitch.server;

import dev.weir.softswitch.engine.ActionProgram;
import dev.weir.softswitch.engine.Table;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import p4.config.v1.P4InfoOuterClass;

/**
 * A table as P4Info and the program both see it.
 *
 * @param fieldIndex where in the key each P4Info match field id stands
 * @param actions by P4Info id, those the table may have
 * @param directCounterId P4Info id of the direct counter; 0 where there is none
 * @param directMeterId likewise of the direct meter
 */
record TableView(
    P4InfoOuterClass.Table info,
    Table table,
    Map<Integer, Integer> fieldIndex,
    Map<Integer, TableAction> actions,
    int directCounterId,
    int directMeterId,
    @Nullable ProfileView profile) {

  /** An action of a table. */
  record TableAction(
      P4InfoOuterClass.Action info,
      ActionProgram program,
      P4InfoOuterClass.ActionRef.Scope scope) {}

  int id() {
    return info.getPreamble().getId();
  }

  String name() {
    return info.getPreamble().getName();
  }

  boolean needsPriority() {
    return table.ranked();
  }

  /** Entries the table takes. */
  long capacity() {
    return info.getSize() > 0 ? info.getSize() : table.maxSize();
  }

  /** The P4Info id of an action program. */
  int actionId(ActionProgram program) {
    for (Map.Entry<Integer, TableAction> action : actions.entrySet()) {
      if (action.getValue().program() == program) {
        return action.getKey();
      }
    }
    throw new IllegalStateException("table " + name() + " has no action " + program.name());
  }
}
