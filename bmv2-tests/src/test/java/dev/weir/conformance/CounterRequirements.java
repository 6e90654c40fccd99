package dev.weir.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import java.util.List;
import p4.v1.P4RuntimeOuterClass.CounterData;
import p4.v1.P4RuntimeOuterClass.CounterEntry;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.Index;
import p4.v1.P4RuntimeOuterClass.MeterConfig;
import p4.v1.P4RuntimeOuterClass.MeterCounterData;
import p4.v1.P4RuntimeOuterClass.MeterEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/** Indexed counters and meters (§9.3.2, §9.4, §9.4.2, §9.4.3). */
final class CounterRequirements extends Requirements {
  private static final MeterConfig ONE = DirectResourceRequirements.RED;

  private CounterEntry.Builder counter(long index) {
    return CounterEntry.newBuilder()
        .setCounterId(p4().counterId("counts"))
        .setIndex(Index.newBuilder().setIndex(index));
  }

  private MeterEntry.Builder meter(long index) {
    return MeterEntry.newBuilder()
        .setMeterId(p4().meterId("meters"))
        .setIndex(Index.newBuilder().setIndex(index));
  }

  private static Entity entity(CounterEntry.Builder entry) {
    return Entity.newBuilder().setCounterEntry(entry).build();
  }

  private static Entity entity(MeterEntry.Builder entry) {
    return Entity.newBuilder().setMeterEntry(entry).build();
  }

  private static Update modify(Entity entity) {
    return Program.update(Update.Type.MODIFY, entity);
  }

  private static CounterData count(long packets, long bytes) {
    return CounterData.newBuilder().setPacketCount(packets).setByteCount(bytes).build();
  }

  private CounterData read(long index) {
    return primary().read(entity(counter(index))).getFirst().getCounterEntry().getData();
  }

  @Requirement(
      section = "9.3.2",
      id = "9.3.2-1",
      text = "A counter starts at 0, counts packets and bytes, and is read by its index.")
  void counts() {
    assertThat(read(2)).isEqualTo(count(0, 0));
    var _ = probe(12, 0, 2, 0);
    assertThat(read(2).getPacketCount()).isEqualTo(1);
    assertThat(read(2).getByteCount()).isPositive();
    assertThat(read(1)).isEqualTo(count(0, 0));
  }

  @Requirement(section = "9.3.2", id = "9.3.2-2", text = "A counter can be set.")
  void setCounter() {
    primary().write(modify(entity(counter(1).setData(count(5, 6)))));
    assertThat(read(1)).isEqualTo(count(5, 6));
  }

  @Requirement(section = "9.3.2", id = "9.3.2-3", text = "Without data a write changes nothing.")
  void withoutData() {
    primary().write(modify(entity(counter(1).setData(count(5, 6)))));
    primary().write(modify(entity(counter(1))));
    assertThat(read(1)).isEqualTo(count(5, 6));
  }

  @Requirement(
      section = "9.3.2",
      id = "9.3.2-4",
      text = "Without an index a write sets the whole array.")
  void wholeArray() {
    primary().write(modify(entity(counter(0).clearIndex().setData(count(5, 6)))));
    assertThat(read(0)).isEqualTo(count(5, 6));
    assertThat(read(3)).isEqualTo(count(5, 6));
  }

  @Requirement(
      section = "9.3.2",
      id = "9.3.2-5",
      text = "A negative index is INVALID_ARGUMENT, one beyond the array OUT_OF_RANGE.")
  void badIndex() {
    refused(modify(entity(counter(-1).setData(count(1, 1)))), Code.INVALID_ARGUMENT);
    refused(modify(entity(counter(4).setData(count(1, 1)))), Code.OUT_OF_RANGE);
  }

