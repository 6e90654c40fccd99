package dev.weir.compiler.intent;

/** What becomes of a path before it is matched: Istio's {@code pathNormalization}. */
public enum PathNormalization {
  /** Nothing but the query goes. */
  NONE,
  /** RFC 3986: dot segments resolved, unreserved characters decoded; backslashes are slashes. */
  BASE,
  /** In addition, consecutive slashes are one. */
  MERGE_SLASHES,
  /** In addition, escaped slashes and backslashes are decoded before they are merged. */
  DECODE_AND_MERGE_SLASHES
}
