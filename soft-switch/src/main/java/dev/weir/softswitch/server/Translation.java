package dev.weir.softswitch.server;

import com.google.protobuf.ByteString;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;

/**
 * A user-defined type that controllers see as text (P4Runtime 1.5 §8.4.5, §18.1): each text stands
 * for a number of the data plane's type, given to it when it first occurs. 0 stands for no text,
 * because it is what the data plane has before it sets anything.
 */
final class Translation {
  private final String type;
  private int width = Integer.MAX_VALUE;
  private final Map<ByteString, BigInteger> numbers = new HashMap<>();
  private final Map<BigInteger, ByteString> texts = new HashMap<>();

  Translation(String type) {
    this.type = type;
  }

  /** Notes that the data plane has {@code bits} bits for the type somewhere. */
  void narrow(int bits) {
    width = Math.min(width, bits);
  }

  /** Bits of the type in the data plane; 0: nothing tells. */
  int width() {
    return width == Integer.MAX_VALUE ? 0 : width;
  }

  /**
   * The number of a text, which has one from now on.
   *
   * @throws Refused RESOURCE_EXHAUSTED when all numbers are given away
   */
  synchronized BigInteger give(ByteString text, String path) {
    checkText(text, path);
    BigInteger known = numbers.get(text);
    if (known != null) {
      return known;
    }
    BigInteger next = BigInteger.valueOf(numbers.size() + 1L);
    if (next.bitLength() > width) {
      throw Refused.exhausted(
          path,
          "type %s has %d bits, and all its %d numbers stand for other texts"
              .formatted(type, width, numbers.size()));
    }
    numbers.put(text, next);
    texts.put(next, text);
    return next;
  }

  /** The number of a text; of one that never occurred, a number that nothing has. */
  synchronized BigInteger known(ByteString text, String path) {
    checkText(text, path);
    return numbers.getOrDefault(text, BigInteger.ONE.negate());
  }

  private static void checkText(ByteString text, String path) {
    if (text.isEmpty()) {
      throw Refused.outOfRange(path, "has no text");
    }
    if (!text.isValidUtf8()) {
      throw Refused.invalid(path, "is not UTF-8 text");
    }
  }

  /** The text of a number; empty where it has none. */
  synchronized ByteString text(BigInteger number) {
    return texts.getOrDefault(number, ByteString.EMPTY);
  }
}
