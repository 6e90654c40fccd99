package dev.weir.softswitch.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.SoftSwitch;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/** Counters, meters, registers, profiles, value sets, replication, digests and packet I/O. */
class ExternsTest {
  private static final int CPU = 510;
  private SoftSwitch running;
  private P4Client client;

  @BeforeEach
  void start() throws IOException {
    running = SoftSwitch.builder().deviceId(1).cpuPort(CPU).start();
    client = P4Client.tcp(running.grpcPort(), 1).primary(1);
  }

  @AfterEach
  void stop() {
    client.close();
    running.close();
  }

  private int code(Update.Type type, Entity.Builder entity) {
    return client.codes(P4Client.update(type, entity.build())).getFirst();
  }

  private static byte[] op(int op, int index) {
    byte[] packet = new byte[40];
    packet[0] = (byte) op;
    packet[1] = (byte) index;
    return packet;
  }

  private P4Info load(String program) {
    client.commit(Programs.config(program, 1));
    return Programs.p4info(program);
  }

  @Test
  void countersAndRegistersAreReadAndWrittenByIndexAndAsAWhole() {
    P4Info info = load("stateful");
    int counter = info.getCounters(0).getPreamble().getId();
    running.port(1).send(op(5, 3));
    Entity.Builder one = Entity.newBuilder();
    one.getCounterEntryBuilder().setCounterId(counter).getIndexBuilder().setIndex(3);
    assertThat(client.read(one.build()).getFirst().getCounterEntry().getData().getPacketCount())
        .isEqualTo(1);
    Entity.Builder all = Entity.newBuilder();
    all.getCounterEntryBuilder();
    assertThat(client.read(all.build())).hasSize(16);
    one.getCounterEntryBuilder().getIndexBuilder().setIndex(16);
    assertThat(code(Update.Type.MODIFY, one)).isEqualTo(Code.OUT_OF_RANGE_VALUE);
    one.getCounterEntryBuilder().getIndexBuilder().setIndex(-1);
    assertThat(code(Update.Type.MODIFY, one)).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
    assertThat(code(Update.Type.INSERT, one)).isEqualTo(Code.INVALID_ARGUMENT_VALUE);

    int rows =
        info.getRegistersList().stream()
            .filter(r -> r.getPreamble().getAlias().equals("rows"))
            .findFirst()
            .orElseThrow()
            .getPreamble()
            .getId();
    BigInteger value = BigInteger.ONE.shiftLeft(2031).add(BigInteger.TEN);
    Entity.Builder row = Entity.newBuilder();
    row.getRegisterEntryBuilder().setRegisterId(rows).getIndexBuilder().setIndex(2);
    row.getRegisterEntryBuilder().getDataBuilder().setBitstring(P4Client.bytes(value));
    assertThat(code(Update.Type.MODIFY, row)).isZero();
    assertThat(client.read(row.build()).getFirst().getRegisterEntry().getData().getBitstring())
        .isEqualTo(P4Client.bytes(value));
    row.getRegisterEntryBuilder()
        .getDataBuilder()
        .setBitstring(P4Client.bytes(BigInteger.ONE.shiftLeft(2032)));
    assertThat(code(Update.Type.MODIFY, row)).isEqualTo(Code.OUT_OF_RANGE_VALUE);
  }

