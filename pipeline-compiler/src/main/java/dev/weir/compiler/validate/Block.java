package dev.weir.compiler.validate;

import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import java.math.BigInteger;

/**
 * A block of the 128-bit space in which IPv4 lies under {@code ::ffff:0:0/96}.
 *
 * @param first its first address
 * @param length leading bits that count
 */
record Block(BigInteger first, int length) implements Comparable<Block> {
  private static final int WIDTH = 128;
  private static final BigInteger MAPPED = BigInteger.valueOf(0xffff).shiftLeft(32);
  static final Block ALL = new Block(BigInteger.ZERO, 0);
  static final Block IPV4 = new Block(MAPPED, 96);

  static Block of(IpAddress address) {
    return new Block(address.mapped(), WIDTH);
  }

  static Block of(Prefix prefix) {
    return new Block(prefix.address().mapped(), prefix.mappedLength());
  }

  /** What a field of {@code width} bits holds, as a block of the 128-bit space. */
  static Block ofField(BigInteger value, int length, int width) {
    return width == WIDTH ? new Block(value, length) : new Block(MAPPED.or(value), length + 96);
  }

  BigInteger last() {
    return first.add(BigInteger.ONE.shiftLeft(WIDTH - length)).subtract(BigInteger.ONE);
  }

  boolean contains(BigInteger address) {
    return address.shiftRight(WIDTH - length).equals(first.shiftRight(WIDTH - length));
  }

  /** As {@link #contains}, but a block of one family holds no address of the other. */
  boolean holds(BigInteger address) {
    return contains(address) && IPV4.contains(this) == IPV4.contains(address);
  }

  boolean contains(Block other) {
    return other.length >= length && contains(other.first);
  }

  /** The address at {@code value} of the 128-bit space. */
  static IpAddress address(BigInteger value) {
    return IPV4.contains(value)
        ? new IpAddress(IpAddress.Family.IPV4, value.subtract(MAPPED))
        : new IpAddress(IpAddress.Family.IPV6, value);
  }

  /** As people write it: an address, or a prefix of its family. */
  String text() {
    boolean ipv4 = IPV4.contains(this);
    int bits = ipv4 ? length - IPV4.length : length;
    String address = address(first).toString();
    return length == WIDTH ? address : address + "/" + bits;
  }

  @Override
  public int compareTo(Block other) {
    int byFirst = first.compareTo(other.first);
    return byFirst != 0 ? byFirst : Integer.compare(length, other.length);
  }
}
