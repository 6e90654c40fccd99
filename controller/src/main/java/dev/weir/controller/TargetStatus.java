package dev.weir.controller;

/**
 * How far one target has come.
 *
 * @param name the switch's or sidecar's; {@code fabric} where no fabric was given yet
 * @param inForce whether it enforces the revision asked for, or a newer one
 * @param revision the newest revision that it is known to enforce, 0 for none
 * @param lacking what is lacking and why, a sentence; empty where {@code inForce} and nothing is to
 *     be said
 */
public record TargetStatus(Kind kind, String name, boolean inForce, long revision, String lacking) {
  /** What kinds of targets there are. */
  public enum Kind {
    FABRIC,
    SWITCH,
    SIDECAR
  }
}
