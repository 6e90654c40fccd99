package dev.weir.softswitch.differential;

import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.differential.SideBySide.Input;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import p4.v1.P4RuntimeOuterClass.ActionProfileMember;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/**
 * The same program, entries and packets on simple_switch_grpc and on the soft switch: the same
 * frames leave each port in the same order. Needs root and simple_switch_grpc on PATH.
 */
class DifferentialTest {
  private static final int PORTS = SideBySide.PORTS;

  @TempDir Path temp;

  @Test
  void routesAlike() throws Exception {
    SideBySide.require();
    Random random = new Random(11);
    P4Client.Names names = new P4Client.Names(Programs.p4info("router"));
    List<Update> updates = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      int length = random.nextInt(4) == 0 ? 1 + random.nextInt(32) : 21 + random.nextInt(5);
      long address = (0x0a000000L | random.nextInt(1 << 12)) >>> (32 - length) << (32 - length);
      TableEntry.Builder entry =
          names
              .entry("route")
              .addMatch(names.lpm("route", "dst", BigInteger.valueOf(address), length));
      entry
          .getActionBuilder()
          .setAction(
              random.nextInt(5) == 0
                  ? names.action("drop")
                  : names.action("via", random.nextInt(8), 1 + random.nextInt(PORTS)));
      Update update = P4Client.insert(entry);
      if (updates.stream()
          .noneMatch(
              u -> u.getEntity().getTableEntry().getMatchList().equals(entry.getMatchList()))) {
        updates.add(update);
      }
    }
    for (int i = 0; i < 6; i++) {
      TableEntry.Builder entry =
          names.entry("neighbour").addMatch(names.exact("neighbour", "next_hop", i));
      entry.getActionBuilder().setAction(names.action("rewrite", 0x020000000000L + i, 0x22));
      updates.add(P4Client.insert(entry));
    }
    List<Input> inputs = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      byte[] frame = ipv4(random, 0x0a000000L | random.nextInt(1 << 12));
      if (random.nextInt(8) == 0) {
        frame = Arrays.copyOf(frame, 14 + random.nextInt(frame.length - 14));
      }
      if (random.nextInt(8) == 0) {
        frame[14 + random.nextInt(Math.min(20, frame.length - 14) + 1) - 1] ^= 0x55;
      }
      inputs.add(new Input(1, frame));
    }
    new SideBySide(temp)
        .compare("router", Programs.config("router", 1), List.of(updates), inputs, true);
  }

  private static byte[] ipv4(Random random, long dst) {
    byte[] frame = new byte[34 + random.nextInt(60)];
    random.nextBytes(frame);
    frame[12] = 8;
    frame[13] = 0;
    frame[14] = 0x45;
    frame[22] = (byte) (random.nextInt(4) == 0 ? random.nextInt(3) : 64);
    frame[24] = 0;
    frame[25] = 0;
    for (int i = 0; i < 4; i++) {
      frame[30 + i] = (byte) (dst >>> (24 - 8 * i));
    }
    int sum = 0;
    for (int i = 14; i < 34; i += 2) {
      sum += (frame[i] & 0xff) << 8 | frame[i + 1] & 0xff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    sum = (sum & 0xffff) + (sum >>> 16);
    frame[24] = (byte) (~sum >>> 8);
    frame[25] = (byte) ~sum;
    return frame;
  }

  private static byte[] key(Random random, int kind) {
    byte[] frame = new byte[60];
    random.nextBytes(frame);
    frame[0] = (byte) kind;
    return frame;
  }

  @Test
  void matchesAlike() throws Exception {
    SideBySide.require();
    Random random = new Random(12);
    P4Client.Names names = new P4Client.Names(Programs.p4info("matching"));
    List<Update> members = new ArrayList<>();
    List<Update> updates = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      TableEntry.Builder entry =
          names
              .entry("exact_t")
              .addMatch(names.exact("exact_t", "a", i))
              .addMatch(names.exact("exact_t", "d", 1));
      entry.getActionBuilder().setAction(names.action("set", i, 1 + i % PORTS));
      updates.add(P4Client.insert(entry));
    }
    for (int i = 1; i <= 120; i++) {
      int length = 8 * (1 + i % 4) + i % 3;
      BigInteger value =
          BigInteger.valueOf(random.nextInt(1 << 10))
              .shiftLeft(118)
              .shiftRight(128 - length)
              .shiftLeft(128 - length);
      TableEntry.Builder entry =
          names
              .entry("lpm_t")
              .addMatch(names.exact("lpm_t", "d", i))
              .addMatch(names.lpm("lpm_t", "c", value, length));
      entry.getActionBuilder().setAction(names.action("set", i, 1 + i % PORTS));
      updates.add(P4Client.insert(entry));
    }
    for (int i = 1; i <= 200; i++) {
      long mask = random.nextInt(1 << 16) | 1;
      TableEntry.Builder entry = names.entry("ternary_t").setPriority(i);
      if (random.nextBoolean()) {
        entry.addMatch(
            names.ternary(
                "ternary_t",
                "a",
                BigInteger.valueOf(random.nextInt(4) & mask),
                BigInteger.valueOf(mask)));
      }
      if (random.nextBoolean()) {
        long low = random.nextInt(8);
        entry.addMatch(names.range("ternary_t", "b", low, low + random.nextInt(4)));
      }
      if (random.nextBoolean()) {
        entry.addMatch(names.optional("ternary_t", "d", random.nextInt(3)));
      }
      entry.getActionBuilder().setAction(names.action("set", i, 1 + i % PORTS));
      updates.add(P4Client.insert(entry));
    }
    int profile = Programs.p4info("matching").getActionProfiles(0).getPreamble().getId();
    for (int i = 1; i <= 3; i++) {
      members.add(
          P4Client.update(
              Update.Type.INSERT,
              Entity.newBuilder()
                  .setActionProfileMember(
                      ActionProfileMember.newBuilder()
                          .setActionProfileId(profile)
                          .setMemberId(i)
                          .setAction(names.action("set", 0x40 + i, i)))
                  .build()));
      TableEntry.Builder entry =
          names.entry("profile_t").addMatch(names.exact("profile_t", "a", i));
      entry.getActionBuilder().setActionProfileMemberId(i);
      updates.add(P4Client.insert(entry));
    }
    List<Input> inputs = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      byte[] frame = key(random, 0x10 + random.nextInt(6));
      frame[1] = 0;
      frame[2] = (byte) random.nextInt(5);
      if (frame[0] == 0x13) {
        frame[1] = (byte) random.nextInt(3);
        frame[2] = 0;
      }
      frame[3] = 0;
      frame[4] = 0;
      frame[5] = 0;
      frame[6] = (byte) random.nextInt(24);
      if (frame[0] == 0x11) {
        frame[23] = (byte) random.nextInt(128);
        frame[8] &= (byte) 0xc0;
      } else {
        frame[23] = (byte) random.nextInt(3);
      }
      inputs.add(new Input(1, frame));
    }
    // The default of exact_t sends to a port that neither has; the last one has to come out.
    inputs.add(new Input(1, key(1, 1)));
    new SideBySide(temp)
        .compare(
            "matching", Programs.config("matching", 1), List.of(members, updates), inputs, true);
  }

  private static byte[] key(int a, int d) {
    byte[] frame = new byte[60];
    frame[0] = 0x10;
    frame[2] = (byte) a;
    frame[23] = (byte) d;
    return frame;
  }

  @Test
  void computesAlike() throws Exception {
    SideBySide.require();
    Random random = new Random(13);
    List<Input> inputs = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      byte[] frame = new byte[60];
      random.nextBytes(frame);
      frame[0] = (byte) (1 + random.nextInt(4));
      frame[1] = (byte) random.nextInt(20);
      if (frame[0] == 2) {
        // Few values, so that ways are found again.
        Arrays.fill(frame, 2, 18, (byte) random.nextInt(4));
      }
      if (random.nextInt(10) == 0) {
        frame = Arrays.copyOf(frame, 14 + random.nextInt(30));
      }
      inputs.add(new Input(1, frame));
    }
    new SideBySide(temp)
        .compare("stateful", Programs.config("stateful", 1), List.of(), inputs, true);
  }

  @Test
  void copiesAlike() throws Exception {
    SideBySide.require();
    Random random = new Random(14);
    List<Update> updates = new ArrayList<>();
    for (int group = 1; group <= 3; group++) {
      var entity = Entity.newBuilder();
      var entry =
          entity
              .getPacketReplicationEngineEntryBuilder()
              .getMulticastGroupEntryBuilder()
              .setMulticastGroupId(group);
      for (int port = 1; port <= group + 1; port++) {
        entry.addReplicasBuilder().setEgressPort(port).setInstance(10 * group + port);
      }
      updates.add(P4Client.update(Update.Type.INSERT, entity.build()));
    }
    for (int session = 1; session <= 2; session++) {
      var entity = Entity.newBuilder();
      entity
          .getPacketReplicationEngineEntryBuilder()
          .getCloneSessionEntryBuilder()
          .setSessionId(session)
          .addReplicasBuilder()
          .setEgressPort(2 + session)
          .setInstance(0);
      updates.add(P4Client.update(Update.Type.INSERT, entity.build()));
    }
    List<Input> inputs = new ArrayList<>();
    int[] ops = {1, 2, 3, 4, 5, 8, 9, 10, 11};
    for (int i = 0; i < 400; i++) {
      byte[] frame = new byte[60];
      random.nextBytes(frame);
      frame[0] = (byte) ops[random.nextInt(ops.length)];
      frame[2] = 0;
      frame[3] = (byte) random.nextInt(5);
      frame[4] = (byte) random.nextInt(3);
      frame[5] = (byte) random.nextInt(2);
      frame[6] = (byte) random.nextInt(10);
      if (frame[5] == 1) {
        for (int label = 0; label < 3; label++) {
          frame[7 + 3 * label + 2] &= (byte) 0xf0;
          if (label == random.nextInt(4)) {
            frame[7 + 3 * label + 2] |= 1;
          }
        }
      }
      inputs.add(new Input(1, frame));
    }
    // In simple_switch resubmitted and recirculated packets wait in a queue of their own.
    new SideBySide(temp)
        .compare("copies", Programs.config("copies", 1), List.of(updates), inputs, false);
  }
}