  @Test
  void metersColourPackets() {
    P4Info info = load("stateful");
    int meter = info.getMeters(0).getPreamble().getId();
    Entity.Builder entity = Entity.newBuilder();
    entity.getMeterEntryBuilder().setMeterId(meter).getIndexBuilder().setIndex(4);
    entity.getMeterEntryBuilder().getConfigBuilder().setCir(1).setCburst(1).setPir(1).setPburst(2);
    assertThat(code(Update.Type.MODIFY, entity)).isZero();
    assertThat(client.read(entity.build()).getFirst()).isEqualTo(entity.build());
    StringBuilder colours = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      running.port(1).send(op(6, 4));
      byte[] out = running.port(2).receive(Duration.ofSeconds(1)).orElseThrow();
      colours.append(out[27]);
    }
    assertThat(colours.toString()).isEqualTo("012");
    entity.getMeterEntryBuilder().getConfigBuilder().setPir(0);
    assertThat(code(Update.Type.MODIFY, entity)).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
    entity.getMeterEntryBuilder().clearConfig();
    assertThat(code(Update.Type.MODIFY, entity)).isZero();
    assertThat(client.read(entity.build()).getFirst().getMeterEntry().hasConfig()).isFalse();
  }

  @Test
  void directMetersBelongToTheirEntries() {
    P4Client.Names names = new P4Client.Names(load("stateful"));
    TableEntry.Builder entry = names.entry("metered").addMatch(names.exact("metered", "index", 9));
    entry.getActionBuilder().setAction(names.action("read_colour"));
    entry.getMeterConfigBuilder().setCir(1).setCburst(40).setPir(1).setPburst(80);
    client.write(P4Client.insert(entry));
    TableEntry.Builder filter = names.entry("metered");
    filter.getMeterConfigBuilder();
    assertThat(client.readEntries(filter.build())).containsExactly(entry.build());
    StringBuilder colours = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      running.port(1).send(op(7, 9));
      colours.append(running.port(2).receive(Duration.ofSeconds(1)).orElseThrow()[27]);
    }
    assertThat(colours.toString()).isEqualTo("012");
  }

  private static Entity.Builder member(int profile, int id, p4.v1.P4RuntimeOuterClass.Action a) {
    Entity.Builder entity = Entity.newBuilder();
    entity.getActionProfileMemberBuilder().setActionProfileId(profile).setMemberId(id).setAction(a);
    return entity;
  }

  @Test
  void membersAndGroupsAreSharedAndGuarded() {
    P4Info info = load("matching");
    P4Client.Names names = new P4Client.Names(info);
    int selector =
        info.getActionProfilesList().stream()
            .filter(p -> p.getWithSelector())
            .findFirst()
            .orElseThrow()
            .getPreamble()
            .getId();
    for (int i = 1; i <= 3; i++) {
      assertThat(code(Update.Type.INSERT, member(selector, i, names.action("set", 0x40 + i, 2))))
          .isZero();
    }
    Entity.Builder group = Entity.newBuilder();
    group.getActionProfileGroupBuilder().setActionProfileId(selector).setGroupId(1);
    for (int i = 1; i <= 3; i++) {
      group.getActionProfileGroupBuilder().addMembersBuilder().setMemberId(i).setWeight(1);
    }
    assertThat(code(Update.Type.INSERT, group)).isZero();
    assertThat(code(Update.Type.INSERT, group)).isEqualTo(Code.ALREADY_EXISTS_VALUE);
    TableEntry.Builder entry =
        names.entry("selector_t").addMatch(names.exact("selector_t", "a", 1));
    entry.getActionBuilder().setActionProfileGroupId(1);
    client.write(P4Client.insert(entry));
    assertThat(code(Update.Type.DELETE, group)).isEqualTo(Code.FAILED_PRECONDITION_VALUE);
    assertThat(code(Update.Type.DELETE, member(selector, 1, names.action("drop"))))
        .isEqualTo(Code.FAILED_PRECONDITION_VALUE);
    Set<Byte> chosen = new HashSet<>();
    for (int i = 0; i < 64; i++) {
      byte[] packet = new byte[30];
      packet[0] = 0x15;
      packet[2] = 1;
      packet[6] = (byte) i;
      running.port(1).send(packet);
      byte first = running.port(2).receive(Duration.ofSeconds(1)).orElseThrow()[24];
      running.port(1).send(packet);
      // The same flow has the same member.
      assertThat(running.port(2).receive(Duration.ofSeconds(1)).orElseThrow()[24]).isEqualTo(first);
      chosen.add(first);
    }
    assertThat(chosen).containsExactlyInAnyOrder((byte) 0x41, (byte) 0x42, (byte) 0x43);
    Entity.Builder unknown = Entity.newBuilder();
    unknown
        .getActionProfileGroupBuilder()
        .setActionProfileId(selector)
        .setGroupId(2)
        .addMembersBuilder()
        .setMemberId(99)
        .setWeight(1);
    assertThat(code(Update.Type.INSERT, unknown)).isEqualTo(Code.NOT_FOUND_VALUE);
    client.write(P4Client.update(Update.Type.DELETE, entry));
    assertThat(code(Update.Type.DELETE, group)).isZero();
    assertThat(code(Update.Type.DELETE, member(selector, 1, names.action("drop")))).isZero();
  }

  @Test
  void actionSetsAreGivenWithTheEntry() {
    P4Info info = load("matching");
    P4Client.Names names = new P4Client.Names(info);
    TableEntry.Builder entry =
        names.entry("selector_t").addMatch(names.exact("selector_t", "a", 1));
    var set = entry.getActionBuilder().getActionProfileActionSetBuilder();
    set.addActionProfileActionsBuilder().setAction(names.action("set", 7, 2)).setWeight(3);
    set.addActionProfileActionsBuilder().setAction(names.action("set", 8, 2)).setWeight(1);
    client.write(P4Client.insert(entry));
    assertThat(client.readEntries(names.entry("selector_t").build()))
        .containsExactly(entry.build());
    int[] seen = new int[9];
    for (int i = 0; i < 256; i++) {
      byte[] packet = new byte[30];
      packet[0] = 0x15;
      packet[2] = 1;
      packet[6] = (byte) i;
      running.port(1).send(packet);
      seen[running.port(2).receive(Duration.ofSeconds(1)).orElseThrow()[24]]++;
    }
    assertThat(seen[7]).isBetween(160, 224);
    assertThat(seen[7] + seen[8]).isEqualTo(256);
    set.getActionProfileActionsBuilder(0).setWeight(0);
    assertThat(client.codes(P4Client.update(Update.Type.MODIFY, entry)))
        .containsExactly(Code.INVALID_ARGUMENT_VALUE);
  }

  @Test
  void valueSetsDecideWhatIsParsed() {
    P4Info info = load("matching");
    int id = info.getValueSets(0).getPreamble().getId();
    byte[] packet = new byte[30];
    packet[0] = 0x55;
    running.port(1).send(packet);
    assertThat(running.port(7).receive(Duration.ZERO)).isPresent();
    Entity.Builder entity = Entity.newBuilder();
    entity
        .getValueSetEntryBuilder()
        .setValueSetId(id)
        .addMembersBuilder()
        .addMatchBuilder()
        .setFieldId(info.getValueSets(0).getMatch(0).getId())
        .getExactBuilder()
        .setValue(P4Client.bytes(0x55));
    assertThat(code(Update.Type.MODIFY, entity)).isZero();
    assertThat(client.read(entity.build())).containsExactly(entity.build());
    running.port(1).send(packet);
    assertThat(running.port(8).receive(Duration.ZERO)).isPresent();
    assertThat(code(Update.Type.INSERT, entity)).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
    entity.getValueSetEntryBuilder().addMembers(entity.getValueSetEntryBuilder().getMembers(0));
    assertThat(code(Update.Type.MODIFY, entity)).isEqualTo(Code.ALREADY_EXISTS_VALUE);
  }

  @Test
  void multicastGroupsAndCloneSessionsMakeCopies() {
    load("copies");
    Entity.Builder group = Entity.newBuilder();
    var entry =
        group
            .getPacketReplicationEngineEntryBuilder()
            .getMulticastGroupEntryBuilder()
            .setMulticastGroupId(9);
    for (int port = 1; port <= 3; port++) {
      entry.addReplicasBuilder().setPort(P4Client.bytes(port)).setInstance(port * 10);
    }
    assertThat(code(Update.Type.INSERT, group)).isZero();
    assertThat(client.read(group.build())).containsExactly(group.build());
    byte[] packet = op(1, 0);
    packet[3] = 9;
    packet[5] = 0;
    running.port(4).send(packet);
    for (int port = 1; port <= 3; port++) {
      byte[] copy = running.port(port).receive(Duration.ZERO).orElseThrow();
      assertThat(copy[3]).isEqualTo((byte) (port * 10));
      assertThat(copy[1]).isEqualTo((byte) 5);
    }
    assertThat(code(Update.Type.DELETE, group)).isZero();
    running.port(4).send(packet);
    assertThat(running.port(1).receive(Duration.ZERO)).isEmpty();
    entry.addReplicas(entry.getReplicas(0));
    assertThat(code(Update.Type.INSERT, group)).isEqualTo(Code.INVALID_ARGUMENT_VALUE);

    Entity.Builder session = Entity.newBuilder();
    session
        .getPacketReplicationEngineEntryBuilder()
        .getCloneSessionEntryBuilder()
        .setSessionId(5)
        .setPacketLengthBytes(20)
        .addReplicasBuilder()
        .setPort(P4Client.bytes(3));
    assertThat(code(Update.Type.INSERT, session)).isZero();
    byte[] cloned = op(2, 0x33);
    cloned[3] = 5;
    running.port(4).send(cloned);
    byte[] copy = running.port(3).receive(Duration.ZERO).orElseThrow();
    assertThat(copy).hasSize(20);
    assertThat(copy[1]).isEqualTo((byte) 0x33);
    assertThat(copy[4]).isZero();
    assertThat(running.port(2).receive(Duration.ZERO).orElseThrow()).hasSize(40);
  }

  @Test
  void digestsAreSentInListsAndNotTwiceBeforeTheyAreAcknowledged() {
    P4Info info = load("copies");
    int digest = info.getDigests(0).getPreamble().getId();
    running.port(1).send(op(6, 1));
    Entity.Builder entity = Entity.newBuilder();
    entity
        .getDigestEntryBuilder()
        .setDigestId(digest)
        .getConfigBuilder()
        .setMaxListSize(2)
        .setMaxTimeoutNs(Duration.ofSeconds(30).toNanos())
        .setAckTimeoutNs(Duration.ofSeconds(30).toNanos());
    assertThat(code(Update.Type.INSERT, entity)).isZero();
    assertThat(client.read(entity.build())).containsExactly(entity.build());
    running.port(1).send(op(6, 1));
    running.port(1).send(op(6, 1));
    running.port(1).send(op(6, 2));
    StreamMessageResponse first = client.next();
    assertThat(first.getDigest().getDataCount()).isEqualTo(2);
    assertThat(first.getDigest().getData(0).getStruct().getMembers(0).getBitstring())
        .isEqualTo(P4Client.bytes(1));
    assertThat(first.getDigest().getData(0).getStruct().getMembers(2).getBitstring())
        .isEqualTo(P4Client.bytes(1));
    running.port(1).send(op(6, 1));
    running.port(1).send(op(6, 3));
    running.port(1).send(op(6, 4));
    StreamMessageResponse second = client.next();
    assertThat(
            second.getDigest().getDataList().stream()
                .map(d -> (int) d.getStruct().getMembers(0).getBitstring().byteAt(0))
                .toList())
        .isEqualTo(List.of(3, 4));
    assertThat(code(Update.Type.DELETE, entity)).isZero();
    assertThat(code(Update.Type.DELETE, entity)).isEqualTo(Code.NOT_FOUND_VALUE);
  }

  @Test
  void packetsGoToAndComeFromTheController() {
    P4Info info = load("copies");
    running.port(1).send(op(7, 0));
    StreamMessageResponse in = client.next();
    assertThat(in.getPacket().getPayload().size()).isEqualTo(40);
    assertThat(in.getPacket().getMetadataList())
        .extracting(m -> m.getValue())
        .containsExactly(P4Client.bytes(1), P4Client.bytes(5));
    StreamMessageRequest.Builder out = StreamMessageRequest.newBuilder();
    out.getPacketBuilder().setPayload(com.google.protobuf.ByteString.copyFrom(op(0, 0)));
    var header =
        info.getControllerPacketMetadataList().stream()
            .filter(h -> h.getPreamble().getName().equals("packet_out"))
            .findFirst()
            .orElseThrow();
    out.getPacketBuilder()
        .addMetadataBuilder()
        .setMetadataId(header.getMetadata(0).getId())
        .setValue(P4Client.bytes(3));
    client.send(out.build());
    // One field is missing: the packet is dropped, and the stream says so.
    StreamMessageResponse error = client.next();
    assertThat(error.getError().getCanonicalCode()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
    out.getPacketBuilder()
        .addMetadataBuilder()
        .setMetadataId(header.getMetadata(1).getId())
        .setValue(P4Client.bytes(0));
    client.send(out.build());
    assertThat(running.port(3).receive(Duration.ofSeconds(5)).orElseThrow()).hasSize(40);
  }

  @Test
  void idleEntriesAreReported() {
    P4Client.Names names = new P4Client.Names(load("matching"));
    TableEntry.Builder entry =
        names
            .entry("exact_t")
            .addMatch(names.exact("exact_t", "a", 1))
            .addMatch(names.exact("exact_t", "d", 1))
            .setIdleTimeoutNs(Duration.ofMillis(1).toNanos());
    entry.getActionBuilder().setAction(names.action("drop"));
    client.write(P4Client.insert(entry));
    StreamMessageResponse notice = client.next();
    assertThat(notice.getIdleTimeoutNotification().getTableEntry(0)).isEqualTo(entry.build());
    TableEntry.Builder filter = names.entry("exact_t");
    filter.getTimeSinceLastHitBuilder();
    assertThat(client.readEntries(filter.build()).getFirst().getTimeSinceLastHit().getElapsedNs())
        .isPositive();
    TableEntry.Builder other =
        names.entry("profile_t").addMatch(names.exact("profile_t", "a", 1)).setIdleTimeoutNs(5);
    other.getActionBuilder().setActionProfileMemberId(1);
    assertThat(client.codes(P4Client.insert(other))).containsExactly(Code.INVALID_ARGUMENT_VALUE);
  }
}
