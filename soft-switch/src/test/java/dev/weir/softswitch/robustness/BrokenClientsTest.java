package dev.weir.softswitch.robustness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.SoftSwitch;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.WriteRequest;
import p4.v1.P4RuntimeOuterClass.WriteRequest.Atomicity;

/** Clients that vanish, flood or talk nonsense: the state stays whole, and others are served. */
class BrokenClientsTest {
  private static final int BATCH = 2000;
  private SoftSwitch running;
  private P4Client healthy;

  @BeforeEach
  void start() throws IOException {
    running = SoftSwitch.builder().deviceId(1).start();
    healthy = P4Client.tcp(running.grpcPort(), 1).primary(1);
    healthy.commit(Routes.config());
  }

  @AfterEach
  void stop() {
    healthy.close();
    running.close();
  }

  private static WriteRequest batch(P4Client client, int from, int count, Atomicity atomicity) {
    WriteRequest.Builder request = client.writeRequest().setAtomicity(atomicity);
    for (int i = from; i < from + count; i++) {
      request.addUpdates(Routes.route(Update.Type.INSERT, i, 1));
    }
    return request.build();
  }

  /** How many of each batch of {@code size} routes are there. */
  private Map<Integer, Integer> batches(int size) {
    Map<Integer, Integer> found = new TreeMap<>();
    for (TableEntry entry : healthy.readEntries(Routes.all().build())) {
      byte[] value = entry.getMatch(0).getLpm().getValue().toByteArray();
      int n = (value[1] & 0xff) << 16 | (value[2] & 0xff) << 8 | value[3] & 0xff;
      found.merge(n / size, 1, Integer::sum);
    }
    return found;
  }

  @Test
  void aConnectionCutInTheMiddleOfABatchLeavesItWholeOrUndone() throws Exception {
    int bytes = batch(healthy, 0, BATCH, Atomicity.CONTINUE_ON_ERROR).getSerializedSize();
    Random random = new Random(71);
    int done = 0;
    int round = 0;
    for (Atomicity atomicity :
        List.of(
            Atomicity.CONTINUE_ON_ERROR, Atomicity.ROLLBACK_ON_ERROR, Atomicity.DATAPLANE_ATOMIC)) {
      // Near the end the whole request may have arrived, or all but its last frame.
      for (int cut : new int[] {1, 200, random.nextInt(bytes), bytes - 20, bytes + 400, 1 << 30}) {
        WriteRequest request = batch(healthy, round * BATCH, BATCH, atomicity);
        boolean acknowledged;
        try (CuttingProxy proxy = new CuttingProxy(running.grpcPort(), cut);
            P4Client client = P4Client.tcp(proxy.port(), 1)) {
          try {
            var _ = client.rpc.withDeadlineAfter(20, TimeUnit.SECONDS).write(request);
            acknowledged = true;
          } catch (StatusRuntimeException e) {
            acknowledged = false;
          }
        }
        if (acknowledged) {
          done++;
          assertThat(batches(BATCH)).as("cut at " + cut).containsEntry(round, BATCH);
        }
        round++;
      }
    }
    assertThat(done).isPositive();
    // Another write comes after whatever the cut ones still did.
    healthy.write(Routes.route(Update.Type.INSERT, round * BATCH, 1));
    Map<Integer, Integer> whole = batches(BATCH);
    whole.remove(round);
    assertThat(whole.values()).isNotEmpty().containsOnly(BATCH);
  }

