package dev.weir.softswitch.ports;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Frames that one thread has for one socket, in order, handed to the kernel with one call. Belongs
 * to its thread.
 */
final class SendQueue {
  /** Frames a call takes: as many as a reader's batch gives when all leave by one port. */
  static final int MOST = 64;

  /** Their bytes: a jumbo frame, or {@link #MOST} usual small ones. */
  private static final int BYTES = 16 << 10;

  private static final int ALIGNMENT = 64;

  private final int fd;
  private final MemorySegment errno;
  private final MemorySegment messages;
  private final MemorySegment vectors;
  private final MemorySegment data;
  private int count;
  private int used;

  SendQueue(Arena arena, int fd) {
    this.fd = fd;
    errno = PacketSocket.errnoSegment(arena);
    messages = arena.allocate((long) MOST * PacketSocket.MMSGHDR, 8);
    vectors = arena.allocate((long) MOST * PacketSocket.IOVEC, 8);
    data = arena.allocate(BYTES, ALIGNMENT);
    for (int i = 0; i < MOST; i++) {
      long message = (long) i * PacketSocket.MMSGHDR;
      long vector = (long) i * PacketSocket.IOVEC;
      messages.set(
          ValueLayout.ADDRESS,
          message + PacketSocket.MSG_IOV,
          vectors.asSlice(vector, PacketSocket.IOVEC));
      messages.set(ValueLayout.JAVA_LONG, message + PacketSocket.MSG_IOVLEN, 1);
    }
  }

  boolean isEmpty() {
    return count == 0;
  }

  boolean hasRoom(int length) {
    return count < MOST && used + length <= BYTES;
  }

  void add(byte[] frame, int length) {
    MemorySegment.copy(frame, 0, data, ValueLayout.JAVA_BYTE, used, length);
    long vector = (long) count * PacketSocket.IOVEC;
    vectors.set(ValueLayout.JAVA_LONG, vector, data.address() + used);
    vectors.set(ValueLayout.JAVA_LONG, vector + 8, length);
    used = used + length + ALIGNMENT - 1 & -ALIGNMENT;
    count++;
  }

  /** Sends all. Answers how many the kernel refused; these are lost, the others are not. */
  int flush() {
    int refused = 0;
    int done = 0;
    while (done < count) {
      int sent =
          PacketSocket.sendAll(
              errno, fd, messages.asSlice((long) done * PacketSocket.MMSGHDR), count - done);
      if (sent > 0) {
        done += sent;
      } else if (PacketSocket.errno(errno) != PacketSocket.EINTR) {
        refused++;
        done++;
      }
    }
    count = 0;
    used = 0;
    return refused;
  }
}
