package dev.weir.bench.softswitch;

/** Who runs where, as lists of cores for taskset(1). */
final class Cores {
  /** The switch under test. */
  static final String SWITCH = "0";

  /** Generator and client; the script starts this process there. */
  static final String GENERATOR = "1";

  static final String BOTH = "0,1";

  private Cores() {}
}
