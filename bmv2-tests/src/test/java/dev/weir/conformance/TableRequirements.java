package dev.weir.conformance;

import static dev.weir.conformance.Client.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status.Code;
import p4.v1.P4RuntimeOuterClass.Action;
import p4.v1.P4RuntimeOuterClass.FieldMatch;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/** Table entries: keys, actions, defaults, constants (§9.1 to §9.1.5). */
final class TableRequirements extends Requirements {
  private TableEntry.Builder lpm(long value, int length) {
    TableEntry.Builder entry = p4().entry("lpm_t", Program.lpm(1, value, length));
    entry.getActionBuilder().setAction(p4().action("set", 1));
    return entry;
  }

  private TableEntry.Builder byDefault(String table) {
    return p4().entry(table).setIsDefaultAction(true);
  }

  private TableEntry.Builder byDefault(String table, Action action) {
    TableEntry.Builder entry = byDefault(table);
    entry.getActionBuilder().setAction(action);
    return entry;
  }

  @Requirement(section = "9.1", id = "9.1-1", text = "An inserted entry decides for its packets.")
  void insertWorks() {
    assertThat(result(1, 1, 0, 1)).isEqualTo(0xee);
    primary().write(Program.insert(p4().exact(1, 1, 0x21)));
    assertThat(result(1, 1, 0, 1)).isEqualTo(0x21);
  }

  @Requirement(section = "9.1", id = "9.1-2", text = "A modified entry decides anew.")
  void modifyWorks() {
    primary().write(Program.insert(p4().exact(1, 1, 0x21)));
    primary().write(Program.modify(p4().exact(1, 1, 0x22)));
    assertThat(result(1, 1, 0, 1)).isEqualTo(0x22);
  }

  @Requirement(section = "9.1", id = "9.1-3", text = "A deleted entry decides nothing.")
  void deleteWorks() {
    primary().write(Program.insert(p4().exact(1, 1, 0x21)));
    primary().write(Program.delete(p4().exact(1, 1, 0x21)));
    assertThat(result(1, 1, 0, 1)).isEqualTo(0xee);
  }

