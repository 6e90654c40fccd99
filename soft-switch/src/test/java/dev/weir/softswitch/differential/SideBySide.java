package dev.weir.softswitch.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.SoftSwitch;
import dev.weir.softswitch.ports.FrameEnd;
import dev.weir.softswitch.ports.NetworkNamespace;
import java.io.File;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.Update;

/** simple_switch_grpc and the soft switch with the same program, entries and packets. */
final class SideBySide {
  static final int PORTS = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Path temp;
  private List<String> ourCounters = List.of();
  private List<String> theirCounters = List.of();
  private int digests;
  private List<String> ourDigests = List.of();
  private List<String> theirDigests = List.of();

  SideBySide(Path temp) {
    this.temp = temp;
  }

  static void require() {
    boolean present =
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .anyMatch(dir -> Files.isExecutable(Path.of(dir, "simple_switch_grpc")));
    if (!present || !NetworkNamespace.possible()) {
      System.err.println(
          "NOT RUN: the differential tests need root and simple_switch_grpc on PATH (root: "
              + NetworkNamespace.possible()
              + ", simple_switch_grpc: "
              + present
              + ")");
    }
    Assumptions.assumeTrue(present && NetworkNamespace.possible());
  }

  /** So many digests come, too, in any order, and are compared. */
  SideBySide withDigests(int count) {
    digests = count;
    return this;
  }

  record Input(int port, byte[] frame) {}

  /** What {@code updates} and {@code inputs} give on both; the last input has to come out. */
  void compare(
      String program,
      ForwardingPipelineConfig config,
      List<List<Update>> batches,
      List<Input> inputs,
      boolean inOrder)
      throws Exception {
    Map<Integer, List<String>> ours = onSoftSwitch(config, batches, inputs);
    Map<Integer, List<String>> theirs = onBmv2(config, batches, inputs, ours);
    List<String> differences = new ArrayList<>();
    for (int port = 1; port <= PORTS; port++) {
      List<String> a = ours.getOrDefault(port, List.of());
      List<String> b = theirs.getOrDefault(port, List.of());
      if (!inOrder) {
        a = a.stream().sorted().toList();
        b = b.stream().sorted().toList();
      }
      int at = 0;
      while (at < a.size() && at < b.size() && a.get(at).equals(b.get(at))) {
        at++;
      }
      if (at < a.size() || at < b.size()) {
        differences.add(
            "port %d: %d frames here, %d there; number %d is%n  %s here%n  %s there"
                .formatted(
                    port,
                    a.size(),
                    b.size(),
                    at,
                    at < a.size() ? a.get(at) : "none",
                    at < b.size() ? b.get(at) : "none"));
      }
    }
    assertThat(differences).isEmpty();
    assertThat(ourCounters).isEqualTo(theirCounters);
    assertThat(ourDigests).hasSize(digests).isEqualTo(theirDigests);
    long frames = ours.values().stream().mapToLong(List::size).sum();
    System.out.println(
        "differential "
            + program
            + ": "
            + inputs.size()
            + " packets, "
            + frames
            + " frames and "
            + ourCounters.size()
            + " counters and "
            + digests
            + " digests equal");
  }

  private Map<Integer, List<String>> onSoftSwitch(
      ForwardingPipelineConfig config, List<List<Update>> batches, List<Input> inputs)
      throws Exception {
    Map<Integer, List<String>> out = new TreeMap<>();
    try (SoftSwitch running = SoftSwitch.builder().deviceId(1).start();
        P4Client client = P4Client.tcp(running.grpcPort(), 1).primary(1)) {
      client.commit(config);
      batches.forEach(b -> client.write(b.toArray(Update[]::new)));
      for (int port = 1; port <= PORTS; port++) {
        int number = port;
        running
            .port(port)
            .listen(
                frame ->
                    out.computeIfAbsent(number, p -> new ArrayList<>())
                        .add(HexFormat.of().formatHex(frame)));
      }
      for (Input input : inputs) {
        running.port(input.port()).send(input.frame());
      }
      ourCounters = counters(client, config);
      ourDigests = digests(client);
    }
    return out;
  }

