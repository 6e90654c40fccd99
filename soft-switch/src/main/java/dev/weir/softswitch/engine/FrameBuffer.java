package dev.weir.softswitch.engine;

/** A growing output buffer, {@link Words#SLACK} longer than what it holds. */
final class FrameBuffer {
  byte[] bytes;

  FrameBuffer(int size) {
    bytes = new byte[size + Words.SLACK];
  }

  void ensureRoom(int length) {
    if (bytes.length < length + Words.SLACK) {
      bytes = new byte[length + Words.SLACK];
    }
  }
}
