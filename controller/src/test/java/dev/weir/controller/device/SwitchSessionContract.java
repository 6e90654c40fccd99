package dev.weir.controller.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.weir.compiler.placement.Step.Update;
import dev.weir.compiler.placement.Step.Update.Kind;
import dev.weir.controller.CounterReading;
import dev.weir.p4runtime.PipelineConfig;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import io.grpc.Status;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What holds between a session and any switch, with the pipeline {@code weir}. */
abstract class SwitchSessionContract {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private final List<SwitchSession> sessions = new ArrayList<>();
  private TestSwitch device;
  private PipelineConfig program;

  abstract TestSwitch create() throws Exception;

  @BeforeEach
  void start() throws Exception {
    device = create();
    device.start();
    program = Programs.load("weir");
  }

  @AfterEach
  void stop() throws Exception {
    sessions.forEach(SwitchSession::close);
    if (device != null) {
      device.stop();
    }
  }

  @Test
  void programIsPushedOnceAndTablesAreEmptyThen() {
    SwitchSession session = primary(1);
    assertThat(session.ensureProgram()).isTrue();
    assertThat(session.ensureProgram()).isFalse();
    assertThat(session.read().entries()).isEmpty();
    // The program's own defaults: nothing passes.
    assertThat(session.read().defaults())
        .containsEntry("ingress_policy", Action.of("deny"))
        .containsEntry("source_guard", Action.of("drop_spoofed"));
  }

  @Test
  void everyKindOfMatchIsReadBackAsItWasWritten() {
    SwitchSession session = primary(1);
    session.ensureProgram();
    List<Entry> written =
        List.of(
            guard(1, 32 + 96),
            policy(10, Map.of()),
            policy(11, Map.of("epoch", ternary(1, 1), "protocol", ternary(6, 0xff))),
            policy(
                12,
                Map.of(
                    "source_code",
                    new Match.Ternary(high(), high()),
                    "port",
                    new Match.Range(Bits.of(80), Bits.of(8080)))),
            Entry.of(
                "steer",
                Map.of(
                    "address", exact(0x0a4d0101L),
                    "protocol", exact(6),
                    "port", exact(8080)),
                0,
                Action.of(
                    "steer_to",
                    Map.of("address", Bits.of(0x0a4dc801L), "first_port", Bits.of(10_000)))));
    assertThat(write(session, Kind.INSERT, written).failed()).isEmpty();
    assertThat(session.read().entries()).isEqualTo(byKey(written));
    Entry epoch =
        Entry.defaultAction(
            "epoch", Action.of("set_epoch", Map.of("epoch", Bits.of(1), "generation", Bits.of(7))));
    assertThat(write(session, Kind.MODIFY, List.of(epoch)).failed()).isEmpty();
    assertThat(session.read().defaults()).containsEntry("epoch", epoch.action());
    assertThat(write(session, Kind.DELETE, written.subList(0, 3)).failed()).isEmpty();
    assertThat(session.read().entries()).isEqualTo(byKey(written.subList(3, 5)));
  }

  @Test
  void eachUpdateOfAWriteFailsOrSucceedsByItself() {
    SwitchSession session = primary(1);
    session.ensureProgram();
    Entry first = guard(1, 128);
    Entry second = guard(2, 128);
    assertThat(write(session, Kind.INSERT, List.of(first)).complete()).isTrue();
    WriteOutcome outcome = write(session, Kind.INSERT, List.of(first, second));
    assertThat(outcome.done()).containsExactly(new Update(Kind.INSERT, second));
    assertThat(outcome.failed())
        .singleElement()
        .satisfies(
            failure -> {
              assertThat(failure.update().entry()).isEqualTo(first);
              assertThat(failure.code()).isEqualTo(Status.Code.ALREADY_EXISTS);
            });
    WriteOutcome deletion = write(session, Kind.DELETE, List.of(second, guard(3, 128)));
    assertThat(deletion.done()).hasSize(1);
    assertThat(deletion.failed())
        .extracting(WriteOutcome.Failure::code)
        .containsExactly(Status.Code.NOT_FOUND);
    assertThat(session.read().entries()).containsOnlyKeys(first.key());
  }

