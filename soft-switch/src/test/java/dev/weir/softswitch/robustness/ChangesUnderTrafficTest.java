package dev.weir.softswitch.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.SoftSwitch;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest.Action;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.WriteRequest;

/** Entries and pipelines change while packets pass: each packet meets the old or the new. */
class ChangesUnderTrafficTest {
  private static final int HOSTS = 200;
  private static final int SENDERS = 2;
  private static final int WRITES = Boolean.getBoolean("weir.long") ? 100_000 : 10_000;
  private static final int SWAPS = Boolean.getBoolean("weir.long") ? 1000 : 60;

  private SoftSwitch running;
  private P4Client client;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicBoolean over = new AtomicBoolean();
  private final LongAdder sent = new LongAdder();
  private final LongAdder[] out = {new LongAdder(), new LongAdder(), new LongAdder()};
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void start() throws IOException {
    running = SoftSwitch.builder().deviceId(1).start();
    client = P4Client.tcp(running.grpcPort(), 1).primary(1);
    client.commit(Routes.config());
    client.write(Routes.neighbour(1), Routes.neighbour(2));
    for (int way = 1; way <= 2; way++) {
      int port = way;
      running
          .port(port)
          .listen(
              frame -> {
                out[port].increment();
                if (frame[5] != port) {
                  wrong.add("out of port " + port + " by next hop " + frame[5]);
                }
              });
    }
  }

  @AfterEach
  void stop() {
    over.set(true);
    threads.shutdownNow();
    client.close();
    running.close();
  }

  private List<Future<Boolean>> traffic() {
    List<Future<Boolean>> senders = new ArrayList<>();
    for (int i = 0; i < SENDERS; i++) {
      int seed = i;
      senders.add(
          whileItLasts(
              () -> {
                // Ports 8 and 9: nothing leaves there.
                running.port(8 + seed).send(Routes.frame((int) (sent.sum() % HOSTS)));
                sent.increment();
                return true;
              }));
    }
    return senders;
  }

  private Future<Boolean> whileItLasts(Callable<Boolean> step) {
    return threads.submit(
        () -> {
          while (!over.get()) {
            assertThat(step.call()).isTrue();
          }
          return true;
        });
  }

  private void end(List<Future<Boolean>> all) throws Exception {
    over.set(true);
    for (Future<Boolean> each : all) {
      boolean ended = Deadline.within("the traffic", each::get);
      assertThat(ended).isTrue();
    }
  }

  private void insertAll() {
    for (int n = 0; n < HOSTS; n++) {
      client.write(Routes.route(Update.Type.INSERT, n, 1));
    }
  }

  private Map<Integer, Integer> ways() {
    Map<Integer, Integer> ways = new TreeMap<>();
    for (TableEntry entry : client.readEntries(Routes.all().build())) {
      byte[] value = entry.getMatch(0).getLpm().getValue().toByteArray();
      ways.put((value[2] & 0xff) << 8 | value[3] & 0xff, Routes.way(entry));
    }
    return ways;
  }

  @Test
  void packetsAndReadersMeetOldOrNewEntriesAndCountersAddUp() throws Exception {
    insertAll();
    Map<Integer, Integer> ways = new TreeMap<>();
    for (int n = 0; n < HOSTS; n++) {
      ways.put(n, 1);
    }
    List<Future<Boolean>> others = traffic();
    others.add(
        whileItLasts(
            () -> {
              List<TableEntry> entries = client.readEntries(Routes.all().build());
              return entries.size() == HOSTS
                  && entries.stream().allMatch(e -> Routes.way(e) == 1 || Routes.way(e) == 2);
            }));
    Random random = new Random(73);
    int written = 0;
    while (written < WRITES) {
      WriteRequest.Builder request = client.writeRequest().setAtomicityValue(random.nextInt(3));
      for (int i = random.nextInt(20); i >= 0; i--) {
        int n = random.nextInt(HOSTS);
        int way = 1 + random.nextInt(2);
        request.addUpdates(Routes.route(Update.Type.MODIFY, n, way));
        ways.put(n, way);
      }
      written += request.getUpdatesCount();
      assertThat(client.codes(request.build())).containsOnly(0);
    }
    end(others);
    assertThat(wrong).isEmpty();
    assertThat(ways()).isEqualTo(ways);
    assertThat(out[1].sum() + out[2].sum()).isEqualTo(sent.sum()).isPositive();
    assertThat(counted("port_counter")).isEqualTo(sent.sum());
    assertThat(hits()).isEqualTo(sent.sum());
  }

