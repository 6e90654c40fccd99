package dev.weir.softswitch.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.softswitch.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ProgramTest {
  private static Program load(String json) {
    return Program.load(json.getBytes(StandardCharsets.UTF_8), Switch.DROP_PORT, message -> {});
  }

  private static String router() {
    return new String(Programs.bytes("router.json"), StandardCharsets.UTF_8);
  }

  private static void refused(String json, String path) {
    assertThatThrownBy(() -> load(json))
        .isInstanceOf(ProgramException.class)
        .hasMessageStartingWith(path);
  }

  @Test
  void refusalsNameThePath() {
    refused("", "$");
    refused("[]", "$");
    refused("{", "$");
    refused("{}", "$");
    refused("{\"__meta__\": {\"version\": [2, 25]}}", "$.__meta__.version");
    refused(router().replace("\"op\" : \"extract\"", "\"op\" : \"inject\""), "$.parsers[0]");
    refused(
        router().replace("\"op\" : \"mark_to_drop\"", "\"op\" : \"mark_to_keep\""), "$.actions[");
    refused(
        router().replace("\"match_type\" : \"lpm\"", "\"match_type\" : \"mpl\""), "$.pipelines");
    refused(router().replace("[\"ipv4\", \"dst\"]", "[\"ipv4\", \"dest\"]"), "$.");
    refused(
        router().replace("\"init_table\" : \"", "\"init_table\" : \"no"), "$.pipelines[0].init");
  }

  @Test
  void aReadRegisterPastTheEndLeavesItsTarget() {
    Switch engine = new Switch(message -> {});
    engine.load(Programs.program("stateful"));
    List<byte[]> out = new ArrayList<>();
    engine.attach(2, (frame, length) -> out.add(java.util.Arrays.copyOf(frame, length)));
    byte[] packet = new byte[28];
    packet[0] = 1;
    packet[1] = 100;
    packet[17] = 9;
    engine.receive(1, packet, 0, packet.length);
    assertThat(out).hasSize(1);
    assertThat(engine.traffic()).isEqualTo(new Switch.Traffic(1, 1, 0));
  }

  /** Flips bits of a good program: it loads or is refused, and packets through it end. */
  @Property(tries = 400, seed = "5")
  void damagedProgramsAreRefusedOrRun(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] json =
        Programs.bytes(
            List.of("router.json", "copies.json", "matching.json").get(random.nextInt(3)));
    for (int i = 0; i < 1 + random.nextInt(3); i++) {
      json[random.nextInt(json.length)] ^= (byte) (1 << random.nextInt(7));
    }
    Program program;
    try {
      program = Program.load(json, Switch.DROP_PORT, message -> {});
    } catch (ProgramException e) {
      assertThat(e.path()).startsWith("$");
      return;
    }
    Switch engine = new Switch(message -> {});
    engine.load(program);
    for (int i = 0; i < 20; i++) {
      byte[] packet = new byte[random.nextInt(80)];
      random.nextBytes(packet);
      engine.receive(random.nextInt(512), packet, 0, packet.length);
    }
    assertThat(engine.traffic().received()).isEqualTo(20);
  }

  @Property(tries = 2000, seed = "6")
  void packetsOfAllKindsEnd(@ForAll long seed) {
    Random random = new Random(seed);
    for (Switch engine : SWITCHES) {
      byte[] packet = new byte[random.nextInt(120)];
      random.nextBytes(packet);
      if (packet.length > 0) {
        packet[0] = (byte) random.nextInt(24);
      }
      Switch.Traffic before = engine.traffic();
      engine.receive(random.nextInt(512), packet, 0, packet.length);
      assertThat(engine.traffic().received()).isEqualTo(before.received() + 1);
    }
  }

  private static final List<Switch> SWITCHES =
      java.util.stream.Stream.of("router", "matching", "stateful", "copies")
          .map(
              name -> {
                Switch engine = new Switch(message -> {});
                engine.load(Programs.program(name));
                return engine;
              })
          .toList();

  @Test
  void packetsRunWhileEntriesAndProgramsChange() throws InterruptedException {
    Switch engine = new Switch(message -> {});
    engine.load(Programs.program("matching"));
    CountDownLatch done = new CountDownLatch(2);
    List<Throwable> faults = java.util.Collections.synchronizedList(new ArrayList<>());
    for (int t = 0; t < 2; t++) {
      int number = t;
      Thread.ofPlatform()
          .start(
              () -> {
                try {
                  Random random = new Random(number);
                  for (int i = 0; i < 20_000; i++) {
                    byte[] packet = new byte[30];
                    packet[0] = 0x10;
                    packet[2] = (byte) random.nextInt(40);
                    engine.receive(number, packet, 0, packet.length);
                  }
                } catch (Throwable e) {
                  faults.add(e);
                } finally {
                  done.countDown();
                }
              });
    }
    Random random = new Random(9);
    while (done.getCount() > 0) {
      Program program = engine.program();
      assertThat(program).isNotNull();
      Table table = program.table("TestIngress.exact_t");
      TableState state = program.inForce().state(table);
      EntryKey key =
          new EntryKey(
              List.of(
                  new FieldMatch.Exact(java.math.BigInteger.valueOf(random.nextInt(40))),
                  new FieldMatch.Exact(java.math.BigInteger.ZERO)),
              0);
      Entry found = state.find(key);
      if (found == null) {
        ActionProgram set =
            table.actions().stream()
                .filter(a -> a.name().endsWith("set"))
                .findFirst()
                .orElseThrow();
        state.insert(
            key,
            new Outcome.Direct(
                new BoundAction(set, List.of(java.math.BigInteger.ONE, java.math.BigInteger.TWO))),
            table.newUsage(0));
      } else {
        state.remove(found);
      }
      if (random.nextInt(2000) == 0) {
        engine.load(Programs.program("matching"));
      }
    }
    assertThat(faults).isEmpty();
    assertThat(engine.traffic().received()).isEqualTo(40_000);
  }

  @Test
  void theProjectsProgramsLoad() throws IOException {
    Path built = Path.of("..", "p4src", "build");
    if (!Files.isDirectory(built)) {
      System.err.println("NOT RUN: p4src/build is not there");
      return;
    }
    for (String name : List.of("weir.json", "weir_basic.json")) {
      Program program =
          Program.load(Files.readAllBytes(built.resolve(name)), Switch.DROP_PORT, message -> {});
      assertThat(program.tables()).isNotEmpty();
    }
  }
}
