package dev.weir.softswitch.engine;

/** Takes the frames that leave through a port. Called from any thread; must not block for long. */
@FunctionalInterface
public interface PortOutput {
  /** Sends a frame. The array is the switch's own: copy what is kept. */
  void send(byte[] frame, int length);
}
