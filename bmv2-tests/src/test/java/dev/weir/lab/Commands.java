package dev.weir.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Programs that tests run, in a lab host's namespaces or on this machine. */
final class Commands {
  /** Debian's, which has Mininet and Scapy. */
  static final String PYTHON = "/usr/bin/python3";

  private static final long TIMEOUT_SECONDS = 60;

  private Commands() {}

  /** What a program has printed, and its exit code. */
  record Result(int exitCode, String output, String errors) {
    /** The output of a success. */
    String orThrow() {
      if (exitCode != 0) {
        throw new IllegalStateException("exit code " + exitCode + ": " + errors + output);
      }
      return output;
    }
  }

  /** The command in the network and mount namespaces of a process. */
  static List<String> inside(long pid, List<String> command) {
    List<String> argv = new ArrayList<>(List.of("mnexec", "-a", Long.toString(pid)));
    argv.addAll(command);
    return argv;
  }

  static Result run(List<String> argv, String input) {
    try {
      Process process = new ProcessBuilder(argv).start();
      CompletableFuture<String> output = read(process.getInputStream());
      CompletableFuture<String> errors = read(process.getErrorStream());
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(UTF_8));
      }
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException("still running after a minute: " + argv);
      }
      return new Result(process.exitValue(), output.join(), errors.join());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Whether a program of that name is on PATH. */
  static boolean onPath(String program) {
    return run(List.of("sh", "-c", "command -v \"$0\"", program), "").exitCode() == 0;
  }

  /** The checkout. */
  static Path checkout() {
    Path folder = Path.of("").toAbsolutePath();
    while (!folder.resolve("mininet/weir_lab.py").toFile().exists()) {
      folder = folder.getParent();
      if (folder == null) {
        throw new IllegalStateException("not run below a checkout of Weir");
      }
    }
    return folder;
  }

  /** A Python program of this module's tests. */
  static String script(String name) {
    return checkout().resolve("bmv2-tests/src/test/python").resolve(name).toString();
  }

  private static CompletableFuture<String> read(java.io.InputStream stream) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return new String(stream.readAllBytes(), UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
