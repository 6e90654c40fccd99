package dev.weir.softswitch.engine;

/** Writes the valid headers in order, then the payload. */
final class Deparser {
  private final Header[] order;
  private final Checksum[] updated;
  private final ActionProgram.Step[] steps;

  Deparser(Header[] order, Checksum[] updated, ActionProgram.Step[] steps) {
    this.order = order;
    this.updated = updated;
    this.steps = steps;
  }

  /** Updates checksums, writes the packet into {@code out.bytes} and returns its length. */
  int deparse(PacketState s, FrameBuffer out) {
    for (Checksum checksum : updated) {
      checksum.update(s);
    }
    for (ActionProgram.Step step : steps) {
      step.run(s);
    }
    long[] w = s.words;
    int length = 0;
    for (Header header : order) {
      if (header.isValid(w)) {
        length += header.bytes(w);
      }
    }
    int payload = s.payloadLength();
    out.ensureRoom(length + payload);
    byte[] bytes = out.bytes;
    int at = 0;
    for (Header header : order) {
      if (header.isValid(w)) {
        at = header.deparse(w, bytes, at);
      }
    }
    System.arraycopy(s.data, s.cursor, bytes, at, payload);
    return Math.min(at + payload, s.truncateTo);
  }
}
