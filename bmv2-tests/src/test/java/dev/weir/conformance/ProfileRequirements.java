package dev.weir.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import p4.v1.P4RuntimeOuterClass.ActionProfileGroup;
import p4.v1.P4RuntimeOuterClass.ActionProfileMember;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/** Members and groups of action profiles (§9.2.1, §9.2.2). */
final class ProfileRequirements extends Requirements {
  private ActionProfileMember.Builder member(String profile, int id, int value) {
    return ActionProfileMember.newBuilder()
        .setActionProfileId(p4().profileId(profile))
        .setMemberId(id)
        .setAction(p4().action("set", value));
  }

  private static Update update(Update.Type type, ActionProfileMember.Builder member) {
    return Program.update(type, Entity.newBuilder().setActionProfileMember(member).build());
  }

  private static Update insert(ActionProfileMember.Builder member) {
    return update(Update.Type.INSERT, member);
  }

  private ActionProfileGroup.Builder group(String profile, int id, int... members) {
    ActionProfileGroup.Builder group =
        ActionProfileGroup.newBuilder()
            .setActionProfileId(p4().profileId(profile))
            .setGroupId(id)
            .setMaxSize(profile.equals("unbounded") ? 0 : 4);
    for (int member : members) {
      group.addMembersBuilder().setMemberId(member).setWeight(1);
    }
    return group;
  }

  private static Update update(Update.Type type, ActionProfileGroup.Builder group) {
    return Program.update(type, Entity.newBuilder().setActionProfileGroup(group).build());
  }

  private static Update insert(ActionProfileGroup.Builder group) {
    return update(Update.Type.INSERT, group);
  }

  private TableEntry.Builder toMember(String table, int member) {
    TableEntry.Builder entry = p4().entry(table, Program.exact(1, 1));
    entry.getActionBuilder().setActionProfileMemberId(member);
    return entry;
  }

  private TableEntry.Builder toGroup(int group) {
    TableEntry.Builder entry = p4().entry("selector_t", Program.exact(1, 1));
    entry.getActionBuilder().setActionProfileGroupId(group);
    return entry;
  }

  private java.util.List<Entity> members(int profile, int id) {
    return primary()
        .read(
            Entity.newBuilder()
                .setActionProfileMember(
                    ActionProfileMember.newBuilder().setActionProfileId(profile).setMemberId(id))
                .build());
  }

  private java.util.List<Entity> groups(int profile, int id) {
    return primary()
        .read(
            Entity.newBuilder()
                .setActionProfileGroup(
                    ActionProfileGroup.newBuilder().setActionProfileId(profile).setGroupId(id))
                .build());
  }

  @Requirement(section = "9.2.1", id = "9.2.1-1", text = "An entry runs the action of its member.")
  void memberRuns() {
    primary().write(insert(member("profile", 1, 0x41)));
    primary().write(Program.insert(toMember("profile_t", 1)));
    assertThat(result(7, 1, 0, 0)).isEqualTo(0x41);
    assertThat(theEntry(p4().entry("profile_t")).getAction().getActionProfileMemberId())
        .isEqualTo(1);
  }

  @Requirement(section = "9.2.1", id = "9.2.1-2", text = "A modified member changes its entries.")
  void memberChanges() {
    primary().write(insert(member("profile", 1, 0x41)));
    primary().write(Program.insert(toMember("profile_t", 1)));
    primary().write(update(Update.Type.MODIFY, member("profile", 1, 0x42)));
    assertThat(result(7, 1, 0, 0)).isEqualTo(0x42);
  }

  @Requirement(section = "9.2.1", id = "9.2.1-3", text = "A member id in use is ALREADY_EXISTS.")
  void memberTwice() {
    primary().write(insert(member("profile", 1, 1)));
    refused(insert(member("profile", 1, 2)), Code.ALREADY_EXISTS);
  }

