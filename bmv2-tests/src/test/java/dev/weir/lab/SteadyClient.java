package dev.weir.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;

/** A client inside a workload that asks again and again, fifty times a second, until closed. */
final class SteadyClient implements AutoCloseable {
  /**
   * One attempt.
   *
   * @param start seconds since the epoch
   * @param end seconds since the epoch
   * @param seen reaches, forbidden, status-N or no-connection
   * @param connection counted from 1
   */
  record Attempt(double start, double end, String seen, int connection) {
    boolean reaches() {
      return seen.equals("reaches");
    }
  }

  private final String name;
  private final Process process;
  private final List<Attempt> attempts = new ArrayList<>();
  private final Thread reader;

  private SteadyClient(String name, Process process) {
    this.name = name;
    this.process = process;
    this.reader = Thread.ofVirtual().start(this::read);
  }

  /**
   * Starts one.
   *
   * @param mode http, keepalive, tcp or udp
   * @param more further options of steady.py
   */
  static SteadyClient start(
      Lab lab, String client, String server, int version, int port, String mode, String... more) {
    List<String> argv =
        new ArrayList<>(
            List.of(
                Commands.PYTHON,
                Commands.script("steady.py"),
                "--mode",
                mode,
                "--address",
                lab.address(server, version),
                "--port",
                Integer.toString(port)));
    argv.addAll(List.of(more));
    try {
      Process process =
          new ProcessBuilder(Commands.inside(lab.pid(client), argv))
              .redirectError(Redirect.INHERIT)
              .start();
      String name =
          client + " -> " + server + ":" + port + " " + mode + " " + String.join(" ", more);
      return new SteadyClient(name, process);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode event = Lab.json(line);
        Attempt attempt =
            new Attempt(
                event.path("start").asDouble(),
                event.path("end").asDouble(),
                event.path("seen").asText(),
                event.path("connection").asInt());
        synchronized (attempts) {
          attempts.add(attempt);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ImmutableList<Attempt> attempts() {
    synchronized (attempts) {
      return ImmutableList.copyOf(attempts);
    }
  }

  /** Attempts that began after a moment, in seconds since the epoch. */
  ImmutableList<Attempt> since(double moment) {
    return attempts().stream()
        .filter(attempt -> attempt.start() >= moment)
        .collect(ImmutableList.toImmutableList());
  }

  /** Whether the last few attempts all saw that. */
  boolean sees(String seen) {
    ImmutableList<Attempt> all = attempts();
    int few = seen.equals("no-connection") ? 1 : 5;
    return all.size() >= few
        && all.subList(all.size() - few, all.size()).stream()
            .allMatch(attempt -> attempt.seen().equals(seen));
  }

  @Override
  public String toString() {
    return name;
  }

  @Override
  public void close() {
    try {
      process.getOutputStream().close();
      process.waitFor();
      reader.join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
