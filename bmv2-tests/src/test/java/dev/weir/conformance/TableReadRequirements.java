package dev.weir.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import org.assertj.core.api.ListAssert;
import p4.v1.P4RuntimeOuterClass.TableEntry;

/** Reads of table entries with what filters them (§9.1.6). */
final class TableReadRequirements extends Requirements {
  private void fill() {
    primary()
        .write(
            Program.insert(p4().exact(1, 1, 1)),
            Program.insert(p4().ternary(5, 1, Program.ternary(1, 1, 0xf))),
            Program.insert(
                p4().ternary(6, 2, Program.ternary(1, 1, 0xf))
                    .setMetadata(ByteString.copyFromUtf8("m"))),
            Program.insert(p4().ternary(6, 3, Program.ternary(1, 2, 0xf))));
  }

  private ListAssert<Integer> values(TableEntry.Builder filter) {
    return assertThat(
        entries(filter).stream()
            .map(e -> number(e.getAction().getAction().getParams(0).getValue()))
            .toList());
  }

  @Requirement(
      section = "9.1.6",
      id = "9.1.6-1",
      text = "Without a table id the entries of all tables are read, constant ones too.")
  void allTables() {
    fill();
    assertThat(entries(TableEntry.newBuilder()))
        .extracting(TableEntry::getTableId)
        .containsExactlyInAnyOrder(
            p4().tableId("exact_t"),
            p4().tableId("ternary_t"),
            p4().tableId("ternary_t"),
            p4().tableId("ternary_t"),
            p4().tableId("const_t"),
            p4().tableId("const_t"),
            p4().tableId("preset_t"),
            p4().tableId("preset_t"));
  }

  @Requirement(section = "9.1.6", id = "9.1.6-2", text = "A table id alone reads that table.")
  void oneTable() {
    fill();
    values(p4().entry("ternary_t")).containsExactlyInAnyOrder(1, 2, 3);
  }

  @Requirement(
      section = "9.1.6",
      id = "9.1.6-3",
      text = "A match with its priority reads one entry.")
  void oneEntry() {
    fill();
    values(p4().entry("ternary_t", Program.ternary(1, 1, 0xf)).setPriority(6)).containsExactly(2);
  }

  @Requirement(section = "9.1.6", id = "9.1.6-4", text = "A priority filters.")
  void byPriority() {
    fill();
    values(p4().entry("ternary_t").setPriority(6)).containsExactlyInAnyOrder(2, 3);
  }

  @Requirement(section = "9.1.6", id = "9.1.6-5", text = "An action id filters.")
  void byAction() {
    fill();
    TableEntry.Builder dropping = p4().ternary(9, 0);
    dropping.getActionBuilder().setAction(p4().action("drop"));
    primary().write(Program.insert(dropping));
    TableEntry.Builder filter = p4().entry("ternary_t");
    filter.getActionBuilder().getActionBuilder().setActionId(p4().actionId("drop"));
    assertThat(entries(filter)).extracting(TableEntry::getPriority).containsExactly(9);
  }

  @Requirement(section = "9.1.6", id = "9.1.6-6", text = "metadata filters.")
  void byMetadata() {
    fill();
    values(p4().entry("ternary_t").setMetadata(ByteString.copyFromUtf8("m"))).containsExactly(2);
  }

  @Requirement(section = "9.1.6", id = "9.1.6-7", text = "controller_metadata filters.")
  @SuppressWarnings("deprecation") // what is tested
  void byControllerMetadata() {
    fill();
    primary().write(Program.insert(p4().ternary(9, 9).setControllerMetadata(44)));
    values(p4().entry("ternary_t").setControllerMetadata(44)).containsExactly(9);
  }

  @Requirement(
      section = "9.1.6",
      id = "9.1.6-8",
      text = "is_default_action reads the default entry and nothing else.")
  void defaultEntry() {
    fill();
    TableEntry read = theEntry(p4().entry("exact_t").setIsDefaultAction(true));
    assertThat(read.getIsDefaultAction()).isTrue();
    assertThat(read.getAction().getAction()).isEqualTo(p4().action("only_default", 0xee));
  }

  @Requirement(
      section = "9.1.6",
      id = "9.1.6-9",
      text = "Without the flag no default entry is read.")
  void noDefaultEntry() {
    fill();
    assertThat(entries(TableEntry.newBuilder())).noneMatch(TableEntry::getIsDefaultAction);
  }

  @Requirement(
      section = "9.1.6",
      id = "9.1.6-10",
      text = "is_default_action without a table id reads the default entries of all tables.")
  void allDefaultEntries() {
    assertThat(entries(TableEntry.newBuilder().setIsDefaultAction(true)))
        .extracting(TableEntry::getTableId)
        .contains(p4().tableId("exact_t"), p4().tableId("ternary_t"), p4().tableId("keyless_t"));
  }

  @Requirement(
      section = "9.1.6",
      id = "9.1.6-11",
      text = "A match that no entry has reads nothing.")
  void nothing() {
    fill();
    assertThat(entries(p4().exact(7, 7, 0).clearAction())).isEmpty();
  }

  @Requirement(
      section = "9.1.6",
      id = "9.1.6-12",
      text = "An entry that matches anything is read by its priority.")
  void dontCareEntry() {
    primary().write(Program.insert(p4().ternary(8, 4)), Program.insert(p4().ternary(9, 5)));
    values(p4().entry("ternary_t").setPriority(9)).containsExactly(5);
  }
}
