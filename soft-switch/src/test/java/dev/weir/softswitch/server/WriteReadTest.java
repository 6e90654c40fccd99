package dev.weir.softswitch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.SoftSwitch;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import p4.v1.P4RuntimeOuterClass.CounterData;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.Error;
import p4.v1.P4RuntimeOuterClass.FieldMatch;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.WriteRequest.Atomicity;

/** P4Runtime 1.5 §9.1, §12 and §13, over real gRPC. */
class WriteReadTest {
  private static final int OK = Code.OK_VALUE;
  private static final int INVALID = Code.INVALID_ARGUMENT_VALUE;
  private static final int RANGE = Code.OUT_OF_RANGE_VALUE;
  private static final int EXISTS = Code.ALREADY_EXISTS_VALUE;
  private static final int MISSING = Code.NOT_FOUND_VALUE;
  private static final int DENIED = Code.PERMISSION_DENIED_VALUE;
  private static final int FULL = Code.RESOURCE_EXHAUSTED_VALUE;

  private final P4Client.Names names = new P4Client.Names(Programs.p4info("matching"));
  private SoftSwitch running;
  private P4Client client;

  @BeforeEach
  void start() throws IOException {
    running = SoftSwitch.builder().deviceId(1).start();
    client = P4Client.tcp(running.grpcPort(), 1).primary(1);
    client.commit(Programs.config("matching", 1));
  }

  @AfterEach
  void stop() {
    client.close();
    running.close();
  }

  private TableEntry.Builder exact(int a) {
    TableEntry.Builder entry =
        names
            .entry("exact_t")
            .addMatch(names.exact("exact_t", "a", a))
            .addMatch(names.exact("exact_t", "d", 1));
    entry.getActionBuilder().setAction(names.action("set", 5, 2));
    return entry;
  }

  private TableEntry.Builder ternary(int priority) {
    TableEntry.Builder entry = names.entry("ternary_t").setPriority(priority);
    entry.getActionBuilder().setAction(names.action("set", 6, 3));
    return entry;
  }

  private int code(Update.Type type, TableEntry.Builder entry) {
    return client.codes(P4Client.update(type, entry)).getFirst();
  }

  private int insert(TableEntry.Builder entry) {
    return code(Update.Type.INSERT, entry);
  }

  @Test
  void entriesLiveFromInsertToDelete() {
    assertThat(insert(exact(1))).isEqualTo(OK);
    assertThat(insert(exact(1))).isEqualTo(EXISTS);
    TableEntry.Builder changed = exact(1);
    changed.getActionBuilder().setAction(names.action("drop"));
    assertThat(code(Update.Type.MODIFY, changed)).isEqualTo(OK);
    assertThat(client.readEntries(exact(1).clearAction().build()).getFirst().getAction())
        .isEqualTo(changed.getAction());
    assertThat(code(Update.Type.MODIFY, exact(2))).isEqualTo(MISSING);
    assertThat(code(Update.Type.DELETE, exact(1).clearAction())).isEqualTo(OK);
    assertThat(code(Update.Type.DELETE, exact(1))).isEqualTo(MISSING);
    assertThat(client.readEntries(names.entry("exact_t").build())).isEmpty();
  }

  @Test
  void packetsMeetEntriesAsSoonAsTheWriteReturns() {
    client.write(P4Client.insert(exact(1)));
    byte[] packet = new byte[30];
    packet[0] = 0x10;
    packet[2] = 1;
    packet[23] = 1;
    running.port(1).send(packet);
    assertThat(running.port(2).receive(java.time.Duration.ZERO)).isPresent();
    client.write(P4Client.update(Update.Type.DELETE, exact(1)));
    running.port(1).send(packet);
    assertThat(running.port(2).receive(java.time.Duration.ZERO)).isEmpty();
  }

