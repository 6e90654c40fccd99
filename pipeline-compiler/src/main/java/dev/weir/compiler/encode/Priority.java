package dev.weir.compiler.encode;

import dev.weir.compiler.intent.Rule;

/**
 * Priorities of policy entries, larger wins: constants over steering over defaults, and all of them
 * over the Baseline tier, whose rules have an order of their own, as the Admin tier's.
 */
final class Priority {
  /** Above every ordered rule's. */
  private static final int ADDING = 40_000_000;

  /** What the header decides: allow, or in the denying layer deny. */
  static final int RULE = ADDING + 1000;

  /** Steering to the full listener, which holds everything below. */
  static final int FULL = ADDING + 900;

  /** The same for want of table space. */
  static final int SPILL = ADDING + 890;

  /** What a request rule amounts to on a port without HTTP where it gives nothing. */
  static final int WITHOUT_HTTP = ADDING + 800;

  /** Classes: this plus the number of predicates, at most {@link #MOST_PREDICATES}. */
  static final int CLASS = ADDING + 500;

  static final int MOST_PREDICATES = 200;

  /** Default denial of what a policy selects. */
  static final int ISOLATE = ADDING + 300;

  /** Steering where a policy may select. */
  static final int PERHAPS_ISOLATED = ADDING + 200;

  /** Denial of what may be selected and cannot be steered. */
  static final int PERHAPS_ISOLATED_UNSTEERABLE = ADDING + 100;

  /** What no policy selects. */
  static final int BASE = 1;

  private Priority() {}

  /**
   * Of a rule that is asked in its order.
   *
   * @param within 0 to 2, larger wins: among entries of one order
   */
  static int ordered(int order, int within) {
    return 2 + 3 * (Rule.LAST_ORDER - order) + within;
  }
}
