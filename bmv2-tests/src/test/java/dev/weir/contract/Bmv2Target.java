package dev.weir.contract;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.io.BaseEncoding;
import com.google.common.io.Resources;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** simple_switch_grpc on veth pairs of its own, whose far ends lie in a namespace of their own. */
final class Bmv2Target implements Target {
  private static final int PORTS = 4;

  private final String namespace = "weir-bmv2-" + ProcessHandle.current().pid();
  private final Path scratch;
  private final Process bmv2;
  private final Process bridge;
  private final Writer toBridge;
  private final Map<Integer, BlockingQueue<byte[]>> received = new ConcurrentHashMap<>();
  private final P4RuntimeDriver driver;

  static boolean available() {
    return Programs.onPath("simple_switch_grpc") && Programs.isRoot();
  }

  Bmv2Target(String pipeline) throws Exception {
    scratch = Files.createTempDirectory("weir-bmv2");
    List<String> interfaces = new ArrayList<>();
    List<String> bridged = new ArrayList<>();
    run("ip", "netns", "add", namespace);
    for (int port = 1; port <= PORTS; port++) {
      String outer = "wb" + ProcessHandle.current().pid() + "-" + port;
      String inner = "port" + port;
      run("ip", "link", "add", outer, "type", "veth", "peer", "name", inner, "netns", namespace);
      run("sysctl", "-qw", "net.ipv6.conf." + outer + ".disable_ipv6=1");
      run("ip", "link", "set", outer, "up");
      in("sysctl", "-qw", "net.ipv6.conf." + inner + ".disable_ipv6=1");
      in("ip", "link", "set", inner, "up");
      interfaces.add("-i");
      interfaces.add(port + "@" + outer);
      bridged.add(port + "@" + inner);
    }
    int grpcPort = freePort();
    List<String> command = new ArrayList<>(List.of("simple_switch_grpc", "--no-p4"));
    command.addAll(List.of("--device-id", "1"));
    command.addAll(interfaces);
    command.addAll(List.of("--", "--grpc-server-addr", "127.0.0.1:" + grpcPort));
    bmv2 = start(command, scratch.resolve("bmv2.log"));
    Path script = scratch.resolve("ports.py");
    Files.write(script, Resources.toByteArray(Resources.getResource("ports.py")));
    List<String> bridging = new ArrayList<>(List.of("/usr/bin/python3", script.toString()));
    bridging.addAll(bridged);
    bridge = start(inNamespace(bridging), null);
    toBridge = bridge.outputWriter(UTF_8);
    for (int port = 1; port <= PORTS; port++) {
      received.put(port, new LinkedBlockingQueue<>());
    }
    BufferedReader lines = bridge.inputReader(UTF_8);
    String ready = lines.readLine();
    if (!"ready".equals(ready)) {
      throw new IllegalStateException("the port bridge said " + ready);
    }
    Thread.ofVirtual().start(() -> read(lines));
    driver = new P4RuntimeDriver(grpcPort, 1, pipeline);
  }

  private void read(BufferedReader lines) {
    lines
        .lines()
        .forEach(
            line -> {
              int space = line.indexOf(' ');
              byte[] frame =
                  BaseEncoding.base16().decode(line.substring(space + 1).toUpperCase(Locale.ROOT));
              queue(Integer.parseInt(line.substring(0, space))).add(frame);
            });
  }

  private BlockingQueue<byte[]> queue(int port) {
    BlockingQueue<byte[]> queue = received.get(port);
    if (queue == null) {
      throw new IllegalArgumentException("no port " + port);
    }
    return queue;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void in(String... command) throws Exception {
    run(inNamespace(List.of(command)).toArray(String[]::new));
  }

  private List<String> inNamespace(List<String> command) {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    all.addAll(command);
    return all;
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(String.join(" ", command) + ": " + said);
    }
  }

  private Process start(List<String> command, @Nullable Path log) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    if (log != null) {
      builder.redirectErrorStream(true).redirectOutput(log.toFile());
    } else {
      builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    }
    return builder.start();
  }

  @Override
  public P4RuntimeDriver driver() {
    return driver;
  }

  @Override
  public void send(int port, byte[] frame) {
    try {
      toBridge.write(port + " " + BaseEncoding.base16().encode(frame) + "\n");
      toBridge.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public byte @Nullable [] receive(int port, Duration patience) {
    try {
      return queue(port).poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void drain() {
    received.values().forEach(BlockingQueue::clear);
  }

  @Override
  public void close() {
    driver.close();
    try {
      toBridge.close();
      bmv2.destroy();
      bmv2.waitFor();
      bridge.waitFor();
      run("ip", "netns", "del", namespace);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
