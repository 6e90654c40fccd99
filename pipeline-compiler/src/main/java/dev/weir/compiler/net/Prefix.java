package dev.weir.compiler.net;

import java.math.BigInteger;

/**
 * An address block in CIDR form.
 *
 * @param address its first address: bits after the prefix are zero
 * @param length leading bits that count, 0 to the family's width
 */
public record Prefix(IpAddress address, int length) implements Comparable<Prefix> {
  public Prefix {
    int width = address.family().width();
    if (length < 0 || length > width) {
      throw new IllegalArgumentException(
          "prefix length " + length + " is not within 0.." + width + " for " + address);
    }
    if (!address.value().equals(keep(address.value(), length, width))) {
      throw new IllegalArgumentException(
          address
              + "/"
              + length
              + " has bits after its prefix; the block begins at "
              + new IpAddress(address.family(), keep(address.value(), length, width)));
    }
  }

  private static BigInteger keep(BigInteger value, int length, int width) {
    return value.shiftRight(width - length).shiftLeft(width - length);
  }

  /** The block that holds just {@code address}. */
  public static Prefix of(IpAddress address) {
    return new Prefix(address, address.family().width());
  }

  /** The block of {@code length} leading bits around {@code address}. */
  public static Prefix around(IpAddress address, int length) {
    return new Prefix(
        new IpAddress(address.family(), keep(address.value(), length, address.family().width())),
        length);
  }

  /**
   * Reads {@code address/length}; as Kubernetes does, bits after the prefix are taken as zero.
   *
   * @throws IllegalArgumentException if {@code text} is anything else
   */
  public static Prefix parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException("'" + text + "' has no prefix length, as in 10.0.0.0/8");
    }
    String digits = text.substring(slash + 1);
    if (!digits.matches("0|[1-9][0-9]{0,2}")) {
      throw new IllegalArgumentException("'" + digits + "' is no prefix length in '" + text + "'");
    }
    IpAddress address = IpAddress.parse(text.substring(0, slash));
    int length = Integer.parseInt(digits);
    if (length > address.family().width()) {
      throw new IllegalArgumentException(
          "prefix length " + length + " in '" + text + "' is over " + address.family().width());
    }
    return around(address, length);
  }

  public boolean contains(IpAddress other) {
    return other.family() == address.family()
        && keep(other.value(), length, address.family().width()).equals(address.value());
  }

  public boolean contains(Prefix other) {
    return other.length >= length && contains(other.address);
  }

  /** Its length in a 128-bit field, where IPv4 lies under {@code ::ffff:0:0/96}. */
  public int mappedLength() {
    return address.family() == IpAddress.Family.IPV4 ? length + 96 : length;
  }

  @Override
  public int compareTo(Prefix other) {
    int byAddress = address.compareTo(other.address);
    return byAddress != 0 ? byAddress : Integer.compare(length, other.length);
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}
