package dev.weir.controller.device;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * BMv2's simple_switch_grpc, as found on the path. Its device id is its port, for no two may share
 * one on a machine.
 */
public final class Bmv2Switch implements TestSwitch {
  private final Path binary;
  private final int port;
  private Process process;

  private Bmv2Switch(Path binary, int port) {
    this.binary = binary;
    this.port = port;
  }

  /** Aborts the test, saying so on standard error, where there is none. */
  public static Bmv2Switch create() throws IOException {
    Optional<Path> binary =
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
            .map(directory -> Path.of(directory, "simple_switch_grpc"))
            .filter(Files::isExecutable)
            .findFirst();
    if (binary.isEmpty()) {
      System.err.println("NOT TESTED ON BMv2: no simple_switch_grpc on the path.");
      Assumptions.abort("no simple_switch_grpc");
    }
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new Bmv2Switch(binary.orElseThrow(), free.getLocalPort());
    }
  }

  @Override
  public DeviceAddress address() {
    return new DeviceAddress("s1", port, "127.0.0.1", port);
  }

  @Override
  public void start() throws IOException, InterruptedException {
    process =
        new ProcessBuilder(
                binary.toString(),
                "--no-p4",
                "--device-id",
                Integer.toString(port),
                "--",
                "--grpc-server-addr",
                "127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
        return;
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() - end > 0) {
          throw e;
        }
        process.waitFor(20, TimeUnit.MILLISECONDS);
      }
    }
  }

  @Override
  public void stop() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }
}
