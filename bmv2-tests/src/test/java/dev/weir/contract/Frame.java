package dev.weir.contract;

import com.google.common.io.BaseEncoding;
import com.google.common.net.InetAddresses;
import com.google.common.primitives.Bytes;
import java.nio.ByteBuffer;

/**
 * Ethernet frames for tests, with correct lengths and checksums, from the headers' own definitions
 * (RFC 791, 8200, 9293, 768, 792, 4443, 4861, 826).
 */
final class Frame {
  static final byte[] FABRIC_MAC = mac("027765697201");

  private Frame() {}

  static byte[] mac(String hex) {
    return BaseEncoding.base16().decode(hex.toUpperCase(java.util.Locale.ROOT));
  }

  static byte[] address(String literal) {
    return InetAddresses.forString(literal).getAddress();
  }

  static byte[] ethernet(byte[] source, int type, byte[] payload) {
    return Bytes.concat(FABRIC_MAC, source, shorts(type), payload);
  }

  /** An IP packet around layer-4 bytes whose checksum field is zero at {@code checksumAt}. */
  static byte[] ip(String source, String destination, int protocol, byte[] body, int checksumAt) {
    byte[] filled = body.clone();
    if (checksumAt >= 0) {
      int sum = checksum(pseudoHeader(source, destination, protocol, body.length), body);
      ByteBuffer.wrap(filled).putShort(checksumAt, (short) sum);
    }
    return bareIp(source, destination, protocol, filled);
  }

  /** An IP packet around layer-4 bytes as they are. */
  static byte[] bareIp(String source, String destination, int protocol, byte[] body) {
    byte[] from = address(source);
    byte[] to = address(destination);
    if (from.length == 4) {
      return ipv4(source, destination, protocol, 0, new byte[0], body);
    }
    return Bytes.concat(
        ints(6 << 28), shorts(body.length), new byte[] {(byte) protocol, 64}, from, to, body);
  }

  /** An IPv4 packet with options and a flags-and-fragment-offset field of one's choice. */
  static byte[] ipv4(
      String source, String destination, int protocol, int fragment, byte[] options, byte[] body) {
    int headerWords = 5 + options.length / 4;
    byte[] header =
        Bytes.concat(
            new byte[] {(byte) (0x40 | headerWords), 0},
            shorts(headerWords * 4 + body.length),
            shorts(7),
            shorts(fragment),
            new byte[] {64, (byte) protocol, 0, 0},
            address(source),
            address(destination),
            options);
    ByteBuffer.wrap(header).putShort(10, (short) checksum(header));
    return Bytes.concat(header, body);
  }

  /** TCP without options; flags as in {@code 0x02} for SYN. */
  static byte[] tcp(String source, int from, String destination, int to, int flags) {
    return ip(source, destination, 6, tcpHeader(from, to, flags), 16);
  }

  static byte[] tcpHeader(int from, int to, int flags) {
    return Bytes.concat(
        shorts(from),
        shorts(to),
        ints(1),
        ints(1),
        new byte[] {0x50, (byte) flags},
        shorts(512),
        new byte[4]);
  }

  static byte[] udp(String source, int from, String destination, int to) {
    byte[] data = {'w', 'e', 'i', 'r'};
    return ip(
        source,
        destination,
        17,
        Bytes.concat(shorts(from), shorts(to), shorts(8 + data.length), new byte[2], data),
        6);
  }

  static byte[] sctp(String source, int from, String destination, int to) {
    return bareIp(source, destination, 132, Bytes.concat(shorts(from), shorts(to), new byte[12]));
  }

  static byte[] echo(String source, String destination, boolean request, int identifier) {
    boolean four = address(source).length == 4;
    int type = four ? (request ? 8 : 0) : (request ? 128 : 129);
    byte[] body =
        Bytes.concat(new byte[] {(byte) type, 0, 0, 0}, shorts(identifier), shorts(1), ints(42));
    return icmp(source, destination, body);
  }

  /** A port-unreachable error that quotes the beginning of {@code quoted}. */
  static byte[] portUnreachable(String source, String destination, byte[] quoted) {
    boolean four = address(source).length == 4;
    byte[] body =
        Bytes.concat(four ? new byte[] {3, 3, 0, 0} : new byte[] {1, 4, 0, 0}, ints(0), quoted);
    return icmp(source, destination, body);
  }

