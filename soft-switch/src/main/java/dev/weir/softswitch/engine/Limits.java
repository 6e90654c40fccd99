package dev.weir.softswitch.engine;

/** What a document may ask for: far more than any program needs, and less than what harms. */
final class Limits {
  /** Bits of one field, parameter or intermediate value. */
  static final int VALUE_BITS = 1 << 17;

  static final int HEX_DIGITS = VALUE_BITS / 4;

  /** 64-bit words of one packet's fields and intermediate values: 4 MiB. */
  static final int PACKET_WORDS = 1 << 19;

  /** Expressions inside expressions: their evaluation takes stack for each level. */
  static final int EXPRESSION_DEPTH = 500;

  /** Arrays of counters, meters and registers may together take one part in this of the heap. */
  private static final int STATE_SHARE = 8;

  private Limits() {}

  /** Bytes for the counters, meters and registers of one program. */
  static long stateBytes() {
    return Runtime.getRuntime().maxMemory() / STATE_SHARE;
  }
}
