package dev.weir.app.print;

/** What {@code -o} takes. */
public enum OutputFormat {
  /** For people. */
  TEXT,
  /** The API's own answer. */
  JSON,
  /** The same as YAML. */
  YAML
}
