package dev.weir.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import p4.v1.P4RuntimeOuterClass.CounterData;
import p4.v1.P4RuntimeOuterClass.DirectCounterEntry;
import p4.v1.P4RuntimeOuterClass.DirectMeterEntry;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.IdleTimeoutNotification;
import p4.v1.P4RuntimeOuterClass.MeterConfig;
import p4.v1.P4RuntimeOuterClass.MeterCounterData;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/** Counters and meters of entries, and idle timeouts (§9.1.7, §9.1.8, §9.3.1, §9.4.1, §16.4). */
final class DirectResourceRequirements extends Requirements {
  static final MeterConfig RED =
      MeterConfig.newBuilder().setCir(1).setCburst(1).setPir(1).setPburst(1).build();

  private static CounterData count(long packets, long bytes) {
    return CounterData.newBuilder().setPacketCount(packets).setByteCount(bytes).build();
  }

  private TableEntry.Builder counted() {
    return p4().ternary(1, 1, Program.ternary(1, 1, 1));
  }

  private TableEntry.Builder metered() {
    TableEntry.Builder entry = p4().entry("metered_t", Program.exact(1, 1));
    entry.getActionBuilder().setAction(p4().action("coloured", 1));
    return entry;
  }

  private TableEntry readCounted() {
    return theEntry(p4().entry("ternary_t").setCounterData(CounterData.getDefaultInstance()));
  }

  private TableEntry readMetered() {
    return theEntry(p4().entry("metered_t").setMeterConfig(MeterConfig.getDefaultInstance()));
  }

  private static Entity direct(TableEntry.Builder entry, CounterData data) {
    return Entity.newBuilder()
        .setDirectCounterEntry(
            DirectCounterEntry.newBuilder()
                .setTableEntry(entry.clone().clearAction())
                .setData(data))
        .build();
  }

  private static Entity direct(DirectMeterEntry.Builder entry) {
    return Entity.newBuilder().setDirectMeterEntry(entry).build();
  }

  private DirectMeterEntry.Builder directMeter() {
    return DirectMeterEntry.newBuilder().setTableEntry(metered().clearAction());
  }

  @Requirement(
      section = "9.1.7",
      id = "9.1.7-1",
      text = "An inserted entry counts from zero, or from what it was given.")
  void counterOfInsert() {
    primary().write(Program.insert(counted()));
    assertThat(readCounted().getCounterData()).isEqualTo(count(0, 0));
    primary().write(Program.delete(counted()));
    primary().write(Program.insert(counted().setCounterData(count(7, 700))));
    assertThat(readCounted().getCounterData()).isEqualTo(count(7, 700));
  }

  @Requirement(
      section = "9.1.7",
      id = "9.1.7-2",
      text = "A modification without counter_data leaves the counter alone, one with it sets it.")
  void counterOfModify() {
    primary().write(Program.insert(counted().setCounterData(count(7, 700))));
    primary().write(Program.modify(counted()));
    assertThat(readCounted().getCounterData()).isEqualTo(count(7, 700));
    primary().write(Program.modify(counted().setCounterData(count(1, 2))));
    assertThat(readCounted().getCounterData()).isEqualTo(count(1, 2));
  }

  @Requirement(
      section = "9.1.7",
      id = "9.1.7-3",
      text = "counter_data is read only when asked for.")
  void counterOnDemand() {
    primary().write(Program.insert(counted()));
    assertThat(theEntry(p4().entry("ternary_t")).hasCounterData()).isFalse();
    assertThat(readCounted().hasCounterData()).isTrue();
  }

  @Requirement(section = "9.1.7", id = "9.1.7-4", text = "Packets that hit an entry are counted.")
  void counting() {
    primary().write(Program.insert(counted()));
    var _ = probe(3, 1, 0, 0);
    var _ = probe(3, 1, 0, 0);
    assertThat(readCounted().getCounterData().getPacketCount()).isEqualTo(2);
  }

