// SPDX-License-Identifier: Apache-2.0
package dev.weir.controller;

import java.time.Duration;

/** Tells when a mesh has been at rest for long: once for each revision. */
final class Rest {
  private final long nanos;
  private long revision = -1;
  private long since;
  private long done = -1;

  Rest(Duration length) {
    this.nanos = length.toNanos();
  }

  /**
   * Whether {@code revision} has been in force for the whole time, and nothing was done about it.
   *
   * @param nanoTime as of {@link System#nanoTime}
   */
  boolean over(long revision, boolean inForce, long nanoTime) {
    if (revision != this.revision || !inForce) {
      this.revision = revision;
      since = nanoTime;
    }
    return revision != done && nanoTime - since >= nanos;
  }

  /** What was to be done has been, and left this revision. */
  void done(long revision) {
    done = revision;
  }
}
