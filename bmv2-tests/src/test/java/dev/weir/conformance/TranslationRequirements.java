package dev.weir.conformance;

import static dev.weir.conformance.Client.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status.Code;
import p4.v1.P4RuntimeOuterClass.FieldMatch;
import p4.v1.P4RuntimeOuterClass.PacketIn;
import p4.v1.P4RuntimeOuterClass.PacketMetadata;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;
import p4.v1.P4RuntimeOuterClass.TableEntry;

/** Types that the controller sees in its own terms (§8.4.5, §16.1, §18.1). */
final class TranslationRequirements extends Requirements {
  private static ByteString text(String value) {
    return ByteString.copyFromUtf8(value);
  }

  private static FieldMatch exactly(ByteString value) {
    FieldMatch.Builder match = FieldMatch.newBuilder().setFieldId(1);
    match.getExactBuilder().setValue(value);
    return match.build();
  }

  private TableEntry.Builder choose(long wide, String hop) {
    TableEntry.Builder entry = p4().entry("choose", exactly(bytes(wide)));
    entry
        .getActionBuilder()
        .getActionBuilder()
        .setActionId(p4().actionId("via"))
        .addParamsBuilder()
        .setParamId(1)
        .setValue(text(hop));
    return entry;
  }

  private TableEntry.Builder hop(String name, long result) {
    TableEntry.Builder entry = p4().entry("hop", exactly(text(name)));
    entry.getActionBuilder().setAction(p4().action("result", result));
    return entry;
  }

  private PacketIn through(String via, int a) {
    StreamMessageRequest.Builder request = StreamMessageRequest.newBuilder();
    request
        .getPacketBuilder()
        .setPayload(ByteString.copyFrom(new byte[] {(byte) (a >> 8), (byte) a, 0}))
        .addMetadata(PacketMetadata.newBuilder().setMetadataId(1).setValue(text(via)))
        .addMetadata(PacketMetadata.newBuilder().setMetadataId(2).setValue(bytes(0)));
    primary().send(request.build());
    return primary().next(StreamMessageResponse::hasPacket).getPacket();
  }

  @Requirement(
      section = "18.1.3",
      id = "18.1.3-1",
      program = "translated",
      text = "A match field of a type translated to text is written and read as text.")
  void matchField() {
    primary().write(Program.insert(hop("spine-1", 1)), Program.insert(hop("spine-2", 2)));
    assertThat(entries(p4().entry("hop")))
        .extracting(e -> e.getMatch(0).getExact().getValue().toStringUtf8())
        .containsExactlyInAnyOrder("spine-1", "spine-2");
    primary().write(Program.delete(hop("spine-1", 1)));
    assertThat(theEntry(p4().entry("hop"))).isEqualTo(hop("spine-2", 2).build());
  }

  @Requirement(
      section = "18.1.4",
      id = "18.1.4-1",
      program = "translated",
      text = "A parameter of such a type means the same as a match field with its text.")
  void parameter() {
    primary()
        .write(
            Program.insert(choose(1, "spine-1")),
            Program.insert(choose(2, "spine-2")),
            Program.insert(hop("spine-1", 0x11)),
            Program.insert(hop("spine-2", 0x22)));
    assertThat(through("nowhere", 1).getPayload().byteAt(2)).isEqualTo((byte) 0x11);
    assertThat(through("nowhere", 2).getPayload().byteAt(2)).isEqualTo((byte) 0x22);
    assertThat(theEntry(p4().entry("choose", exactly(bytes(1)))))
        .isEqualTo(choose(1, "spine-1").build());
  }

  @Requirement(
      section = "18.1.2",
      id = "18.1.2-1",
      program = "translated",
      text = "Metadata of packets are translated both ways.")
  void packetMetadata() {
    primary().write(Program.insert(hop("spine-1", 0x11)), Program.insert(choose(7, "spine-2")));
    PacketIn same = through("spine-1", 0);
    assertThat(same.getMetadata(0).getValue().toStringUtf8()).isEqualTo("spine-1");
    assertThat(same.getPayload().byteAt(2)).isEqualTo((byte) 0x11);
    assertThat(through("spine-1", 7).getMetadata(0).getValue().toStringUtf8()).isEqualTo("spine-2");
  }

  @Requirement(
      section = "18.1.3",
      id = "18.1.3-2",
      program = "translated",
      text = "A value that has no place in the data plane is refused.")
  void noPlace() {
    TableEntry.Builder entry = choose(0x1234, "spine-1");
    primary().write(Program.insert(entry));
    refused(Program.insert(choose(0x12345, "spine-1")), Code.OUT_OF_RANGE, Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "18.1.3",
      id = "18.1.3-3",
      program = "translated",
      text = "A ternary field of such a type takes a whole value, or none.")
  void ternary() {
    FieldMatch.Builder match = FieldMatch.newBuilder().setFieldId(1);
    match.getTernaryBuilder().setValue(text("spine-1")).setMask(bytes(7));
    TableEntry.Builder entry = p4().entry("maybe", match.build()).setPriority(1);
    entry.getActionBuilder().setAction(p4().action("result", 0x33));
    assertThat(primary().code(Program.insert(entry)))
        .isIn(Code.INVALID_ARGUMENT, Code.UNIMPLEMENTED);
    primary().write(Program.insert(entry.clearMatch()));
    assertThat(through("spine-9", 0).getPayload().byteAt(2)).isEqualTo((byte) 0x33);
  }

  @Requirement(
      section = "8.4.5",
      id = "8.4.5-1",
      program = "translated",
      text = "More texts than the data plane's type has values are refused, not confused.")
  void tooMany() {
    Code last = Code.OK;
    int taken = 0;
    while (last == Code.OK && taken < 20) {
      last = primary().code(Program.insert(hop("hop-" + taken, 1)));
      taken++;
    }
    assertThat(last).isEqualTo(Code.RESOURCE_EXHAUSTED);
    assertThat(taken - 1).isBetween(7, 8);
  }
}
