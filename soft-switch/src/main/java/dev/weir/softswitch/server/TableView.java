package dev.weir.softswitch.server;

import dev.weir.softswitch.constraints.Constraint;
import dev.weir.softswitch.engine.ActionProgram;
import dev.weir.softswitch.engine.Entry;
import dev.weir.softswitch.engine.EntryKey;
import dev.weir.softswitch.engine.Table;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import p4.config.v1.P4InfoOuterClass;

/**
 * A table as P4Info and the program both see it.
 *
 * @param fieldIndex where in the key each P4Info match field id stands
 * @param actions by P4Info id, those the table may have
 * @param translations by position in the key; null where a field is a number
 * @param restriction what the program asks of its entries; null: nothing
 * @param directCounterId P4Info id of the direct counter; 0 where there is none
 * @param directMeterId likewise of the direct meter
 */
record TableView(
    P4InfoOuterClass.Table info,
    Table table,
    Map<Integer, Integer> fieldIndex,
    List<@Nullable Translation> translations,
    @Nullable Constraint restriction,
    Map<Integer, TableAction> actions,
    int directCounterId,
    int directMeterId,
    @Nullable ProfileView profile) {

  /**
   * An action of a table.
   *
   * @param translations by position among the parameters; null where one is a number
   * @param restriction what the program asks of its parameters; null: nothing
   */
  record TableAction(
      P4InfoOuterClass.Action info,
      ActionProgram program,
      P4InfoOuterClass.ActionRef.Scope scope,
      List<@Nullable Translation> translations,
      @Nullable Constraint restriction) {}

  /** Checks an entry's key against the table's restriction. */
  void checkEntry(EntryKey key) {
    Constraint asked = restriction;
    if (asked != null && !asked.holds(key)) {
      throw Refused.invalid(
          "match", "table " + name() + " takes only entries with: " + asked.source().strip());
    }
  }

  /** Whether an entry of the table stays as the program has it, but for counter and meter. */
  boolean isConst(Entry entry) {
    return info.getIsConstTable() || entry.isConst();
  }

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
