package dev.weir.conformance;

import static dev.weir.conformance.Client.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import java.util.List;
import p4.v1.P4RuntimeOuterClass.CapabilitiesRequest;
import p4.v1.P4RuntimeOuterClass.PacketIn;
import p4.v1.P4RuntimeOuterClass.PacketMetadata;
import p4.v1.P4RuntimeOuterClass.StreamError;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;

/** Packets, errors on the stream, capabilities (§16, §17). */
final class StreamRequirements extends Requirements {
  private StreamError error(Client client) {
    return client.next(StreamMessageResponse::hasError).getError();
  }

  @Requirement(
      section = "16.1",
      id = "16.1-1",
      text =
          "A packet-out passes the pipeline; a packet-in has each metadata field of P4Info once.")
  void packets() {
    primary().send(packetOut(payload(12, 0x77, 0, 0)));
    PacketIn packet = primary().next(StreamMessageResponse::hasPacket).getPacket();
    assertThat(packet.getMetadataList())
        .extracting(PacketMetadata::getMetadataId)
        .containsExactlyInAnyOrder(1, 2, 3);
    assertThat(packet.getPayload()).isEqualTo(payload(12, 0x77, 0, 0));
  }

  @Requirement(
      section = "16.1",
      id = "16.1-2",
      text = "Metadata of a packet-in are in the shortest form.")
  void canonicalMetadata() {
    primary().send(packetOut(payload(12, 0x77, 0, 0)));
    PacketIn packet = primary().next(StreamMessageResponse::hasPacket).getPacket();
    assertThat(packet.getMetadataList())
        .containsExactlyInAnyOrder(metadata(1, 510), metadata(2, 3), metadata(3, 0));
  }

  private static PacketMetadata metadata(int id, long value) {
    return PacketMetadata.newBuilder().setMetadataId(id).setValue(bytes(value)).build();
  }

  @Requirement(section = "16.1", id = "16.1-3", text = "The packet-out of a backup is dropped.")
  void backupSendsNothing() {
    Client backup = client("", election - 1);
    backup.send(packetOut(payload(12, 0xbad, 0, 0)));
    // The advisory comes when the server has seen the packet.
    var _ = backup.arbitrated(Client.arbitration("", election - 2));
    assertThat(allOf(12, 1, 0, 0)).extracting(Seen::a).containsExactly(1);
  }

  @Requirement(
      section = "16.1",
      id = "16.1-4",
      text = "Packet-ins go to the primary, not to backups.")
  void packetInForPrimary() {
    Client backup = client("", election - 1);
    var _ = probe(12, 1, 0, 0);
    var _ = backup.arbitrated(Client.arbitration("", election - 2));
    assertThat(backup.rest()).isEmpty();
  }

  @Requirement(
      section = "16.1",
      id = "16.1-5",
      text = "A packet-out whose metadata are not P4Info's is dropped.")
  void wrongMetadata() {
    StreamMessageRequest.Builder less = packetOut(payload(12, 0xbad, 0, 0)).toBuilder();
    less.getPacketBuilder().removeMetadata(1);
    StreamMessageRequest.Builder more = packetOut(payload(12, 0xbad, 0, 0)).toBuilder();
    more.getPacketBuilder().addMetadata(metadata(9, 1));
    StreamMessageRequest.Builder wide = packetOut(payload(12, 0xbad, 0, 0)).toBuilder();
    wide.getPacketBuilder().setMetadata(0, metadata(1, 0x400));
    for (StreamMessageRequest.Builder each : List.of(less, more, wide)) {
      primary().send(each.build());
    }
    assertThat(allOf(12, 1, 0, 0)).extracting(Seen::a).containsExactly(1);
  }

  @Requirement(
      section = "16.1",
      id = "16.1-6",
      text = "After a change of primary packet-ins go to the new one.")
  void packetInFollows() {
    Client next = client("", election + 1);
    next.send(packetOut(payload(12, 5, 0, 0)));
    assertThat(seen(next.next(StreamMessageResponse::hasPacket).getPacket()).a()).isEqualTo(5);
    assertThat(primary().rest())
        .noneMatch(m -> m instanceof StreamMessageResponse r && r.hasPacket());
  }