  @Requirement(
      section = "9.1.7",
      id = "9.1.7-5",
      text = "counter_data for a table without a direct counter is refused.")
  void noCounter() {
    refused(Program.insert(p4().exact(1, 1, 1).setCounterData(count(1, 1))), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1.7",
      id = "9.1.7-6",
      text = "meter_config of an inserted entry is read as written; unset it is read as unset.")
  void meterOfInsert() {
    primary().write(Program.insert(metered().setMeterConfig(RED)));
    assertThat(readMetered().getMeterConfig()).isEqualTo(RED);
    primary().write(Program.delete(metered()));
    primary().write(Program.insert(metered()));
    assertThat(readMetered().hasMeterConfig()).isFalse();
  }

  @Requirement(
      section = "9.1.7",
      id = "9.1.7-7",
      text = "A modification without meter_config makes the meter green again.")
  void meterOfModify() {
    primary().write(Program.insert(metered().setMeterConfig(RED)));
    primary().write(Program.modify(metered()));
    assertThat(readMetered().hasMeterConfig()).isFalse();
    for (int i = 0; i < 3; i++) {
      assertThat(probe(11, 1, 0, 0).b()).isZero();
    }
  }

  @Requirement(
      section = "9.1.7",
      id = "9.1.7-8",
      text = "meter_config for a table without a direct meter is refused.")
  void noMeter() {
    refused(Program.insert(p4().exact(1, 1, 1).setMeterConfig(RED)), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1.7",
      id = "9.1.7-9",
      text = "meter_counter_data counts packets of each colour and is read when asked for.")
  void coloursOfEntry() {
    primary().write(Program.insert(metered().setMeterConfig(RED)));
    for (int i = 0; i < 3; i++) {
      var _ = probe(11, 1, 0, 0);
    }
    MeterCounterData read =
        theEntry(p4().entry("metered_t").setMeterCounterData(MeterCounterData.getDefaultInstance()))
            .getMeterCounterData();
    assertThat(read.getGreen().getPacketCount()).isEqualTo(1);
    assertThat(read.getRed().getPacketCount()).isEqualTo(2);
    assertThat(readMetered().hasMeterCounterData()).isFalse();
  }

  @Requirement(
      section = "9.1.7",
      id = "9.1.7-10",
      text = "meter_counter_data other than zero in a write is refused; zero resets.")
  void resetColours() {
    MeterCounterData.Builder some = MeterCounterData.newBuilder();
    some.getGreenBuilder().setPacketCount(5);
    refused(Program.insert(metered().setMeterCounterData(some)), Code.INVALID_ARGUMENT);
    primary().write(Program.insert(metered()));
    var _ = probe(11, 1, 0, 0);
    primary()
        .write(
            Program.modify(metered().setMeterCounterData(MeterCounterData.getDefaultInstance())));
    assertThat(
            theEntry(
                    p4().entry("metered_t")
                        .setMeterCounterData(MeterCounterData.getDefaultInstance()))
                .getMeterCounterData()
                .getGreen()
                .getPacketCount())
        .isZero();
  }

  @Requirement(
      section = "9.1.7",
      id = "9.1.7-11",
      text = "The default entry's counter is read and set like any entry's.")
  void counterOfDefault() {
    var _ = probe(3, 1, 0, 0);
    TableEntry.Builder filter = p4().entry("ternary_t").setIsDefaultAction(true);
    assertThat(
            theEntry(filter.setCounterData(CounterData.getDefaultInstance()))
                .getCounterData()
                .getPacketCount())
        .isEqualTo(1);
  }

  @Requirement(
      section = "9.1.7",
      id = "9.1.7-12",
      text = "The default entry's meter is configured with it, and reset with it.")
  void meterOfDefault() {
    TableEntry.Builder entry = p4().entry("metered_t").setIsDefaultAction(true);
    entry.getActionBuilder().setAction(p4().action("coloured", 3));
    primary().write(Program.modify(entry.setMeterConfig(RED)));
    TableEntry.Builder filter =
        p4().entry("metered_t")
            .setIsDefaultAction(true)
            .setMeterConfig(MeterConfig.getDefaultInstance());
    assertThat(theEntry(filter).getMeterConfig()).isEqualTo(RED);
    primary().write(Program.modify(p4().entry("metered_t").setIsDefaultAction(true)));
    assertThat(theEntry(filter).hasMeterConfig()).isFalse();
  }

  @Requirement(
      section = "9.3.1",
      id = "9.3.1-1",
      text = "A DirectCounterEntry sets and reads the counter of its entry.")
  void directCounter() {
    primary().write(Program.insert(counted()));
    primary().write(Program.update(Update.Type.MODIFY, direct(counted(), count(3, 4))));
    assertThat(
            primary()
                .read(direct(counted(), CounterData.getDefaultInstance()))
                .getFirst()
                .getDirectCounterEntry()
                .getData())
        .isEqualTo(count(3, 4));
  }

  @Requirement(
      section = "9.3.1",
      id = "9.3.1-2",
      text = "A DirectCounterEntry is neither inserted nor deleted.")
  void directCounterModifyOnly() {
    primary().write(Program.insert(counted()));
    refused(
        Program.update(Update.Type.INSERT, direct(counted(), count(3, 4))), Code.INVALID_ARGUMENT);
    refused(
        Program.update(Update.Type.DELETE, direct(counted(), count(3, 4))), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.3.1",
      id = "9.3.1-3",
      text = "A DirectCounterEntry of no entry is NOT_FOUND, to write and to read.")
  void directCounterOfNothing() {
    refused(Program.update(Update.Type.MODIFY, direct(counted(), count(3, 4))), Code.NOT_FOUND);
    assertThat(primary().readCode(direct(counted(), CounterData.getDefaultInstance())))
        .isEqualTo(Code.NOT_FOUND);
  }

  @Requirement(
      section = "9.3.1",
      id = "9.3.1-4",
      text = "A write without data leaves the counter alone.")
  void directCounterWithoutData() {
    primary().write(Program.insert(counted().setCounterData(count(3, 4))));
    primary()
        .write(
            Program.update(
                Update.Type.MODIFY,
                Entity.newBuilder()
                    .setDirectCounterEntry(
                        DirectCounterEntry.newBuilder().setTableEntry(counted().clearAction()))
                    .build()));
    assertThat(readCounted().getCounterData()).isEqualTo(count(3, 4));
  }

  @Requirement(
      section = "13.2",
      id = "13.2-1",
      text = "A DirectCounterEntry of a table reads the counters of all its entries.")
  void allOfTable() {
    primary()
        .write(
            Program.insert(counted().setCounterData(count(3, 4))),
            Program.insert(p4().ternary(2, 2)));
    assertThat(primary().read(direct(p4().entry("ternary_t"), CounterData.getDefaultInstance())))
        .hasSize(2);
  }

  @Requirement(
      section = "13.2",
      id = "13.2-2",
      text = "A DirectCounterEntry without a table reads the direct counters of all tables.")
  void allOfAllTables() {
    primary().write(Program.insert(counted().setCounterData(count(3, 4))));
    assertThat(primary().read(direct(TableEntry.newBuilder(), CounterData.getDefaultInstance())))
        .hasSize(1);
  }

  @Requirement(
      section = "9.4.1",
      id = "9.4.1-1",
      text = "A DirectMeterEntry sets, reads and resets the meter of its entry.")
  void directMeterWorks() {
    primary().write(Program.insert(metered()));
    primary().write(Program.update(Update.Type.MODIFY, direct(directMeter().setConfig(RED))));
    assertThat(primary().read(direct(directMeter())).getFirst().getDirectMeterEntry().getConfig())
        .isEqualTo(RED);
    primary().write(Program.update(Update.Type.MODIFY, direct(directMeter())));
    assertThat(readMetered().hasMeterConfig()).isFalse();
  }

  @Requirement(
      section = "9.4.1",
      id = "9.4.1-2",
      text = "A DirectMeterEntry is neither inserted nor deleted, and of no entry NOT_FOUND.")
  void directMeterRules() {
    refused(
        Program.update(Update.Type.MODIFY, direct(directMeter().setConfig(RED))), Code.NOT_FOUND);
    primary().write(Program.insert(metered()));
    refused(
        Program.update(Update.Type.INSERT, direct(directMeter().setConfig(RED))),
        Code.INVALID_ARGUMENT);
    refused(
        Program.update(Update.Type.DELETE, direct(directMeter().setConfig(RED))),
        Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.4.1",
      id = "9.4.1-3",
      text = "A DirectMeterEntry carries the counts of colours when they are asked for.")
  void directMeterColours() {
    primary().write(Program.insert(metered().setMeterConfig(RED)));
    var _ = probe(11, 1, 0, 0);
    DirectMeterEntry read =
        primary()
            .read(direct(directMeter().setCounterData(MeterCounterData.getDefaultInstance())))
            .getFirst()
            .getDirectMeterEntry();
    assertThat(read.getCounterData().getGreen().getPacketCount()).isEqualTo(1);
  }

  @Requirement(
      section = "9.1.8",
      id = "9.1.8-1",
      text = "idle_timeout_ns is read exactly as it was written.")
  void idleTimeoutIsKept() {
    primary().write(Program.insert(p4().exact(1, 1, 1).setIdleTimeoutNs(3_000_000_007L)));
    assertThat(theEntry(p4().entry("exact_t")).getIdleTimeoutNs()).isEqualTo(3_000_000_007L);
  }

  @Requirement(
      section = "9.1.8",
      id = "9.1.8-2",
      text = "A table without idle timeout takes none: INVALID_ARGUMENT.")
  void noIdleTimeout() {
    refused(Program.insert(p4().ternary(1, 1).setIdleTimeoutNs(5)), Code.INVALID_ARGUMENT);
    TableEntry.Builder filter = p4().entry("ternary_t");
    filter.getTimeSinceLastHitBuilder();
    assertThat(primary().readCode(Program.entity(filter))).isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "9.1.8", id = "9.1.8-3", text = "time_since_last_hit is unset in a write.")
  void timeInWrite() {
    TableEntry.Builder entry = p4().exact(1, 1, 1);
    entry.getTimeSinceLastHitBuilder().setElapsedNs(1);
    refused(Program.insert(entry), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.1.8",
      id = "9.1.8-4",
      text = "time_since_last_hit is read if and only if asked for, without a timeout too.")
  void timeOnDemand() {
    primary().write(Program.insert(p4().exact(1, 1, 1)));
    assertThat(theEntry(p4().entry("exact_t")).hasTimeSinceLastHit()).isFalse();
    TableEntry.Builder filter = p4().entry("exact_t");
    filter.getTimeSinceLastHitBuilder();
    assertThat(theEntry(filter).hasTimeSinceLastHit()).isTrue();
  }

  @Requirement(
      section = "9.1.8",
      id = "9.1.8-5",
      text = "The default entry has no idle timeout: INVALID_ARGUMENT.")
  void noTimeoutForDefault() {
    TableEntry.Builder entry = p4().entry("exact_t").setIsDefaultAction(true).setIdleTimeoutNs(5);
    entry.getActionBuilder().setAction(p4().action("set", 1));
    refused(Program.modify(entry), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "16.4",
      id = "16.4-1",
      text =
          "The primary is notified of an idle entry, with key, metadata and timeout, repeatedly.")
  void notification() {
    TableEntry.Builder entry =
        p4().exact(1, 1, 1)
            .setIdleTimeoutNs(20_000_000)
            .setMetadata(com.google.protobuf.ByteString.copyFromUtf8("m"));
    primary().write(Program.insert(entry));
    for (int i = 0; i < 2; i++) {
      IdleTimeoutNotification heard =
          primary()
              .next(StreamMessageResponse::hasIdleTimeoutNotification)
              .getIdleTimeoutNotification();
      assertThat(heard.getTimestamp()).isPositive();
      assertThat(heard.getTableEntryList()).hasSize(1);
      TableEntry idle = sorted(heard.getTableEntry(0));
      assertThat(idle.getTableId()).isEqualTo(entry.getTableId());
      assertThat(idle.getMatchList()).isEqualTo(entry.getMatchList());
      assertThat(idle.getMetadata()).isEqualTo(entry.getMetadata());
      assertThat(idle.getIdleTimeoutNs()).isEqualTo(20_000_000);
    }
  }

  @Requirement(section = "16.4", id = "16.4-2", text = "Backups are not notified of idle entries.")
  void notificationForPrimaryOnly() {
    Client backup = client("", election - 1);
    primary().write(Program.insert(p4().exact(1, 1, 1).setIdleTimeoutNs(20_000_000)));
    var _ = primary().next(StreamMessageResponse::hasIdleTimeoutNotification);
    assertThat(backup.rest()).isEmpty();
  }
}
