package dev.weir.p4runtime.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.weir.p4runtime.LabProgram;
import dev.weir.p4runtime.RefusalCode;
import dev.weir.p4runtime.RefusedException;
import org.junit.jupiter.api.Test;
import p4.v1.P4RuntimeOuterClass.CounterData;
import p4.v1.P4RuntimeOuterClass.CounterEntry;
import p4.v1.P4RuntimeOuterClass.Index;

class CounterCodecTest {
  private static final int DROPS = 301989889;

  private final CounterCodec codec = new CounterCodec(LabProgram.pipeline());

  @Test
  void everyPlaceIsReadByLeavingTheIndexOut() {
    assertThat(codec.readAll("drops").getCounterEntry())
        .isEqualTo(CounterEntry.newBuilder().setCounterId(DROPS).build());
  }

  @Test
  void placeZeroIsAPlace() {
    assertThat(codec.read("Lab.drops", 0).getCounterEntry())
        .isEqualTo(place(DROPS, 0, CounterData.getDefaultInstance()).clearData().build());
    CounterData data = CounterData.newBuilder().setPacketCount(3).setByteCount(180).build();
    assertThat(codec.fromProto(place(DROPS, 0, data).build()))
        .isEqualTo(new CounterCodec.Place("drops", 0, new CounterCodec.Count(3, 180)));
  }

  @Test
  void aPlaceThatIsNotThereIsRefused() {
    assertRefused(() -> codec.read("drops", 13), RefusalCode.OUT_OF_RANGE);
    assertRefused(() -> codec.read("drops", -1), RefusalCode.OUT_OF_RANGE);
    assertRefused(() -> codec.read("drop5", 0), RefusalCode.UNKNOWN_NAME);
    CounterData none = CounterData.getDefaultInstance();
    assertRefused(() -> codec.fromProto(place(DROPS, 13, none).build()), RefusalCode.OUT_OF_RANGE);
    assertRefused(() -> codec.fromProto(place(1, 0, none).build()), RefusalCode.UNKNOWN_NAME);
    assertRefused(
        () -> codec.fromProto(place(DROPS, 0, none).clearIndex().build()), RefusalCode.MISSING);
  }

  private static CounterEntry.Builder place(int id, long index, CounterData data) {
    return CounterEntry.newBuilder()
        .setCounterId(id)
        .setIndex(Index.newBuilder().setIndex(index))
        .setData(data);
  }

  private static void assertRefused(Runnable call, RefusalCode code) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(call::run)
        .satisfies(e -> assertThat(e.code()).isEqualTo(code));
  }
}
