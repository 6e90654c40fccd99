package dev.weir.softswitch.differential;

import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.P4Client.Names;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.differential.SideBySide.Input;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.MeterConfig;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/**
 * What p4c's corpora do not reach, on simple_switch_grpc and on the soft switch: hash algorithms,
 * meters, truncation, selectors, ranges, value sets, digests. Packets are random, some cut short.
 */
class ExternDifferentialTest {
  private static final Update.Type INSERT = Update.Type.INSERT;

  /** Enough of both that time does not matter to any meter. */
  private static final long ENDLESS = 1_000_000_000L;

  @TempDir Path temp;

  private final Random random = new Random(21);

  @BeforeEach
  void bothArePresent() {
    SideBySide.require();
  }

  private Input input(int length, int... first) {
    byte[] frame = new byte[length];
    random.nextBytes(frame);
    for (int i = 0; i < first.length; i++) {
      frame[i] = (byte) first[i];
    }
    // Some end within what the parser asks for.
    return new Input(
        1, random.nextInt(10) == 0 ? Arrays.copyOf(frame, 14 + random.nextInt(8)) : frame);
  }

  private void compare(String program, List<List<Update>> batches, List<Input> inputs)
      throws Exception {
    new SideBySide(temp).compare(program, Programs.config(program, 1), batches, inputs, true);
  }

  @Test
  void hashesAlike() throws Exception {
    List<Input> inputs = new ArrayList<>();
    for (int i = 0; i < 420; i++) {
      inputs.add(input(60, i % 7));
    }
    compare("hashes", List.of(), inputs);
  }

  private static MeterConfig rates(long committedBurst, long peakBurst) {
    // Rates so low that nothing comes back within the test, or so high that all does.
    return MeterConfig.newBuilder()
        .setCir(committedBurst == ENDLESS ? ENDLESS : 1)
        .setCburst(committedBurst)
        .setPir(peakBurst == ENDLESS ? ENDLESS : 1)
        .setPburst(peakBurst)
        .build();
  }

