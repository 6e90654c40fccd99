package dev.weir.p4runtime;

/**
 * P4Info, an entry or a message is not valid. The message reads {@code code at path: what is wrong;
 * what to do}.
 */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final RefusalCode code;
  private final String path;
  private final String problem;
  private final String advice;

  /**
   * @param path of the offending field, {@code match[2].lpm.prefix_len} in a message, {@code
   *     matches.port.low} in an entry; empty for the whole
   * @param problem what was given and why it cannot be
   * @param advice what to do instead
   */
  public RefusedException(RefusalCode code, String path, String problem, String advice) {
    super(code + (path.isEmpty() ? "" : " at " + path) + ": " + problem + "; " + advice);
    this.code = code;
    this.path = path;
    this.problem = problem;
    this.advice = advice;
  }

  public RefusalCode code() {
    return code;
  }

  public String path() {
    return path;
  }

  public String problem() {
    return problem;
  }

  public String advice() {
    return advice;
  }

  /** The same refusal of something that lies at {@code prefix} in something larger. */
  public RefusedException under(String prefix) {
    String whole = path.isEmpty() ? prefix : prefix.isEmpty() ? path : prefix + "." + path;
    RefusedException moved = new RefusedException(code, whole, problem, advice);
    moved.initCause(this);
    return moved;
  }
}
