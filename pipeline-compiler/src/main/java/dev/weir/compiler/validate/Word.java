package dev.weir.compiler.validate;

import java.math.BigInteger;

/** 128 bits: a code, or the value or mask of a test on one. */
record Word(long high, long low) {
  static final Word ZERO = new Word(0, 0);
  static final int WIDTH = 128;

  static Word of(BigInteger value) {
    return new Word(value.shiftRight(64).longValue(), value.longValue());
  }

  Word or(Word other) {
    return new Word(high | other.high, low | other.low);
  }

  Word and(Word other) {
    return new Word(high & other.high, low & other.low);
  }

  /** A ternary test on a code. */
  record Pattern(Word value, Word mask) {
    static final Pattern ANY = new Pattern(ZERO, ZERO);

    boolean matches(Word code) {
      return (code.high & mask.high) == value.high && (code.low & mask.low) == value.low;
    }
  }
}
