package dev.weir.p4runtime.wire;

import com.google.protobuf.ByteString;
import dev.weir.p4runtime.RefusalCode;
import dev.weir.p4runtime.RefusedException;
import dev.weir.p4runtime.entry.Bits;
import java.math.BigInteger;

/**
 * Numbers as P4Runtime's byte strings (P4Runtime 1.5 §8.4): big-endian, and canonical when as short
 * as the value allows, zero being one byte. Reading takes longer strings too, as the standard asks
 * of every receiver; writing is always canonical.
 */
public final class CanonicalBytes {
  private CanonicalBytes() {}

  /** The canonical string of a {@code bit<W>} value. */
  public static ByteString of(Bits bits) {
    byte[] bytes = bits.value().toByteArray();
    // Java's form is signed: a value that fills its first byte gets a zero byte before it.
    boolean signByte = bytes.length > 1 && bytes[0] == 0;
    return signByte ? ByteString.copyFrom(bytes, 1, bytes.length - 1) : ByteString.copyFrom(bytes);
  }

  /** The canonical string of an {@code int<W>} value, two's complement. */
  public static ByteString ofSigned(BigInteger value) {
    return ByteString.copyFrom(value.toByteArray());
  }

  /**
   * The value of a {@code bit<width>}.
   *
   * @param path for the refusal
   * @throws RefusedException {@code out-of-range} when there are no bytes or too many bits
   */
  public static Bits read(ByteString bytes, int width, String path) {
    requireBytes(bytes, path);
    Bits bits = Bits.ofBytes(bytes.toByteArray());
    requireWidth(bits, width, path);
    return bits;
  }

  /**
   * The value of an {@code int<width>}.
   *
   * @param path for the refusal
   * @throws RefusedException {@code out-of-range} when there are no bytes or too many bits
   */
  public static BigInteger readSigned(ByteString bytes, int width, String path) {
    requireBytes(bytes, path);
    BigInteger value = new BigInteger(bytes.toByteArray());
    if (value.bitLength() + 1 > width) {
      throw tooWide(value.toString(), width, path);
    }
    return value;
  }

  /** Whether {@code bytes} is the shortest string of its {@code bit<W>} value. */
  public static boolean isCanonical(ByteString bytes) {
    return bytes.size() == 1 || (bytes.size() > 1 && bytes.byteAt(0) != 0);
  }

  static void requireWidth(Bits bits, int width, String path) {
    if (!bits.fits(width)) {
      throw tooWide(bits.toString(), width, path);
    }
  }

  private static void requireBytes(ByteString bytes, String path) {
    if (bytes.isEmpty()) {
      throw new RefusedException(
          RefusalCode.OUT_OF_RANGE, path, "there are no bytes", "send zero as one zero byte");
    }
  }

  private static RefusedException tooWide(String value, int width, String path) {
    return new RefusedException(
        RefusalCode.OUT_OF_RANGE,
        path,
        "%s does not fit %d bits".formatted(value, width),
        "give a value of at most " + width + " bits");
  }
}
