package dev.weir.softswitch.robustness;

import java.util.Arrays;
import java.util.Random;

/** Frames as a hostile or broken sender makes them. */
final class RandomFrames {
  static final int LONGEST = 2000;

  private RandomFrames() {}

  /** Random bytes of any length, or IPv4 cut, stretched or with some bytes wrong. */
  static byte[] frame(Random random) {
    if (random.nextInt(3) == 0) {
      byte[] frame = new byte[random.nextInt(LONGEST + 1)];
      random.nextBytes(frame);
      return frame;
    }
    byte[] frame = new byte[60 + random.nextInt(100)];
    if (random.nextBoolean()) {
      random.nextBytes(frame);
    }
    // What the test programs switch on: an Ethernet type, or their operation in the first byte.
    frame[0] = (byte) random.nextInt(20);
    frame[1] = (byte) random.nextInt(4);
    frame[12] = 8;
    frame[13] = 0;
    frame[14] = 0x45;
    if (random.nextInt(4) == 0) {
      frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return random.nextInt(4) == 0 ? Arrays.copyOf(frame, random.nextInt(LONGEST + 1)) : frame;
  }
}
