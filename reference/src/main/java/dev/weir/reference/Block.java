package dev.weir.reference;

import java.math.BigInteger;
import java.util.regex.Pattern;

/**
 * A CIDR block.
 *
 * @param base some address in it
 * @param length bits of the prefix
 */
record Block(Address base, int length) {
  private static final Pattern LENGTH = Pattern.compile("0|[1-9][0-9]{0,2}");

  /** NetworkPolicy's {@code cidr}: always with a length. */
  static Block cidr(Field field) {
    String text = field.text();
    int slash = text.indexOf('/');
    String length = text.substring(slash + 1);
    if (slash > 0
        && Address.isAddress(text.substring(0, slash))
        && LENGTH.matcher(length).matches()) {
      Address base = Address.parse(text.substring(0, slash));
      int bits = Integer.parseInt(length);
      if (bits <= base.family().bits()) {
        return new Block(base, bits);
      }
    }
    throw field.error("'" + text + "' is no CIDR block");
  }

  /** Istio's {@code ipBlocks}: "Single IP (e.g. 203.0.113.4) and CIDR are supported." */
  static Block addressOrCidr(Field field) {
    if (field.text().contains("/")) {
      return cidr(field);
    }
    Address address = Address.read(field);
    return new Block(address, address.family().bits());
  }

  /** Addresses of the other family are in no block of this one. */
  boolean contains(Address address) {
    return address.family() == base.family() && network(address).equals(network(base));
  }

  boolean contains(Block other) {
    return contains(other.base) && other.length >= length;
  }

  Address first() {
    return new Address(base.family(), network(base).shiftLeft(hostBits()));
  }

  Address last() {
    BigInteger hosts = BigInteger.ONE.shiftLeft(hostBits()).subtract(BigInteger.ONE);
    return new Address(base.family(), first().value().or(hosts));
  }

  private BigInteger network(Address address) {
    return address.value().shiftRight(hostBits());
  }

  private int hostBits() {
    return base.family().bits() - length;
  }
}
