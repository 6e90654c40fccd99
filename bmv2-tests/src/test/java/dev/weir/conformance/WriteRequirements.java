package dev.weir.conformance;

import static dev.weir.conformance.Client.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Objects;
import p4.v1.P4RuntimeOuterClass.ActionProfileMember;
import p4.v1.P4RuntimeOuterClass.CounterEntry;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.Error;
import p4.v1.P4RuntimeOuterClass.MeterEntry;
import p4.v1.P4RuntimeOuterClass.MulticastGroupEntry;
import p4.v1.P4RuntimeOuterClass.PacketReplicationEngineEntry;
import p4.v1.P4RuntimeOuterClass.RegisterEntry;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.WriteRequest;

/** Writes: who may, batches, atomicity, errors (§10 to §12). */
final class WriteRequirements extends Requirements {
  private Update entry(int a) {
    return Program.insert(p4().exact(a, 1, a));
  }

  private int size() {
    return entries(p4().entry("exact_t")).size();
  }

  private List<Code> write(WriteRequest.Atomicity atomicity, Update... updates) {
    return primary().codes(primary().writeRequest(updates).setAtomicity(atomicity).build());
  }

  @Requirement(section = "12", id = "12-1", text = "A write for an unknown device is NOT_FOUND.")
  void unknownDevice() {
    assertThat(
            codeOf(
                () -> {
                  var _ =
                      primary().rpc.write(primary().writeRequest(entry(1)).setDeviceId(77).build());
                }))
        .isEqualTo(Code.NOT_FOUND);
  }

  @Requirement(section = "12", id = "12-2", text = "A write in an unknown role is NOT_FOUND.")
  void unknownRole() {
    assertThat(
            codeOf(
                () -> {
                  var _ =
                      primary()
                          .rpc
                          .write(primary().writeRequest(entry(1)).setRole("nobody").build());
                }))
        .isEqualTo(Code.NOT_FOUND);
  }

  @Requirement(
      section = "12",
      id = "12-3",
      text = "Another election id than the primary's, or none, is PERMISSION_DENIED.")
  void wrongElectionId() {
    assertThat(
            codeOf(
                () -> {
                  var _ =
                      primary()
                          .rpc
                          .write(
                              primary()
                                  .writeRequest(entry(1))
                                  .setElectionId(Client.id(election + 9))
                                  .build());
                }))
        .isEqualTo(Code.PERMISSION_DENIED);
    assertThat(
            codeOf(
                () -> {
                  var _ =
                      primary()
                          .rpc
                          .write(primary().writeRequest(entry(1)).clearElectionId().build());
                }))
        .isEqualTo(Code.PERMISSION_DENIED);
  }

  @Requirement(
      section = "12",
      id = "12-4",
      program = "",
      text = "A write before a pipeline configuration is FAILED_PRECONDITION.")
  void beforePipeline() {
    Client client = client().primary(1);
    assertThat(client.code(Program.insert(Program.named("conformance").exact(1, 1, 1))))
        .isEqualTo(Code.FAILED_PRECONDITION);
  }

