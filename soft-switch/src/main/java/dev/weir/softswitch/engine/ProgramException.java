package dev.weir.softswitch.engine;

/**
 * A BMv2 JSON document that this switch cannot run as it stands: malformed, inconsistent, or using
 * something that is not supported. The message names the JSON path.
 */
public final class ProgramException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final String path;

  public ProgramException(String path, String problem) {
    super(path + ": " + problem);
    this.path = path;
  }

  /** Where in the document, as {@code $.pipelines[0].tables[3].key[1]}. */
  public String path() {
    return path;
  }
}
