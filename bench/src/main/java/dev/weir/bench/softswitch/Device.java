package dev.weir.bench.softswitch;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A running switch on {@code s1} to {@code s4}: a process of its own, and its client. */
final class Device implements AutoCloseable {
  private final String name;
  private final Process process;
  private final Client client;

  private Device(String name, Process process, Client client) {
    this.name = name;
    this.process = process;
    this.client = client;
  }

  static Device softSwitch(Path logs, int grpcPort) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "dev.weir.app.Main",
                "soft-switch",
                "run",
                "--grpc",
                "127.0.0.1:" + grpcPort));
    return start("soft switch", command, List.of(), logs, grpcPort);
  }

  static Device bmv2(Path logs, int grpcPort) throws IOException, InterruptedException {
    return start(
        "simple_switch_grpc",
        List.of("simple_switch_grpc", "--no-p4", "--device-id", "1"),
        List.of("--", "--grpc-server-addr", "127.0.0.1:" + grpcPort),
        logs,
        grpcPort);
  }

  private static Device start(
      String name, List<String> command, List<String> rest, Path logs, int grpcPort)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("taskset", "-c", Cores.SWITCH));
    all.addAll(command);
    for (int port = 1; port <= Interfaces.PORTS; port++) {
      all.addAll(List.of("-i", port + "@s" + port));
    }
    all.addAll(rest);
    Process process =
        new ProcessBuilder(all)
            .redirectErrorStream(true)
            .redirectOutput(logs.resolve(name.replace(' ', '-') + ".log").toFile())
            .start();
    boolean up = false;
    try {
      Device device = new Device(name, process, new Client(grpcPort));
      up = true;
      return device;
    } finally {
      if (!up) {
        process.destroyForcibly();
      }
    }
  }

  String name() {
    return name;
  }

  Client client() {
    return client;
  }

  long pid() {
    return process.pid();
  }

  /** Which cores all its threads may run on. */
  void cores(String list) throws IOException {
    Processes.run("taskset", "-a", "-c", "-p", list, Long.toString(process.pid()));
  }

  /** Stands still, its ports open: what arrives is dropped once its buffers are full. */
  void pause() throws IOException {
    Processes.run("kill", "-STOP", Long.toString(process.pid()));
  }

  void resume() throws IOException {
    Processes.run("kill", "-CONT", Long.toString(process.pid()));
  }

  /** Processor time so far, the kernel's work for it included. */
  long processorMicros() throws IOException {
    String stat =
        Files.readString(Path.of("/proc/" + process.pid() + "/stat"), StandardCharsets.UTF_8);
    // proc(5): utime and stime are fields 14 and 15; the name before may hold spaces.
    List<String> fields = Splitter.on(' ').splitToList(stat.substring(stat.lastIndexOf(')') + 2));
    return (Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12))) * 10_000;
  }

  /** Resident memory. */
  long residentKiB() throws IOException {
    for (String line :
        Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"), StandardCharsets.UTF_8)) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException(name + " has no VmRSS");
  }

  @Override
  public void close() throws IOException {
    resume();
    client.close();
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