  @Test
  void metersAlike() throws Exception {
    Names names = new Names(Programs.p4info("meters"));
    MeterConfig[] configs = {
      rates(ENDLESS, ENDLESS), rates(1, ENDLESS), rates(1, 1), rates(70, ENDLESS), rates(1, 70)
    };
    List<Update> updates = new ArrayList<>();
    for (var meter : names.info().getMetersList()) {
      for (int i = 0; i < configs.length; i++) {
        var entity = Entity.newBuilder();
        entity
            .getMeterEntryBuilder()
            .setMeterId(meter.getPreamble().getId())
            .setConfig(configs[i])
            .getIndexBuilder()
            .setIndex(i);
        updates.add(P4Client.update(Update.Type.MODIFY, entity.build()));
      }
    }
    for (int i = 0; i < configs.length; i++) {
      TableEntry.Builder entry = names.entry("metered").addMatch(names.exact("metered", "key", i));
      entry.setMeterConfig(configs[i]);
      entry.getActionBuilder().setAction(names.action("take", 1 + i % 2));
      updates.add(P4Client.insert(entry));
    }
    List<Input> inputs = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      // Beyond the configured ones, and beyond the array.
      inputs.add(input(60 + random.nextInt(40), random.nextInt(10), random.nextInt(8)));
    }
    compare("meters", List.of(updates), inputs);
  }

  @Test
  void truncatesAlike() throws Exception {
    List<Update> updates = new ArrayList<>();
    for (int session = 1; session <= 2; session++) {
      // BMv2's P4Runtime refuses sessions that cut.
      var entity = Entity.newBuilder();
      entity
          .getPacketReplicationEngineEntryBuilder()
          .getCloneSessionEntryBuilder()
          .setSessionId(session)
          .addReplicasBuilder()
          .setEgressPort(3)
          .setInstance(0);
      updates.add(P4Client.update(INSERT, entity.build()));
    }
    var group = Entity.newBuilder();
    var entry =
        group
            .getPacketReplicationEngineEntryBuilder()
            .getMulticastGroupEntryBuilder()
            .setMulticastGroupId(1);
    entry.addReplicasBuilder().setEgressPort(1).setInstance(1);
    entry.addReplicasBuilder().setEgressPort(4).setInstance(2);
    updates.add(P4Client.update(INSERT, group.build()));
    List<Input> inputs = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      // No shorter than a frame has to be to leave by an interface.
      inputs.add(input(40 + random.nextInt(60), i % 9, 14 + random.nextInt(100)));
    }
    // Copies and packets meet at their port by timing.
    new SideBySide(temp)
        .compare("truncation", Programs.config("truncation", 1), List.of(updates), inputs, false);
  }

  @Test
  void selectsAlike() throws Exception {
    Names names = new Names(Programs.p4info("selectors"));
    int profile = names.info().getActionProfiles(0).getPreamble().getId();
    List<Update> members = new ArrayList<>();
    for (int i = 1; i <= 6; i++) {
      var entity = Entity.newBuilder();
      entity
          .getActionProfileMemberBuilder()
          .setActionProfileId(profile)
          .setMemberId(i)
          .setAction(names.action("choose", i, 1 + i % 3));
      members.add(P4Client.update(INSERT, entity.build()));
    }
    List<Update> groups = new ArrayList<>();
    List<Update> updates = new ArrayList<>();
    for (int g = 1; g <= 4; g++) {
      var entity = Entity.newBuilder();
      var group = entity.getActionProfileGroupBuilder().setActionProfileId(profile).setGroupId(g);
      group.setMaxSize(6);
      for (int member = 1; member <= g + 1; member++) {
        group.addMembersBuilder().setMemberId(member).setWeight(1);
      }
      groups.add(P4Client.update(INSERT, entity.build()));
      TableEntry.Builder entry = names.entry("balance").addMatch(names.exact("balance", "key", g));
      entry.getActionBuilder().setActionProfileGroupId(g);
      updates.add(P4Client.insert(entry));
    }
    for (int i = 1; i <= 60; i++) {
      TableEntry.Builder entry = names.entry("ranges").setPriority(i);
      long low = random.nextInt(0x10000);
      entry.addMatch(
          names.range("ranges", "number", low, Math.min(0xffff, low + 1 + random.nextInt(0x4000))));
      if (random.nextBoolean()) {
        long from = random.nextInt(Integer.MAX_VALUE);
        entry.addMatch(
            names.range("ranges", "flow", from, from + random.nextInt(Integer.MAX_VALUE)));
      }
      entry.getActionBuilder().setAction(names.action("in_range", i));
      updates.add(P4Client.insert(entry));
    }
    List<Input> inputs = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      inputs.add(input(60, random.nextInt(6)));
    }
    compare("selectors", List.of(members, groups, updates), inputs);
  }

  @Test
  void learnsAlike() throws Exception {
    List<Update> updates = new ArrayList<>();
    for (var digest : Programs.p4info("digests").getDigestsList()) {
      var entity = Entity.newBuilder();
      entity
          .getDigestEntryBuilder()
          .setDigestId(digest.getPreamble().getId())
          .getConfigBuilder()
          .setMaxListSize(4)
          .setMaxTimeoutNs(10_000_000)
          .setAckTimeoutNs(1_000_000_000);
      updates.add(P4Client.update(INSERT, entity.build()));
    }
    List<Input> inputs = new ArrayList<>();
    int expected = 0;
    for (int i = 0; i < 120; i++) {
      byte[] frame = new byte[60];
      random.nextBytes(frame);
      frame[0] = (byte) (i % 3);
      inputs.add(new Input(1, frame));
      expected += i % 3 == 0 ? 0 : 1;
    }
    new SideBySide(temp)
        .withDigests(expected)
        .compare("digests", Programs.config("digests", 1), List.of(updates), inputs, true);
  }
}
