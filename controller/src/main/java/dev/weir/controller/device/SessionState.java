package dev.weir.controller.device;

/** How a session stands. */
public sealed interface SessionState {
  /** A sentence for a status; empty where all is well. */
  String sentence();

  /** No stream: not reached yet, or lost. */
  record Disconnected(String sentence) implements SessionState {}

  /** Another controller may write; this one may only read. */
  record Backup(String sentence) implements SessionState {}

  /**
   * This controller may write.
   *
   * @param since counts up with every stream and every change of hands: whoever acted under an
   *     earlier count must look at the device again
   */
  record Primary(long since) implements SessionState {
    @Override
    public String sentence() {
      return "";
    }
  }
}
