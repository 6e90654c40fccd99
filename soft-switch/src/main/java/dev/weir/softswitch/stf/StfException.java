package dev.weir.softswitch.stf;

/** A script that cannot be read, or names what the program does not have. */
public final class StfException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StfException(int line, String problem) {
    super(line > 0 ? "line " + line + ": " + problem : problem);
  }
}
