package dev.weir.conformance;

import static dev.weir.conformance.Client.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import p4.v1.P4RuntimeOuterClass.DigestEntry;
import p4.v1.P4RuntimeOuterClass.DigestList;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.ExternEntry;
import p4.v1.P4RuntimeOuterClass.Index;
import p4.v1.P4RuntimeOuterClass.RegisterEntry;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.ValueSetEntry;

/** Value sets, registers, digests and other externs (§9.6 to §9.9). */
final class StateRequirements extends Requirements {
  private static final long LONG_NANOS = 20_000_000_000L;

  private Entity valueSet(long... members) {
    ValueSetEntry.Builder set = ValueSetEntry.newBuilder().setValueSetId(p4().valueSetId());
    for (long member : members) {
      set.addMembersBuilder().addMatch(Program.exact(1, member));
    }
    return Entity.newBuilder().setValueSetEntry(set).build();
  }

  private RegisterEntry.Builder register(long index) {
    return RegisterEntry.newBuilder()
        .setRegisterId(p4().registerId("cells"))
        .setIndex(Index.newBuilder().setIndex(index));
  }

  private static Entity entity(RegisterEntry.Builder register) {
    return Entity.newBuilder().setRegisterEntry(register).build();
  }

  private RegisterEntry.Builder register(long index, long value) {
    RegisterEntry.Builder register = register(index);
    register.getDataBuilder().setBitstring(bytes(value));
    return register;
  }

  private static Update modify(Entity entity) {
    return Program.update(Update.Type.MODIFY, entity);
  }

  private Update digest(Update.Type type, int listSize, long timeout, long ackTimeout) {
    DigestEntry.Builder digest = DigestEntry.newBuilder().setDigestId(p4().digestId());
    digest
        .getConfigBuilder()
        .setMaxListSize(listSize)
        .setMaxTimeoutNs(timeout)
        .setAckTimeoutNs(ackTimeout);
    return Program.update(type, Entity.newBuilder().setDigestEntry(digest).build());
  }

  private DigestList nextDigest() {
    return primary().next(StreamMessageResponse::hasDigest).getDigest();
  }

  private static long learned(DigestList list, int i) {
    return number(list.getData(i).getStruct().getMembers(0).getBitstring());
  }

  @Requirement(
      section = "9.6",
      id = "9.6-1",
      text = "A value set's members decide in the parser, and an empty set matches nothing.")
  void valueSetDecides() {
    assertThat(result(19, 0, 0, 0)).isZero();
    primary().send(packetOut(payload(19, 0, 0, 5).concat(bytes(9))));
    assertThat(seen(primary().next(m -> m.hasPacket()).getPacket()).result()).isZero();
    primary().write(modify(valueSet(5, 6)));
    primary().send(packetOut(payload(19, 0, 0, 5).concat(bytes(9))));
    assertThat(seen(primary().next(m -> m.hasPacket()).getPacket()).result()).isEqualTo(1);
    primary().write(modify(valueSet()));
    primary().send(packetOut(payload(19, 0, 0, 5).concat(bytes(9))));
    assertThat(seen(primary().next(m -> m.hasPacket()).getPacket()).result()).isZero();
  }

  @Requirement(section = "9.6", id = "9.6-2", text = "A value set is read as it was written.")
  void readValueSet() {
    primary().write(modify(valueSet(5, 6)));
    assertThat(primary().read(valueSet())).containsExactly(valueSet(5, 6));
  }

  @Requirement(
      section = "9.6",
      id = "9.6-3",
      text = "More members than its size are RESOURCE_EXHAUSTED.")
  void valueSetFull() {
    refused(modify(valueSet(1, 2, 3)), Code.RESOURCE_EXHAUSTED);
  }

  @Requirement(section = "9.6", id = "9.6-4", text = "Equal members are ALREADY_EXISTS.")
  void memberTwice() {
    refused(modify(valueSet(1, 1)), Code.ALREADY_EXISTS);
  }