  @Requirement(section = "12", id = "12-5", text = "An update without a type is refused.")
  void noType() {
    refused(Update.newBuilder().setEntity(entry(1).getEntity()).build(), Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "12", id = "12-6", text = "An update without an entity is refused.")
  void noEntity() {
    assertThat(primary().code(Update.newBuilder().setType(Update.Type.INSERT).build()))
        .isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "12",
      id = "12-7",
      text = "Inserting what exists is ALREADY_EXISTS and leaves it as it is.")
  void alreadyExists() {
    primary().write(entry(1));
    refused(Program.insert(p4().exact(1, 1, 99)), Code.ALREADY_EXISTS);
    assertThat(result(1, 1, 0, 1)).isEqualTo(1);
  }

  @Requirement(
      section = "12",
      id = "12-8",
      text = "Modifying or deleting what does not exist is NOT_FOUND.")
  void notFound() {
    refused(Program.modify(p4().exact(1, 1, 1)), Code.NOT_FOUND);
    refused(Program.delete(p4().exact(1, 1, 1)), Code.NOT_FOUND);
  }

  @Requirement(
      section = "12",
      id = "12-9",
      text = "A modification gives the whole new state: what it leaves out is gone.")
  void fullSnapshot() {
    primary()
        .write(
            Program.insert(
                p4().exact(1, 1, 1)
                    .setIdleTimeoutNs(9_000_000_000L)
                    .setMetadata(com.google.protobuf.ByteString.copyFromUtf8("m"))));
    primary().write(Program.modify(p4().exact(1, 1, 2)));
    assertThat(theEntry(p4().entry("exact_t")).getMetadata()).isEmpty();
    assertThat(theEntry(p4().entry("exact_t")).getIdleTimeoutNs()).isZero();
  }

  @Requirement(section = "12", id = "12-10", text = "An empty batch succeeds.")
  void emptyBatch() {
    primary().write();
  }

  @Requirement(section = "12.1", id = "12.1-1", text = "A batch may mix entities of every kind.")
  void mixedBatch() {
    ActionProfileMember.Builder member =
        ActionProfileMember.newBuilder()
            .setActionProfileId(p4().profileId("profile"))
            .setMemberId(1)
            .setAction(p4().action("set", 1));
    primary()
        .write(
            entry(1),
            Program.update(
                Update.Type.INSERT, Entity.newBuilder().setActionProfileMember(member).build()),
            Program.update(
                Update.Type.INSERT,
                ReplicationRequirements.entity(
                    MulticastGroupEntry.newBuilder()
                        .setMulticastGroupId(1)
                        .addReplicas(ReplicationRequirements.replica(1, 1)))));
  }

  @Requirement(
      section = "12.1",
      id = "12.1-2",
      text = "When a write returns its updates are in the data plane.")
  void inDataPlane() {
    for (int i = 1; i <= 30; i++) {
      primary().write(i == 1 ? Program.insert(p4().exact(1, 1, 1)) : change(i));
      assertThat(result(1, 1, 0, 1)).isEqualTo(i);
    }
  }

  private Update change(int value) {
    return Program.modify(p4().exact(1, 1, value));
  }

  @Requirement(section = "12.2", id = "12.2-1", text = "CONTINUE_ON_ERROR attempts every update.")
  void continueOnError() {
    assertThat(write(WriteRequest.Atomicity.CONTINUE_ON_ERROR, entry(1), entry(1), entry(2)))
        .containsExactly(Code.OK, Code.ALREADY_EXISTS, Code.OK);
    assertThat(size()).isEqualTo(2);
  }

  @Requirement(
      section = "12.2",
      id = "12.2-2",
      text = "ROLLBACK_ON_ERROR, optional: after an error the state is as before the batch.")
  void rollback() {
    primary().write(entry(9));
    List<Code> codes =
        write(
            WriteRequest.Atomicity.ROLLBACK_ON_ERROR,
            entry(1),
            Program.modify(p4().exact(9, 1, 77)),
            entry(9));
    assertThat(codes.getLast()).isEqualTo(Code.ALREADY_EXISTS);
    assertThat(codes).doesNotContain(Code.OK);
    assertThat(size()).isEqualTo(1);
    assertThat(result(1, 9, 0, 1)).isEqualTo(9);
  }

  @Requirement(
      section = "12.2",
      id = "12.2-3",
      text = "DATAPLANE_ATOMIC, optional: all table entries of a batch, or none, at once.")
  void atomic() {
    assertThat(write(WriteRequest.Atomicity.DATAPLANE_ATOMIC, entry(1), entry(2)))
        .containsExactly(Code.OK, Code.OK);
    assertThat(
            write(
                WriteRequest.Atomicity.DATAPLANE_ATOMIC,
                Program.delete(p4().exact(1, 1, 0)),
                entry(2)))
        .doesNotContain(Code.OK);
    assertThat(size()).isEqualTo(2);
  }

  @Requirement(
      section = "12.2",
      id = "12.2-4",
      text = "DATAPLANE_ATOMIC, optional: members, groups and their entries change at once.")
  void atomicMembers() {
    ActionProfileMember.Builder member =
        ActionProfileMember.newBuilder()
            .setActionProfileId(p4().profileId("profile"))
            .setMemberId(1)
            .setAction(p4().action("set", 0x71));
    Update insert =
        Program.update(
            Update.Type.INSERT, Entity.newBuilder().setActionProfileMember(member).build());
    var toMember = p4().entry("profile_t", Program.exact(1, 1));
    toMember.getActionBuilder().setActionProfileMemberId(1);
    assertThat(write(WriteRequest.Atomicity.DATAPLANE_ATOMIC, insert, Program.insert(toMember)))
        .containsExactly(Code.OK, Code.OK);
    assertThat(result(7, 1, 0, 0)).isEqualTo(0x71);
    Update change =
        Program.update(
            Update.Type.MODIFY,
            Entity.newBuilder()
                .setActionProfileMember(member.clone().setAction(p4().action("set", 0x72)))
                .build());
    assertThat(write(WriteRequest.Atomicity.DATAPLANE_ATOMIC, change, entry(3)))
        .containsExactly(Code.OK, Code.OK);
    assertThat(result(7, 1, 0, 0)).isEqualTo(0x72);
    assertThat(write(WriteRequest.Atomicity.DATAPLANE_ATOMIC, insertAgain(member), entry(4)))
        .doesNotContain(Code.OK);
    assertThat(result(7, 1, 0, 0)).isEqualTo(0x72);
  }

  private static Update insertAgain(ActionProfileMember.Builder member) {
    return Program.update(
        Update.Type.INSERT, Entity.newBuilder().setActionProfileMember(member).build());
  }

  @Requirement(
      section = "12.2",
      id = "12.2-5",
      text = "What cannot be done atomically is refused with UNIMPLEMENTED, and changes nothing.")
  void notAtomic() {
    RegisterEntry.Builder cell = RegisterEntry.newBuilder().setRegisterId(p4().registerId("cells"));
    cell.getDataBuilder().setBitstring(bytes(3));
    Update register =
        Program.update(Update.Type.MODIFY, Entity.newBuilder().setRegisterEntry(cell).build());
    Code code;
    try {
      List<Code> codes = write(WriteRequest.Atomicity.DATAPLANE_ATOMIC, entry(1), register);
      code = codes.contains(Code.UNIMPLEMENTED) ? Code.UNIMPLEMENTED : codes.getLast();
    } catch (StatusRuntimeException e) {
      code = e.getStatus().getCode();
    }
    assertThat(code).isIn(Code.UNIMPLEMENTED, Code.OK);
    assertThat(size()).isEqualTo(code == Code.OK ? 1 : 0);
  }

  @Requirement(
      section = "12.2",
      id = "12.2-6",
      text =
          "DATAPLANE_ATOMIC, optional: multicast groups, counters and meters change with entries.")
  void atomicExterns() {
    PacketReplicationEngineEntry.Builder group = PacketReplicationEngineEntry.newBuilder();
    group
        .getMulticastGroupEntryBuilder()
        .setMulticastGroupId(5)
        .addReplicas(ReplicationRequirements.replica(510, 1));
    Update inserted =
        Program.update(
            Update.Type.INSERT, Entity.newBuilder().setPacketReplicationEngineEntry(group).build());
    assertThat(
            write(
                WriteRequest.Atomicity.DATAPLANE_ATOMIC, entry(1), inserted, counter(3), meter(3)))
        .containsOnly(Code.OK);
    assertThat(allOf(15, 5, 0, 0)).extracting(Seen::instance).containsExactly(1);
    group.getMulticastGroupEntryBuilder().getReplicasBuilder(0).setInstance(2);
    Update changed =
        Program.update(
            Update.Type.MODIFY, Entity.newBuilder().setPacketReplicationEngineEntry(group).build());
    assertThat(
            write(WriteRequest.Atomicity.DATAPLANE_ATOMIC, changed, counter(4), meter(4), entry(1)))
        .doesNotContain(Code.OK);
    assertThat(allOf(15, 5, 0, 0)).extracting(Seen::instance).containsExactly(1);
    assertThat(primary().read(counter(0).getEntity())).containsExactly(counter(3).getEntity());
    assertThat(primary().read(meter(0).getEntity())).containsExactly(meter(3).getEntity());
  }

  private Update counter(long packets) {
    CounterEntry.Builder counter = CounterEntry.newBuilder().setCounterId(p4().counterId("counts"));
    counter.getIndexBuilder().setIndex(1);
    counter.getDataBuilder().setPacketCount(packets);
    return Program.update(Update.Type.MODIFY, Entity.newBuilder().setCounterEntry(counter).build());
  }

  private Update meter(long rate) {
    MeterEntry.Builder meter = MeterEntry.newBuilder().setMeterId(p4().meterId("meters"));
    meter.getIndexBuilder().setIndex(1);
    meter.getConfigBuilder().setCir(rate).setCburst(rate).setPir(rate).setPburst(rate);
    return Program.update(Update.Type.MODIFY, Entity.newBuilder().setMeterEntry(meter).build());
  }

  @Requirement(
      section = "12.3",
      id = "12.3-1",
      text = "A failed batch is UNKNOWN with an Error for every update, in order.")
  void errorDetails() {
    StatusRuntimeException e =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> {
              var _ =
                  primary().rpc.write(primary().writeRequest(entry(1), entry(1), entry(2)).build());
            });
    assertThat(e.getStatus().getCode()).isEqualTo(Code.UNKNOWN);
    assertThat(Client.errors(e))
        .extracting(Error::getCanonicalCode)
        .containsExactly(0, Code.ALREADY_EXISTS.value(), 0);
  }