  @Test
  void whatIsWrittenIsReadBack() {
    TableEntry.Builder entry =
        ternary(10)
            .addMatch(
                names.ternary(
                    "ternary_t", "a", BigInteger.valueOf(0x100), BigInteger.valueOf(0xff00)))
            .addMatch(names.range("ternary_t", "b", 5, 500))
            .addMatch(names.optional("ternary_t", "d", 7))
            .setMetadata(ByteString.copyFromUtf8("rule 7"));
    assertThat(insert(entry)).isEqualTo(OK);
    assertThat(client.readEntries(names.entry("ternary_t").build())).containsExactly(entry.build());
    TableEntry.Builder prefix =
        names
            .entry("lpm_t")
            .addMatch(names.exact("lpm_t", "d", 3))
            .addMatch(names.lpm("lpm_t", "c", BigInteger.ONE.shiftLeft(127), 1));
    prefix.getActionBuilder().setAction(names.action("drop"));
    assertThat(insert(prefix)).isEqualTo(OK);
    assertThat(client.readEntries(names.entry("lpm_t").build())).containsExactly(prefix.build());
  }

  @Test
  void longerStringsAreReadAndShortOnesWritten() {
    TableEntry.Builder padded = exact(1);
    padded
        .getMatchBuilder(0)
        .getExactBuilder()
        .setValue(ByteString.copyFrom(new byte[] {0, 0, 0, 1}));
    assertThat(insert(padded)).isEqualTo(OK);
    assertThat(client.readEntries(names.entry("exact_t").build()))
        .containsExactly(exact(1).build());
  }

  @Test
  void malformedMatchesAreRefused() {
    TableEntry.Builder wide = exact(1);
    wide.getMatchBuilder(0).getExactBuilder().setValue(P4Client.bytes(0x10000));
    assertThat(insert(wide)).isEqualTo(RANGE);
    TableEntry.Builder empty = exact(1);
    empty.getMatchBuilder(0).getExactBuilder().setValue(ByteString.EMPTY);
    assertThat(insert(empty)).isEqualTo(RANGE);
    assertThat(insert(exact(1).removeMatch(0))).isEqualTo(INVALID);
    assertThat(insert(exact(1).addMatch(names.exact("exact_t", "a", 2)))).isEqualTo(INVALID);
    assertThat(insert(exact(1).addMatch(FieldMatch.newBuilder().setFieldId(99))))
        .isEqualTo(INVALID);
    assertThat(insert(exact(1).setPriority(1))).isEqualTo(INVALID);
    assertThat(insert(ternary(0))).isEqualTo(INVALID);
    assertThat(insert(ternary(-1))).isEqualTo(INVALID);
    BigInteger two = BigInteger.TWO;
    assertThat(insert(ternary(1).addMatch(names.ternary("ternary_t", "a", two, BigInteger.ONE))))
        .isEqualTo(INVALID);
    assertThat(
            insert(
                ternary(1)
                    .addMatch(names.ternary("ternary_t", "a", BigInteger.ZERO, BigInteger.ZERO))))
        .isEqualTo(INVALID);
    assertThat(insert(ternary(1).addMatch(names.range("ternary_t", "b", 3, 2)))).isEqualTo(INVALID);
    assertThat(insert(ternary(1).addMatch(names.range("ternary_t", "b", 0, 0xffffffffL))))
        .isEqualTo(INVALID);
    TableEntry.Builder prefix = names.entry("lpm_t").addMatch(names.exact("lpm_t", "d", 1));
    prefix.getActionBuilder().setAction(names.action("drop"));
    assertThat(insert(prefix.clone().addMatch(names.lpm("lpm_t", "c", BigInteger.ONE, 64))))
        .isEqualTo(INVALID);
    assertThat(insert(prefix.clone().addMatch(names.lpm("lpm_t", "c", BigInteger.ZERO, 0))))
        .isEqualTo(INVALID);
    assertThat(insert(prefix.clone().addMatch(names.lpm("lpm_t", "c", BigInteger.ZERO, 129))))
        .isEqualTo(INVALID);
  }

