package dev.weir.softswitch.server;

import com.google.protobuf.ByteString;
import java.math.BigInteger;
import p4.v1.P4RuntimeOuterClass.PacketIn;
import p4.v1.P4RuntimeOuterClass.PacketOut;

/** Packets to and from controllers: the controller header goes before the payload (§16.1). */
final class PacketIo {
  private PacketIo() {}

  /** The frame that enters the pipeline; the header's fields are checked against P4Info. */
  static byte[] frame(PacketOut packet, PipelineView view) {
    PacketHeader header = view.packetOut;
    if (header == null) {
      if (packet.getMetadataCount() > 0) {
        throw Refused.invalid("metadata", "the pipeline has no packet_out header: leave it out");
      }
      return packet.getPayload().toByteArray();
    }
    BigInteger value = BigInteger.ZERO;
    for (PacketHeader.Field field : header.fields()) {
      int at = metadata(packet, field);
      ByteString given = packet.getMetadata(at).getValue();
      Translation translation = field.translation();
      try {
        value =
            value
                .shiftLeft(field.width())
                .or(
                    translation == null
                        ? Numbers.read(given, field.width(), "value")
                        : translation.give(given, "value"));
      } catch (Refused e) {
        throw e.of("packet_out metadata " + field.name()).below("metadata[" + at + "]");
      }
    }
    if (packet.getMetadataCount() != header.fields().size()) {
      throw Refused.invalid("metadata", "packet_out has metadata that P4Info does not know");
    }
    int length = header.bytes();
    value = value.shiftLeft(length * 8 - header.bits());
    byte[] frame = new byte[length + packet.getPayload().size()];
    byte[] digits = value.toByteArray();
    int copy = Math.min(digits.length, length);
    System.arraycopy(digits, digits.length - copy, frame, length - copy, copy);
    packet.getPayload().copyTo(frame, length);
    return frame;
  }

  /** Where among the packet's metadata the field is. */
  private static int metadata(PacketOut packet, PacketHeader.Field field) {
    int found = -1;
    for (int i = 0; i < packet.getMetadataCount(); i++) {
      if (packet.getMetadata(i).getMetadataId() == field.id()) {
        if (found >= 0) {
          throw Refused.invalid(
              "metadata[" + i + "]", "packet_out metadata " + field.id() + " is there twice");
        }
        found = i;
      }
    }
    if (found < 0) {
      throw Refused.invalid("metadata", "packet_out metadata " + field.name() + " is missing");
    }
    return found;
  }

  /** A frame that left through the controller's port. */
  static PacketIn packetIn(byte[] frame, int length, PipelineView view) {
    PacketHeader header = view.packetIn;
    PacketIn.Builder packet = PacketIn.newBuilder();
    if (header == null) {
      return packet.setPayload(ByteString.copyFrom(frame, 0, length)).build();
    }
    int headerBytes = Math.min(header.bytes(), length);
    byte[] first = new byte[headerBytes];
    System.arraycopy(frame, 0, first, 0, headerBytes);
    BigInteger value = new BigInteger(1, first);
    int left = headerBytes * 8;
    for (PacketHeader.Field field : header.fields()) {
      left -= field.width();
      BigInteger number = value.shiftRight(Math.max(left, 0)).and(Numbers.ones(field.width()));
      Translation translation = field.translation();
      packet
          .addMetadataBuilder()
          .setMetadataId(field.id())
          .setValue(translation == null ? Numbers.write(number) : translation.text(number));
    }
    return packet.setPayload(ByteString.copyFrom(frame, headerBytes, length - headerBytes)).build();
  }
}