  @Requirement(
      section = "10",
      id = "10-1",
      text = "The status in the details has the code and message of the call's status.")
  void statusAgrees() {
    StatusRuntimeException e =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> {
              var _ = primary().rpc.write(primary().writeRequest(change(1)).build());
            });
    var status = StatusProto.fromThrowable(e);
    assertThat(status.getCode()).isEqualTo(e.getStatus().getCode().value());
    assertThat(status.getMessage())
        .isEqualTo(Objects.requireNonNullElse(e.getStatus().getDescription(), ""));
  }

  @Requirement(
      section = "12.3",
      id = "12.3-2",
      text = "An update that succeeded has code OK and nothing else in its Error.")
  void okIsBare() {
    StatusRuntimeException e =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> {
              var _ = primary().rpc.write(primary().writeRequest(entry(1), entry(1)).build());
            });
    assertThat(Client.errors(e).getFirst()).isEqualTo(Error.getDefaultInstance());
    assertThat(Client.errors(e).getLast().getMessage()).isNotEmpty();
  }

  @Requirement(
      section = "12.3",
      id = "12.3-3",
      text = "An error of the whole call carries no details.")
  void noDetails() {
    StatusRuntimeException e =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> {
              var _ = primary().rpc.write(primary().writeRequest(entry(1)).setDeviceId(77).build());
            });
    assertThat(Client.errors(e)).isEmpty();
  }
}