  @Test
  void malformedActionsAreRefused() {
    TableEntry.Builder none = exact(1).clearAction();
    assertThat(insert(none)).isEqualTo(INVALID);
    TableEntry.Builder unknown = exact(1);
    unknown.getActionBuilder().getActionBuilder().setActionId(12345);
    assertThat(insert(unknown)).isEqualTo(INVALID);
    TableEntry.Builder missing = exact(1);
    missing.getActionBuilder().getActionBuilder().removeParams(0);
    assertThat(insert(missing)).isEqualTo(INVALID);
    TableEntry.Builder extra = exact(1);
    extra.getActionBuilder().getActionBuilder().addParamsBuilder().setParamId(9);
    assertThat(insert(extra)).isEqualTo(INVALID);
    TableEntry.Builder wide = exact(1);
    wide.getActionBuilder().getActionBuilder().getParamsBuilder(1).setValue(P4Client.bytes(512));
    assertThat(insert(wide)).isEqualTo(RANGE);
    TableEntry.Builder defaultOnly = exact(1);
    defaultOnly.getActionBuilder().setAction(names.action("only_default", 1));
    assertThat(insert(defaultOnly)).isEqualTo(DENIED);
    TableEntry.Builder member = exact(1);
    member.getActionBuilder().setActionProfileMemberId(1);
    assertThat(insert(member)).isEqualTo(INVALID);
  }

  @Test
  void unknownTablesAndWrongEntitiesAreRefused() {
    assertThat(insert(TableEntry.newBuilder().setTableId(0x02ffffff))).isEqualTo(MISSING);
    assertThat(insert(TableEntry.newBuilder())).isEqualTo(INVALID);
    assertThat(client.codes(Update.newBuilder().setType(Update.Type.INSERT).build()))
        .containsExactly(INVALID);
    assertThat(client.codes(P4Client.update(Update.Type.UNSPECIFIED, exact(1))))
        .containsExactly(INVALID);
    assertThatThrownBy(() -> client.read(Entity.getDefaultInstance()))
        .satisfies(
            e ->
                assertThat(StatusProto.fromThrowable(e).getDetails(0).unpack(Error.class))
                    .extracting(Error::getCanonicalCode)
                    .isEqualTo(INVALID));
  }

  @Test
  void aFullTableTakesNoMore() {
    for (int i = 0; i < 4; i++) {
      assertThat(insert(exact(i))).isEqualTo(OK);
    }
    assertThat(insert(exact(4))).isEqualTo(FULL);
    assertThat(code(Update.Type.DELETE, exact(0))).isEqualTo(OK);
    assertThat(insert(exact(4))).isEqualTo(OK);
  }

  @Test
  void theDefaultEntryIsModifiedResetAndGuarded() {
    TableEntry.Builder filter = names.entry("exact_t").setIsDefaultAction(true);
    TableEntry initial = client.readEntries(filter.build()).getFirst();
    TableEntry.Builder changed = names.entry("exact_t").setIsDefaultAction(true);
    changed.getActionBuilder().setAction(names.action("drop"));
    assertThat(code(Update.Type.INSERT, changed)).isEqualTo(INVALID);
    assertThat(code(Update.Type.DELETE, changed)).isEqualTo(INVALID);
    assertThat(code(Update.Type.MODIFY, changed.clone().setPriority(1))).isEqualTo(INVALID);
    assertThat(code(Update.Type.MODIFY, changed)).isEqualTo(OK);
    assertThat(client.readEntries(filter.build()).getFirst().getAction())
        .isEqualTo(changed.getAction());
    assertThat(code(Update.Type.MODIFY, changed.clone().clearAction())).isEqualTo(OK);
    assertThat(client.readEntries(filter.build())).containsExactly(initial);
    TableEntry.Builder tableOnly = names.entry("exact_t").setIsDefaultAction(true);
    tableOnly.getActionBuilder().setAction(names.action("note", 1));
    assertThat(code(Update.Type.MODIFY, tableOnly)).isEqualTo(DENIED);
    TableEntry.Builder constant = names.entry("ternary_t").setIsDefaultAction(true);
    constant.getActionBuilder().setAction(names.action("drop"));
    assertThat(code(Update.Type.MODIFY, constant)).isEqualTo(DENIED);
  }

