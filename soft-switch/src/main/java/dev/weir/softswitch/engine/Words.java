package dev.weir.softswitch.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteOrder;

/**
 * Arithmetic over integers of any width, kept as little-endian 64-bit words inside one array:
 * {@code n} words from an offset, two's complement. An operand shorter than the result is extended
 * with zeros when it is known not to be negative, else with its sign. Nothing here allocates.
 */
final class Words {
  private static final VarHandle BIG_ENDIAN =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /**
   * Packet buffers carry this many bytes past their end, so that fields are read by whole words.
   */
  static final int SLACK = 16;

  private Words() {}

  static int forBits(int bits) {
    return Math.max(1, (bits + 63) >>> 6);
  }

  /** The lowest {@code bits} ones; all ones from 64 up. */
  static long ones(int bits) {
    return bits >= 64 ? -1L : (1L << bits) - 1;
  }

  /** Word {@code i} of an operand, extended past its end. */
  static long word(long[] w, int at, int n, boolean unsigned, int i) {
    if (i < n) {
      return w[at + i];
    }
    return unsigned ? 0 : w[at + n - 1] >> 63;
  }

  static void put(long[] w, int at, int n, BigInteger value) {
    BigInteger rest = value;
    for (int i = 0; i < n; i++) {
      w[at + i] = rest.longValue();
      rest = rest.shiftRight(64);
    }
  }

  static BigInteger get(long[] w, int at, int n, boolean unsigned) {
    byte[] bytes = new byte[n * 8 + 1];
    for (int i = 0; i < n; i++) {
      BIG_ENDIAN.set(bytes, 1 + (n - 1 - i) * 8, w[at + i]);
    }
    bytes[0] = (byte) (unsigned || w[at + n - 1] >= 0 ? 0 : -1);
    return new BigInteger(bytes);
  }

  /** Clears what lies above the lowest {@code bits} of {@code n} words. */
  static void truncate(long[] w, int at, int n, int bits) {
    int full = bits >>> 6;
    if (full < n) {
      w[at + full] &= ones(bits & 63);
      for (int i = full + 1; i < n; i++) {
        w[at + i] = 0;
      }
    }
  }

  /** Copies the bit at {@code bits - 1} into everything above it. */
  static void signExtend(long[] w, int at, int n, int bits) {
    int top = (bits - 1) >>> 6;
    int shift = 63 - ((bits - 1) & 63);
    w[at + top] = w[at + top] << shift >> shift;
    long sign = w[at + top] >> 63;
    for (int i = top + 1; i < n; i++) {
      w[at + i] = sign;
    }
  }

  static int compare(long[] w, int a, int an, boolean aUnsigned, int b, int bn, boolean bUnsigned) {
    long aSign = aUnsigned ? 0 : w[a + an - 1] >> 63;
    long bSign = bUnsigned ? 0 : w[b + bn - 1] >> 63;
    if (aSign != bSign) {
      return aSign < 0 ? -1 : 1;
    }
    for (int i = Math.max(an, bn) - 1; i >= 0; i--) {
      long x = i < an ? w[a + i] : aSign;
      long y = i < bn ? w[b + i] : bSign;
      if (x != y) {
        return Long.compareUnsigned(x, y);
      }
    }
    return 0;
  }

  /** {@code n} words of the value shifted right by {@code shift >= 0}. */
  static void shiftRight(long[] w, int to, int n, int a, int an, boolean aUnsigned, long shift) {
    long extension = aUnsigned ? 0 : w[a + an - 1] >> 63;
    if (shift >= (long) an * 64) {
      for (int i = 0; i < n; i++) {
        w[to + i] = extension;
      }
      return;
    }
    int skip = (int) (shift >>> 6);
    int bits = (int) (shift & 63);
    int inside = Math.min(n, an - 1 - skip);
    int start = 0;
    if (bits != 0) {
      for (; start < inside; start++) {
        int at = a + skip + start;
        w[to + start] = w[at] >>> bits | w[at + 1] << (64 - bits);
      }
    }
    for (int i = start; i < n; i++) {
      int from = i + skip;
      long low = from < an ? w[a + from] : extension;
      if (bits == 0) {
        w[to + i] = low;
      } else {
        long high = from + 1 < an ? w[a + from + 1] : extension;
        w[to + i] = low >>> bits | high << (64 - bits);
      }
    }
  }

