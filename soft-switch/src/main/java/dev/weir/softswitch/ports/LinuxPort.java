package dev.weir.softswitch.ports;

import dev.weir.softswitch.engine.PortOutput;
import dev.weir.softswitch.engine.Switch;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.LongAdder;

/**
 * A switch port on a Linux interface. One thread reads frames in batches and takes each through the
 * switch; sending happens in whatever thread a frame comes from. VLAN tags that the kernel has
 * taken out of received frames are put back.
 */
public final class LinuxPort implements PortOutput, AutoCloseable {
  /** Frames taken with one call: enough that its cost does not matter, few enough for caches. */
  private static final int BATCH = 32;

  /** The largest frame, jumbo frames and a VLAN tag included; longer ones are cut by the kernel. */
  private static final int MAX_FRAME = 9728;

  private static final int VLAN_BYTES = 4;

  // struct cmsghdr and struct tpacket_auxdata on LP64.
  private static final int CONTROL = 64;
  private static final int CMSG_DATA = 16;
  private static final int TP_STATUS_VLAN_VALID = 1 << 4;
  private static final int TP_STATUS_VLAN_TPID_VALID = 1 << 6;

  private final Switch of;
  private final int number;
  private final String interfaceName;
  private final int fd;
  private final Thread reader;
  private final LongAdder sendErrors = new LongAdder();
  private volatile boolean closing;

  private LinuxPort(Switch of, int number, String interfaceName, int fd) {
    this.of = of;
    this.number = number;
    this.interfaceName = interfaceName;
    this.fd = fd;
    this.reader =
        Thread.ofPlatform()
            .daemon()
            .name("port-" + number + "-" + interfaceName)
            .unstarted(this::read);
  }

  /**
   * Opens the interface and starts to read.
   *
   * @throws IOException when there is no such interface, or no permission
   */
  public static LinuxPort open(Switch of, int number, String interfaceName) throws IOException {
    LinuxPort port = new LinuxPort(of, number, interfaceName, PacketSocket.open(interfaceName));
    of.attach(number, port);
    port.reader.start();
    return port;
  }

  public int number() {
    return number;
  }

  public String interfaceName() {
    return interfaceName;
  }

  /** Frames that the kernel did not take: too long, interface down, queue full. */
  public long sendErrors() {
    return sendErrors.sum();
  }

  @Override
  public void send(byte[] frame, int length) {
    if (length > MAX_FRAME || length == 0) {
      sendErrors.increment();
      return;
    }
    Outgoing.ofThisThread().send(this, fd, frame, length);
  }

  void flush(SendQueue queue) {
    int refused = queue.flush();
    if (refused != 0) {
      sendErrors.add(refused);
    }
  }

