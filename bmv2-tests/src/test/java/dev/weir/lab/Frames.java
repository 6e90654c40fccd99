package dev.weir.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Makes frames with Scapy, sends them from inside a host, and sees what arrives at another. */
final class Frames implements AutoCloseable {
  private final Process builder;
  private final BufferedWriter expressions;
  private final BufferedReader frames;

  Frames() throws IOException {
    builder =
        new ProcessBuilder(Commands.PYTHON, "-u", Commands.script("raw.py"), "build")
            .redirectError(Redirect.INHERIT)
            .start();
    expressions = builder.outputWriter(UTF_8);
    frames = builder.inputReader(UTF_8);
    if (!"ready".equals(frames.readLine())) {
      throw new IllegalStateException("Scapy is not there (Debian: python3-scapy)");
    }
  }

  /** The frame of an expression over Scapy's layers, in hexadecimal. */
  String build(String expression) {
    try {
      expressions.write(expression + "\n");
      expressions.flush();
      String frame = frames.readLine();
      if (frame == null) {
        throw new IllegalArgumentException("Scapy does not take " + expression);
      }
      return frame;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void send(Lab lab, String host, List<String> built) {
    List<String> argv =
        new ArrayList<>(List.of(Commands.PYTHON, Commands.script("raw.py"), "send"));
    argv.addAll(built);
    lab.exec(host, argv.toArray(String[]::new)).orThrow();
  }

  /** Listens to everything that comes to a host, until closed. */
  static Sniffer sniff(Lab lab, String host) {
    try {
      Process process =
          new ProcessBuilder(
                  Commands.inside(
                      lab.pid(host), List.of(Commands.PYTHON, Commands.script("raw.py"), "sniff")))
              .redirectError(Redirect.INHERIT)
              .start();
      return new Sniffer(process);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What has come to one host. */
  static final class Sniffer implements AutoCloseable {
    private final Process process;
    private final List<String> seen = new ArrayList<>();

    private Sniffer(Process process) throws IOException {
      this.process = process;
      BufferedReader lines = process.inputReader(UTF_8);
      if (!"listening".equals(lines.readLine())) {
        throw new IllegalStateException("the sniffer has ended");
      }
      Thread.ofVirtual()
          .start(
              () ->
                  lines
                      .lines()
                      .forEach(
                          line -> {
                            synchronized (seen) {
                              seen.add(line);
                            }
                          }));
    }

    /** Whether a frame that holds the text has come. */
    boolean saw(String text) {
      return sawHex(HexFormat.of().formatHex(text.getBytes(UTF_8)));
    }

    boolean sawHex(String hex) {
      return frames().stream().anyMatch(frame -> frame.contains(hex));
    }

    ImmutableList<String> frames() {
      synchronized (seen) {
        return ImmutableList.copyOf(seen);
      }
    }

    @Override
    public void close() {
      process.destroy();
    }
  }

  @Override
  public void close() {
    builder.destroy();
  }
}
