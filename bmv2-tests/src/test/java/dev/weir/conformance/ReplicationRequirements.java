package dev.weir.conformance;

import static dev.weir.conformance.Client.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status.Code;
import java.util.List;
import p4.v1.P4RuntimeOuterClass.CloneSessionEntry;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.MulticastGroupEntry;
import p4.v1.P4RuntimeOuterClass.Replica;
import p4.v1.P4RuntimeOuterClass.Update;

/** Multicast groups and clone sessions (§9.5). */
final class ReplicationRequirements extends Requirements {
  static Replica.Builder replica(int port, int instance) {
    return Replica.newBuilder().setPort(bytes(port)).setInstance(instance);
  }

  private static MulticastGroupEntry.Builder group(int id, Replica.Builder... replicas) {
    MulticastGroupEntry.Builder group = MulticastGroupEntry.newBuilder().setMulticastGroupId(id);
    for (Replica.Builder replica : replicas) {
      group.addReplicas(replica);
    }
    return group;
  }

  private static CloneSessionEntry.Builder session(int id, Replica.Builder... replicas) {
    CloneSessionEntry.Builder session = CloneSessionEntry.newBuilder().setSessionId(id);
    for (Replica.Builder replica : replicas) {
      session.addReplicas(replica);
    }
    return session;
  }

  static Entity entity(MulticastGroupEntry.Builder group) {
    Entity.Builder entity = Entity.newBuilder();
    entity.getPacketReplicationEngineEntryBuilder().setMulticastGroupEntry(group);
    return entity.build();
  }

  private static Entity entity(CloneSessionEntry.Builder session) {
    Entity.Builder entity = Entity.newBuilder();
    entity.getPacketReplicationEngineEntryBuilder().setCloneSessionEntry(session);
    return entity.build();
  }

  private void write(Update.Type type, Entity entity) {
    primary().write(Program.update(type, entity));
  }

  private List<MulticastGroupEntry> groups(int id) {
    return primary().read(entity(group(id))).stream()
        .map(e -> e.getPacketReplicationEngineEntry().getMulticastGroupEntry())
        .toList();
  }

  private List<CloneSessionEntry> sessions(int id) {
    return primary().read(entity(session(id))).stream()
        .map(e -> e.getPacketReplicationEngineEntry().getCloneSessionEntry())
        .toList();
  }

  @Requirement(
      section = "9.5.1",
      id = "9.5.1-1",
      text = "A multicast packet is copied to every replica, with the replica's instance.")
  void multicast() {
    write(Update.Type.INSERT, entity(group(5, replica(510, 1), replica(510, 2), replica(1, 3))));
    assertThat(allOf(15, 5, 0, 0)).extracting(Seen::instance).containsExactlyInAnyOrder(1, 2);
  }

  @Requirement(
      section = "9.5.1",
      id = "9.5.1-2",
      text = "A packet for a group that does not exist, or no longer, is dropped.")
  void noGroup() {
    assertThat(allOf(15, 6, 0, 0)).isEmpty();
    write(Update.Type.INSERT, entity(group(6, replica(510, 1))));
    assertThat(allOf(15, 6, 0, 0)).hasSize(1);
    write(Update.Type.DELETE, entity(group(6)));
    assertThat(allOf(15, 6, 0, 0)).isEmpty();
  }

  @Requirement(section = "9.5.1", id = "9.5.1-3", text = "A modification replaces the replicas.")
  void modifyGroup() {
    write(Update.Type.INSERT, entity(group(35, replica(510, 1))));
    write(Update.Type.MODIFY, entity(group(35, replica(510, 7), replica(510, 8))));
    assertThat(allOf(15, 35, 0, 0)).extracting(Seen::instance).containsExactlyInAnyOrder(7, 8);
  }

