package dev.weir.app.resource;

import picocli.CommandLine.Option;

/** The options that say how long to wait for a change to be in force. */
public final class InForce {
  @Option(
      names = "--no-wait",
      negatable = false,
      description = "return once the change is accepted")
  private boolean noWait;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "how long to wait (default: ${DEFAULT-VALUE})")
  private int timeoutSeconds = 60;

  boolean waits() {
    return !noWait;
  }

  /** The part of the query that asks the server to wait; begins with {@code &}. */
  String query(boolean dryRun) {
    return noWait || dryRun ? "" : "&wait=" + timeoutSeconds + "s";
  }
}
