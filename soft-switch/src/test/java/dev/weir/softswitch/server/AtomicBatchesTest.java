package dev.weir.softswitch.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.SoftSwitch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import p4.v1.P4RuntimeOuterClass.CounterData;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.MeterConfig;
import p4.v1.P4RuntimeOuterClass.MeterCounterData;
import p4.v1.P4RuntimeOuterClass.Replica;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.WriteRequest.Atomicity;

/**
 * P4Runtime 1.5 §12.2: what stands in one batch takes effect at once, or not at all. Phases
 * alternate: in odd ones both meters mark red and the key is in the value set, in even ones meters
 * are not configured and the set is empty; the phase's number is in the entry and in all replicas.
 */
class AtomicBatchesTest {
  private static final int KEY = 7;
  private static final int PHASES = Boolean.getBoolean("weir.long") ? 20_000 : 1000;
  private static final int SENDERS = 2;

  /** {@code instance_type} of v1model. */
  private static final int REPLICATION = 5;

  private static final int RED = 2;

  private final P4Client.Names names = new P4Client.Names(Programs.p4info("atomic"));
  private SoftSwitch running;
  private P4Client client;

  @BeforeEach
  void start() throws IOException {
    running = SoftSwitch.builder().deviceId(1).start();
    client = P4Client.tcp(running.grpcPort(), 1).primary(1);
    client.commit(Programs.config("atomic", 1));
  }

  @AfterEach
  void stop() {
    client.close();
    running.close();
  }

  /** Everything of one phase. {@code type}: of what can be inserted. */
  private List<Update> phase(Update.Type type, int phase) {
    boolean odd = phase % 2 == 1;
    List<Update> updates = new ArrayList<>();
    TableEntry.Builder entry = names.entry("ways").addMatch(names.exact("ways", "key", KEY));
    entry.getActionBuilder().setAction(names.action("go", phase, 1, 1));
    entry
        .setCounterData(CounterData.getDefaultInstance())
        .setMeterCounterData(MeterCounterData.getDefaultInstance());
    Entity.Builder meter = Entity.newBuilder();
    meter
        .getMeterEntryBuilder()
        .setMeterId(names.info().getMeters(0).getPreamble().getId())
        .setCounterData(MeterCounterData.getDefaultInstance())
        .getIndexBuilder()
        .setIndex(0);
    if (odd) {
      // No tokens, ever.
      entry.setMeterConfig(MeterConfig.getDefaultInstance());
      meter.getMeterEntryBuilder().setConfig(MeterConfig.getDefaultInstance());
    }
    updates.add(P4Client.update(type, entry));
    updates.add(P4Client.update(Update.Type.MODIFY, meter.build()));
    Entity.Builder group = Entity.newBuilder();
    group
        .getPacketReplicationEngineEntryBuilder()
        .getMulticastGroupEntryBuilder()
        .setMulticastGroupId(1)
        .addReplicas(replica(1, phase))
        .addReplicas(replica(2, phase));
    updates.add(P4Client.update(type, group.build()));
    Entity.Builder session = Entity.newBuilder();
    session
        .getPacketReplicationEngineEntryBuilder()
        .getCloneSessionEntryBuilder()
        .setSessionId(1)
        .addReplicas(replica(3, phase));
    updates.add(P4Client.update(type, session.build()));
    Entity.Builder counter = Entity.newBuilder();
    counter
        .getCounterEntryBuilder()
        .setCounterId(names.info().getCounters(0).getPreamble().getId())
        .setData(CounterData.getDefaultInstance());
    if (phase % 3 > 0) {
      counter.getCounterEntryBuilder().getIndexBuilder().setIndex(0);
    }
    updates.add(P4Client.update(Update.Type.MODIFY, counter.build()));
    Entity.Builder set = Entity.newBuilder();
    set.getValueSetEntryBuilder().setValueSetId(names.info().getValueSets(0).getPreamble().getId());
    if (odd) {
      set.getValueSetEntryBuilder()
          .addMembersBuilder()
          .addMatchBuilder()
          .setFieldId(1)
          .getExactBuilder()
          .setValue(P4Client.bytes(KEY));
    }
    updates.add(P4Client.update(Update.Type.MODIFY, set.build()));
    return updates;
  }