  private void read() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = PacketSocket.errnoSegment(arena);
      MemorySegment messages = arena.allocate((long) BATCH * PacketSocket.MMSGHDR, 8);
      MemorySegment vectors = arena.allocate((long) BATCH * PacketSocket.IOVEC, 8);
      MemorySegment controls = arena.allocate((long) BATCH * CONTROL, 8);
      MemorySegment data = arena.allocate((long) BATCH * MAX_FRAME, 64);
      for (int i = 0; i < BATCH; i++) {
        long message = (long) i * PacketSocket.MMSGHDR;
        long vector = (long) i * PacketSocket.IOVEC;
        vectors.set(ValueLayout.ADDRESS, vector, data.asSlice((long) i * MAX_FRAME, MAX_FRAME));
        vectors.set(ValueLayout.JAVA_LONG, vector + 8, MAX_FRAME);
        messages.set(
            ValueLayout.ADDRESS,
            message + PacketSocket.MSG_IOV,
            vectors.asSlice(vector, PacketSocket.IOVEC));
        messages.set(ValueLayout.JAVA_LONG, message + PacketSocket.MSG_IOVLEN, 1);
        messages.set(
            ValueLayout.ADDRESS,
            message + PacketSocket.MSG_CONTROL,
            controls.asSlice((long) i * CONTROL, CONTROL));
      }
      byte[] frame = new byte[MAX_FRAME + VLAN_BYTES];
      Outgoing outgoing = Outgoing.ofThisThread();
      while (!closing) {
        for (int i = 0; i < BATCH; i++) {
          messages.set(
              ValueLayout.JAVA_LONG,
              (long) i * PacketSocket.MMSGHDR + PacketSocket.MSG_CONTROLLEN,
              CONTROL);
        }
        // MSG_WAITFORONE: wait for the first frame only.
        int got = PacketSocket.receive(errno, fd, messages, BATCH, 0x10000);
        if (got < 0) {
          if (!waitOut(PacketSocket.errno(errno))) {
            return;
          }
          continue;
        }
        outgoing.collect();
        for (int i = 0; i < got; i++) {
          long message = (long) i * PacketSocket.MMSGHDR;
          int length = messages.get(ValueLayout.JAVA_INT, message + PacketSocket.MSG_LEN);
          long controlLength =
              messages.get(ValueLayout.JAVA_LONG, message + PacketSocket.MSG_CONTROLLEN);
          int taken =
              take(
                  data.asSlice((long) i * MAX_FRAME, MAX_FRAME),
                  length,
                  controls.asSlice((long) i * CONTROL, CONTROL),
                  controlLength,
                  frame);
          receive(frame, taken);
        }
        outgoing.flush();
      }
    }
  }

  private void receive(byte[] frame, int length) {
    try {
      of.receive(number, frame, 0, length);
    } catch (RuntimeException e) {
      // One bad packet must not silence a port.
      org.slf4j.LoggerFactory.getLogger(LinuxPort.class)
          .error("port {}: a packet of {} bytes was lost to a fault", number, length, e);
    }
  }

  /** Whether reading goes on after this error. */
  private boolean waitOut(int errno) {
    return switch (errno) {
      case PacketSocket.EAGAIN, PacketSocket.EINTR -> !closing;
      case PacketSocket.ENETDOWN -> {
        // Reported once when the interface goes down; receiving waits until it is up again.
        yield !closing;
      }
      default -> {
        if (!closing) {
          org.slf4j.LoggerFactory.getLogger(LinuxPort.class)
              .error("port {} ({}) stops: receive failed, errno {}", number, interfaceName, errno);
        }
        yield false;
      }
    };
  }

  /** Copies a received frame out, with the VLAN tag the kernel keeps beside it put back. */
  private static int take(
      MemorySegment data, int length, MemorySegment control, long controlLength, byte[] frame) {
    int tag = 0;
    int protocol = 0x8100;
    if (controlLength >= CMSG_DATA + 20
        && control.get(ValueLayout.JAVA_INT, 8) == PacketSocket.SOL_PACKET
        && control.get(ValueLayout.JAVA_INT, 12) == PacketSocket.PACKET_AUXDATA) {
      int status = control.get(ValueLayout.JAVA_INT, CMSG_DATA);
      if ((status & TP_STATUS_VLAN_VALID) != 0 && length >= 12) {
        tag = 0x10000 | control.get(ValueLayout.JAVA_SHORT, CMSG_DATA + 16) & 0xffff;
        if ((status & TP_STATUS_VLAN_TPID_VALID) != 0) {
          protocol = control.get(ValueLayout.JAVA_SHORT, CMSG_DATA + 18) & 0xffff;
        }
      }
    }
    if (tag == 0) {
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, 0, frame, 0, length);
      return length;
    }
    MemorySegment.copy(data, ValueLayout.JAVA_BYTE, 0, frame, 0, 12);
    frame[12] = (byte) (protocol >>> 8);
    frame[13] = (byte) protocol;
    frame[14] = (byte) (tag >>> 8);
    frame[15] = (byte) tag;
    MemorySegment.copy(data, ValueLayout.JAVA_BYTE, 12, frame, 16, length - 12);
    return length + VLAN_BYTES;
  }

  @Override
  public void close() {
    closing = true;
    of.detach(number);
    try {
      reader.join(2000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    PacketSocket.close(fd);
  }

  @Override
  public String toString() {
    return number + "@" + interfaceName;
  }
}
