package dev.weir.compiler;

/** A fabric that no placement fits: its pipeline lacks a table, or a table is too small for it. */
public final class UnplaceableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;

  /**
   * @param code stable: {@code pipeline-lacks-table} or {@code fabric-too-large}
   */
  public UnplaceableException(String code, String message) {
    super(message);
    this.code = code;
  }

  /** The stable code. */
  public String code() {
    return code;
  }
}