  private long counted(String name) {
    var counter =
        Programs.p4info("router").getCountersList().stream()
            .filter(c -> c.getPreamble().getName().endsWith(name))
            .findFirst()
            .orElseThrow();
    Entity.Builder filter = Entity.newBuilder();
    filter.getCounterEntryBuilder().setCounterId(counter.getPreamble().getId());
    return client.read(filter.build()).stream()
        .mapToLong(e -> e.getCounterEntry().getData().getPacketCount())
        .sum();
  }

  private long hits() {
    TableEntry.Builder filter = Routes.all();
    filter.getCounterDataBuilder();
    return client.readEntries(filter.build()).stream()
        .mapToLong(e -> e.getCounterData().getPacketCount())
        .sum();
  }

  @Test
  void reconciledPipelinesLoseNeitherPacketsNorWrites() throws Exception {
    insertAll();
    List<Future<Boolean>> others = traffic();
    Map<Integer, Integer> ways = new TreeMap<>();
    for (int n = 0; n < HOSTS; n++) {
      ways.put(n, 1);
    }
    Random random = new Random(74);
    others.add(
        whileItLasts(
            () -> {
              int n = random.nextInt(HOSTS + 50);
              int way = 1 + random.nextInt(2);
              boolean there = ways.put(n, way) != null;
              client.write(Routes.route(there ? Update.Type.MODIFY : Update.Type.INSERT, n, way));
              return true;
            }));
    for (int i = 0; i < SWAPS; i++) {
      client.push(Action.RECONCILE_AND_COMMIT, Routes.config());
    }
    end(others);
    assertThat(wrong).isEmpty();
    assertThat(ways()).isEqualTo(ways);
    assertThat(out[1].sum() + out[2].sum()).isEqualTo(sent.sum()).isPositive();
  }

  /** A commit starts afresh: packets pass or are dropped, writes land before or after it. */
  @Test
  void committedPipelinesStartAfreshUnderWritesInFlight() throws Exception {
    List<Future<Boolean>> others = traffic();
    others.add(
        whileItLasts(
            () -> {
              WriteRequest.Builder batch =
                  client
                      .writeRequest()
                      .setAtomicity(WriteRequest.Atomicity.DATAPLANE_ATOMIC)
                      .addUpdates(Routes.route(Update.Type.INSERT, 0, 1))
                      .addUpdates(Routes.route(Update.Type.INSERT, 1, 2));
              List<Integer> codes = client.codes(batch.build());
              // Both are new, or both are there since the last commit.
              return codes.equals(List.of(0, 0)) || codes.getFirst() == 6;
            }));
    for (int i = 0; i < SWAPS; i++) {
      client.commit(Routes.config());
      int size = client.readEntries(Routes.all().build()).size();
      assertThat(size).isIn(0, 2);
    }
    end(others);
    assertThat(wrong).isEmpty();
    assertThat(out[1].sum() + out[2].sum()).isLessThanOrEqualTo(sent.sum());
    client.commit(Routes.config());
    assertThat(ways()).isEmpty();
  }

  @Test
  void aDamagedProgramThatIsRefusedLeavesTheRunningOneUntouched() throws Exception {
    insertAll();
    List<Future<Boolean>> others = traffic();
    Random random = new Random(75);
    JsonDamage damage = new JsonDamage(random);
    byte[] program = Programs.bytes("stateful.json");
    int refused = 0;
    for (int i = 0; i < SWAPS; i++) {
      byte[] flipped = program.clone();
      for (int k = 0; k < 24; k++) {
        flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
      }
      byte[] document = i % 3 == 0 ? damage.structure(program).document() : flipped;
      ForwardingPipelineConfig config =
          Programs.config("stateful", 99).toBuilder()
              .setP4DeviceConfig(ByteString.copyFrom(document))
              .build();
      try {
        // VERIFY alone never changes anything, the other two only when nothing is wrong.
        client.push(i % 2 == 0 ? Action.VERIFY : Action.RECONCILE_AND_COMMIT, config);
      } catch (StatusRuntimeException e) {
        assertThat(e.getStatus().getCode().name()).isIn("INVALID_ARGUMENT", "UNIMPLEMENTED");
        refused++;
      }
    }
    end(others);
    assertThat(refused).isPositive();
    assertThat(wrong).isEmpty();
    assertThat(ways()).hasSize(HOSTS);
    assertThat(out[1].sum() + out[2].sum()).isEqualTo(sent.sum()).isPositive();
    assertThat(hits()).isEqualTo(sent.sum());
  }
}
