package dev.weir.softswitch.engine;

/** Counts what a program's arrays take, before they are made. */
final class StateBudget {
  private long left = Limits.stateBytes();

  /** {@code size} cells of {@code bytes} each; refused at {@code where} when that is too much. */
  void take(JsonAt where, int size, long bytes) {
    long asked = size * bytes;
    if (size > Integer.MAX_VALUE / 8 / Math.max(1, bytes / 8) || asked > left) {
      throw where.problem(
          size
              + " cells take "
              + asked
              + " bytes; the arrays of a program may take "
              + Limits.stateBytes()
              + " in all, one part in eight of the memory of this process");
    }
    left -= asked;
  }
}
