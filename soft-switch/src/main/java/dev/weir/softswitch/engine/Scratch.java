package dev.weir.softswitch.engine;

/**
 * Hands out scratch words for intermediate values. Within one statement every value has its own
 * place; the next statement starts over, so the scratch area is as large as the greediest one.
 */
final class Scratch {
  private final int base;
  private int next;
  private int most;

  /** {@code base}: the first word after all fields. */
  Scratch(int base) {
    this.base = base;
    this.next = base;
    this.most = base;
  }

  int take(int words) {
    int at = next;
    next += words;
    if (next > 2 * Limits.PACKET_WORDS) {
      throw new ProgramException(
          "$", "intermediate values take more than " + Limits.PACKET_WORDS + " words of 64 bits");
    }
    most = Math.max(most, next);
    return at;
  }

  void nextStatement() {
    next = base;
  }

  /** Scratch words a packet needs. */
  int words() {
    return most - base;
  }
}
