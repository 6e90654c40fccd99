package dev.weir.app.bench;

import dev.weir.app.Failure;
import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one run of the load generator has measured.
 *
 * @param requests that were answered
 * @param requestsPerSecond over the whole run
 * @param p50Micros median latency, microseconds
 * @param p99Micros 99th percentile, microseconds
 * @param errors answers other than 2xx and 3xx, and failed connections, reads, writes, time-outs
 */
record Load(
    long requests, double requestsPerSecond, double p50Micros, double p99Micros, long errors) {
  private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in ");
  private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
  private static final Pattern BAD = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
  private static final Pattern SOCKET =
      Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");

  /**
   * Sends requests over keep-alive connections, each after the answer to the one before.
   *
   * @param pid of a process in the client's namespaces
   */
  static Load run(long pid, String url, int connections, int seconds) {
    List<String> command =
        List.of(
            "mnexec",
            "-a",
            Long.toString(pid),
            "wrk",
            "--threads",
            "1",
            "--connections",
            Integer.toString(connections),
            "--duration",
            seconds + "s",
            "--latency",
            url);
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = String.join("\n", process.inputReader().lines().toList());
      if (process.waitFor() != 0) {
        throw new Failure("the load generator wrk failed:\n" + output);
      }
      return parse(output);
    } catch (IOException e) {
      throw new Failure("the load generator wrk cannot be run (" + e.getMessage() + ")", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure("interrupted", e);
    }
  }

  /** Reads what wrk prints. */
  static Load parse(String output) {
    Matcher socket = SOCKET.matcher(output);
    long errors = 0;
    if (socket.find()) {
      for (int i = 1; i <= socket.groupCount(); i++) {
        errors += Long.parseLong(socket.group(i));
      }
    }
    Matcher bad = BAD.matcher(output);
    errors += bad.find() ? Long.parseLong(bad.group(1)) : 0;
    return new Load(
        Long.parseLong(first(REQUESTS, output)),
        Double.parseDouble(first(RATE, output)),
        latency("50", output),
        latency("99", output),
        errors);
  }

  private static double latency(String percent, String output) {
    Matcher matcher =
        Pattern.compile("(?m)^\\s+" + percent + "%\\s+([0-9.]+)(us|ms|s)$").matcher(output);
    if (!matcher.find()) {
      throw new Failure("wrk printed no " + percent + "% latency:\n" + output);
    }
    double value = Double.parseDouble(matcher.group(1));
    return switch (matcher.group(2)) {
      case "us" -> value;
      case "ms" -> value * 1_000;
      default -> value * 1_000_000;
    };
  }

  private static String first(Pattern pattern, String output) {
    Matcher matcher = pattern.matcher(output);
    if (!matcher.find()) {
      throw new Failure("wrk printed something unexpected:\n" + output);
    }
    return matcher.group(1);
  }
}
