package dev.weir.softswitch.engine;

import java.math.BigInteger;

/** What an entry asks of one key field; a field it does not ask about has none. */
public sealed interface FieldMatch {

  /** The field equals {@code value}. */
  record Exact(BigInteger value) implements FieldMatch {}

  /** The field's leading {@code length} bits equal the value's, whose other bits are zero. */
  record Prefix(BigInteger value, int length) implements FieldMatch {}

  /** The field under {@code mask} equals {@code value}, which has no bits outside the mask. */
  record Masked(BigInteger value, BigInteger mask) implements FieldMatch {}

  /** The field lies in {@code low..high}, both included. */
  record Between(BigInteger low, BigInteger high) implements FieldMatch {}
}
