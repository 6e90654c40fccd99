package dev.weir.softswitch.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Packets and bytes, counted by any number of threads. */
final class Tally {
  private static final VarHandle PACKETS = handle("packets");
  private static final VarHandle BYTES = handle("bytes");

  @SuppressWarnings("UnusedVariable") // through the handle
  private long packets;

  @SuppressWarnings("UnusedVariable") // through the handle
  private long bytes;

  Tally(long packets, long bytes) {
    this.packets = packets;
    this.bytes = bytes;
  }

  private static VarHandle handle(String field) {
    try {
      return MethodHandles.lookup().findVarHandle(Tally.class, field, long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  void add(int packetBytes) {
    PACKETS.getAndAdd(this, 1L);
    BYTES.getAndAdd(this, (long) packetBytes);
  }

  long packets() {
    return (long) PACKETS.getVolatile(this);
  }

  long bytes() {
    return (long) BYTES.getVolatile(this);
  }

  void set(long toPackets, long toBytes) {
    PACKETS.setVolatile(this, toPackets);
    BYTES.setVolatile(this, toBytes);
  }
}
