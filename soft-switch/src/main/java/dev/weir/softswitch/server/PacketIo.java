package dev.weir.softswitch.server;

import com.google.protobuf.ByteString;
import java.math.BigInteger;
import p4.config.v1.P4InfoOuterClass.ControllerPacketMetadata;
import p4.v1.P4RuntimeOuterClass.PacketIn;
import p4.v1.P4RuntimeOuterClass.PacketMetadata;
import p4.v1.P4RuntimeOuterClass.PacketOut;

/** Packets to and from controllers: the controller header goes before the payload (§16.1). */
final class PacketIo {
  private PacketIo() {}

  private static int bytes(ControllerPacketMetadata header) {
    return (header.getMetadataList().stream().mapToInt(m -> m.getBitwidth()).sum() + 7) / 8;
  }

  /** The frame that enters the pipeline; the header's fields are checked against P4Info. */
  static byte[] frame(
      PacketOut packet, @org.jspecify.annotations.Nullable ControllerPacketMetadata header) {
    if (header == null) {
      if (packet.getMetadataCount() > 0) {
        throw Refused.invalid("the pipeline has no packet_out header: no metadata");
      }
      return packet.getPayload().toByteArray();
    }
    BigInteger value = BigInteger.ZERO;
    int bits = 0;
    for (ControllerPacketMetadata.Metadata field : header.getMetadataList()) {
      PacketMetadata given = null;
      for (PacketMetadata metadata : packet.getMetadataList()) {
        if (metadata.getMetadataId() == field.getId()) {
          if (given != null) {
            throw Refused.invalid("packet_out metadata " + field.getId() + " is there twice");
          }
          given = metadata;
        }
      }
      if (given == null) {
        throw Refused.invalid("packet_out metadata " + field.getName() + " is missing");
      }
      value =
          value
              .shiftLeft(field.getBitwidth())
              .or(
                  Numbers.read(
                      given.getValue(),
                      field.getBitwidth(),
                      "packet_out metadata " + field.getName()));
      bits += field.getBitwidth();
    }
    if (packet.getMetadataCount() != header.getMetadataCount()) {
      throw Refused.invalid("packet_out has metadata that P4Info does not know");
    }
    int length = bytes(header);
    value = value.shiftLeft(length * 8 - bits);
    byte[] frame = new byte[length + packet.getPayload().size()];
    byte[] digits = value.toByteArray();
    int copy = Math.min(digits.length, length);
    System.arraycopy(digits, digits.length - copy, frame, length - copy, copy);
    packet.getPayload().copyTo(frame, length);
    return frame;
  }

  /** A frame that left through the controller's port. */
  static PacketIn packetIn(
      byte[] frame,
      int length,
      @org.jspecify.annotations.Nullable ControllerPacketMetadata header) {
    PacketIn.Builder packet = PacketIn.newBuilder();
    if (header == null) {
      return packet.setPayload(ByteString.copyFrom(frame, 0, length)).build();
    }
    int headerBytes = Math.min(bytes(header), length);
    byte[] first = new byte[headerBytes];
    System.arraycopy(frame, 0, first, 0, headerBytes);
    BigInteger value = new BigInteger(1, first);
    int left = headerBytes * 8;
    for (ControllerPacketMetadata.Metadata field : header.getMetadataList()) {
      left -= field.getBitwidth();
      packet
          .addMetadataBuilder()
          .setMetadataId(field.getId())
          .setValue(
              Numbers.write(
                  value.shiftRight(Math.max(left, 0)).and(Numbers.ones(field.getBitwidth()))));
    }
    return packet.setPayload(ByteString.copyFrom(frame, headerBytes, length - headerBytes)).build();
  }
}
