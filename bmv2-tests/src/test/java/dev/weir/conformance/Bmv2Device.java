package dev.weir.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** simple_switch_grpc, with ports 1 and 2 on veth pairs of its own where this process may. */
final class Bmv2Device implements Device {
  private static final int PORTS = 2;
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final String prefix =
      "wc" + ProcessHandle.current().pid() % 100_000 + "n" + NUMBER.incrementAndGet() + "p";
  private final int grpcPort;
  private final boolean linked = "root".equals(System.getProperty("user.name"));
  private final Process process;

  static boolean available() {
    String path = System.getenv().getOrDefault("PATH", "");
    for (String folder : path.split(":", -1)) {
      if (Files.isExecutable(Path.of(folder, "simple_switch_grpc"))) {
        return true;
      }
    }
    return false;
  }

  Bmv2Device() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      grpcPort = socket.getLocalPort();
    }
    List<String> command = new ArrayList<>(List.of("simple_switch_grpc", "--no-p4"));
    command.addAll(List.of("--device-id", Long.toString(ID)));
    if (linked) {
      for (int port = 1; port <= PORTS; port++) {
        String name = prefix + port;
        run("ip", "link", "add", name, "type", "veth", "peer", "name", name + "x");
        run("sysctl", "-qw", "net.ipv6.conf." + name + ".disable_ipv6=1");
        run("sysctl", "-qw", "net.ipv6.conf." + name + "x.disable_ipv6=1");
        run("ip", "link", "set", name, "up");
        run("ip", "link", "set", name + "x", "up");
        command.addAll(List.of("-i", port + "@" + name));
      }
    }
    command.addAll(List.of("--", "--grpc-server-addr", "127.0.0.1:" + grpcPort));
    command.addAll(List.of("--cpu-port", Integer.toString(CONTROLLER_PORT)));
    process =
        new ProcessBuilder(command)
            .directory(Files.createTempDirectory("weir-conformance").toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    // Clients that come too early wait a second before they try again.
    org.awaitility.Awaitility.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .atMost(Duration.ofSeconds(20))
        .until(this::listens);
  }

  private boolean listens() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), grpcPort)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(String.join(" ", command) + ": " + said);
    }
  }

  @Override
  public int grpcPort() {
    return grpcPort;
  }

  @Override
  public void setLink(int port, boolean up) throws Exception {
    run("ip", "link", "set", prefix + port + "x", up ? "up" : "down");
  }

  @Override
  public boolean hasLinks() {
    return linked;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      if (linked) {
        for (int port = 1; port <= PORTS; port++) {
          run("ip", "link", "del", prefix + port);
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
