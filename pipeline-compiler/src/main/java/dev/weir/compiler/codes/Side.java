package dev.weir.compiler.codes;

import com.google.common.base.Ascii;

/** The two ends of a connection. Each has a code book of its own. */
public enum Side {
  SOURCE,
  DESTINATION;

  /** As in {@code source_workload}, {@code set_source} and {@code source_code}. */
  public String word() {
    return Ascii.toLowerCase(name());
  }
}