  @Requirement(
      section = "16.6",
      id = "16.6-1",
      text = "A backup's packet-out is answered by a StreamError, PERMISSION_DENIED, about it.")
  void backupIsTold() {
    Client backup = client("", election - 1);
    backup.send(packetOut(payload(12, 1, 0, 0)));
    StreamError error = error(backup);
    assertThat(error.getCanonicalCode()).isEqualTo(Code.PERMISSION_DENIED.value());
    assertThat(error.hasPacketOut()).isTrue();
  }

  @Requirement(
      section = "16.6",
      id = "16.6-2",
      text = "Wrong packet-out metadata is answered by a StreamError, INVALID_ARGUMENT.")
  void wrongMetadataIsTold() {
    StreamMessageRequest.Builder more = packetOut(payload(12, 1, 0, 0)).toBuilder();
    more.getPacketBuilder().addMetadata(metadata(9, 1));
    primary().send(more.build());
    StreamError error = error(primary());
    assertThat(error.getCanonicalCode()).isEqualTo(Code.INVALID_ARGUMENT.value());
    assertThat(error.getPacketOut().getPacketOut()).isEqualTo(more.getPacket());
  }

  @Requirement(
      section = "16.6",
      id = "16.6-3",
      text = "An acknowledgement of an unknown digest is answered by a StreamError about it.")
  void unknownDigest() {
    StreamMessageRequest.Builder ack = StreamMessageRequest.newBuilder();
    ack.getDigestAckBuilder().setDigestId(12345).setListId(1);
    primary().send(ack.build());
    StreamError error = error(primary());
    assertThat(error.getCanonicalCode()).isEqualTo(Code.INVALID_ARGUMENT.value());
    assertThat(error.hasDigestListAck()).isTrue();
  }

  @Requirement(
      section = "16.6",
      id = "16.6-4",
      text = "A message of another architecture is answered by a StreamError about it.")
  void otherMessage() {
    StreamMessageRequest.Builder other = StreamMessageRequest.newBuilder();
    other.getOtherBuilder().setTypeUrl("weir.dev/nobody.Knows");
    primary().send(other.build());
    StreamError error = error(primary());
    assertThat(error.getCanonicalCode()).isNotZero();
    assertThat(error.hasOther()).isTrue();
  }

  @Requirement(section = "16.6", id = "16.6-5", text = "After a StreamError the stream goes on.")
  void streamGoesOn() {
    StreamMessageRequest.Builder more = packetOut(payload(12, 1, 0, 0)).toBuilder();
    more.getPacketBuilder().addMetadata(metadata(9, 1));
    primary().send(more.build());
    assertThat(probe(12, 2, 0, 0).a()).isEqualTo(2);
  }

  @Requirement(
      section = "17",
      id = "17-1",
      text = "The version is a full semantic version of P4Runtime 1.")
  void version() {
    assertThat(
            primary()
                .rpc
                .capabilities(CapabilitiesRequest.getDefaultInstance())
                .getP4RuntimeApiVersion())
        .matches("1\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?");
  }

  @Requirement(
      section = "17",
      id = "17-2",
      text = "Capabilities of an unknown device are NOT_FOUND, those of this one are told.")
  void capabilitiesOfDevice() {
    var _ =
        primary().rpc.capabilities(CapabilitiesRequest.newBuilder().setDeviceId(Device.ID).build());
    assertThat(
            codeOf(
                () -> {
                  var _ =
                      primary()
                          .rpc
                          .capabilities(CapabilitiesRequest.newBuilder().setDeviceId(77).build());
                }))
        .isEqualTo(Code.NOT_FOUND);
  }

  @Requirement(
      section = "A.4",
      id = "A.4-1",
      text = "A batch of updates of some megabytes is taken.")
  void largeMessages() {
    // gRPC's default bound of 4 MiB must not be lowered.
    StringBuilder note = new StringBuilder();
    while (note.length() < 3_000_000) {
      note.append("0123456789");
    }
    primary()
        .write(
            Program.insert(
                p4().exact(1, 1, 1)
                    .setMetadata(com.google.protobuf.ByteString.copyFromUtf8(note.toString()))));
  }
}