  private static Replica replica(int port, int phase) {
    return Replica.newBuilder().setPort(P4Client.bytes(port)).setInstance(phase).build();
  }

  private static int phase(byte[] frame) {
    return (frame[1] & 0xff) << 8 | frame[2] & 0xff;
  }

  private static boolean isOfOnePhase(byte[] frame) {
    int odd = frame[2] & 1;
    boolean replicated = frame[3] == frame[1] && frame[4] == frame[2];
    return replicated
        && (frame[5] != REPLICATION
            || frame[6] == odd * RED && frame[7] == odd * RED && frame[8] == odd);
  }

  private List<Integer> write(Atomicity atomicity, List<Update> updates) {
    return client.codes(
        client.writeRequest().setAtomicity(atomicity).addAllUpdates(updates).build());
  }

  @Test
  void eachPacketAndAllItsCopiesMeetAllOfABatchOrNothing() throws Exception {
    assertThat(write(Atomicity.DATAPLANE_ATOMIC, phase(Update.Type.INSERT, 1))).containsOnly(0);
    ThreadLocal<List<byte[]>> copies = ThreadLocal.withInitial(ArrayList::new);
    for (int port = 1; port <= 3; port++) {
      running.port(port).listen(frame -> copies.get().add(frame.clone()));
    }
    AtomicBoolean over = new AtomicBoolean();
    Queue<String> wrong = new ConcurrentLinkedQueue<>();
    ConcurrentHashMap<Integer, LongAdder> packets = new ConcurrentHashMap<>();
    List<Future<Boolean>> senders = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(SENDERS)) {
      for (int i = 0; i < SENDERS; i++) {
        int port = 8 + i;
        senders.add(
            threads.submit(
                () -> {
                  byte[] frame = new byte[60];
                  frame[0] = KEY;
                  while (!over.get()) {
                    copies.get().clear();
                    running.port(port).send(frame);
                    List<byte[]> out = copies.get();
                    int phase = phase(out.getFirst());
                    if (out.size() != 3
                        || !out.stream().allMatch(f -> isOfOnePhase(f) && phase(f) == phase)) {
                      wrong.add(out.stream().map(f -> describe(f)).toList().toString());
                    }
                    packets.computeIfAbsent(phase, p -> new LongAdder()).increment();
                  }
                  return true;
                }));
      }
      Random random = new Random(91);
      for (int phase = 2; phase <= PHASES; phase++) {
        List<Update> updates = phase(Update.Type.MODIFY, phase);
        Collections.shuffle(updates, random);
        assertThat(write(Atomicity.DATAPLANE_ATOMIC, updates)).containsOnly(0);
      }
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (!packets.containsKey(PHASES) && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      over.set(true);
      for (Future<Boolean> sender : senders) {
        assertThat(sender.get(20, TimeUnit.SECONDS)).isTrue();
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(packets.keySet()).hasSizeGreaterThan(PHASES / 20);
    // All counters began anew with the last batch, and have not missed a packet since.
    long last = packets.get(PHASES).sum();
    for (Entity counted : counted()) {
      assertThat(packets(counted)).as("%s", counted).isEqualTo(last);
    }
  }

  private static String describe(byte[] frame) {
    return "phase %d, replica %d, kind %d, colours %d and %d, member %d"
        .formatted(
            phase(frame),
            (frame[3] & 0xff) << 8 | frame[4] & 0xff,
            frame[5],
            frame[6],
            frame[7],
            frame[8]);
  }

  /** The entry's counter and meter, and cell 0 of the counters and meters. */
  private List<Entity> counted() {
    Entity.Builder entry = Entity.newBuilder();
    entry
        .getTableEntryBuilder()
        .setTableId(names.table("ways").getPreamble().getId())
        .setCounterData(CounterData.getDefaultInstance())
        .setMeterConfig(MeterConfig.getDefaultInstance())
        .setMeterCounterData(MeterCounterData.getDefaultInstance());
    Entity.Builder counter = Entity.newBuilder();
    counter.getCounterEntryBuilder().getIndexBuilder().setIndex(0);
    Entity.Builder meter = Entity.newBuilder();
    meter
        .getMeterEntryBuilder()
        .setCounterData(MeterCounterData.getDefaultInstance())
        .getIndexBuilder()
        .setIndex(0);
    return client.read(entry.build(), counter.build(), meter.build());
  }

  private static long packets(Entity entity) {
    if (entity.hasCounterEntry()) {
      return entity.getCounterEntry().getData().getPacketCount();
    }
    if (entity.hasMeterEntry()) {
      return packets(entity.getMeterEntry().getCounterData());
    }
    assertThat(packets(entity.getTableEntry().getMeterCounterData()))
        .isEqualTo(entity.getTableEntry().getCounterData().getPacketCount());
    return entity.getTableEntry().getCounterData().getPacketCount();
  }

  private static long packets(MeterCounterData colours) {
    return colours.getGreen().getPacketCount()
        + colours.getYellow().getPacketCount()
        + colours.getRed().getPacketCount();
  }

  private List<Entity> everything() {
    List<Entity> all = new ArrayList<>(counted());
    for (Entity filter : ForwardingState.filters()) {
      if (!filter.hasTableEntry()) {
        all.addAll(client.read(filter));
      }
    }
    return all;
  }

  @ParameterizedTest
  @EnumSource(names = {"DATAPLANE_ATOMIC", "ROLLBACK_ON_ERROR"})
  void aBatchOfEverythingWithOneErrorChangesNothing(Atomicity atomicity) throws Exception {
    for (int error = 0; error < phase(Update.Type.MODIFY, 1).size(); error++) {
      client.commit(Programs.config("atomic", 1));
      assertThat(write(atomicity, phase(Update.Type.INSERT, 1))).containsOnly(0);
      byte[] frame = new byte[60];
      frame[0] = KEY;
      for (int i = 0; i < 5; i++) {
        running.port(8).send(frame);
      }
      List<Entity> before = everything();
      List<Update> updates = phase(Update.Type.MODIFY, 2);
      Collections.rotate(updates, error);
      updates.add(phase(Update.Type.INSERT, 2).getFirst());
      List<Integer> codes = write(atomicity, updates);
      assertThat(codes.getLast()).isEqualTo(Code.ALREADY_EXISTS_VALUE);
      assertThat(codes.subList(0, codes.size() - 1)).containsOnly(Code.ABORTED_VALUE);
      assertThat(everything()).isEqualTo(before);
      running.port(8).send(frame);
      for (Entity counted : counted()) {
        assertThat(packets(counted)).isEqualTo(6);
      }
      byte[] out = running.port(1).receive(java.time.Duration.ofSeconds(5)).orElseThrow();
      assertThat(phase(out)).isEqualTo(1);
      assertThat(isOfOnePhase(out)).isTrue();
    }
  }

  /** What is inserted and deleted in one batch, and a whole meter array. */
  @Test
  void groupsSessionsAndWholeArraysComeAndGoTogether() {
    List<Update> inserts = phase(Update.Type.INSERT, 1);
    assertThat(write(Atomicity.DATAPLANE_ATOMIC, inserts)).containsOnly(0);
    List<Update> deletes = new ArrayList<>();
    for (Update update : inserts) {
      if (update.getType() == Update.Type.INSERT) {
        deletes.add(update.toBuilder().setType(Update.Type.DELETE).build());
      }
    }
    Entity.Builder meters = Entity.newBuilder();
    meters
        .getMeterEntryBuilder()
        .setMeterId(names.info().getMeters(0).getPreamble().getId())
        .setConfig(MeterConfig.newBuilder().setCir(1).setCburst(2).setPir(3).setPburst(4));
    deletes.add(P4Client.update(Update.Type.MODIFY, meters.build()));
    assertThat(write(Atomicity.DATAPLANE_ATOMIC, deletes)).containsOnly(0);
    List<Entity> left = new ArrayList<>();
    for (Entity filter : ForwardingState.filters()) {
      left.addAll(client.read(filter));
    }
    assertThat(left)
        .noneMatch(e -> e.hasPacketReplicationEngineEntry())
        .noneMatch(e -> e.hasTableEntry() && !e.getTableEntry().getIsDefaultAction());
    assertThat(left.stream().filter(Entity::hasMeterEntry))
        .hasSize(4)
        .allMatch(e -> e.getMeterEntry().getConfig().getPburst() == 4);
  }
}
