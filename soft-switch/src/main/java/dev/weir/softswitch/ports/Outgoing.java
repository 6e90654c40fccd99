package dev.weir.softswitch.ports;

import java.lang.foreign.Arena;
import java.util.IdentityHashMap;
import java.util.Map;

/** What the packets that one thread takes through the switch send, by port. */
final class Outgoing {
  private static final ThreadLocal<Outgoing> OF_THREAD = ThreadLocal.withInitial(Outgoing::new);

  // Lives as long as its thread.
  private final Arena arena = Arena.ofAuto();
  private final Map<LinuxPort, SendQueue> queues = new IdentityHashMap<>();
  private LinuxPort[] waiting = new LinuxPort[8];
  private int count;
  private boolean collecting;

  private Outgoing() {}

  static Outgoing ofThisThread() {
    return OF_THREAD.get();
  }

  /** From now on frames wait for {@link #flush}: this thread has more packets at hand. */
  void collect() {
    collecting = true;
  }

  void send(LinuxPort port, int fd, byte[] frame, int length) {
    SendQueue queue = queues.get(port);
    if (queue == null) {
      queue = new SendQueue(arena, fd);
      queues.put(port, queue);
    }
    if (!queue.hasRoom(length)) {
      port.flush(queue);
    }
    if (queue.isEmpty() && collecting) {
      await(port);
    }
    queue.add(frame, length);
    if (!collecting) {
      port.flush(queue);
    }
  }

  private void await(LinuxPort port) {
    for (int i = 0; i < count; i++) {
      if (waiting[i] == port) {
        return;
      }
    }
    if (count == waiting.length) {
      waiting = java.util.Arrays.copyOf(waiting, count * 2);
    }
    waiting[count++] = port;
  }

  /** Hands over what waits, in order for each port. */
  void flush() {
    collecting = false;
    for (int i = 0; i < count; i++) {
      LinuxPort port = waiting[i];
      SendQueue queue = queues.get(port);
      if (queue != null && !queue.isEmpty()) {
        port.flush(queue);
      }
    }
    count = 0;
  }
}