  @Test
  void moreUpdatesThanOneWriteTakesAreAllCarriedOut() {
    SwitchSession session = primary(1);
    session.ensureProgram();
    List<Entry> many = new ArrayList<>();
    for (int port = 1; port <= 300; port++) {
      many.add(guard(port, 128));
    }
    assertThat(write(session, Kind.INSERT, many).done()).hasSize(300);
    assertThat(session.read().entries()).isEqualTo(byKey(many));
  }

  @Test
  void countersOfEntriesAndPlacesAreRead() {
    SwitchSession session = primary(1);
    session.ensureProgram();
    Entry entry = policy(10, Map.of());
    write(session, Kind.INSERT, List.of(entry));
    CounterReading reading = session.readCounters();
    assertThat(reading.entries()).containsOnlyKeys(entry.key());
    assertThat(reading.indexed()).containsOnlyKeys("openings", "drops");
    assertThat(reading.indexed().get("openings")).hasSizeGreaterThanOrEqualTo(4);
    assertThat(reading.indexed().get("drops")).hasSizeGreaterThanOrEqualTo(13);
  }

  @Test
  void restartedSwitchIsFoundEmptyAndWithoutTheProgram() throws Exception {
    SwitchSession session = primary(1);
    session.ensureProgram();
    write(session, Kind.INSERT, List.of(guard(1, 128)));
    long before = ((SessionState.Primary) session.state()).since();
    device.stop();
    await().atMost(DEADLINE).until(() -> session.state() instanceof SessionState.Disconnected);
    assertThat(write(session, Kind.INSERT, List.of(guard(2, 128))).failed()).hasSize(1);
    device.start();
    awaitPrimary(session);
    assertThat(((SessionState.Primary) session.state()).since()).isGreaterThan(before);
    assertThat(session.ensureProgram()).isTrue();
    assertThat(session.read().entries()).isEmpty();
  }

  @Test
  void higherElectionIdTakesOverAndItsEndGivesTheSwitchBack() {
    SwitchSession low = primary(1);
    low.ensureProgram();
    SwitchSession high = primary(2);
    await().atMost(DEADLINE).until(() -> low.state() instanceof SessionState.Backup);
    assertThat(low.state().sentence()).contains("another controller");
    WriteOutcome refused = write(low, Kind.INSERT, List.of(guard(1, 128)));
    assertThat(refused.failed())
        .extracting(WriteOutcome.Failure::code)
        .containsExactly(Status.Code.PERMISSION_DENIED);
    assertThat(high.ensureProgram()).isFalse();
    assertThat(high.read().entries()).isEmpty();
    assertThat(write(high, Kind.INSERT, List.of(guard(1, 128))).complete()).isTrue();
    high.close();
    awaitPrimary(low);
    assertThat(write(low, Kind.DELETE, List.of(guard(1, 128))).complete()).isTrue();
  }

  private SwitchSession primary(long electionId) {
    SwitchSession session =
        SwitchSession.open(
            device.address(), program, DeviceProfile.BMV2, new ElectionId(0, electionId), () -> {});
    sessions.add(session);
    awaitPrimary(session);
    return session;
  }

  private static void awaitPrimary(SwitchSession session) {
    await().atMost(DEADLINE).until(() -> session.state() instanceof SessionState.Primary);
  }

  private static WriteOutcome write(SwitchSession session, Kind kind, List<Entry> entries) {
    return session.write(
        entries.stream()
            .map(entry -> new Update(kind, entry))
            .collect(ImmutableList.toImmutableList()));
  }

  private static ImmutableMap<Entry.Key, Action> byKey(List<Entry> entries) {
    return entries.stream().collect(ImmutableMap.toImmutableMap(Entry::key, Entry::action));
  }

  private static Entry guard(int port, int prefixLength) {
    return Entry.of(
        "source_guard",
        Map.of(
            "ingress_port",
            exact(port),
            "source_address",
            new Match.Lpm(new Bits(BigInteger.valueOf(0xffff0a4d0101L)), prefixLength)),
        0,
        Action.of("pass_source"));
  }

  private static Entry policy(int priority, Map<String, Match> matches) {
    return Entry.of("ingress_policy", matches, priority, Action.of("allow"));
  }

  private static Match exact(long value) {
    return new Match.Exact(Bits.of(value));
  }

  private static Match ternary(long value, long mask) {
    return new Match.Ternary(Bits.of(value), Bits.of(mask));
  }

  private static Bits high() {
    return new Bits(BigInteger.ONE.shiftLeft(127));
  }
}
