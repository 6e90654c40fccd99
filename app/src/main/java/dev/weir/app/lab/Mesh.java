package dev.weir.app.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.app.Failure;
import dev.weir.app.Home;
import dev.weir.app.client.MeshClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The background processes of a mesh on this machine: the controller and the lab. */
final class Mesh {
  /** The lab takes its namespaces and interfaces down before it ends. */
  private static final Duration LAB_PATIENCE = Duration.ofSeconds(40);

  private static final Duration CONTROLLER_PATIENCE = Duration.ofSeconds(10);
  private static final Duration PROGRAM_PATIENCE = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int LOG_LINES = 20;

  private final Home home;

  Mesh(Home home) {
    this.home = home;
  }

  Path controllerLog() {
    return home.run().resolve("controller.log");
  }

  Path labLog() {
    return home.run().resolve("lab.log");
  }

  private Path controllerRecord() {
    return home.run().resolve("controller.pid.json");
  }

  private Path labRecord() {
    return home.run().resolve("lab.pid.json");
  }

  /** Whether a process of a mesh is alive. */
  boolean runs() {
    return Stream.of(controllerRecord(), labRecord())
        .map(RecordedProcess::read)
        .flatMap(Optional::stream)
        .anyMatch(RecordedProcess::isAlive);
  }

  /**
   * Starts a controller with an empty store and waits until it answers.
   *
   * @param options of {@code controller run}, besides those that say where it runs
   */
  MeshClient startController(List<String> options) {
    List<String> command = new ArrayList<>();
    command.add("setsid");
    command.addAll(JavaCommand.of(home));
    command.addAll(List.of("controller", "run", "--state", home.run().toString()));
    command.addAll(options);
    RecordedProcess process =
        RecordedProcess.start(command, Map.of(), controllerLog(), controllerRecord());
    return await(
        "the controller", process, controllerLog(), Duration.ofSeconds(60), this::controller);
  }

  private Optional<MeshClient> controller() {
    if (!Files.exists(home.controllerFile())) {
      return Optional.empty();
    }
    try {
      JsonNode file = new ObjectMapper().readTree(home.controllerFile().toFile());
      MeshClient client = new MeshClient(URI.create(file.path("url").asText()));
      return client.send("GET", "/healthz", "text/plain", new byte[0]).isSuccess()
          ? Optional.of(client)
          : Optional.empty();
    } catch (IOException | Failure notYet) {
      return Optional.empty();
    }
  }

  /** Starts the lab and waits until it stands. */
  LabFile startLab(MeshClient client, String switchKind, String pipeline) {
    List<String> command =
        List.of(
            "setsid",
            "/usr/bin/python3",
            labProgram().toString(),
            "up",
            "--state",
            home.run().toString(),
            "--api",
            client.server().toString(),
            "--switch",
            switchKind,
            "--pipeline",
            pipeline);
    RecordedProcess process =
        RecordedProcess.start(command, Map.of("WEIR_BUILD", "never"), labLog(), labRecord());
    return await(
        "the lab",
        process,
        labLog(),
        Duration.ofSeconds(180),
        () -> Files.exists(home.labFile()) ? Optional.of(LabFile.read(home)) : Optional.empty());
  }

  /** Attaches all pods, on paper, to the soft switch that the controller runs in its process. */
  void attachToEmbeddedSwitch(MeshClient client, String pipeline) {
    try {
      JsonNode file = new ObjectMapper().readTree(home.controllerFile().toFile());
      run(
          "the pods cannot be attached",
          List.of(
              "python3",
              home.root().resolve("mininet/attach.py").toString(),
              "--api",
              client.server().toString(),
              "--grpc",
              file.path("switch").asText(),
              "--pipeline",
              pipeline));
    } catch (IOException e) {
      throw new Failure(home.controllerFile() + " cannot be read (" + e.getMessage() + ")", e);
    }
  }

  private Path labProgram() {
    return home.root().resolve("mininet/weir_lab.py");
  }

  /** Ends everything and removes what a crashed run has left; says what was ended. */
  List<String> stop() {
    List<String> ended = new ArrayList<>();
    end("lab", labRecord(), LAB_PATIENCE, ended);
    end("controller", controllerRecord(), CONTROLLER_PATIENCE, ended);
    if (Files.exists(home.run()) && System.getProperty("user.name", "").equals("root")) {
      ended.addAll(cleanLab());
    }
    deleteRunFiles();
    return ended;
  }

  private static void end(String name, Path record, Duration patience, List<String> ended) {
    RecordedProcess.read(record)
        .filter(RecordedProcess::isAlive)
        .ifPresent(
            process -> {
              process.end(patience);
              ended.add(name + " (process " + process.pid() + ")");
            });
    try {
      Files.deleteIfExists(record);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> cleanLab() {
    return run(
        "the lab's leftovers are not all removed",
        List.of(
            "/usr/bin/python3",
            labProgram().toString(),
            "clean",
            "--state",
            home.run().toString()));
  }

  /** Runs a short program and returns what it printed, by lines. */
  private static List<String> run(String otherwise, List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      List<String> lines = process.inputReader().lines().toList();
      if (!process.waitFor(PROGRAM_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new Failure(otherwise + ": " + command + " does not end");
      }
      if (process.exitValue() != 0) {
        throw new Failure(otherwise + ":\n" + String.join("\n", lines));
      }
      return lines;
    } catch (IOException e) {
      throw new Failure(otherwise + " (" + e.getMessage() + ")", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure("interrupted", e);
    }
  }

  /** All but the logs, which say why the last run ended. */
  private void deleteRunFiles() {
    if (!Files.exists(home.run())) {
      return;
    }
    try (Stream<Path> paths = Files.walk(home.run())) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        boolean emptyFolder = Files.isDirectory(path) && isEmpty(path);
        boolean log = path.toString().endsWith(".log");
        if (emptyFolder || (!Files.isDirectory(path) && !log)) {
          Files.deleteIfExists(path);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.findAny().isEmpty();
    }
  }

  /** Waits until {@code state} is there, or the process has ended. */
  private static <T> T await(
      String what,
      RecordedProcess process,
      Path log,
      Duration patience,
      Supplier<Optional<T>> state) {
    Instant deadline = Instant.now().plus(patience);
    while (true) {
      Optional<T> found = state.get();
      if (found.isPresent()) {
        return found.get();
      }
      if (!process.isAlive()) {
        throw new Failure(what + " ended while it started:\n" + tail(log));
      }
      if (Instant.now().isAfter(deadline)) {
        throw new Failure(
            what + " was not ready within " + patience.toSeconds() + " s:\n" + tail(log));
      }
      pause();
    }
  }

  /** Between two looks at something that is not ready. */
  static void pause() {
    try {
      Thread.sleep(POLL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure("interrupted", e);
    }
  }

  private static String tail(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    } catch (IOException e) {
      return "(" + log + " cannot be read)";
    }
  }
}