  @Requirement(
      section = "9.6",
      id = "9.6-5",
      text = "A value set is neither inserted nor deleted: INVALID_ARGUMENT.")
  void valueSetModifyOnly() {
    refused(Program.update(Update.Type.INSERT, valueSet(1)), Code.INVALID_ARGUMENT);
    refused(Program.update(Update.Type.DELETE, valueSet(1)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.7",
      id = "9.7-1",
      text = "A register's cell is written, read, and shared with the data plane.")
  void registerCell() {
    primary().write(modify(entity(register(2, 41))));
    assertThat(probe(14, 0, 2, 0).b()).isEqualTo(41);
    assertThat(primary().read(entity(register(2)))).containsExactly(entity(register(2, 42)));
  }

  @Requirement(
      section = "9.7",
      id = "9.7-2",
      text = "Without an index the whole register is read and written.")
  void wholeRegister() {
    primary().write(modify(entity(register(0, 7).clearIndex())));
    assertThat(primary().read(entity(register(0).clearIndex())))
        .extracting(e -> e.getRegisterEntry().getData().getBitstring())
        .containsExactly(bytes(7), bytes(7), bytes(7), bytes(7));
  }

  @Requirement(
      section = "9.7",
      id = "9.7-3",
      text = "A negative index is INVALID_ARGUMENT, one beyond the register OUT_OF_RANGE.")
  void badIndex() {
    refused(modify(entity(register(-1, 1))), Code.INVALID_ARGUMENT);
    refused(modify(entity(register(4, 1))), Code.OUT_OF_RANGE);
    assertThat(primary().readCode(entity(register(4)))).isEqualTo(Code.OUT_OF_RANGE);
  }

  @Requirement(
      section = "9.7",
      id = "9.7-4",
      text = "Data of another type than P4Info's is refused with INVALID_ARGUMENT.")
  void wrongData() {
    RegisterEntry.Builder register = register(1);
    register.getDataBuilder().setBool(true);
    refused(modify(entity(register)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.8",
      id = "9.8-1",
      text = "No digest comes before its entry is inserted, and none after it is deleted.")
  void digestOnDemand() {
    var _ = probe(17, 1, 1, 0);
    primary().write(digest(Update.Type.INSERT, 1, 0, 0));
    primary().send(packetOut(payload(17, 2, 2, 0)));
    assertThat(learned(nextDigest(), 0)).isEqualTo(2);
    primary().write(digest(Update.Type.DELETE, 1, 0, 0));
    primary().send(packetOut(payload(17, 3, 3, 0)));
    primary().send(packetOut(payload(12, 0xfeed, 3, 0)));
    var _ = primary().next(m -> m.hasPacket() && seen(m.getPacket()).a() == 0xfeed);
    assertThat(primary().rest())
        .noneMatch(m -> m instanceof StreamMessageResponse r && r.hasDigest());
  }

  @Requirement(
      section = "9.8",
      id = "9.8-2",
      text = "A digest is the struct that P4Info describes, with list id and time.")
  void digestData() {
    primary().write(digest(Update.Type.INSERT, 1, 0, 0));
    DigestList list = digestOf(0x1235, 0x9a);
    assertThat(list.getDigestId()).isEqualTo(p4().digestId());
    assertThat(list.getTimestamp()).isPositive();
    assertThat(list.getData(0).getStruct().getMembersList())
        .extracting(m -> m.getBitstring())
        .containsExactly(bytes(0x1235), bytes(0x9a));
  }

  private DigestList digestOf(int a, long b) {
    primary().send(packetOut(payload(17, a, b, 0)));
    return nextDigest();
  }

  @Requirement(
      section = "9.8",
      id = "9.8-3",
      text = "A list is sent when max_list_size distinct digests are there.")
  void listSize() {
    primary().write(digest(Update.Type.INSERT, 2, LONG_NANOS, 0));
    for (int a : List.of(1, 1, 2)) {
      primary().send(packetOut(payload(17, a, 0, 0)));
    }
    DigestList list = nextDigest();
    assertThat(List.of(learned(list, 0), learned(list, 1))).containsExactly(1L, 2L);
  }

  @Requirement(
      section = "9.8",
      id = "9.8-4",
      text = "A list is sent when max_timeout_ns has passed since its first digest.")
  void listTimeout() {
    primary().write(digest(Update.Type.INSERT, 1000, 50_000_000, 0));
    primary().send(packetOut(payload(17, 1, 0, 0)));
    assertThat(nextDigest().getDataCount()).isEqualTo(1);
  }

  @Requirement(
      section = "9.8",
      id = "9.8-5",
      text = "A digest that was sent is not sent again until acknowledged.")
  void acknowledgement() {
    primary().write(digest(Update.Type.INSERT, 1, 0, LONG_NANOS));
    primary().send(packetOut(payload(17, 1, 0, 0)));
    DigestList first = nextDigest();
    primary().send(packetOut(payload(17, 1, 0, 0)));
    primary().send(packetOut(payload(17, 2, 0, 0)));
    assertThat(learned(nextDigest(), 0)).isEqualTo(2);
    StreamMessageRequest.Builder ack = StreamMessageRequest.newBuilder();
    ack.getDigestAckBuilder().setDigestId(p4().digestId()).setListId(first.getListId());
    primary().send(ack.build());
    // Nothing says when an acknowledgement has been seen: packets come until one is learned again.
    Awaitility.await()
        .atMost(Duration.ofSeconds(5))
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> {
              primary().send(packetOut(payload(17, 1, 0, 0)));
              return primary().rest().stream()
                  .anyMatch(m -> m instanceof StreamMessageResponse r && r.hasDigest());
            });
  }

  @Requirement(section = "9.8", id = "9.8-6", text = "Digests go to the primary, not to backups.")
  void digestsForPrimary() {
    Client backup = client("", election - 1);
    primary().write(digest(Update.Type.INSERT, 1, 0, 0));
    primary().send(packetOut(payload(17, 1, 0, 0)));
    var _ = nextDigest();
    assertThat(backup.rest()).isEmpty();
  }

  @Requirement(
      section = "9.8",
      id = "9.8-7",
      text = "A digest's configuration is read, modified, and known by its codes.")
  void digestConfig() {
    refused(digest(Update.Type.MODIFY, 1, 0, 0), Code.NOT_FOUND);
    primary().write(digest(Update.Type.INSERT, 1, 2, 3));
    refused(digest(Update.Type.INSERT, 1, 0, 0), Code.ALREADY_EXISTS);
    Update changed = digest(Update.Type.MODIFY, 4, 5, 6);
    primary().write(changed);
    assertThat(
            primary()
                .read(
                    Entity.newBuilder()
                        .setDigestEntry(DigestEntry.newBuilder().setDigestId(p4().digestId()))
                        .build()))
        .containsExactly(changed.getEntity());
    primary().write(digest(Update.Type.DELETE, 0, 0, 0));
    refused(digest(Update.Type.DELETE, 0, 0, 0), Code.NOT_FOUND);
  }

  @Requirement(
      section = "9.9",
      id = "9.9-1",
      text = "A read of all extern instances of a program without any gives nothing, or a refusal.")
  void noExterns() {
    Entity all = Entity.newBuilder().setExternEntry(ExternEntry.getDefaultInstance()).build();
    assertThat(primary().readCode(all)).isIn(Code.OK, Code.UNIMPLEMENTED);
  }

  @Requirement(
      section = "9.9",
      id = "9.9-2",
      text = "A write to an extern that is not there is refused.")
  void unknownExtern() {
    assertThat(
            primary()
                .code(
                    Program.update(
                        Update.Type.INSERT,
                        Entity.newBuilder()
                            .setExternEntry(ExternEntry.newBuilder().setExternTypeId(0x81))
                            .build())))
        .isNotIn(Code.OK, Code.UNKNOWN, Code.INTERNAL);
  }
}
