package dev.weir.compiler.net;

import com.google.common.net.InetAddresses;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * An IPv4 or IPv6 address.
 *
 * @param value 32 or 128 bits, big-endian
 */
public record IpAddress(Family family, BigInteger value) implements Comparable<IpAddress> {

  /** Address families. */
  public enum Family {
    IPV4(32),
    IPV6(128);

    private final int width;

    Family(int width) {
      this.width = width;
    }

    /** Bits of an address. */
    public int width() {
      return width;
    }
  }

  /** {@code ::ffff:0:0}, under which 128-bit fields hold IPv4 addresses. */
  private static final BigInteger MAPPED = BigInteger.valueOf(0xffff).shiftLeft(32);

  public IpAddress {
    if (value.signum() < 0 || value.bitLength() > family.width()) {
      throw new IllegalArgumentException(family + " address out of range: " + value.toString(16));
    }
    if (family == Family.IPV6 && value.shiftRight(32).equals(BigInteger.valueOf(0xffff))) {
      throw new IllegalArgumentException(
          "IPv4-mapped IPv6 address: write the IPv4 address instead");
    }
  }

  /**
   * Reads the literal form of RFC 4291 or dotted decimal; no host names.
   *
   * @throws IllegalArgumentException if {@code text} is neither
   */
  public static IpAddress parse(String text) {
    if (text.indexOf('%') >= 0) {
      throw new IllegalArgumentException(
          "'" + text + "' has a zone: an address here has none, as in fe80::1");
    }
    InetAddress parsed = InetAddresses.forString(text);
    if (parsed instanceof Inet4Address && text.indexOf(':') >= 0) {
      throw new IllegalArgumentException(
          "'" + text + "' is an IPv4-mapped IPv6 address: write the IPv4 address instead");
    }
    BigInteger value = new BigInteger(1, parsed.getAddress());
    return switch (parsed) {
      case Inet4Address _ -> new IpAddress(Family.IPV4, value);
      case Inet6Address _ -> new IpAddress(Family.IPV6, value);
      default -> throw new IllegalArgumentException("not an IP address: " + text);
    };
  }

  /** The address as the 128-bit fields of pipelines hold it: IPv4 as {@code ::ffff:a.b.c.d}. */
  public BigInteger mapped() {
    return family == Family.IPV4 ? MAPPED.or(value) : value;
  }

  @Override
  public int compareTo(IpAddress other) {
    int byFamily = family.compareTo(other.family);
    return byFamily != 0 ? byFamily : value.compareTo(other.value);
  }

  @Override
  public String toString() {
    byte[] bytes = new byte[family.width() / 8];
    byte[] raw = value.toByteArray();
    int length = Math.min(raw.length, bytes.length);
    System.arraycopy(raw, raw.length - length, bytes, bytes.length - length, length);
    try {
      return InetAddresses.toAddrString(InetAddress.getByAddress(bytes));
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
