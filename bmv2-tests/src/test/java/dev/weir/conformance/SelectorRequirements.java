package dev.weir.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import java.util.TreeSet;
import p4.v1.P4RuntimeOuterClass.ActionProfileActionSet;
import p4.v1.P4RuntimeOuterClass.ActionProfileMember;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/** Selectors programmed in one shot (§9.2.3, §9.2.4). */
final class SelectorRequirements extends Requirements {
  /** An entry of {@code table} that chooses among {@code set(v)}, each with its weight. */
  private TableEntry.Builder oneShot(String table, long key, int... valuesAndWeights) {
    TableEntry.Builder entry = p4().entry(table, Program.exact(1, key));
    ActionProfileActionSet.Builder set =
        entry.getActionBuilder().getActionProfileActionSetBuilder();
    for (int i = 0; i < valuesAndWeights.length; i += 2) {
      set.addActionProfileActionsBuilder()
          .setAction(p4().action("set", valuesAndWeights[i]))
          .setWeight(valuesAndWeights[i + 1]);
    }
    return entry;
  }

  @Requirement(
      section = "9.2.3",
      id = "9.2.3-1",
      text = "An entry can bring its own set of weighted actions.")
  void oneShotWorks() {
    primary().write(Program.insert(oneShot("selector_t", 1, 0x61, 1, 0x62, 3)));
    TreeSet<Integer> all = new TreeSet<>();
    for (int flow = 0; flow < 60; flow++) {
      all.add(result(8, 1, flow * 7919L, 0));
    }
    assertThat(all).containsExactly(0x61, 0x62);
  }

  @Requirement(
      section = "9.2.3",
      id = "9.2.3-2",
      text = "It is read as it was written, equal actions apart and in order.")
  void oneShotIsSymmetric() {
    TableEntry.Builder entry = oneShot("selector_t", 1, 0x61, 1, 0x61, 1, 0x62, 2);
    primary().write(Program.insert(entry));
    assertThat(theEntry(p4().entry("selector_t"))).isEqualTo(entry.build());
  }

  @Requirement(
      section = "9.2.3",
      id = "9.2.3-3",
      text = "A weight of 0 is refused with INVALID_ARGUMENT.")
  void weightZero() {
    refused(Program.insert(oneShot("selector_t", 1, 0x61, 0)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.2.3",
      id = "9.2.3-4",
      text = "The sum of weights stays within max_group_size: INVALID_ARGUMENT.")
  void sumOfWeights() {
    refused(Program.insert(oneShot("selector_t", 1, 0x61, 3, 0x62, 2)), Code.INVALID_ARGUMENT);
    primary().write(Program.insert(oneShot("selector_t", 1, 0x61, 3, 0x62, 1)));
  }

  @Requirement(
      section = "9.2.3",
      id = "9.2.3-5",
      text = "Where members count instead, so many actions are allowed, of any weight allowed.")
  void sumOfMembers() {
    primary().write(Program.insert(oneShot("members_t", 1, 0x61, 10, 0x62, 10)));
    refused(
        Program.insert(oneShot("members_t", 2, 0x61, 1, 0x62, 1, 0x63, 1)), Code.INVALID_ARGUMENT);
    refused(Program.insert(oneShot("members_t", 2, 0x61, 11)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.2.3",
      id = "9.2.3-6",
      text = "One-shot entries and members of one selector do not mix: INVALID_ARGUMENT.")
  void noMixing() {
    primary().write(Program.insert(oneShot("selector_t", 1, 0x61, 1)));
    ActionProfileMember.Builder member =
        ActionProfileMember.newBuilder()
            .setActionProfileId(p4().profileId("selector"))
            .setMemberId(1)
            .setAction(p4().action("set", 1));
    Update insert =
        Program.update(
            Update.Type.INSERT, Entity.newBuilder().setActionProfileMember(member).build());
    refused(insert, Code.INVALID_ARGUMENT);
    primary().write(Program.delete(oneShot("selector_t", 1)));
    primary().write(insert);
    TableEntry.Builder toMember = p4().entry("selector_t", Program.exact(1, 2));
    toMember.getActionBuilder().setActionProfileMemberId(1);
    primary().write(Program.insert(toMember));
    refused(Program.insert(oneShot("selector_t", 1, 0x61, 1)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.2.3",
      id = "9.2.3-7",
      text = "A modification replaces the whole set; a deletion leaves no member behind.")
  void oneShotChanges() {
    primary().write(Program.insert(oneShot("selector_t", 1, 0x61, 1, 0x62, 1)));
    primary().write(Program.modify(oneShot("selector_t", 1, 0x63, 1)));
    assertThat(result(8, 1, 7, 0)).isEqualTo(0x63);
    primary().write(Program.delete(oneShot("selector_t", 1)));
    assertThat(
            primary()
                .read(
                    Entity.newBuilder()
                        .setActionProfileMember(ActionProfileMember.getDefaultInstance())
                        .build()))
        .isEmpty();
  }

  @Requirement(
      section = "9.2.3",
      id = "9.2.3-8",
      text =
          "The default selection mode and size semantics, named or not, are supported; HASH too.")
  void selectionModes() {
    TableEntry.Builder entry = oneShot("selector_t", 1, 0x61, 1);
    entry
        .getActionBuilder()
        .getActionProfileActionSetBuilder()
        .setActionSelectionMode(ActionProfileActionSet.ActionSelectionMode.HASH);
    primary().write(Program.insert(entry));
    assertThat(theEntry(p4().entry("selector_t"))).isEqualTo(entry.build());
  }

  @Requirement(
      section = "9.2.3",
      id = "9.2.3-9",
      text = "A one-shot set for a profile without a selector is refused.")
  void noSelector() {
    refused(Program.insert(oneShot("profile_t", 1, 0x61, 1)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.2.3",
      id = "9.2.3-10",
      text = "An entry's own size semantics override the selector's.")
  void sizeSemantics() {
    TableEntry.Builder entry = oneShot("selector_t", 1, 0x61, 3, 0x62, 2);
    entry
        .getActionBuilder()
        .getActionProfileActionSetBuilder()
        .setSizeSemantics(ActionProfileActionSet.SizeSemantics.SUM_OF_MEMBERS);
    primary().write(Program.insert(entry));
    assertThat(theEntry(p4().entry("selector_t"))).isEqualTo(entry.build());
  }

  @Requirement(
      section = "9.2.4",
      id = "9.2.4-1",
      text = "A packet that meets an empty group passes on without an error.")
  void emptyGroup() {
    primary()
        .write(
            Program.update(
                Update.Type.INSERT,
                Entity.newBuilder()
                    .setActionProfileGroup(
                        p4.v1.P4RuntimeOuterClass.ActionProfileGroup.newBuilder()
                            .setActionProfileId(p4().profileId("selector"))
                            .setGroupId(1)
                            .setMaxSize(4))
                    .build()));
    TableEntry.Builder entry = p4().entry("selector_t", Program.exact(1, 1));
    entry.getActionBuilder().setActionProfileGroupId(1);
    primary().write(Program.insert(entry));
    assertThat(result(8, 1, 0, 0)).isZero();
  }
}
