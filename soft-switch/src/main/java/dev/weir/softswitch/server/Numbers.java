package dev.weir.softswitch.server;

import com.google.protobuf.ByteString;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.wire.CanonicalBytes;
import java.math.BigInteger;

/** Numbers on the wire (P4Runtime 1.5 §8.4): any length is read, the shortest is written. */
final class Numbers {
  private Numbers() {}

  /** A value of {@code width} bits; {@code path} is its field's in the message at hand. */
  static BigInteger read(ByteString bytes, int width, String path) {
    if (bytes.isEmpty()) {
      throw Refused.outOfRange(path, "has no bytes");
    }
    BigInteger value = new BigInteger(1, bytes.toByteArray());
    if (value.bitLength() > width) {
      throw Refused.outOfRange(
          path, "is 0x" + value.toString(16) + ", which does not fit " + width + " bits");
    }
    return value;
  }

  static ByteString write(BigInteger value) {
    return CanonicalBytes.of(new Bits(value));
  }

  static BigInteger ones(int width) {
    return BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
  }
}
