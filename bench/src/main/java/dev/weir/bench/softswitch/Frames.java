package dev.weir.bench.softswitch;

import java.nio.ByteBuffer;

/** Ethernet frames of 60 bytes, the shortest there are, with right checksums. */
final class Frames {
  static final int SYN = 0x02;
  static final int ACK = 0x10;

  private static final int LENGTH = 60;
  private static final int IP = 14;
  private static final int L4 = 34;

  private Frames() {}

  static byte[] udp(long to, long from, long source, long destination, int port, int toPort) {
    ByteBuffer frame = ipv4(to, from, 17, source, destination);
    frame.putShort(L4, (short) port).putShort(L4 + 2, (short) toPort);
    frame.putShort(L4 + 4, (short) (LENGTH - L4));
    return frame.array();
  }

  static byte[] tcp(
      long to, long from, long source, long destination, int port, int toPort, int flags) {
    ByteBuffer frame = ipv4(to, from, 6, source, destination);
    frame.putShort(L4, (short) port).putShort(L4 + 2, (short) toPort);
    frame.put(L4 + 12, (byte) 0x50).put(L4 + 13, (byte) flags).putShort(L4 + 14, (short) 1024);
    int length = LENGTH - L4;
    int pseudo =
        (int) (source >>> 16)
            + (int) (source & 0xffff)
            + (int) (destination >>> 16)
            + (int) (destination & 0xffff)
            + 6
            + length;
    frame.putShort(L4 + 16, checksum(frame, L4, length, pseudo));
    return frame.array();
  }

  private static ByteBuffer ipv4(long to, long from, int protocol, long source, long destination) {
    ByteBuffer frame = ByteBuffer.allocate(LENGTH);
    frame.putLong(0, to << 16).putLong(6, from << 16).putShort(12, (short) 0x0800);
    frame.putShort(IP, (short) 0x4500).putShort(IP + 2, (short) (LENGTH - IP));
    frame.put(IP + 8, (byte) 64).put(IP + 9, (byte) protocol);
    frame.putInt(IP + 12, (int) source).putInt(IP + 16, (int) destination);
    frame.putShort(IP + 10, checksum(frame, IP, 20, 0));
    return frame;
  }

  /** RFC 1071. */
  private static short checksum(ByteBuffer frame, int at, int length, int start) {
    int sum = start;
    for (int i = at; i < at + length; i += 2) {
      sum += frame.getShort(i) & 0xffff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    sum = (sum & 0xffff) + (sum >>> 16);
    return (short) ~sum;
  }
}
