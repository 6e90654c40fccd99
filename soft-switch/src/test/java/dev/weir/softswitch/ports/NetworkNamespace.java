package dev.weir.softswitch.ports;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A network namespace made for a test, with pairs of virtual interfaces inside. */
public final class NetworkNamespace implements AutoCloseable {
  private static final int CLONE_NEWNET = 0x40000000;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle SETNS =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("setns"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final MethodHandle OPEN =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("open"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

  private final String name;

  private NetworkNamespace(String name) {
    this.name = name;
  }

  /** Whether this process may make namespaces. */
  public static boolean possible() {
    return "root".equals(System.getProperty("user.name"));
  }

  public static NetworkNamespace create(String name) throws IOException {
    run("ip", "netns", "add", name);
    NetworkNamespace made = new NetworkNamespace(name);
    made.exec("sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1");
    made.exec("sysctl", "-q", "-w", "net.ipv6.conf.default.disable_ipv6=1");
    return made;
  }

  public String name() {
    return name;
  }

  /** A pair of interfaces, both up. */
  public void pair(String a, String b) throws IOException {
    exec("ip", "link", "add", a, "type", "veth", "peer", "name", b);
    exec("ip", "link", "set", a, "up");
    exec("ip", "link", "set", b, "up");
  }

  public void exec(String... command) throws IOException {
    String[] inside = new String[command.length + 4];
    inside[0] = "ip";
    inside[1] = "netns";
    inside[2] = "exec";
    inside[3] = name;
    System.arraycopy(command, 0, inside, 4, command.length);
    run(inside);
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(List.of(command) + ": " + output);
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Runs {@code task} on a thread inside the namespace; sockets it opens stay there. */
  public <T> T inside(Callable<T> task) throws Exception {
    FutureTask<T> wrapped =
        new FutureTask<>(
            () -> {
              enter();
              return task.call();
            });
    Thread thread = Thread.ofPlatform().start(wrapped);
    T result = wrapped.get();
    thread.join();
    return result;
  }

  private void enter() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = arena.allocateFrom("/run/netns/" + name);
      int fd = (int) OPEN.invokeExact(path, 0);
      int done = (int) SETNS.invokeExact(fd, CLONE_NEWNET);
      if (done != 0) {
        throw new IOException("setns to " + name);
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    run("ip", "netns", "del", name);
  }

  @Override
  public String toString() {
    return Arrays.asList(name).toString();
  }
}
