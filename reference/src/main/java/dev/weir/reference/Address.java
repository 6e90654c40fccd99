package dev.weir.reference;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** An IPv4 or IPv6 address. */
record Address(Family family, BigInteger value) {
  private static final Pattern DECIMAL = Pattern.compile("0|[1-9][0-9]{0,2}");
  private static final Pattern HEXADECIMAL = Pattern.compile("[0-9a-fA-F]{1,4}");

  enum Family {
    IPV4(32),
    IPV6(128);

    private final int bits;

    Family(int bits) {
      this.bits = bits;
    }

    int bits() {
      return bits;
    }

    Address first() {
      return new Address(this, BigInteger.ZERO);
    }

    Address last() {
      return new Address(this, BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE));
    }
  }

  /**
   * Reads dotted decimal or RFC 4291 notation.
   *
   * @throws IllegalArgumentException where {@code text} is neither
   */
  static Address parse(String text) {
    List<Integer> parts = text.contains(":") ? words(text) : bytes(text);
    Family family = text.contains(":") ? Family.IPV6 : Family.IPV4;
    int width = family == Family.IPV6 ? 16 : 8;
    BigInteger value = BigInteger.ZERO;
    for (int part : parts) {
      value = value.shiftLeft(width).or(BigInteger.valueOf(part));
    }
    return new Address(family, value);
  }

  static boolean isAddress(String text) {
    try {
      parse(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  static Address read(Field field) {
    try {
      return parse(field.text());
    } catch (IllegalArgumentException e) {
      throw field.error("'" + field.text() + "' is no address");
    }
  }

  /** The address {@code distance} after this one, kept within the family. */
  Address plus(int distance) {
    BigInteger moved = value.add(BigInteger.valueOf(distance));
    return new Address(family, moved.max(BigInteger.ZERO).min(family.last().value()));
  }

  /** In dotted decimal, or in eight words without leading zeros. */
  String text() {
    int width = family == Family.IPV6 ? 16 : 8;
    StringBuilder text = new StringBuilder();
    for (int shift = family.bits() - width; shift >= 0; shift -= width) {
      int part = value.shiftRight(shift).intValue() & ((1 << width) - 1);
      text.append(family == Family.IPV6 ? Integer.toHexString(part) : Integer.toString(part));
      if (shift > 0) {
        text.append(family == Family.IPV6 ? ':' : '.');
      }
    }
    return text.toString();
  }

  private static List<Integer> bytes(String text) {
    List<Integer> bytes = new ArrayList<>();
    for (String part : text.split("\\.", -1)) {
      int value = DECIMAL.matcher(part).matches() ? Integer.parseInt(part) : 256;
      if (value > 255) {
        throw new IllegalArgumentException(text);
      }
      bytes.add(value);
    }
    if (bytes.size() != 4) {
      throw new IllegalArgumentException(text);
    }
    return bytes;
  }

  private static List<Integer> words(String text) {
    int gap = text.indexOf("::");
    if (gap < 0) {
      List<Integer> all = wordsWithoutGap(text);
      if (all.size() != 8) {
        throw new IllegalArgumentException(text);
      }
      return all;
    }
    List<Integer> head = wordsWithoutGap(text.substring(0, gap));
    List<Integer> tail = wordsWithoutGap(text.substring(gap + 2));
    List<Integer> all = new ArrayList<>(head);
    for (int i = head.size() + tail.size(); i < 8; i++) {
      all.add(0);
    }
    all.addAll(tail);
    if (head.size() + tail.size() > 7) {
      throw new IllegalArgumentException(text);
    }
    return all;
  }

  private static List<Integer> wordsWithoutGap(String text) {
    List<Integer> words = new ArrayList<>();
    if (text.isEmpty()) {
      return words;
    }
    String[] parts = text.split(":", -1);
    for (int i = 0; i < parts.length; i++) {
      if (i == parts.length - 1 && parts[i].contains(".")) {
        List<Integer> bytes = bytes(parts[i]);
        words.add(bytes.get(0) << 8 | bytes.get(1));
        words.add(bytes.get(2) << 8 | bytes.get(3));
      } else if (HEXADECIMAL.matcher(parts[i]).matches()) {
        words.add(Integer.parseInt(parts[i], 16));
      } else {
        throw new IllegalArgumentException(text);
      }
    }
    return words;
  }
}
