package dev.weir.conformance;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Role configurations as Stratum, an open switch agent, defined them; written by hand. */
final class RoleConfig {
  private RoleConfig() {}

  record PacketFilter(int metadataId, ByteString value) {}

  static Any of(int[] exclusive, int[] shared, boolean packetIns, boolean pipeline) {
    return of(exclusive, shared, packetIns, pipeline, new PacketFilter(0, ByteString.EMPTY));
  }

  static Any of(
      int[] exclusive, int[] shared, boolean packetIns, boolean pipeline, PacketFilter filter) {
    ByteString.Output bytes = ByteString.newOutput();
    CodedOutputStream to = CodedOutputStream.newInstance(bytes);
    try {
      for (int id : exclusive) {
        to.writeUInt32(1, id);
      }
      for (int id : shared) {
        to.writeUInt32(2, id);
      }
      if (filter.metadataId() != 0) {
        ByteString.Output inner = ByteString.newOutput();
        CodedOutputStream toInner = CodedOutputStream.newInstance(inner);
        toInner.writeUInt32(1, filter.metadataId());
        toInner.writeBytes(2, filter.value());
        toInner.flush();
        to.writeBytes(3, inner.toByteString());
      }
      if (packetIns) {
        to.writeBool(4, true);
      }
      if (pipeline) {
        to.writeBool(5, true);
      }
      to.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Any.newBuilder()
        .setTypeUrl("type.googleapis.com/stratum.P4RoleConfig")
        .setValue(bytes.toByteString())
        .build();
  }
}