  @Requirement(section = "9.2.1", id = "9.2.1-4", text = "A member without action is refused.")
  void memberWithoutAction() {
    refused(insert(member("profile", 1, 1).clearAction()), Code.INVALID_ARGUMENT);
    primary().write(insert(member("profile", 1, 1)));
    refused(
        update(Update.Type.MODIFY, member("profile", 1, 1).clearAction()), Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "9.2.1", id = "9.2.1-5", text = "An unknown member is NOT_FOUND.")
  void unknownMember() {
    refused(update(Update.Type.MODIFY, member("profile", 1, 1)), Code.NOT_FOUND);
    refused(update(Update.Type.DELETE, member("profile", 1, 1)), Code.NOT_FOUND);
  }

  @Requirement(
      section = "9.2.1",
      id = "9.2.1-6",
      text = "A member that an entry refers to is not deleted: FAILED_PRECONDITION.")
  void memberInUseByEntry() {
    primary().write(insert(member("profile", 1, 1)));
    primary().write(Program.insert(toMember("profile_t", 1)));
    refused(update(Update.Type.DELETE, member("profile", 1, 1)), Code.FAILED_PRECONDITION);
    primary().write(Program.delete(toMember("profile_t", 1)));
    primary().write(update(Update.Type.DELETE, member("profile", 1, 1).clearAction()));
  }

  @Requirement(
      section = "9.2.1",
      id = "9.2.1-7",
      text = "A member of a group is not deleted: FAILED_PRECONDITION.")
  void memberInUseByGroup() {
    primary().write(insert(member("selector", 1, 1)));
    primary().write(insert(group("selector", 1, 1)));
    refused(update(Update.Type.DELETE, member("selector", 1, 1)), Code.FAILED_PRECONDITION);
  }

  @Requirement(
      section = "9.2.1",
      id = "9.2.1-8",
      text = "Members beyond the profile's size are RESOURCE_EXHAUSTED.")
  void profileFull() {
    for (int i = 1; i <= 8; i++) {
      primary().write(insert(member("profile", i, i)));
    }
    refused(insert(member("profile", 9, 9)), Code.RESOURCE_EXHAUSTED);
  }

  @Requirement(
      section = "9.2.1",
      id = "9.2.1-9",
      text = "Reads: one member, all of a profile, all of all profiles.")
  void readMembers() {
    primary()
        .write(
            insert(member("profile", 1, 1)),
            insert(member("profile", 2, 2)),
            insert(member("selector", 1, 3)));
    assertThat(members(0, 0)).hasSize(3);
    assertThat(members(p4().profileId("profile"), 0)).hasSize(2);
    assertThat(members(p4().profileId("profile"), 2))
        .extracting(Entity::getActionProfileMember)
        .containsExactly(member("profile", 2, 2).build());
  }

  @Requirement(
      section = "9.2.1",
      id = "9.2.1-10",
      text = "A member takes only actions of the tables that use its profile.")
  void foreignAction() {
    refused(
        insert(member("profile", 1, 1).setAction(p4().action("coloured", 1))),
        Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.2.2",
      id = "9.2.2-1",
      text = "An entry of a group runs one of its members, always the same for a flow.")
  void groupRuns() {
    primary().write(insert(member("selector", 1, 0x51)), insert(member("selector", 2, 0x52)));
    primary().write(insert(group("selector", 1, 1, 2)));
    primary().write(Program.insert(toGroup(1)));
    java.util.Set<Integer> all = new java.util.TreeSet<>();
    for (int flow = 0; flow < 40; flow++) {
      int first = result(8, 1, flow * 7919L, 0);
      assertThat(result(8, 1, flow * 7919L, 0)).isEqualTo(first);
      all.add(first);
    }
    assertThat(all).containsExactly(0x51, 0x52);
  }

  @Requirement(section = "9.2.2", id = "9.2.2-2", text = "A group id in use is ALREADY_EXISTS.")
  void groupTwice() {
    primary().write(insert(member("selector", 1, 1)));
    primary().write(insert(group("selector", 1, 1)));
    refused(insert(group("selector", 1, 1)), Code.ALREADY_EXISTS);
  }

  @Requirement(
      section = "9.2.2",
      id = "9.2.2-3",
      text = "A group of unknown members is NOT_FOUND, and so is an unknown group.")
  void unknownInGroup() {
    refused(insert(group("selector", 1, 77)), Code.NOT_FOUND);
    refused(update(Update.Type.MODIFY, group("selector", 9)), Code.NOT_FOUND);
    refused(update(Update.Type.DELETE, group("selector", 9)), Code.NOT_FOUND);
  }

  @Requirement(
      section = "9.2.2",
      id = "9.2.2-4",
      text = "A weight of 0 is refused with INVALID_ARGUMENT.")
  void weightZero() {
    primary().write(insert(member("selector", 1, 1)));
    ActionProfileGroup.Builder group = group("selector", 1, 1);
    group.getMembersBuilder(0).setWeight(0);
    refused(insert(group), Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "9.2.2", id = "9.2.2-5", text = "A member twice in a group is refused.")
  void memberTwiceInGroup() {
    primary().write(insert(member("selector", 1, 1)));
    refused(insert(group("selector", 1, 1, 1)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.2.2",
      id = "9.2.2-6",
      text = "max_size does not change: INVALID_ARGUMENT.")
  void maxSizeStays() {
    primary().write(insert(member("selector", 1, 1)));
    primary().write(insert(group("selector", 1, 1)));
    refused(
        update(Update.Type.MODIFY, group("selector", 1, 1).setMaxSize(2)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.2.2",
      id = "9.2.2-7",
      text = "A group that an entry refers to is not deleted: FAILED_PRECONDITION.")
  void groupInUse() {
    primary().write(insert(member("selector", 1, 1)));
    primary().write(insert(group("selector", 1, 1)));
    primary().write(Program.insert(toGroup(1)));
    refused(update(Update.Type.DELETE, group("selector", 1)), Code.FAILED_PRECONDITION);
    primary().write(Program.delete(toGroup(1)));
    primary().write(update(Update.Type.DELETE, group("selector", 1).clearMaxSize()));
  }

  @Requirement(
      section = "9.2.2",
      id = "9.2.2-8",
      text = "A modification replaces all members; an id can name a member and a group.")
  void groupChanges() {
    primary().write(insert(member("selector", 1, 0x51)), insert(member("selector", 2, 0x52)));
    primary().write(insert(group("selector", 1, 1)));
    primary().write(Program.insert(toGroup(1)));
    assertThat(result(8, 1, 5, 0)).isEqualTo(0x51);
    primary().write(update(Update.Type.MODIFY, group("selector", 1, 2)));
    assertThat(result(8, 1, 5, 0)).isEqualTo(0x52);
  }

  @Requirement(
      section = "9.2.2",
      id = "9.2.2-9",
      text = "Groups read as they were written: one, all of a selector, all.")
  void readGroups() {
    primary().write(insert(member("selector", 1, 1)), insert(member("unbounded", 1, 1)));
    primary().write(insert(group("selector", 1, 1)), insert(group("unbounded", 2, 1)));
    assertThat(groups(0, 0)).hasSize(2);
    assertThat(groups(p4().profileId("selector"), 0))
        .extracting(Entity::getActionProfileGroup)
        .containsExactly(group("selector", 1, 1).build());
    assertThat(groups(p4().profileId("unbounded"), 2)).hasSize(1);
  }

  @Requirement(
      section = "9.2.2",
      id = "9.2.2-10",
      text = "Modifying a member changes every group that has it.")
  void memberOfGroups() {
    primary().write(insert(member("selector", 1, 0x51)));
    primary().write(insert(group("selector", 1, 1)), insert(group("selector", 2, 1)));
    TableEntry.Builder second = p4().entry("selector_t", Program.exact(1, 2));
    second.getActionBuilder().setActionProfileGroupId(2);
    primary().write(Program.insert(toGroup(1)), Program.insert(second));
    primary().write(update(Update.Type.MODIFY, member("selector", 1, 0x53)));
    assertThat(result(8, 1, 0, 0)).isEqualTo(0x53);
    assertThat(result(8, 2, 0, 0)).isEqualTo(0x53);
  }

  @Requirement(
      section = "9.2.2",
      id = "9.2.2-11",
      text = "A profile without a selector has no groups.")
  void noGroups() {
    refused(insert(group("profile", 1)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.2.2",
      id = "9.2.2-12",
      text = "Where P4Info bounds groups, max_size is above 0 and within that bound.")
  void maxSizeWithinBound() {
    refused(insert(group("selector", 1).setMaxSize(5)), Code.INVALID_ARGUMENT);
    refused(insert(group("selector", 1).setMaxSize(0)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.2.2",
      id = "9.2.2-13",
      text = "Where P4Info does not, max_size 0 leaves the bound to the target.")
  void maxSizeFree() {
    primary().write(insert(member("unbounded", 1, 1)));
    primary().write(insert(group("unbounded", 1, 1)));
  }

  @Requirement(
      section = "9.2.2",
      id = "9.2.2-14",
      text = "The sum of weights stays within max_size.")
  void sumOfWeights() {
    primary().write(insert(member("selector", 1, 1)));
    ActionProfileGroup.Builder group = group("selector", 1, 1);
    group.getMembersBuilder(0).setWeight(5);
    refused(insert(group), Code.INVALID_ARGUMENT, Code.RESOURCE_EXHAUSTED);
    group.getMembersBuilder(0).setWeight(4);
    primary().write(insert(group));
  }

  @Requirement(
      section = "9.2.2",
      id = "9.2.2-15",
      text = "A watched port has to exist: INVALID_ARGUMENT.")
  void unknownWatchPort() {
    primary().write(insert(member("selector", 1, 1)));
    ActionProfileGroup.Builder group = group("selector", 1, 1);
    group.getMembersBuilder(0).setWatchPort(Client.bytes(4000));
    refused(insert(group), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.2.2",
      id = "9.2.2-16",
      text = "A member whose watched port is down is not chosen, and again when it is up.")
  void watchPort() throws Exception {
    primary().write(insert(member("selector", 1, 0x51)), insert(member("selector", 2, 0x52)));
    ActionProfileGroup.Builder group = group("selector", 1, 1, 2);
    group.getMembersBuilder(0).setWatchPort(Client.bytes(1));
    group.getMembersBuilder(1).setWatchPort(Client.bytes(2));
    primary().write(insert(group));
    primary().write(Program.insert(toGroup(1)));
    try {
      device().setLink(1, false);
      awaitResults(0x52);
    } finally {
      device().setLink(1, true);
    }
    awaitResults(0x51, 0x52);
    assertThat(groups(p4().profileId("selector"), 1))
        .extracting(Entity::getActionProfileGroup)
        .containsExactly(group.build());
  }

  private void awaitResults(Integer... wanted) {
    org.awaitility.Awaitility.await()
        .atMost(java.time.Duration.ofSeconds(5))
        .untilAsserted(
            () -> {
              java.util.Set<Integer> all = new java.util.TreeSet<>();
              for (int flow = 0; flow < 30; flow++) {
                all.add(result(8, 1, flow * 7919L, 0));
              }
              assertThat(all).containsExactlyInAnyOrder(wanted);
            });
  }
}
