package dev.weir.softswitch.ports;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The host's end of a virtual interface: sends frames, keeps what arrives. */
public final class FrameEnd implements AutoCloseable {
  private static final int MMSGHDR = 64;
  private final int fd;
  private final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();
  private final Thread reader;
  private volatile boolean closing;

  private FrameEnd(int fd) {
    this.fd = fd;
    this.reader = Thread.ofPlatform().daemon().start(this::read);
  }

  public static FrameEnd open(NetworkNamespace namespace, String interfaceName) throws Exception {
    return new FrameEnd(namespace.inside(() -> PacketSocket.open(interfaceName)));
  }

  private void read() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = PacketSocket.errnoSegment(arena);
      MemorySegment message = arena.allocate(MMSGHDR, 8);
      MemorySegment vector = arena.allocate(16, 8);
      MemorySegment data = arena.allocate(10000);
      vector.set(ValueLayout.ADDRESS, 0, data);
      vector.set(ValueLayout.JAVA_LONG, 8, data.byteSize());
      message.set(ValueLayout.ADDRESS, 16, vector);
      message.set(ValueLayout.JAVA_LONG, 24, 1);
      while (!closing) {
        int got = PacketSocket.receive(errno, fd, message, 1, 0);
        if (got == 1) {
          int length = message.get(ValueLayout.JAVA_INT, 56);
          frames.add(data.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
        }
      }
    }
  }

  public void send(byte[] frame) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(frame.length);
      MemorySegment.copy(frame, 0, data, ValueLayout.JAVA_BYTE, 0, frame.length);
      long sent = PacketSocket.send(PacketSocket.errnoSegment(arena), fd, data, frame.length);
      if (sent != frame.length) {
        throw new IOException("sent " + sent + " of " + frame.length);
      }
    }
  }

  /** The next frame, or null after {@code timeout}. */
  public byte[] receive(Duration timeout) {
    try {
      return frames.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    closing = true;
    try {
      reader.join(2000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    PacketSocket.close(fd);
  }
}
