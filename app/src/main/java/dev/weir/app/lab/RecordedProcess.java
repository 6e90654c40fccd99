package dev.weir.app.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.app.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A background process of ours. It is known by its id and start: an id alone may have gone to
 * somebody else's process since.
 */
record RecordedProcess(long pid, Instant started) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Starts a process in a session of its own, so that it outlives the terminal, and records it.
   *
   * @param log gets what it prints
   * @param record the file that {@link #read} reads
   */
  static RecordedProcess start(
      List<String> command, Map<String, String> environment, Path log, Path record) {
    try {
      Files.createDirectories(log.getParent());
      Files.createDirectories(record.getParent());
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().putAll(environment);
      builder
          .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
          .redirectErrorStream(true)
          .redirectOutput(log.toFile());
      ProcessHandle handle = builder.start().toHandle();
      RecordedProcess process =
          new RecordedProcess(handle.pid(), handle.info().startInstant().orElse(Instant.EPOCH));
      ObjectNode node = JSON.createObjectNode();
      node.put("pid", process.pid).put("started", process.started.toString());
      Files.writeString(record, node + "\n");
      return process;
    } catch (IOException e) {
      throw new Failure(command.getFirst() + " cannot be started (" + e.getMessage() + ")", e);
    }
  }

  /** What {@code record} names; empty where it is not there or not readable. */
  static Optional<RecordedProcess> read(Path record) {
    try {
      JsonNode node = JSON.readTree(record.toFile());
      return Optional.of(
          new RecordedProcess(
              node.path("pid").asLong(), Instant.parse(node.path("started").asText())));
    } catch (IOException | java.time.format.DateTimeParseException unreadable) {
      return Optional.empty();
    }
  }

  boolean isAlive() {
    return handle().isPresent();
  }

  /** Asks it to end and waits; ends it by force after {@code patience}. */
  void end(Duration patience) {
    handle().ifPresent(handle -> end(handle, patience));
  }

  private static void end(ProcessHandle handle, Duration patience) {
    handle.destroy();
    if (!hasEnded(handle, patience)) {
      handle.destroyForcibly();
      hasEnded(handle, patience);
    }
  }

  private static boolean hasEnded(ProcessHandle handle, Duration patience) {
    try {
      handle.onExit().orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS).join();
      return true;
    } catch (CompletionException e) {
      if (e.getCause() instanceof TimeoutException) {
        return false;
      }
      throw e;
    }
  }

  private Optional<ProcessHandle> handle() {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(handle -> handle.info().startInstant().orElse(Instant.EPOCH).equals(started));
  }
}