  @Requirement(
      section = "9.3.2",
      id = "9.3.2-6",
      text = "A counter is neither inserted nor deleted: INVALID_ARGUMENT.")
  void counterModifyOnly() {
    refused(
        Program.update(Update.Type.INSERT, entity(counter(1).setData(count(1, 1)))),
        Code.INVALID_ARGUMENT);
    refused(Program.update(Update.Type.DELETE, entity(counter(1))), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.3.2",
      id = "9.3.2-7",
      text = "Counter id 0 reads all counters of all arrays.")
  void allCounters() {
    assertThat(primary().read(entity(CounterEntry.newBuilder()))).hasSize(6);
  }

  @Requirement(
      section = "9.3.2",
      id = "9.3.2-8",
      text = "Reading beyond the array is OUT_OF_RANGE, before it INVALID_ARGUMENT.")
  void badIndexInRead() {
    assertThat(primary().readCode(entity(counter(4)))).isEqualTo(Code.OUT_OF_RANGE);
    assertThat(primary().readCode(entity(counter(-1)))).isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.4.2",
      id = "9.4.2-1",
      text = "A meter without a configuration is green and is read without one.")
  void greenByDefault() {
    for (int i = 0; i < 5; i++) {
      assertThat(result(13, 0, 1, 0)).isZero();
    }
    assertThat(primary().read(entity(meter(1))).getFirst().getMeterEntry().hasConfig()).isFalse();
  }

  @Requirement(
      section = "9.4.2",
      id = "9.4.2-2",
      text = "A configured meter marks packets and is read as it was written.")
  void marks() {
    primary().write(modify(entity(meter(1).setConfig(ONE))));
    assertThat(List.of(result(13, 0, 1, 0), result(13, 0, 1, 0))).containsExactly(0, 2);
    assertThat(primary().read(entity(meter(1))).getFirst().getMeterEntry().getConfig())
        .isEqualTo(ONE);
  }

  @Requirement(section = "9.4.2", id = "9.4.2-3", text = "A write without config makes it green.")
  void resetMeter() {
    primary().write(modify(entity(meter(1).setConfig(ONE))));
    primary().write(modify(entity(meter(1))));
    for (int i = 0; i < 5; i++) {
      assertThat(result(13, 0, 1, 0)).isZero();
    }
  }

  @Requirement(
      section = "9.4.2",
      id = "9.4.2-4",
      text = "Without an index a write configures the whole array.")
  void wholeMeterArray() {
    primary().write(modify(entity(meter(0).clearIndex().setConfig(ONE))));
    assertThat(primary().read(entity(meter(0).clearIndex())))
        .hasSize(4)
        .allMatch(e -> e.getMeterEntry().getConfig().equals(ONE));
  }

  @Requirement(
      section = "9.4.2",
      id = "9.4.2-5",
      text = "A negative index is INVALID_ARGUMENT, one beyond the array OUT_OF_RANGE.")
  void badMeterIndex() {
    refused(modify(entity(meter(-1).setConfig(ONE))), Code.INVALID_ARGUMENT);
    refused(modify(entity(meter(4).setConfig(ONE))), Code.OUT_OF_RANGE);
  }

  @Requirement(
      section = "9.4.2",
      id = "9.4.2-6",
      text = "A meter is neither inserted nor deleted: INVALID_ARGUMENT.")
  void meterModifyOnly() {
    refused(
        Program.update(Update.Type.INSERT, entity(meter(1).setConfig(ONE))), Code.INVALID_ARGUMENT);
    refused(Program.update(Update.Type.DELETE, entity(meter(1))), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.4.2",
      id = "9.4.2-7",
      text = "Meter id 0 reads all meters of all arrays.")
  void allMeters() {
    assertThat(primary().read(entity(MeterEntry.newBuilder()))).hasSize(4);
  }

  @Requirement(
      section = "9.4",
      id = "9.4-1",
      text = "eburst for a two-rate meter is refused with INVALID_ARGUMENT.")
  void excessBurst() {
    refused(
        modify(entity(meter(1).setConfig(ONE.toBuilder().setEburst(5)))), Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "9.4",
      id = "9.4-2",
      text = "Between committed and peak rate packets are yellow.")
  void yellow() {
    primary().write(modify(entity(meter(1).setConfig(ONE.toBuilder().setPir(2).setPburst(2)))));
    assertThat(List.of(result(13, 0, 1, 0), result(13, 0, 1, 0), result(13, 0, 1, 0)))
        .containsExactly(0, 1, 2);
  }

  @Requirement(
      section = "9.4.3",
      id = "9.4.3-1",
      text = "counter_data counts each colour, is read when asked for, and is reset by zeros.")
  void colours() {
    primary().write(modify(entity(meter(1).setConfig(ONE))));
    var _ = probe(13, 0, 1, 0);
    var _ = probe(13, 0, 1, 0);
    MeterEntry.Builder asking = meter(1).setCounterData(MeterCounterData.getDefaultInstance());
    MeterCounterData read =
        primary().read(entity(asking)).getFirst().getMeterEntry().getCounterData();
    assertThat(read.getGreen().getPacketCount()).isEqualTo(1);
    assertThat(read.getRed().getPacketCount()).isEqualTo(1);
    assertThat(read.getRed().getByteCount()).isPositive();
    assertThat(primary().read(entity(meter(1))).getFirst().getMeterEntry().hasCounterData())
        .isFalse();
    primary().write(modify(entity(asking.clone().setConfig(ONE))));
    assertThat(
            primary()
                .read(entity(asking))
                .getFirst()
                .getMeterEntry()
                .getCounterData()
                .getRed()
                .getPacketCount())
        .isZero();
  }

  @Requirement(
      section = "9.4.3",
      id = "9.4.3-2",
      text = "counter_data other than zero in a write is refused with INVALID_ARGUMENT.")
  void coloursAreNotSet() {
    MeterEntry.Builder entry = meter(1).setConfig(ONE);
    entry.getCounterDataBuilder().getRedBuilder().setPacketCount(1);
    refused(modify(entity(entry)), Code.INVALID_ARGUMENT);
  }
}