  private Map<Integer, List<String>> onBmv2(
      ForwardingPipelineConfig config,
      List<List<Update>> batches,
      List<Input> inputs,
      Map<Integer, List<String>> expected)
      throws Exception {
    Map<Integer, List<String>> out = new TreeMap<>();
    Map<Integer, FrameEnd> ends = new TreeMap<>();
    Path socket = temp.resolve("grpc.sock");
    try (NetworkNamespace namespace =
        NetworkNamespace.create("ss-diff-" + ProcessHandle.current().pid())) {
      List<String> command =
          new ArrayList<>(List.of("ip", "netns", "exec", namespace.name(), "simple_switch_grpc"));
      for (int port = 1; port <= PORTS; port++) {
        namespace.pair("s" + port, "h" + port);
        ends.put(port, FrameEnd.open(namespace, "h" + port));
        command.addAll(List.of("-i", port + "@s" + port));
      }
      command.addAll(
          List.of(
              "--no-p4",
              "--device-id",
              "1",
              "--",
              "--grpc-server-addr",
              "unix:" + socket,
              "--cpu-port",
              "510"));
      Process process =
          new ProcessBuilder(command)
              .directory(temp.toFile())
              .redirectErrorStream(true)
              .redirectOutput(temp.resolve("bmv2.log").toFile())
              .start();
      try (P4Client client = connect(socket, process)) {
        client.commit(config);
        batches.forEach(b -> client.write(b.toArray(Update[]::new)));
        int sent = 0;
        for (Input input : inputs) {
          ends.get(input.port()).send(input.frame());
          if (++sent % 32 == 0) {
            drain(ends, out);
          }
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!complete(out, expected) && System.nanoTime() < deadline) {
          drain(ends, out);
        }
        // A last look for what should not come.
        drain(ends, out);
        theirCounters = counters(client, config);
        theirDigests = digests(client);
      } finally {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
        ends.values().forEach(FrameEnd::close);
      }
    }
    return out;
  }

  private List<String> digests(P4Client client) {
    List<String> found = new ArrayList<>();
    while (found.size() < digests) {
      var message = client.next();
      if (message.hasDigest()) {
        for (var data : message.getDigest().getDataList()) {
          List<String> members = new ArrayList<>();
          for (var member : data.getStruct().getMembersList()) {
            // Leading zero bytes are not compared: the canonical form has none.
            members.add(new BigInteger(1, member.getBitstring().toByteArray()).toString(16));
          }
          found.add(message.getDigest().getDigestId() + " " + members);
        }
      }
    }
    return found.stream().sorted().toList();
  }

  /** Every counter that is not zero: packets and bytes. */
  private static List<String> counters(P4Client client, ForwardingPipelineConfig config) {
    List<String> lines = new ArrayList<>();
    for (var counter : config.getP4Info().getCountersList()) {
      Entity.Builder filter = Entity.newBuilder();
      filter.getCounterEntryBuilder().setCounterId(counter.getPreamble().getId());
      for (Entity entity : client.read(filter.build())) {
        var entry = entity.getCounterEntry();
        if (entry.getData().getPacketCount() != 0) {
          lines.add(
              "%s[%d] %d packets %d bytes"
                  .formatted(
                      counter.getPreamble().getName(),
                      entry.getIndex().getIndex(),
                      entry.getData().getPacketCount(),
                      entry.getData().getByteCount()));
        }
      }
    }
    for (var counter : config.getP4Info().getDirectCountersList()) {
      Entity.Builder filter = Entity.newBuilder();
      filter
          .getDirectCounterEntryBuilder()
          .getTableEntryBuilder()
          .setTableId(counter.getDirectTableId());
      for (Entity entity : client.read(filter.build())) {
        var entry = entity.getDirectCounterEntry();
        if (entry.getData().getPacketCount() != 0) {
          lines.add(
              "%s %d packets %d bytes for %s"
                  .formatted(
                      counter.getPreamble().getName(),
                      entry.getData().getPacketCount(),
                      entry.getData().getByteCount(),
                      entry.getTableEntry().toString().replaceAll("\\s+", " ")));
        }
      }
    }
    return lines.stream().sorted().toList();
  }

  private static boolean complete(
      Map<Integer, List<String>> out, Map<Integer, List<String>> expected) {
    for (int port = 1; port <= PORTS; port++) {
      if (out.getOrDefault(port, List.of()).size()
          < expected.getOrDefault(port, List.of()).size()) {
        return false;
      }
    }
    return true;
  }

  private static void drain(Map<Integer, FrameEnd> ends, Map<Integer, List<String>> out) {
    ends.forEach(
        (port, end) -> {
          byte[] frame = end.receive(Duration.ofMillis(20));
          while (frame != null) {
            out.computeIfAbsent(port, p -> new ArrayList<>()).add(HexFormat.of().formatHex(frame));
            frame = end.receive(Duration.ofMillis(5));
          }
        });
  }

  private static P4Client connect(Path socket, Process process) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline && process.isAlive()) {
      if (Files.exists(socket)) {
        P4Client client = P4Client.unix(socket.toString(), 1);
        try {
          return client.primary(1);
        } catch (AssertionError e) {
          client.close();
        }
      }
      Thread.onSpinWait();
    }
    throw new AssertionError("simple_switch_grpc did not come up");
  }
}
