package dev.weir.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.weir.controller.ControllerConfig;
import dev.weir.controller.MeshController;
import dev.weir.rest.RestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The sample mesh in a lab of its own: the controller and its API in this process, everything else
 * as {@code ./weir up} starts it, in a state directory of its own.
 */
final class Lab implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(90);

  /** Leaves room for {@code envoy/sidecar-1.sock}. */
  private static final int LONGEST_STATE_PATH = 80;

  private static final Duration POLL = Duration.ofMillis(50);

  private final String name;
  private final Path state;
  private final MeshController controller;
  private final RestServer server;
  private final MeshApi api;
  private final Process daemon;

  private Lab(String name, Path state, MeshController controller, RestServer server)
      throws IOException {
    this.name = name;
    this.state = state;
    this.controller = controller;
    this.server = server;
    this.api = new MeshApi(server.uri());
    api.applyWithoutWaiting(sampleMesh());
    String[] kindAndPipeline = name.split(" ");
    ProcessBuilder command =
        new ProcessBuilder(
            Commands.PYTHON,
            Commands.checkout().resolve("mininet/weir_lab.py").toString(),
            "up",
            "--state",
            state.toString(),
            "--api",
            server.uri().toString(),
            "--switch",
            kindAndPipeline[0],
            "--soft-switch",
            softSwitch().toString(),
            "--pipeline",
            kindAndPipeline[1],
            "--server-log",
            "--parent",
            Long.toString(ProcessHandle.current().pid()));
    command
        .redirectErrorStream(true)
        .redirectOutput(Redirect.to(state.resolve("lab.log").toFile()));
    this.daemon = command.start();
  }

  /**
   * An empty directory below {@code target}, where the logs stay to be read; elsewhere where its
   * Unix sockets' paths would be longer than the 107 bytes that they may have.
   */
  private static Path freshState(String name) throws IOException {
    Path state = Commands.checkout().resolve("bmv2-tests/target/labs").resolve(name);
    if (state.toString().length() > LONGEST_STATE_PATH) {
      return Files.createTempDirectory("weir-lab-");
    }
    if (Files.exists(state)) {
      MoreFiles.deleteRecursively(state, RecursiveDeleteOption.ALLOW_INSECURE);
    }
    return Files.createDirectories(state);
  }

  /** A program that runs the soft switch of this very build. */
  private Path softSwitch() throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Path program = state.resolve("soft-switch");
    Files.writeString(
        program,
        """
        #!/bin/sh
        exec '%s' -cp '%s' --enable-native-access=ALL-UNNAMED \\
          --sun-misc-unsafe-memory-access=allow dev.weir.softswitch.SoftSwitchCommand "$@"
        """
            .formatted(java, System.getProperty("java.class.path")));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    return program;
  }

  /**
   * Starts the sample mesh and returns once its policies are in force.
   *
   * @param kind soft or bmv2
   */
  static Lab start(String kind, String pipeline) throws IOException {
    Path state = freshState(kind + "-" + pipeline);
    ControllerConfig usual = ControllerConfig.in(state);
    MeshController controller =
        MeshController.start(
            new ControllerConfig(
                state,
                usual.xdsSocket(),
                usual.sidecarDeadline(),
                Duration.ofMillis(250),
                usual.spillInterval()));
    RestServer server = new RestServer(controller, "127.0.0.1", 0);
    Lab lab = new Lab(kind + " " + pipeline, state, controller, server);
    try {
      lab.await("the lab is up", START, () -> Files.exists(state.resolve("lab.json")));
      lab.await("the sample mesh is in force", START, lab::inForce);
      return lab;
    } catch (RuntimeException e) {
      lab.close();
      throw e;
    }
  }

  MeshApi api() {
    return api;
  }

  boolean inForce() {
    return api.status().path("inForce").asBoolean();
  }

  /** What the lab says of itself, as docs/lab.md has it. */
  JsonNode description() {
    try {
      return MeshApi.JSON.readTree(state.resolve("lab.json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A workload or {@code world}. */
  JsonNode workload(String workload) {
    return description().path("workloads").path(workload);
  }

  JsonNode sidecar(String sidecar) {
    return description().path("sidecars").path(sidecar);
  }

  /** The first address of a family. */
  String address(String workload, int version) {
    return addresses(workload)
        .filter(address -> address.contains(":") == (version == 6))
        .findFirst()
        .orElseThrow();
  }

  Stream<String> addresses(String workload) {
    return StreamSupport.stream(workload(workload).path("addresses").spliterator(), false)
        .map(JsonNode::asText);
  }

  /** A process in the namespaces of a workload, or of a sidecar. */
  long pid(String host) {
    JsonNode node = workload(host).isMissingNode() ? sidecar(host) : workload(host);
    if (node.isMissingNode()) {
      throw new IllegalArgumentException("nothing in the lab is called " + host);
    }
    return node.path("pid").asLong();
  }

  Commands.Result exec(String host, String... command) {
    return Commands.run(Commands.inside(pid(host), List.of(command)), "");
  }

  /** Results of mininet/probe.py's probes, in their order, all made at once. */
  JsonNode probe(String host, JsonNode probes) {
    List<String> argv =
        Commands.inside(
            pid(host),
            List.of(Commands.PYTHON, Commands.checkout().resolve("mininet/probe.py").toString()));
    return json(Commands.run(argv, probes.toString()).orThrow());
  }

  /** Results of mininet/traffic.py: every line of the sample mesh's expectations. */
  JsonNode expectations() {
    return json(
        Commands.run(
                List.of(
                    Commands.PYTHON,
                    Commands.checkout().resolve("mininet/traffic.py").toString(),
                    "--lab",
                    state.resolve("lab.json").toString(),
                    "--expectations",
                    sample().resolve("expectations.json").toString(),
                    "-o",
                    "json"),
                "")
            .output());
  }

  /** What has reached a workload's server: connections, requests, lines and datagrams. */
  ImmutableList<JsonNode> arrived(String workload) {
    Path log = Path.of(workload(workload).path("serverLog").asText());
    try (Stream<String> lines = Files.lines(log)) {
      return lines.map(Lab::json).collect(ImmutableList.toImmutableList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How much has reached a workload's server from a client's own addresses. */
  long arrived(String workload, String client) {
    var own = addresses(client).collect(Collectors.toSet());
    return arrived(workload).stream()
        .filter(event -> own.contains(event.path("client").asText()))
        .count();
  }

  /** Connections and requests that all sidecars have counted. */
  long countedByEnvoys() {
    long sum = 0;
    for (JsonNode sidecar : description().path("sidecars")) {
      String stats =
          Commands.run(
                  List.of(
                      "curl",
                      "-sS",
                      "--unix-socket",
                      sidecar.path("adminSocket").asText(),
                      "http://envoy/stats?filter=(downstream_cx_total|upstream_cx_total|rq_total)$"),
                  "")
              .orThrow();
      sum +=
          stats
              .lines()
              // The admin interface counts this very question, and xds is the controller.
              .filter(line -> !line.contains("admin") && !line.contains("cluster.xds."))
              .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
              .sum();
    }
    return sum;
  }

  /** Waits until the condition holds. */
  void await(String what, Duration timeout, BooleanSupplier condition) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!condition.getAsBoolean()) {
      if (!daemon.isAlive()) {
        throw new IllegalStateException("the lab " + name + " has ended:\n" + log());
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "not within "
                + timeout
                + ": "
                + what
                + "; lab "
                + name
                + ":\n"
                + log()
                + api.status().toPrettyString());
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  /** A document of the sample mesh, by its kind and name. */
  static String sampleDocument(String kind, String name) {
    return Stream.of(sampleMesh().split("\n---\n"))
        .filter(text -> text.contains("kind: " + kind + "\n"))
        .filter(text -> text.contains("\n  name: " + name + "\n"))
        .findFirst()
        .orElseThrow();
  }

  static Path sample() {
    return Commands.checkout().resolve("examples/shop");
  }

  private static String sampleMesh() {
    try (Stream<Path> files = Files.list(sample())) {
      return files
          .filter(file -> file.toString().endsWith(".yaml"))
          .sorted()
          .map(Lab::text)
          .collect(Collectors.joining("\n---\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String text(Path file) {
    try {
      return Files.readString(file, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode json(String text) {
    try {
      return MeshApi.JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    }
  }

  private String log() {
    return text(state.resolve("lab.log"));
  }

  /** Process ids that the lab has recorded, and the beginning of its interfaces' names. */
  record Traces(ImmutableList<Long> pids, String interfaces) {
    /** What of it is still there. */
    ImmutableList<String> left() {
      ImmutableList.Builder<String> left = ImmutableList.builder();
      for (long pid : pids) {
        if (Files.exists(Path.of("/proc/" + pid)) && !isZombie(pid)) {
          left.add("process " + pid);
        }
      }
      Commands.run(List.of("ip", "-oneline", "link", "show"), "")
          .orThrow()
          .lines()
          .filter(line -> line.contains(interfaces))
          .forEach(left::add);
      return left.build();
    }
  }

  /** Ended, and only not yet waited for by whoever has inherited it. */
  private static boolean isZombie(long pid) {
    return Commands.run(List.of("cat", "/proc/" + pid + "/stat"), "")
        .output()
        .matches("(?s)[0-9]+ \\(.*\\) Z .*|");
  }

  Traces traces() {
    ImmutableList<Long> pids =
        text(state.resolve("processes.jsonl"))
            .lines()
            .map(line -> json(line).path("pid").asLong())
            .collect(ImmutableList.toImmutableList());
    return new Traces(pids, description().path("switch").path("interfaces").asText());
  }

  /** Ends the lab's own process without giving it a chance, and removes what that leaves. */
  void crashAndClean() {
    daemon.destroyForcibly().onExit().join();
    Commands.run(
            List.of(
                Commands.PYTHON,
                Commands.checkout().resolve("mininet/weir_lab.py").toString(),
                "clean",
                "--state",
                state.toString()),
            "")
        .orThrow();
  }

  @Override
  public void close() {
    daemon.destroy();
    try {
      if (!daemon.waitFor(30, TimeUnit.SECONDS)) {
        daemon.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      daemon.destroyForcibly();
    }
    server.close();
    controller.close();
  }
}
