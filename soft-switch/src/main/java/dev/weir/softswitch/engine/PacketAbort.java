package dev.weir.softswitch.engine;

/** A failed {@code assert} or {@code assume}: the packet is dropped and the failure reported. */
final class PacketAbort extends RuntimeException {
  private static final long serialVersionUID = 1L;

  final String cause;

  PacketAbort(String cause) {
    super(cause, null, false, false);
    this.cause = cause;
  }
}
