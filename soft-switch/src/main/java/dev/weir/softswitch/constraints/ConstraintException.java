package dev.weir.softswitch.constraints;

/** A restriction that cannot be understood, with where in it. */
public final class ConstraintException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ConstraintException(int at, String problem) {
    super("character " + (at + 1) + ": " + problem, null, false, false);
  }
}