  static void shiftLeft(long[] w, int to, int n, int a, int an, boolean aUnsigned, long shift) {
    if (shift >= (long) n * 64) {
      for (int i = 0; i < n; i++) {
        w[to + i] = 0;
      }
      return;
    }
    int skip = (int) (shift >>> 6);
    int bits = (int) (shift & 63);
    for (int i = n - 1; i >= 0; i--) {
      int from = i - skip;
      if (from < 0) {
        w[to + i] = 0;
        continue;
      }
      long high = word(w, a, an, aUnsigned, from);
      w[to + i] =
          bits == 0
              ? high
              : high << bits | (from > 0 ? word(w, a, an, aUnsigned, from - 1) >>> (64 - bits) : 0);
    }
  }

  static void add(
      long[] w, int to, int n, int a, int an, boolean aUnsigned, int b, int bn, boolean bUnsigned) {
    long carry = 0;
    for (int i = 0; i < n; i++) {
      long x = word(w, a, an, aUnsigned, i);
      long sum = x + word(w, b, bn, bUnsigned, i);
      long total = sum + carry;
      boolean over = Long.compareUnsigned(sum, x) < 0 || Long.compareUnsigned(total, sum) < 0;
      carry = over ? 1 : 0;
      w[to + i] = total;
    }
  }

  static void subtract(
      long[] w, int to, int n, int a, int an, boolean aUnsigned, int b, int bn, boolean bUnsigned) {
    long borrow = 0;
    for (int i = 0; i < n; i++) {
      long x = word(w, a, an, aUnsigned, i);
      long y = word(w, b, bn, bUnsigned, i);
      long difference = x - y;
      boolean under =
          Long.compareUnsigned(x, y) < 0 || Long.compareUnsigned(difference, borrow) < 0;
      w[to + i] = difference - borrow;
      borrow = under ? 1 : 0;
    }
  }

  static void multiply(
      long[] w, int to, int n, int a, int an, boolean aUnsigned, int b, int bn, boolean bUnsigned) {
    for (int i = 0; i < n; i++) {
      w[to + i] = 0;
    }
    for (int i = 0; i < n; i++) {
      long x = word(w, a, an, aUnsigned, i);
      if (x == 0) {
        continue;
      }
      long carry = 0;
      for (int j = 0; i + j < n; j++) {
        long y = word(w, b, bn, bUnsigned, j);
        long low = x * y;
        long high = Math.unsignedMultiplyHigh(x, y);
        long sum = w[to + i + j] + low;
        if (Long.compareUnsigned(sum, low) < 0) {
          high++;
        }
        long total = sum + carry;
        if (Long.compareUnsigned(total, sum) < 0) {
          high++;
        }
        w[to + i + j] = total;
        carry = high;
      }
    }
  }

  /** Reads {@code n <= 64} bits at a bit position; the buffer has {@link #SLACK} past its end. */
  static long readBits(byte[] data, int bitAt, int n) {
    if (n == 0) {
      return 0;
    }
    int at = bitAt >>> 3;
    int skip = bitAt & 7;
    long first = (long) BIG_ENDIAN.get(data, at);
    if (skip + n <= 64) {
      return first << skip >>> (64 - n);
    }
    int missing = skip + n - 64;
    long high = first << skip >>> (64 - n);
    return high | (data[at + 8] & 0xffL) >>> (8 - missing);
  }

  /** Writes {@code n <= 64} bits at a bit position; the buffer has {@link #SLACK} past its end. */
  static void writeBits(byte[] data, int bitAt, int n, long value) {
    if (n == 0) {
      return;
    }
    int at = bitAt >>> 3;
    int skip = bitAt & 7;
    int shift = 64 - skip - n;
    long v = value & ones(n);
    long old = (long) BIG_ENDIAN.get(data, at);
    if (shift >= 0) {
      BIG_ENDIAN.set(data, at, old & ~(ones(n) << shift) | v << shift);
      return;
    }
    int missing = -shift;
    long mask = ones(n) >>> missing;
    BIG_ENDIAN.set(data, at, old & ~mask | v >>> missing);
    data[at + 8] = (byte) (data[at + 8] & 0xff >>> missing | v << (8 - missing));
  }

  /** Reads a field of any width into words, zero-extended. */
  static void readField(byte[] data, int bitAt, int width, long[] w, int to, int n) {
    int left = width;
    for (int i = 0; i < n; i++) {
      int take = Math.min(64, left);
      w[to + i] = take <= 0 ? 0 : readBits(data, bitAt + left - take, take);
      left -= Math.max(take, 0);
    }
  }

  static void writeField(byte[] data, int bitAt, int width, long[] w, int from) {
    int left = width;
    for (int i = 0; left > 0; i++) {
      int take = Math.min(64, left);
      writeBits(data, bitAt + left - take, take, w[from + i]);
      left -= take;
    }
  }
}