  private static byte[] icmp(String source, String destination, byte[] body) {
    if (address(source).length == 4) {
      byte[] filled = body.clone();
      ByteBuffer.wrap(filled).putShort(2, (short) checksum(body));
      return bareIp(source, destination, 1, filled);
    }
    return ip(source, destination, 58, body, 2);
  }

  static byte[] arpRequest(byte[] mac, String sender, String target) {
    return Bytes.concat(
        shorts(1),
        shorts(0x0800),
        new byte[] {6, 4},
        shorts(1),
        mac,
        address(sender),
        new byte[6],
        address(target));
  }

  /** A neighbour solicitation, with a source link-layer option where {@code mac} is not empty. */
  static byte[] solicitation(String source, String target, byte[] mac) {
    byte[] option = mac.length == 0 ? new byte[0] : Bytes.concat(new byte[] {1, 1}, mac);
    byte[] group = address("ff02::1:ff00:0");
    System.arraycopy(address(target), 13, group, 13, 3);
    byte[] body = Bytes.concat(new byte[] {(byte) 135, 0, 0, 0}, ints(0), address(target), option);
    String destination = text(group);
    byte[] packet = ip(source, destination, 58, body, 2);
    packet[7] = (byte) 255; // hop limit
    return packet;
  }

  /** IPv6 with an empty destination-options header before the layer-4 bytes. */
  static byte[] behindDestinationOptions(
      String source, String destination, int protocol, byte[] body) {
    byte[] header = {(byte) protocol, 0, 1, 4, 0, 0, 0, 0};
    return bareIp(source, destination, 60, Bytes.concat(header, body));
  }

  static String text(byte[] address) {
    try {
      return InetAddresses.toAddrString(java.net.InetAddress.getByAddress(address));
    } catch (java.net.UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** What a received frame says, read back without the tests' builder. */
  record Seen(
      String destinationMac,
      String source,
      String destination,
      int protocol,
      int sourcePort,
      int destinationPort,
      boolean checksumsHold) {}

  static Seen read(byte[] frame) {
    int type = ByteBuffer.wrap(frame).getShort(12) & 0xffff;
    boolean four = type == 0x0800;
    int start = 14 + (four ? 20 : 40);
    int addresses = four ? 26 : 22;
    int size = four ? 4 : 16;
    int length =
        four
            ? (ByteBuffer.wrap(frame).getShort(16) & 0xffff) - 20
            : ByteBuffer.wrap(frame).getShort(18) & 0xffff;
    byte[] from = java.util.Arrays.copyOfRange(frame, addresses, addresses + size);
    byte[] to = java.util.Arrays.copyOfRange(frame, addresses + size, addresses + 2 * size);
    int protocol = frame[four ? 23 : 20] & 0xff;
    byte[] body = java.util.Arrays.copyOfRange(frame, start, start + length);
    byte[] covered =
        protocol == 1 ? new byte[0] : pseudoHeader(text(from), text(to), protocol, length);
    boolean holds =
        (!four || checksum(java.util.Arrays.copyOfRange(frame, 14, 34)) == 0)
            && (protocol == 132 || checksum(covered, body) == 0);
    ByteBuffer ports = ByteBuffer.wrap(body);
    return new Seen(
        BaseEncoding.base16().lowerCase().encode(frame, 0, 6),
        text(from),
        text(to),
        protocol,
        ports.getShort(0) & 0xffff,
        ports.getShort(2) & 0xffff,
        holds);
  }

  private static byte[] pseudoHeader(String source, String destination, int protocol, int length) {
    return Bytes.concat(address(source), address(destination), ints(length), ints(protocol));
  }

  /** The Internet checksum (RFC 1071) of all parts, each of even length but the last. */
  static int checksum(byte[]... parts) {
    byte[] all = Bytes.concat(parts);
    long sum = 0;
    for (int i = 0; i < all.length; i += 2) {
      sum += (all[i] & 0xff) << 8 | (i + 1 < all.length ? all[i + 1] & 0xff : 0);
    }
    while (sum >> 16 != 0) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    return (int) (~sum & 0xffff);
  }

  static byte[] shorts(int value) {
    return new byte[] {(byte) (value >> 8), (byte) value};
  }

  static byte[] ints(int value) {
    return Bytes.concat(shorts(value >>> 16), shorts(value));
  }
}