  @Test
  void aKilledClientsBatchesAreThereWholeAndAnotherClientTakesOver() throws Exception {
    healthy.arbitrate(0);
    Process writer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                EndlessWriter.class.getName(),
                String.valueOf(running.grpcPort()))
            .inheritIO()
            .start();
    try {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (batches(EndlessWriter.BATCH).size() < 20) {
        assertThat(writer.isAlive() && System.nanoTime() < deadline).isTrue();
      }
    } finally {
      writer.destroyForcibly();
    }
    assertThat(writer.waitFor(20, TimeUnit.SECONDS)).isTrue();
    try (P4Client next = P4Client.tcp(running.grpcPort(), 1).primary(EndlessWriter.ELECTION + 1)) {
      next.write(Routes.route(Update.Type.INSERT, 16_000_000, 2));
      Map<Integer, Integer> whole = batches(EndlessWriter.BATCH);
      assertThat(whole.remove(16_000_000 / EndlessWriter.BATCH)).isEqualTo(1);
      assertThat(whole.values()).containsOnly(EndlessWriter.BATCH);
      // The dead client's id is worth nothing any more.
      WriteRequest.Builder late =
          batch(next, 16_000_001, 1, Atomicity.CONTINUE_ON_ERROR).toBuilder();
      late.getElectionIdBuilder().setLow(EndlessWriter.ELECTION);
      assertThatThrownBy(() -> healthy.rpc.write(late.build()))
          .hasMessageStartingWith("PERMISSION_DENIED");
    }
  }

  @Test
  void hundredsOfAbandonedStreamsMakeWay() throws Exception {
    long highest = 0;
    for (int round = 0; round < 3; round++) {
      List<P4Client> clients = new ArrayList<>();
      List<Long> elections = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        elections.add(1000L * (round + 1) + i);
      }
      java.util.Collections.shuffle(elections, new Random(round));
      // In any order, some twice on one stream, none waited for.
      for (long election : elections) {
        P4Client client = P4Client.tcp(running.grpcPort(), 1).arbitrate(election);
        if (election % 3 == 0) {
          client.arbitrate(election);
        }
        if (election % 5 == 0) {
          client.arbitrate(election - 500);
        }
        clients.add(client);
        highest = Math.max(highest, election);
      }
      clients.forEach(P4Client::close);
    }
    // More than a role may have, had the abandoned ones not been forgotten.
    try (P4Client next = P4Client.tcp(running.grpcPort(), 1)) {
      next.primary(highest + 1);
      next.write(Routes.route(Update.Type.INSERT, 1, 2));
      assertThat(batches(1)).isEqualTo(Map.of(1, 1));
      try (P4Client late = P4Client.tcp(running.grpcPort(), 1).arbitrate(highest)) {
        assertThat(late.next().getArbitration().getStatus().getCode()).isNotZero();
      }
      try (P4Client same = P4Client.tcp(running.grpcPort(), 1).arbitrate(highest + 1)) {
        assertThat(same.end().getStatus().getCode().name()).isEqualTo("INVALID_ARGUMENT");
      }
      next.write(Routes.route(Update.Type.MODIFY, 1, 1));
    }
  }

  @Test
  void nonsenseOnThePortDisturbsNobody() throws Exception {
    healthy.write(Routes.route(Update.Type.INSERT, 1, 2));
    Random random = new Random(72);
    byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 200; i++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), running.grpcPort())) {
        socket.setSoLinger(true, 0);
        OutputStream out = socket.getOutputStream();
        if (random.nextInt(4) > 0) {
          out.write(preface);
        }
        for (int k = random.nextInt(6); k > 0; k--) {
          byte[] payload = new byte[random.nextInt(200)];
          random.nextBytes(payload);
          // An HTTP/2 frame: length, type, flags, stream.
          out.write(
              new byte[] {
                0,
                0,
                (byte) (random.nextInt(5) == 0 ? random.nextInt() : payload.length),
                (byte) random.nextInt(11),
                (byte) random.nextInt(),
                0,
                0,
                0,
                (byte) random.nextInt(4)
              });
          out.write(payload);
        }
      } catch (IOException e) {
        // The switch may hang up on nonsense at any time.
        continue;
      }
    }
    assertThat(batches(1)).isEqualTo(Map.of(1, 1));
    healthy.write(Routes.route(Update.Type.MODIFY, 1, 1));
  }
}
