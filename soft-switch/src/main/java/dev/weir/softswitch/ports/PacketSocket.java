package dev.weir.softswitch.ports;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The C library's calls for Linux packet sockets (packet(7)), on little-endian 64-bit Linux. Every
 * call answers what C does, and {@link #errno} says why one failed.
 */
final class PacketSocket {
  // From the kernel's headers; the same on all architectures with the generic ABI.
  static final int AF_PACKET = 17;
  static final int SOCK_RAW = 3;
  static final int ETH_P_ALL = 0x0003;
  static final int SOL_PACKET = 263;
  static final int PACKET_ADD_MEMBERSHIP = 1;
  static final int PACKET_AUXDATA = 8;
  static final int PACKET_IGNORE_OUTGOING = 23;
  static final int PACKET_MR_PROMISC = 1;
  static final int SOL_SOCKET = 1;
  static final int SO_RCVTIMEO = 20;
  static final int SO_RCVBUFFORCE = 33;
  static final int EAGAIN = 11;
  static final int EINTR = 4;
  static final int ENETDOWN = 100;
  static final int ENOBUFS = 105;
  static final int EMSGSIZE = 90;
  static final int MSG_DONTWAIT = 0x40;

  // struct mmsghdr, struct msghdr and struct iovec on LP64.
  static final int MMSGHDR = 64;
  static final int MSG_IOV = 16;
  static final int MSG_IOVLEN = 24;
  static final int MSG_CONTROL = 32;
  static final int MSG_CONTROLLEN = 40;
  static final int MSG_LEN = 56;
  static final int IOVEC = 16;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final long ERRNO_AT =
      CAPTURED.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
  private static final SymbolLookup LIBC = LINKER.defaultLookup();

  private static final MethodHandle SOCKET =
      function(
          "socket",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT));
  private static final MethodHandle BIND =
      function(
          "bind",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT));
  private static final MethodHandle SETSOCKOPT =
      function(
          "setsockopt",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT));
  private static final MethodHandle RECVMMSG =
      function(
          "recvmmsg",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS));
  private static final MethodHandle SEND =
      function(
          "send",
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));
  private static final MethodHandle SENDMMSG =
      function(
          "sendmmsg",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final MethodHandle IF_NAMETOINDEX =
      function("if_nametoindex", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

  private PacketSocket() {}

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(LIBC.findOrThrow(name), descriptor, ERRNO);
  }

  /** Memory for what a call leaves in errno; one per thread or call. */
  static MemorySegment errnoSegment(Arena arena) {
    return arena.allocate(CAPTURED);
  }

  static int errno(MemorySegment captured) {
    return captured.get(ValueLayout.JAVA_INT, ERRNO_AT);
  }

  private static IOException failed(String what, MemorySegment captured) {
    return new IOException(what + " failed: " + name(errno(captured)));
  }

  private static String name(int errno) {
    return switch (errno) {
      case 1 -> "not permitted; raw sockets need CAP_NET_RAW";
      case 19 -> "no such interface";
      case ENETDOWN -> "the interface is down";
      default -> "errno " + errno;
    };
  }

  /** Opens a raw socket that sees every frame of one interface, its own transmissions excluded. */
  static int open(String interfaceName) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment captured = errnoSegment(arena);
      MemorySegment name = arena.allocateFrom(interfaceName, StandardCharsets.US_ASCII);
      int index = (int) IF_NAMETOINDEX.invokeExact(captured, name);
      if (index == 0) {
        throw new IOException("there is no interface " + interfaceName);
      }
      // Protocol 0: nothing is received before bind, so no frame of another interface slips in.
      int fd = (int) SOCKET.invokeExact(captured, AF_PACKET, SOCK_RAW, 0);
      if (fd < 0) {
        throw failed("socket(AF_PACKET)", captured);
      }
      try {
        setInt(arena, captured, fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
        setInt(arena, captured, fd, SOL_PACKET, PACKET_AUXDATA, 1);
        bind(arena, captured, fd, index, interfaceName);
        promiscuous(arena, captured, fd, index);
        receiveTimeout(arena, captured, fd);
        // A deep buffer rides out a pause of the collector; refused without CAP_NET_ADMIN, and
        // then the default has to do.
        MemorySegment size = arena.allocateFrom(ValueLayout.JAVA_INT, 8 << 20);
        int _ = (int) SETSOCKOPT.invokeExact(captured, fd, SOL_SOCKET, SO_RCVBUFFORCE, size, 4);
        return fd;
      } catch (IOException e) {
        close(fd);
        throw e;
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a call into the C library failed", e);
    }
  }

  private static void setInt(
      Arena arena, MemorySegment captured, int fd, int level, int option, int value)
      throws Throwable {
    MemorySegment v = arena.allocateFrom(ValueLayout.JAVA_INT, value);
    int done = (int) SETSOCKOPT.invokeExact(captured, fd, level, option, v, 4);
    if (done != 0) {
      throw failed("setsockopt " + option, captured);
    }
  }

  private static void bind(
      Arena arena, MemorySegment captured, int fd, int index, String interfaceName)
      throws Throwable {
    // struct sockaddr_ll
    MemorySegment address = arena.allocate(20, 4);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
    address.set(ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), 2, (short) ETH_P_ALL);
    address.set(ValueLayout.JAVA_INT, 4, index);
    int done = (int) BIND.invokeExact(captured, fd, address, 20);
    if (done != 0) {
      throw failed("bind to " + interfaceName, captured);
    }
  }

  private static void promiscuous(Arena arena, MemorySegment captured, int fd, int index)
      throws Throwable {
    // struct packet_mreq
    MemorySegment request = arena.allocate(16, 4);
    request.set(ValueLayout.JAVA_INT, 0, index);
    request.set(ValueLayout.JAVA_SHORT, 4, (short) PACKET_MR_PROMISC);
    int done =
        (int) SETSOCKOPT.invokeExact(captured, fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, 16);
    if (done != 0) {
      throw failed("promiscuous mode", captured);
    }
  }

  /** A receive waits this long at most, so that a closing reader notices. */
  private static void receiveTimeout(Arena arena, MemorySegment captured, int fd) throws Throwable {
    MemorySegment time = arena.allocate(16, 8);
    time.set(ValueLayout.JAVA_LONG, 0, 0);
    time.set(ValueLayout.JAVA_LONG, 8, 200_000);
    int done = (int) SETSOCKOPT.invokeExact(captured, fd, SOL_SOCKET, SO_RCVTIMEO, time, 16);
    if (done != 0) {
      throw failed("SO_RCVTIMEO", captured);
    }
  }

  /** Receives several frames; see recvmmsg(2). */
  static int receive(MemorySegment captured, int fd, MemorySegment messages, int count, int flags) {
    try {
      return (int) RECVMMSG.invokeExact(captured, fd, messages, count, flags, MemorySegment.NULL);
    } catch (Throwable e) {
      throw new IllegalStateException("a call into the C library failed", e);
    }
  }

  /** Sends one frame; the bytes sent, or -1. */
  static long send(MemorySegment captured, int fd, MemorySegment frame, long length) {
    try {
      return (long) SEND.invokeExact(captured, fd, frame, length, 0);
    } catch (Throwable e) {
      throw new IllegalStateException("a call into the C library failed", e);
    }
  }

  /** Sends frames; how many were sent, or -1 when the first could not be. See sendmmsg(2). */
  static int sendAll(MemorySegment captured, int fd, MemorySegment messages, int count) {
    try {
      return (int) SENDMMSG.invokeExact(captured, fd, messages, count, 0);
    } catch (Throwable e) {
      throw new IllegalStateException("a call into the C library failed", e);
    }
  }

  static void close(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      int _ = (int) CLOSE.invokeExact(errnoSegment(arena), fd);
    } catch (Throwable e) {
      throw new IllegalStateException("a call into the C library failed", e);
    }
  }
}