  @Requirement(section = "9.5.1", id = "9.5.1-4", text = "Group id 0 is refused.")
  void groupZero() {
    refused(
        Program.update(Update.Type.INSERT, entity(group(0, replica(1, 1)))), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.5.1",
      id = "9.5.1-5",
      text = "An instance that egress_rid cannot hold is refused with INVALID_ARGUMENT.")
  void hugeInstance() {
    refused(
        Program.update(Update.Type.INSERT, entity(group(5, replica(1, 0x10000)))),
        Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.5.1",
      id = "9.5.1-6",
      text = "Two replicas of one port and instance are refused with INVALID_ARGUMENT.")
  void replicaTwice() {
    refused(
        Program.update(Update.Type.INSERT, entity(group(5, replica(1, 1), replica(1, 1)))),
        Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.5.1",
      id = "9.5.1-7",
      text = "A group that exists is ALREADY_EXISTS, an unknown one NOT_FOUND.")
  void groupExists() {
    write(Update.Type.INSERT, entity(group(5, replica(1, 1))));
    refused(
        Program.update(Update.Type.INSERT, entity(group(5, replica(1, 1)))), Code.ALREADY_EXISTS);
    refused(Program.update(Update.Type.MODIFY, entity(group(9, replica(1, 1)))), Code.NOT_FOUND);
    refused(Program.update(Update.Type.DELETE, entity(group(9))), Code.NOT_FOUND);
  }

  @Requirement(
      section = "9.5.1",
      id = "9.5.1-8",
      text = "One group or all are read as they were written.")
  void readGroups() {
    MulticastGroupEntry.Builder first = group(5, replica(1, 1), replica(2, 0));
    write(Update.Type.INSERT, entity(first));
    write(Update.Type.INSERT, entity(group(6)));
    assertThat(groups(5)).containsExactly(first.build());
    assertThat(groups(0)).hasSize(2);
  }

  @Requirement(section = "9.5.1", id = "9.5.1-9", text = "A group's metadata is kept.")
  void groupMetadata() {
    write(
        Update.Type.INSERT,
        entity(group(5, replica(1, 1)).setMetadata(ByteString.copyFromUtf8("m"))));
    assertThat(groups(5).getFirst().getMetadata().toStringUtf8()).isEqualTo("m");
  }

  @Requirement(
      section = "9.5.1",
      id = "9.5.1-10",
      text = "When a replica's port is down its first backup whose port is up takes over.")
  void backups() throws Exception {
    Replica.Builder replica = replica(1, 1);
    replica.addBackupReplicasBuilder().setPort(bytes(2)).setInstance(2);
    replica.addBackupReplicasBuilder().setPort(bytes(510)).setInstance(3);
    write(Update.Type.INSERT, entity(group(45, replica)));
    assertThat(groups(45)).containsExactly(group(45, replica).build());
    assertThat(allOf(15, 45, 0, 0)).isEmpty();
    try {
      device().setLink(1, false);
      assertThat(allOf(15, 45, 0, 0)).isEmpty();
      device().setLink(2, false);
      assertThat(allOf(15, 45, 0, 0)).extracting(Seen::instance).containsExactly(3);
      device().setLink(1, true);
      assertThat(allOf(15, 45, 0, 0)).isEmpty();
    } finally {
      device().setLink(1, true);
      device().setLink(2, true);
    }
  }

  @Requirement(
      section = "9.5.1",
      id = "9.5.1-11",
      text = "A backup on its replica's own port, or a pair that is there already, is refused.")
  void badBackups() {
    Replica.Builder samePort = replica(1, 1);
    samePort.addBackupReplicasBuilder().setPort(bytes(1)).setInstance(2);
    refused(Program.update(Update.Type.INSERT, entity(group(5, samePort))), Code.INVALID_ARGUMENT);
    Replica.Builder samePair = replica(1, 1);
    samePair.addBackupReplicasBuilder().setPort(bytes(2)).setInstance(2);
    refused(
        Program.update(Update.Type.INSERT, entity(group(5, samePair, replica(2, 2)))),
        Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.5.1",
      id = "9.5.1-12",
      text = "Ports of replicas are read in the shortest form.")
  void canonicalPorts() {
    write(
        Update.Type.INSERT,
        entity(group(5, replica(1, 1).setPort(ByteString.copyFrom(new byte[] {0, 0, 1})))));
    assertThat(groups(5).getFirst().getReplicas(0).getPort()).isEqualTo(bytes(1));
  }

  @Requirement(
      section = "9.5.2",
      id = "9.5.2-1",
      text = "A clone goes to the replicas of its session, with their instances.")
  void clones() {
    write(Update.Type.INSERT, entity(session(9, replica(510, 4), replica(510, 5))));
    assertThat(allOf(16, 1, 9, 0)).extracting(Seen::instance).containsExactlyInAnyOrder(4, 5);
  }

  @Requirement(
      section = "9.5.2",
      id = "9.5.2-2",
      text = "Without a session, or after its deletion, nothing is cloned.")
  void noSession() {
    assertThat(allOf(16, 1, 10, 0)).isEmpty();
    write(Update.Type.INSERT, entity(session(10, replica(510, 4))));
    assertThat(allOf(16, 1, 10, 0)).hasSize(1);
    write(Update.Type.DELETE, entity(session(10)));
    assertThat(allOf(16, 1, 10, 0)).isEmpty();
  }

  @Requirement(section = "9.5.2", id = "9.5.2-3", text = "Session id 0 is refused.")
  void sessionZero() {
    refused(
        Program.update(Update.Type.INSERT, entity(session(0, replica(1, 1)))),
        Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "9.5.2", id = "9.5.2-4", text = "packet_length_bytes truncates clones.")
  void truncation() {
    write(Update.Type.INSERT, entity(session(29, replica(510, 4)).setPacketLengthBytes(11)));
    primary().send(packetOut(payload(16, 1, 29, 0).concat(ByteString.copyFrom(new byte[60]))));
    assertThat(primary().next(m -> m.hasPacket()).getPacket().getPayload().size())
        .isLessThanOrEqualTo(11);
  }

  @Requirement(
      section = "9.5.2",
      id = "9.5.2-5",
      text = "One session or all are read as they were written.")
  void readSessions() {
    CloneSessionEntry.Builder first = session(39, replica(510, 4)).setPacketLengthBytes(100);
    write(Update.Type.INSERT, entity(first));
    write(Update.Type.INSERT, entity(session(40, replica(1, 1))));
    assertThat(sessions(39)).containsExactly(first.build());
    assertThat(sessions(0)).hasSize(2);
  }

  @Requirement(
      section = "9.5.2",
      id = "9.5.2-6",
      text = "A session that exists is ALREADY_EXISTS, an unknown one NOT_FOUND.")
  void sessionExists() {
    write(Update.Type.INSERT, entity(session(49, replica(1, 1))));
    refused(
        Program.update(Update.Type.INSERT, entity(session(49, replica(1, 1)))),
        Code.ALREADY_EXISTS);
    refused(Program.update(Update.Type.MODIFY, entity(session(50, replica(1, 1)))), Code.NOT_FOUND);
    refused(Program.update(Update.Type.DELETE, entity(session(50))), Code.NOT_FOUND);
  }

  @Requirement(
      section = "9.5.2",
      id = "9.5.2-7",
      text = "An instance that egress_rid cannot hold is refused with INVALID_ARGUMENT.")
  void hugeCloneInstance() {
    refused(
        Program.update(Update.Type.INSERT, entity(session(5, replica(1, 0x10000)))),
        Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "9.5.2", id = "9.5.2-8", text = "A session's class of service is kept.")
  void classOfService() {
    write(Update.Type.INSERT, entity(session(59, replica(510, 4)).setClassOfService(1)));
    assertThat(sessions(59).getFirst().getClassOfService()).isEqualTo(1);
  }

  @Requirement(
      section = "14",
      id = "14-17",
      text = "VERIFY_AND_COMMIT clears multicast groups, too.")
  void commitClearsGroups() {
    write(Update.Type.INSERT, entity(group(77, replica(510, 1))));
    primary().commit(p4().config());
    assertThat(groups(0)).isEmpty();
    assertThat(allOf(15, 77, 0, 0)).isEmpty();
  }
}
