package dev.weir.conformance;

import static dev.weir.conformance.Client.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import p4.v1.P4RuntimeOuterClass.FieldMatch;
import p4.v1.P4RuntimeOuterClass.TableEntry;

/**
 * Restrictions that a program puts on its entries, in the language of p4-constraints, which P4Info
 * carries as annotations (§6.1.2).
 */
final class ConstraintRequirements extends Requirements {
  private TableEntry.Builder entry(long a, int priority, FieldMatch... more) {
    TableEntry.Builder entry =
        p4().entry("restricted", more).addMatch(Program.exact(1, a)).setPriority(priority);
    entry.getActionBuilder().setAction(p4().action("to", 1));
    return entry;
  }

  private TableEntry.Builder prefix(long c, int length) {
    TableEntry.Builder entry = p4().entry("prefixes", Program.lpm(1, c, length));
    entry.getActionBuilder().setAction(p4().action("to", 1));
    return entry;
  }

  private static FieldMatch address(long address) {
    return Program.ternary(2, address, 0xffffffffL);
  }

  @Requirement(
      section = "6.1.2",
      id = "6.1.2-1",
      program = "constrained",
      text = "An entry that meets @entry_restriction is taken.")
  void allowed() {
    primary()
        .write(
            Program.insert(entry(0x0800, 5, address(0x0a010203))),
            Program.insert(entry(0x86dd, 5)),
            Program.insert(entry(0x86dd, 6, Program.range(3, 3, 9))),
            Program.insert(prefix(0x0a0000000000L, 24)));
  }

  @Requirement(
      section = "6.1.2",
      id = "6.1.2-2",
      program = "constrained",
      text = "One that breaks it is refused with INVALID_ARGUMENT, on insert and on modify.")
  void implication() {
    refused(Program.insert(entry(0x0800, 5)), Code.INVALID_ARGUMENT);
    refused(Program.insert(entry(0x86dd, 5, address(0x0a010203))), Code.INVALID_ARGUMENT);
    assertThat(entries(p4().entry("restricted"))).isEmpty();
  }

  @Requirement(
      section = "6.1.2",
      id = "6.1.2-3",
      program = "constrained",
      text = "Values of addresses are compared as numbers.")
  void addresses() {
    refused(Program.insert(entry(0x0800, 5, address(0x0b000000))), Code.INVALID_ARGUMENT);
    refused(Program.insert(entry(0x0800, 5, address(0x09ffffff))), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "6.1.2",
      id = "6.1.2-4",
      program = "constrained",
      text = "Bounds of ranges, lengths of prefixes and priorities can be restricted.")
  void attributes() {
    refused(Program.insert(entry(0x86dd, 5, Program.range(3, 1, 9))), Code.INVALID_ARGUMENT);
    refused(Program.insert(entry(0x86dd, 1000)), Code.INVALID_ARGUMENT);
    refused(Program.insert(prefix(0x0a0000000000L, 25)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "6.1.2",
      id = "6.1.2-5",
      program = "constrained",
      text = "Parameters that break @action_restriction are refused with INVALID_ARGUMENT.")
  void parameters() {
    TableEntry.Builder entry = entry(0x86dd, 5);
    entry.getActionBuilder().getActionBuilder().getParamsBuilder(0).setValue(bytes(0));
    refused(Program.insert(entry), Code.INVALID_ARGUMENT);
    entry.getActionBuilder().getActionBuilder().getParamsBuilder(0).setValue(bytes(0x1f1));
    refused(Program.insert(entry), Code.INVALID_ARGUMENT);
    primary().write(Program.insert(entry(0x86dd, 5)));
    refused(Program.modify(entry), Code.INVALID_ARGUMENT);
  }
}