  @Test
  void constantTablesAreReadAndNotWritten() {
    List<TableEntry> entries = client.readEntries(names.entry("const_t").build());
    assertThat(entries).hasSize(3).allMatch(TableEntry::getIsConst);
    assertThat(entries.stream().map(TableEntry::getPriority)).containsExactly(3, 2, 1);
    TableEntry.Builder first = entries.getFirst().toBuilder().clearIsConst();
    assertThat(code(Update.Type.DELETE, first)).isEqualTo(DENIED);
    assertThat(code(Update.Type.MODIFY, first)).isEqualTo(DENIED);
    assertThat(insert(first.clone().setPriority(9))).isEqualTo(DENIED);
  }

  @Test
  void wildcardsSelectByTablePriorityAndAction() {
    client.write(P4Client.insert(exact(1)), P4Client.insert(exact(2)), P4Client.insert(ternary(3)));
    TableEntry.Builder low = ternary(4).addMatch(names.optional("ternary_t", "d", 1));
    low.getActionBuilder().setAction(names.action("drop"));
    client.write(P4Client.insert(low));
    assertThat(client.readEntries(TableEntry.getDefaultInstance())).hasSize(2 + 2 + 3);
    assertThat(client.readEntries(names.entry("ternary_t").setPriority(4).build()))
        .containsExactly(low.build());
    TableEntry.Builder drops = names.entry("ternary_t");
    drops.getActionBuilder().setAction(names.action("drop"));
    assertThat(client.readEntries(drops.build())).containsExactly(low.build());
    assertThat(client.readEntries(exact(7).clearAction().build())).isEmpty();
  }

  @Test
  void everyUpdateHasItsErrorInOrder() {
    Update good = P4Client.insert(exact(1));
    Update bad = P4Client.update(Update.Type.DELETE, exact(9));
    var batch = client.writeRequest().addUpdates(bad).addUpdates(good).addUpdates(good).build();
    assertThatThrownBy(
            () -> {
              var _ = client.rpc.write(batch);
            })
        .satisfies(
            e -> {
              assertThat(Status.fromThrowable(e).getCode()).isEqualTo(Status.Code.UNKNOWN);
              var details = StatusProto.fromThrowable(e).getDetailsList();
              assertThat(details).hasSize(3);
              List<Integer> codes = new ArrayList<>();
              for (var detail : details) {
                Error error = detail.unpack(Error.class);
                codes.add(error.getCanonicalCode());
                assertThat(error.getMessage().isEmpty()).isEqualTo(error.getCanonicalCode() == 0);
              }
              assertThat(codes).containsExactly(MISSING, OK, EXISTS);
            });
    assertThat(client.readEntries(names.entry("exact_t").build())).hasSize(1);
  }

  @Test
  void rollbackTakesEverythingBack() {
    client.write(P4Client.insert(exact(1)), P4Client.insert(exact(2)));
    TableEntry.Builder changed = exact(1);
    changed.getActionBuilder().setAction(names.action("drop"));
    for (Atomicity atomicity : List.of(Atomicity.ROLLBACK_ON_ERROR, Atomicity.DATAPLANE_ATOMIC)) {
      List<TableEntry> before = client.readEntries(TableEntry.getDefaultInstance());
      List<Integer> codes =
          client.codes(
              client
                  .writeRequest()
                  .setAtomicity(atomicity)
                  .addUpdates(P4Client.update(Update.Type.MODIFY, changed))
                  .addUpdates(P4Client.update(Update.Type.DELETE, exact(1)))
                  .addUpdates(P4Client.update(Update.Type.DELETE, exact(2)))
                  .addUpdates(P4Client.insert(exact(3)))
                  .addUpdates(P4Client.insert(exact(3)))
                  .addUpdates(P4Client.insert(exact(2)))
                  .build());
      int aborted = Code.ABORTED_VALUE;
      assertThat(codes).containsExactly(aborted, aborted, aborted, aborted, EXISTS, aborted);
      assertThat(client.readEntries(TableEntry.getDefaultInstance()))
          .containsExactlyInAnyOrderElementsOf(before);
    }
  }

