package dev.weir.p4runtime.entry;

import java.math.BigInteger;

/**
 * An unsigned bit string's value, of no width of its own: the width is the field's, in P4Info.
 *
 * @param value not negative
 */
public record Bits(BigInteger value) implements Comparable<Bits> {
  public static final Bits ZERO = new Bits(BigInteger.ZERO);

  public Bits {
    if (value.signum() < 0) {
      throw new IllegalArgumentException("bit string is negative: " + value);
    }
  }

  /** The value of {@code value} read as not negative. */
  public static Bits of(long value) {
    return new Bits(BigInteger.valueOf(value));
  }

  /** The value of big-endian unsigned bytes; leading zeros do not matter. */
  public static Bits ofBytes(byte[] bigEndian) {
    return new Bits(new BigInteger(1, bigEndian));
  }

  /** All ones in the lowest {@code width} bits. */
  public static Bits ones(int width) {
    return new Bits(BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE));
  }

  /** The mask of a prefix: {@code prefixLength} ones followed by zeros, {@code width} bits. */
  public static Bits prefixMask(int prefixLength, int width) {
    return new Bits(ones(prefixLength).value.shiftLeft(width - prefixLength));
  }

  public boolean fits(int width) {
    return value.bitLength() <= width;
  }

  public Bits and(Bits other) {
    return new Bits(value.and(other.value));
  }

  public Bits or(Bits other) {
    return new Bits(value.or(other.value));
  }

  public int intValue() {
    return value.intValueExact();
  }

  public long longValue() {
    return value.longValueExact();
  }

  @Override
  public int compareTo(Bits other) {
    return value.compareTo(other.value);
  }

  /** Hexadecimal with a leading {@code 0x}. */
  @Override
  public String toString() {
    return "0x" + value.toString(16);
  }

  /** Reads {@code 0x…} or decimal digits. */
  public static Bits parse(String text) {
    return text.startsWith("0x")
        ? new Bits(new BigInteger(text.substring(2), 16))
        : new Bits(new BigInteger(text));
  }
}
