package dev.weir.compiler.encode;

/** Priorities of policy entries, larger wins: constants over steering over defaults. */
final class Priority {
  /** What the header decides: allow, or in the denying layer deny. */
  static final int RULE = 1000;

  /** Steering to the full listener, which holds everything below. */
  static final int FULL = 900;

  /** The same for want of table space. */
  static final int SPILL = 890;

  /** What a request rule amounts to on a port without HTTP where it gives nothing. */
  static final int WITHOUT_HTTP = 800;

  /** Classes: this plus the number of predicates, at most {@link #MOST_PREDICATES}. */
  static final int CLASS = 500;

  static final int MOST_PREDICATES = 200;

  /** Default denial of what a policy selects. */
  static final int ISOLATE = 300;

  /** Steering where a policy may select. */
  static final int PERHAPS_ISOLATED = 200;

  /** Denial of what may be selected and cannot be steered. */
  static final int PERHAPS_ISOLATED_UNSTEERABLE = 100;

  /** What no policy selects. */
  static final int BASE = 1;

  private Priority() {}
}
