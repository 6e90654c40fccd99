package dev.weir.bench.softswitch;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Sends prepared frames into interfaces in turn, as fast as the kernel takes them or paced. */
final class Generator implements AutoCloseable {
  /** Frames a call takes: its own cost no longer shows. */
  private static final int BATCH = 64;

  // packet(7) and the kernel's headers; struct mmsghdr and struct iovec on LP64.
  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final int SOL_PACKET = 263;
  private static final int PACKET_QDISC_BYPASS = 20;
  private static final int MMSGHDR = 64;
  private static final int MSG_IOV = 16;
  private static final int MSG_IOVLEN = 24;
  private static final int IOVEC = 16;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final MethodHandle SOCKET =
      function("socket", FunctionDescriptor.of(INT, INT, INT, INT));
  private static final MethodHandle BIND =
      function("bind", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT));
  private static final MethodHandle SETSOCKOPT =
      function("setsockopt", FunctionDescriptor.of(INT, INT, INT, INT, ValueLayout.ADDRESS, INT));
  private static final MethodHandle SENDMMSG =
      function("sendmmsg", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT, INT));
  private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(INT, INT));
  private static final MethodHandle IF_NAMETOINDEX =
      function("if_nametoindex", FunctionDescriptor.of(INT, ValueLayout.ADDRESS));

  private final Arena arena = Arena.ofShared();
  private final List<Line> lines = new ArrayList<>();

  /** An interface and batches of frames for it. */
  private record Line(int fd, List<MemorySegment> batches) {}

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor);
  }

  /** Frames for {@code interfaceName}, sent over and over in this order. */
  void add(String interfaceName, List<byte[]> frames) {
    List<MemorySegment> batches = new ArrayList<>();
    for (int from = 0; from < frames.size(); from += BATCH) {
      batches.add(batch(frames, from));
    }
    lines.add(new Line(open(interfaceName), batches));
  }

  private int open(String interfaceName) {
    try (Arena call = Arena.ofConfined()) {
      int index =
          (int)
              IF_NAMETOINDEX.invokeExact(
                  call.allocateFrom(interfaceName, StandardCharsets.US_ASCII));
      int fd = (int) SOCKET.invokeExact(AF_PACKET, SOCK_RAW, 0);
      MemorySegment address = call.allocate(20, 4);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
      address.set(INT, 4, index);
      MemorySegment one = call.allocateFrom(INT, 1);
      int failed = (int) SETSOCKOPT.invokeExact(fd, SOL_PACKET, PACKET_QDISC_BYPASS, one, 4);
      failed |= (int) BIND.invokeExact(fd, address, 20);
      if (index == 0 || fd < 0 || failed != 0) {
        throw new IllegalStateException("no packet socket on " + interfaceName);
      }
      return fd;
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private MemorySegment batch(List<byte[]> frames, int from) {
    MemorySegment messages = arena.allocate((long) BATCH * MMSGHDR, 8);
    MemorySegment vectors = arena.allocate((long) BATCH * IOVEC, 8);
    for (int i = 0; i < BATCH; i++) {
      byte[] frame = frames.get((from + i) % frames.size());
      MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_BYTE, frame);
      vectors.set(ValueLayout.ADDRESS, (long) i * IOVEC, data);
      vectors.set(ValueLayout.JAVA_LONG, (long) i * IOVEC + 8, frame.length);
      long message = (long) i * MMSGHDR;
      messages.set(
          ValueLayout.ADDRESS, message + MSG_IOV, vectors.asSlice((long) i * IOVEC, IOVEC));
      messages.set(ValueLayout.JAVA_LONG, message + MSG_IOVLEN, 1);
    }
    return messages;
  }

  /**
   * Sends in the caller's thread.
   *
   * @param perSecond frames; more than the kernel takes means as fast as it takes them
   * @return frames sent
   */
  long run(java.time.Duration length, long perSecond) {
    long start = System.nanoTime();
    long end = start + length.toNanos();
    long sent = 0;
    int turn = 0;
    while (true) {
      long now = System.nanoTime();
      if (now >= end) {
        return sent;
      }
      if (sent * 1e9 > (double) perSecond * (now - start)) {
        Thread.onSpinWait();
        continue;
      }
      Line line = lines.get(turn % lines.size());
      MemorySegment messages = line.batches.get(turn / lines.size() % line.batches.size());
      turn++;
      try {
        int done = (int) SENDMMSG.invokeExact(line.fd, messages, BATCH, 0);
        sent += Math.max(done, 0);
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public void close() {
    try {
      for (Line line : lines) {
        int _ = (int) CLOSE.invokeExact(line.fd);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    arena.close();
  }
}