  @Requirement(
      section = "9.1",
      id = "9.1-4",
      text = "Tables with ternary, range or optional fields need a priority.")
  void priorityNeeded() {
    refused(Program.insert(p4().ternary(0, 1, Program.ternary(1, 1, 1))), Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "9.1", id = "9.1-5", text = "Other tables take none.")
  void priorityRefused() {
    refused(Program.insert(p4().exact(1, 1, 1).setPriority(5)), Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "9.1", id = "9.1-6", text = "The higher priority number wins.")
  void priorityOrders() {
    primary()
        .write(
            Program.insert(p4().ternary(10, 1, Program.ternary(1, 0x10, 0xf0))),
            Program.insert(p4().ternary(20, 2, Program.ternary(1, 0x02, 0x0f))));
    assertThat(result(3, 0x12, 0, 0)).isEqualTo(2);
    assertThat(result(3, 0x13, 0, 0)).isEqualTo(1);
  }

  @Requirement(
      section = "9.1",
      id = "9.1-7",
      text = "Match and priority are the key: equal matches of two priorities are two entries.")
  void priorityIsKey() {
    FieldMatch match = Program.ternary(1, 1, 1);
    primary().write(Program.insert(p4().ternary(1, 1, match)));
    primary().write(Program.insert(p4().ternary(2, 2, match)));
    refused(Program.insert(p4().ternary(2, 3, match)), Code.ALREADY_EXISTS);
    primary().write(Program.delete(p4().ternary(1, 0, match).clearAction()));
    assertThat(theEntry(p4().entry("ternary_t")).getPriority()).isEqualTo(2);
  }

  @Requirement(section = "9.1", id = "9.1-8", text = "Entries of one priority may be several.")
  void equalPriorities() {
    primary()
        .write(
            Program.insert(p4().ternary(3, 1, Program.ternary(1, 1, 1))),
            Program.insert(p4().ternary(3, 2, Program.ternary(1, 2, 2))));
    assertThat(entries(p4().entry("ternary_t").setPriority(3))).hasSize(2);
  }

  @Requirement(
      section = "9.1",
      id = "9.1-9",
      text = "A deletion looks at the key alone, whatever else it carries.")
  void deleteIgnoresTheRest() {
    primary().write(Program.insert(p4().exact(1, 1, 1)));
    TableEntry.Builder entry = p4().exact(1, 1, 1).setMetadata(ByteString.copyFromUtf8("x"));
    entry.getActionBuilder().setAction(Action.newBuilder().setActionId(12345));
    primary().write(Program.delete(entry));
    assertThat(entries(p4().entry("exact_t"))).isEmpty();
  }

  @Requirement(
      section = "9.1",
      id = "9.1-10",
      text = "A table without a key takes no entries: INVALID_ARGUMENT.")
  void keyless() {
    TableEntry.Builder entry = p4().entry("keyless_t");
    entry.getActionBuilder().setAction(p4().action("set", 1));
    refused(Program.insert(entry), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1",
      id = "9.1-11",
      text = "An entry that no longer fits gets RESOURCE_EXHAUSTED.")
  void full() {
    Code last = Code.OK;
    for (int i = 0; i < 2048 && last == Code.OK; i++) {
      last = primary().code(Program.insert(p4().exact(i, 1, 1)));
    }
    assertThat(last).isEqualTo(Code.RESOURCE_EXHAUSTED);
  }

  @Requirement(
      section = "9.1",
      id = "9.1-12",
      text = "is_const in a write is refused with INVALID_ARGUMENT, in a deletion too.")
  void isConstInWrite() {
    refused(Program.insert(p4().exact(1, 1, 1).setIsConst(true)), Code.INVALID_ARGUMENT);
    primary().write(Program.insert(p4().exact(1, 1, 1)));
    refused(Program.modify(p4().exact(1, 1, 1).setIsConst(true)), Code.INVALID_ARGUMENT);
    refused(Program.delete(p4().exact(1, 1, 1).setIsConst(true)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1",
      id = "9.1-13",
      text = "metadata comes back as it was written, and a modification replaces it.")
  void metadata() {
    primary()
        .write(Program.insert(p4().exact(1, 1, 1).setMetadata(ByteString.copyFromUtf8("one"))));
    assertThat(theEntry(p4().entry("exact_t")).getMetadata().toStringUtf8()).isEqualTo("one");
    primary()
        .write(Program.modify(p4().exact(1, 1, 1).setMetadata(ByteString.copyFromUtf8("two"))));
    assertThat(theEntry(p4().entry("exact_t")).getMetadata().toStringUtf8()).isEqualTo("two");
  }

  @Requirement(
      section = "9.1",
      id = "9.1-14",
      text = "controller_metadata, though deprecated, comes back as it was written.")
  @SuppressWarnings("deprecation") // what is tested
  void controllerMetadata() {
    primary().write(Program.insert(p4().exact(1, 1, 1).setControllerMetadata(0x1234567890L)));
    assertThat(theEntry(p4().entry("exact_t")).getControllerMetadata()).isEqualTo(0x1234567890L);
  }

  @Requirement(
      section = "9.1.1",
      id = "9.1.1-1",
      text = "A field left out matches anything, except an exact one, which has to be there.")
  void dontCare() {
    primary().write(Program.insert(p4().ternary(1, 5, Program.optional(3, 9))));
    assertThat(result(3, 0x1234, 99, 9)).isEqualTo(5);
    refused(Program.insert(p4().exact(1, 1, 1).removeMatch(1)), Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "9.1.1", id = "9.1.1-2", text = "An unknown field is refused.")
  void unknownField() {
    refused(
        Program.insert(p4().exact(1, 1, 1).addMatch(Program.exact(77, 1))), Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "9.1.1", id = "9.1.1-3", text = "A field given twice is refused.")
  void fieldTwice() {
    refused(
        Program.insert(p4().exact(1, 1, 1).addMatch(Program.exact(1, 1))), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1.1",
      id = "9.1.1-4",
      text = "A match of another kind than the field's is refused, and so is an empty one.")
  void wrongKind() {
    refused(
        Program.insert(p4().exact(1, 1, 1).setMatch(0, Program.ternary(1, 1, 1))),
        Code.INVALID_ARGUMENT);
    refused(
        Program.insert(
            p4().exact(1, 1, 1).setMatch(0, FieldMatch.newBuilder().setFieldId(1).build())),
        Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1.1",
      id = "9.1.1-5",
      text = "A prefix of length 0 is refused: the field is left out instead.")
  void prefixOfZero() {
    refused(Program.insert(lpm(0, 0)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1.1",
      id = "9.1.1-6",
      text = "A prefix longer than its field, or of negative length, is refused.")
  void prefixTooLong() {
    refused(Program.insert(lpm(1, 33)), Code.INVALID_ARGUMENT);
    refused(Program.insert(lpm(1, -1)), Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "9.1.1", id = "9.1.1-7", text = "Bits after a prefix are refused.")
  void bitsAfterPrefix() {
    refused(Program.insert(lpm(0x0a000001, 8)), Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "9.1.1", id = "9.1.1-8", text = "The longest prefix wins.")
  void longestPrefix() {
    TableEntry.Builder longer = lpm(0x0a010000, 16);
    longer.getActionBuilder().setAction(p4().action("set", 2));
    TableEntry.Builder any = lpm(0x0a010000, 16).clearMatch();
    any.getActionBuilder().setAction(p4().action("set", 3));
    primary()
        .write(Program.insert(lpm(0x0a000000, 8)), Program.insert(longer), Program.insert(any));
    assertThat(result(2, 0, 0x0a010203, 0)).isEqualTo(2);
    assertThat(result(2, 0, 0x0a020203, 0)).isEqualTo(1);
    assertThat(result(2, 0, 0x0b020203, 0)).isEqualTo(3);
  }

  @Requirement(section = "9.1.1", id = "9.1.1-9", text = "A mask of zero is refused.")
  void maskOfZero() {
    refused(Program.insert(p4().ternary(1, 1, Program.ternary(1, 0, 0))), Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "9.1.1", id = "9.1.1-10", text = "Bits outside the mask are refused.")
  void bitsOutsideMask() {
    refused(
        Program.insert(p4().ternary(1, 1, Program.ternary(1, 0x11, 0xf0))), Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "9.1.1", id = "9.1.1-11", text = "A range from high to low is refused.")
  void emptyRange() {
    refused(Program.insert(p4().ternary(1, 1, Program.range(2, 9, 8))), Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "9.1.1", id = "9.1.1-12", text = "A range of everything is refused.")
  void fullRange() {
    refused(
        Program.insert(p4().ternary(1, 1, Program.range(2, 0, 0xffffffffL))),
        Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1.1",
      id = "9.1.1-13",
      text = "Ranges hold their bounds, optional fields one value.")
  void rangeAndOptional() {
    primary()
        .write(
            Program.insert(p4().ternary(2, 1, Program.range(2, 10, 20))),
            Program.insert(p4().ternary(1, 2, Program.optional(3, 7))));
    assertThat(result(3, 0, 10, 0)).isEqualTo(1);
    assertThat(result(3, 0, 20, 0)).isEqualTo(1);
    assertThat(result(3, 0, 21, 0)).isZero();
    assertThat(result(3, 0, 21, 7)).isEqualTo(2);
  }

  @Requirement(section = "9.1.2", id = "9.1.2-1", text = "An inserted entry has an action.")
  void actionNeeded() {
    refused(Program.insert(p4().exact(1, 1, 1).clearAction()), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1.2",
      id = "9.1.2-2",
      text = "A modification without an action leaves the action as it is.")
  void modifyWithoutAction() {
    primary().write(Program.insert(p4().exact(1, 1, 0x21)));
    primary().write(Program.modify(p4().exact(1, 1, 0).clearAction()));
    assertThat(result(1, 1, 0, 1)).isEqualTo(0x21);
  }

  @Requirement(
      section = "9.1.2",
      id = "9.1.2-3",
      text = "A member of a profile as the action of a table without one is refused.")
  void memberInDirectTable() {
    TableEntry.Builder entry = p4().exact(1, 1, 1);
    entry.getActionBuilder().setActionProfileMemberId(1);
    refused(Program.insert(entry), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1.2",
      id = "9.1.2-4",
      text = "An action of its own in a table with a profile is refused.")
  void actionInIndirectTable() {
    TableEntry.Builder entry = p4().entry("profile_t", Program.exact(1, 1));
    entry.getActionBuilder().setAction(p4().action("set", 1));
    refused(Program.insert(entry), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1.2",
      id = "9.1.2-5",
      text = "An action that the table does not have is refused with INVALID_ARGUMENT.")
  void foreignAction() {
    TableEntry.Builder entry = p4().exact(1, 1, 1);
    entry.getActionBuilder().setAction(p4().action("coloured", 1));
    refused(Program.insert(entry), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1.2",
      id = "9.1.2-6",
      text = "A default-only action in an entry is refused with PERMISSION_DENIED.")
  void defaultOnly() {
    TableEntry.Builder entry = p4().exact(1, 1, 1);
    entry.getActionBuilder().setAction(p4().action("only_default", 1));
    refused(Program.insert(entry), Code.PERMISSION_DENIED);
  }

  @Requirement(
      section = "9.1.2",
      id = "9.1.2-7",
      text = "A table-only action as the default is refused with PERMISSION_DENIED.")
  void tableOnly() {
    refused(
        Program.modify(byDefault("exact_t", p4().action("only_entry", 1))), Code.PERMISSION_DENIED);
  }

  @Requirement(
      section = "9.1.2",
      id = "9.1.2-8",
      text = "Missing, unknown and repeated parameters are refused with INVALID_ARGUMENT.")
  void parameters() {
    TableEntry.Builder entry = p4().exact(1, 1, 1);
    entry.getActionBuilder().getActionBuilder().clearParams();
    refused(Program.insert(entry), Code.INVALID_ARGUMENT);
    entry = p4().exact(1, 1, 1);
    entry.getActionBuilder().getActionBuilder().addParamsBuilder().setParamId(9).setValue(bytes(1));
    refused(Program.insert(entry), Code.INVALID_ARGUMENT);
    entry = p4().exact(1, 1, 1);
    entry.getActionBuilder().getActionBuilder().addParamsBuilder().setParamId(1).setValue(bytes(1));
    refused(Program.insert(entry), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1.2",
      id = "9.1.2-9",
      text = "A member or group that does not exist is NOT_FOUND.")
  void unknownMember() {
    TableEntry.Builder entry = p4().entry("profile_t", Program.exact(1, 1));
    entry.getActionBuilder().setActionProfileMemberId(99);
    refused(Program.insert(entry), Code.NOT_FOUND);
    TableEntry.Builder group = p4().entry("selector_t", Program.exact(1, 1));
    group.getActionBuilder().setActionProfileGroupId(99);
    refused(Program.insert(group), Code.NOT_FOUND);
  }

  @Requirement(section = "9.1.3", id = "9.1.3-1", text = "The default entry can be modified.")
  void defaultChanges() {
    primary().write(Program.modify(byDefault("exact_t", p4().action("set", 0x31))));
    assertThat(result(1, 9, 0, 9)).isEqualTo(0x31);
  }

  @Requirement(
      section = "9.1.3",
      id = "9.1.3-2",
      text = "The default entry is neither inserted nor deleted: INVALID_ARGUMENT.")
  void defaultStays() {
    Action action = p4().action("set", 1);
    refused(Program.insert(byDefault("exact_t", action)), Code.INVALID_ARGUMENT);
    refused(Program.delete(byDefault("exact_t", action)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1.3",
      id = "9.1.3-3",
      text = "A default entry with a match or a priority is refused with INVALID_ARGUMENT.")
  void defaultHasNoKey() {
    Action action = p4().action("set", 1);
    refused(
        Program.modify(byDefault("exact_t", action).addMatch(Program.exact(1, 1))),
        Code.INVALID_ARGUMENT);
    refused(Program.modify(byDefault("exact_t", action).setPriority(1)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1.3",
      id = "9.1.3-4",
      text = "Without an action it becomes again what the program says, its metadata too.")
  void defaultIsReset() {
    primary()
        .write(
            Program.modify(
                byDefault("exact_t", p4().action("set", 0x31))
                    .setMetadata(ByteString.copyFromUtf8("m"))));
    primary().write(Program.modify(byDefault("exact_t")));
    assertThat(result(1, 9, 0, 9)).isEqualTo(0xee);
    TableEntry read = theEntry(byDefault("exact_t"));
    assertThat(read.getMetadata()).isEmpty();
    assertThat(read.getAction().getAction()).isEqualTo(p4().action("only_default", 0xee));
  }

  @Requirement(
      section = "9.1.3",
      id = "9.1.3-5",
      text = "A constant default entry is refused with PERMISSION_DENIED.")
  void constantDefault() {
    refused(Program.modify(byDefault("ternary_t", p4().action("drop"))), Code.PERMISSION_DENIED);
  }

  @Requirement(
      section = "9.1.3",
      id = "9.1.3-6",
      text = "A table with a profile keeps NoAction as its default.")
  void indirectDefault() {
    assertThat(primary().code(Program.modify(byDefault("profile_t", p4().action("set", 1)))))
        .isNotEqualTo(Code.OK);
  }

  @Requirement(
      section = "9.1.4",
      id = "9.1.4-1",
      text = "Entries of a constant table are not inserted, changed or deleted.")
  void constantTable() {
    TableEntry.Builder entry =
        p4().entry("const_t", Program.ternary(1, 0x0100, 0xff00)).setPriority(2);
    refused(Program.delete(entry), Code.PERMISSION_DENIED);
    entry.getActionBuilder().setAction(p4().action("set", 1));
    refused(Program.modify(entry), Code.PERMISSION_DENIED);
    refused(Program.insert(entry.setPriority(9)), Code.PERMISSION_DENIED);
  }

  @Requirement(
      section = "9.1.4",
      id = "9.1.4-2",
      text = "The default action of a constant table may change.")
  void defaultOfConstantTable() {
    primary().write(Program.modify(byDefault("const_t", p4().action("set", 1))));
  }

  @Requirement(
      section = "9.1.4",
      id = "9.1.4-3",
      text = "Constant entries are read with match, action and priorities from N down.")
  void readConstantTable() {
    assertThat(entries(p4().entry("const_t")))
        .extracting(TableEntry::getPriority)
        .containsExactlyInAnyOrder(2, 1);
    TableEntry first =
        theEntry(p4().entry("const_t", Program.ternary(1, 0x0100, 0xff00)).setPriority(2));
    assertThat(first.getAction().getAction()).isEqualTo(p4().action("set", 1));
  }

  @Requirement(section = "9.1", id = "9.1-15", text = "Constant entries are read with is_const.")
  void constantsSaySo() {
    assertThat(entries(p4().entry("const_t"))).hasSize(2).allMatch(TableEntry::getIsConst);
  }

  @Requirement(
      section = "9.1.5",
      id = "9.1.5-1",
      text = "Initial entries are there from the start, and can be read.")
  void initialEntries() {
    assertThat(result(5, 2, 0, 0)).isEqualTo(12);
    assertThat(entries(p4().entry("preset_t"))).hasSize(2);
  }

  @Requirement(
      section = "9.1.5",
      id = "9.1.5-2",
      text = "Initial entries that are not const can be modified and deleted.")
  void initialEntriesChange() {
    TableEntry.Builder entry = p4().entry("preset_t", Program.exact(1, 2));
    entry.getActionBuilder().setAction(p4().action("set", 13));
    primary().write(Program.modify(entry));
    assertThat(result(5, 2, 0, 0)).isEqualTo(13);
    primary().write(Program.delete(entry));
    assertThat(result(5, 2, 0, 0)).isZero();
  }

  @Requirement(section = "9.1.5", id = "9.1.5-3", text = "A table with initial entries takes more.")
  void initialEntriesAndMore() {
    TableEntry.Builder entry = p4().entry("preset_t", Program.exact(1, 3));
    entry.getActionBuilder().setAction(p4().action("set", 13));
    primary().write(Program.insert(entry));
    assertThat(result(5, 3, 0, 0)).isEqualTo(13);
  }

  @Requirement(
      section = "9.1.5",
      id = "9.1.5-4",
      text = "Initial entries that are const are refused with PERMISSION_DENIED.")
  void constInitialEntries() {
    refused(
        Program.update(
            Update.Type.DELETE, Program.entity(p4().entry("preset_t", Program.exact(1, 1)))),
        Code.PERMISSION_DENIED);
    TableEntry.Builder changed = p4().entry("preset_t", Program.exact(1, 1));
    changed.getActionBuilder().setAction(p4().action("set", 13));
    refused(Program.modify(changed), Code.PERMISSION_DENIED);
    assertThat(result(5, 1, 0, 0)).isEqualTo(11);
  }

  @Requirement(
      section = "9.1.5",
      id = "9.1.5-5",
      text = "Initial entries that are const are read with is_const, the others without.")
  void constInitialEntriesSaySo() {
    assertThat(theEntry(p4().entry("preset_t", Program.exact(1, 1))).getIsConst()).isTrue();
    assertThat(theEntry(p4().entry("preset_t", Program.exact(1, 2))).getIsConst()).isFalse();
  }
}