  @Test
  void anAtomicBatchAppearsAtOnce() throws InterruptedException {
    // Two entries change places while packets run: each packet meets just one of them.
    client.write(P4Client.insert(exact(1)));
    byte[] packet = new byte[30];
    packet[0] = 0x10;
    packet[23] = 1;
    List<Integer> outputs = new ArrayList<>();
    running.port(2).listen(f -> outputs.add(2));
    running.port(9).listen(f -> outputs.add(9));
    int rounds = 200;
    Thread traffic =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!Thread.currentThread().isInterrupted()) {
                    byte[] one = packet.clone();
                    one[2] = 1;
                    running.port(1).send(one);
                    if (outputs.size() > 1_000_000) {
                      return;
                    }
                  }
                });
    for (int i = 0; i < rounds; i++) {
      TableEntry.Builder again = exact(1);
      var _ =
          client.rpc.write(
              client
                  .writeRequest()
                  .setAtomicity(Atomicity.DATAPLANE_ATOMIC)
                  .addUpdates(P4Client.update(Update.Type.DELETE, exact(1)))
                  .addUpdates(P4Client.insert(again))
                  .build());
    }
    traffic.interrupt();
    traffic.join();
    assertThat(outputs).isNotEmpty().doesNotContain(9);
  }

  @Test
  void directCountersCountAndAreWritten() {
    TableEntry.Builder entry = ternary(1);
    entry.getCounterDataBuilder().setPacketCount(100).setByteCount(1000);
    client.write(P4Client.insert(entry));
    byte[] packet = new byte[30];
    packet[0] = 0x12;
    running.port(1).send(packet);
    running.port(1).send(packet);
    CounterData expected = CounterData.newBuilder().setPacketCount(102).setByteCount(1060).build();
    TableEntry.Builder asked =
        names.entry("ternary_t").setCounterData(CounterData.getDefaultInstance());
    assertThat(client.readEntries(asked.build()).getFirst().getCounterData()).isEqualTo(expected);
    assertThat(client.readEntries(names.entry("ternary_t").build()).getFirst().hasCounterData())
        .isFalse();
    Entity.Builder direct = Entity.newBuilder();
    direct.getDirectCounterEntryBuilder().setTableEntry(names.entry("ternary_t"));
    assertThat(client.read(direct.build()).getFirst().getDirectCounterEntry().getData())
        .isEqualTo(expected);
    // MODIFY without data keeps the count; with data it is set.
    assertThat(code(Update.Type.MODIFY, ternary(1))).isEqualTo(OK);
    assertThat(client.readEntries(asked.build()).getFirst().getCounterData()).isEqualTo(expected);
    Entity.Builder reset = Entity.newBuilder();
    reset
        .getDirectCounterEntryBuilder()
        .setTableEntry(ternary(1).clearAction())
        .setData(CounterData.getDefaultInstance());
    assertThat(client.codes(P4Client.update(Update.Type.MODIFY, reset.build())))
        .containsExactly(OK);
    assertThat(client.readEntries(asked.build()).getFirst().getCounterData())
        .isEqualTo(CounterData.getDefaultInstance());
    assertThat(client.codes(P4Client.update(Update.Type.INSERT, reset.build())))
        .containsExactly(INVALID);
    TableEntry.Builder uncounted = exact(1);
    uncounted.getCounterDataBuilder().setPacketCount(1);
    assertThat(insert(uncounted)).isEqualTo(INVALID);
  }
}
