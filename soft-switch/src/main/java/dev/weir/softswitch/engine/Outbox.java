package dev.weir.softswitch.engine;

import java.util.Arrays;

/**
 * Frames that wait to be sent, in order. Keeps its arrays, so that a busy switch allocates none.
 */
final class Outbox {
  private static final int USUAL_FRAME = 2048;
  private byte[][] frames = {new byte[USUAL_FRAME]};
  private int[] lengths = new int[1];
  private int[] ports = new int[1];
  private int count;

  void add(int port, byte[] frame, int length) {
    if (count == frames.length) {
      frames = Arrays.copyOf(frames, count * 2);
      lengths = Arrays.copyOf(lengths, count * 2);
      ports = Arrays.copyOf(ports, count * 2);
    }
    if (frames[count] == null || frames[count].length < length) {
      frames[count] = new byte[Math.max(length, USUAL_FRAME)];
    }
    System.arraycopy(frame, 0, frames[count], 0, length);
    lengths[count] = length;
    ports[count] = port;
    count++;
  }

  /** Sends what waits; empty afterwards, even when a sender fails. */
  void flush(Switch through) {
    int n = count;
    count = 0;
    for (int i = 0; i < n; i++) {
      through.transmit(ports[i], frames[i], lengths[i]);
    }
  }
}
