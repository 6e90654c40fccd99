package dev.weir.conformance;

import static dev.weir.conformance.Client.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status.Code;
import p4.v1.P4RuntimeOuterClass.CounterEntry;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.FieldMatch;
import p4.v1.P4RuntimeOuterClass.Index;
import p4.v1.P4RuntimeOuterClass.TableEntry;

/** How messages are written (§8). */
final class FormatRequirements extends Requirements {
  private static ByteString hex(int... bytes) {
    byte[] all = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      all[i] = (byte) bytes[i];
    }
    return ByteString.copyFrom(all);
  }

  private TableEntry.Builder exact(ByteString a, ByteString value) {
    TableEntry.Builder entry = p4().exact(0, 0, 1);
    entry.getMatchBuilder(0).getExactBuilder().setValue(a);
    entry.getActionBuilder().getActionBuilder().getParamsBuilder(0).setValue(value);
    return entry;
  }

  @Requirement(section = "8.1", id = "8.1-1", text = "Object id 0 is an error in a write.")
  void idZero() {
    refused(Program.insert(TableEntry.newBuilder()), Code.INVALID_ARGUMENT, Code.NOT_FOUND);
    refused(
        Program.update(
            p4.v1.P4RuntimeOuterClass.Update.Type.MODIFY,
            Entity.newBuilder().setCounterEntry(CounterEntry.newBuilder()).build()),
        Code.INVALID_ARGUMENT,
        Code.NOT_FOUND);
  }

  @Requirement(
      section = "8.1",
      id = "8.1-2",
      text = "An index that is set to 0 means entry 0; one that is unset means all.")
  void setAndUnset() {
    CounterEntry.Builder counter = CounterEntry.newBuilder().setCounterId(p4().counterId("counts"));
    assertThat(primary().read(Entity.newBuilder().setCounterEntry(counter).build())).hasSize(4);
    counter.setIndex(Index.getDefaultInstance());
    assertThat(primary().read(Entity.newBuilder().setCounterEntry(counter).build()))
        .extracting(e -> e.getCounterEntry().getIndex().getIndex())
        .containsExactly(0L);
  }

  @Requirement(
      section = "8.2",
      id = "8.2-1",
      text = "What is written is read back alike, every field of it.")
  void symmetry() {
    TableEntry.Builder entry =
        p4().ternary(
                7,
                9,
                Program.ternary(1, 0x1200, 0xff00),
                Program.range(2, 5, 900),
                Program.optional(3, 4))
            .setMetadata(ByteString.copyFromUtf8("kept"));
    primary().write(Program.insert(entry));
    assertThat(sorted(theEntry(p4().entry("ternary_t")))).isEqualTo(entry.build());
  }

  @Requirement(
      section = "8.3",
      id = "8.3-1",
      text = "Leading zeros are accepted in match fields, and gone when read.")
  void leadingZerosInMatch() {
    primary().write(Program.insert(exact(hex(0, 0, 0x63), bytes(1))));
    assertThat(sorted(theEntry(p4().entry("exact_t"))).getMatch(0).getExact().getValue())
        .isEqualTo(hex(0x63));
    refused(Program.insert(exact(hex(0x63), bytes(1))), Code.ALREADY_EXISTS);
  }

  @Requirement(
      section = "8.3",
      id = "8.3-2",
      text = "Leading zeros are accepted in parameters, and gone when read.")
  void leadingZerosInParameter() {
    primary().write(Program.insert(exact(bytes(1), hex(0, 0, 7))));
    assertThat(theEntry(p4().entry("exact_t")).getAction().getAction().getParams(0).getValue())
        .isEqualTo(hex(7));
  }

  @Requirement(
      section = "8.3",
      id = "8.3-3",
      text = "A match value beyond its width is refused: OUT_OF_RANGE (§9.1.1: INVALID_ARGUMENT).")
  void tooWideMatch() {
    refused(
        Program.insert(exact(hex(1, 0, 0x63), bytes(1))), Code.OUT_OF_RANGE, Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "8.3",
      id = "8.3-4",
      text = "A parameter beyond its width is refused: OUT_OF_RANGE (§9.1.2: INVALID_ARGUMENT).")
  void tooWideParameter() {
    refused(
        Program.insert(exact(bytes(1), hex(1, 0x63))), Code.OUT_OF_RANGE, Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "8.3",
      id = "8.3-5",
      text = "Bits above a width that is no multiple of 8 are refused.")
  void oddWidth() {
    TableEntry.Builder entry = p4().exact(1, 1, 1);
    entry.getActionBuilder().setAction(p4().action("set_port", 1, 0x200));
    refused(Program.insert(entry), Code.OUT_OF_RANGE, Code.INVALID_ARGUMENT);
    entry.getActionBuilder().setAction(p4().action("set_port", 1, 0x1ff));
    primary().write(Program.insert(entry));
  }

  @Requirement(section = "8.3", id = "8.3-6", text = "A string of no bytes is refused.")
  void noBytes() {
    refused(
        Program.insert(exact(ByteString.EMPTY, bytes(1))),
        Code.OUT_OF_RANGE,
        Code.INVALID_ARGUMENT);
    refused(
        Program.insert(exact(bytes(1), ByteString.EMPTY)),
        Code.OUT_OF_RANGE,
        Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "8.3", id = "8.3-7", text = "Zero is one zero byte.")
  void zero() {
    primary().write(Program.insert(exact(hex(0, 0), hex(0))));
    TableEntry read = sorted(theEntry(p4().entry("exact_t")));
    assertThat(read.getMatch(0).getExact().getValue()).isEqualTo(hex(0));
    assertThat(read.getAction().getAction().getParams(0).getValue()).isEqualTo(hex(0));
  }

  @Requirement(
      section = "8.3",
      id = "8.3-8",
      text = "A key read or deleted with leading zeros is the same key.")
  void sameKey() {
    primary().write(Program.insert(exact(hex(0x63), bytes(1))));
    TableEntry.Builder padded = exact(hex(0, 0x63), bytes(1)).clearAction();
    assertThat(entries(padded)).hasSize(1);
    primary().write(Program.delete(padded));
    assertThat(entries(p4().entry("exact_t"))).isEmpty();
  }

  @Requirement(
      section = "8.3",
      id = "8.3-9",
      text = "Masks and bounds are read in the shortest form.")
  void canonicalMasks() {
    FieldMatch.Builder ternary = FieldMatch.newBuilder().setFieldId(1);
    ternary.getTernaryBuilder().setValue(hex(0, 5)).setMask(hex(0, 0x0f));
    FieldMatch.Builder range = FieldMatch.newBuilder().setFieldId(2);
    range.getRangeBuilder().setLow(hex(0, 0, 0, 1)).setHigh(hex(0, 0, 1, 0));
    primary().write(Program.insert(p4().ternary(1, 1, ternary.build(), range.build())));
    assertThat(sorted(theEntry(p4().entry("ternary_t"))).getMatchList())
        .containsExactly(Program.ternary(1, 5, 0x0f), Program.range(2, 1, 0x100));
  }
}
