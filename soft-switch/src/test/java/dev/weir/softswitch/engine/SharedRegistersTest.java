package dev.weir.softswitch.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.softswitch.Programs;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Packets of several ports at once, in programs that spread one cell's use over actions. */
class SharedRegistersTest {
  private static final int THREADS = 4;
  private static final int PACKETS = 20_000;

  @Test
  void noCountIsLostBetweenTwoActionsOfAPacket() throws InterruptedException {
    Program program = Programs.program("sharing");
    assertThat(program.oneAtATime).isFalse();
    assertThat(program.rows).isNotNull();
    Switch engine = new Switch(message -> {});
    engine.load(program);
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      int port = t;
      engine.attach(port, (frame, length) -> {});
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    byte[] frame = new byte[60];
                    for (int i = 0; i < PACKETS; i++) {
                      // Few cells, so that packets meet.
                      frame[0] = (byte) (i % 3);
                      frame[1] = (byte) (1 + i % 2);
                      engine.receive(port, frame, 0, frame.length);
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    BigInteger sum = BigInteger.ZERO;
    for (int cell = 0; cell < 3; cell++) {
      sum = sum.add(program.register("SharingIngress.cells", cell));
    }
    assertThat(sum).isEqualTo(BigInteger.valueOf(THREADS * PACKETS / 2 * 3L));
  }

  @Test
  void weirsOwnPipelinesRunPacketsOfDifferentClientsAtOnce() throws Exception {
    for (String name : List.of("weir", "weir_basic")) {
      byte[] json = Files.readAllBytes(Path.of("..", "p4src", "build", name + ".json"));
      assertThat(Program.load(json, Switch.DROP_PORT, message -> {}).oneAtATime).isFalse();
    }
  }

  @Test
  void whereALaterActionTakesACellThatTheFirstCannotKnowPacketsRunOneAtATime() throws Exception {
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(Programs.bytes("sharing.json"));
    // The index of the first write is what was read, no longer what the packet says.
    for (JsonNode action : json.get("actions")) {
      JsonNode last = action.get("primitives").path(2);
      if (last.path("op").asText().equals("register_write")) {
        ((ObjectNode) action.at("/primitives/0/parameters/1/value/value/left"))
            .putArray("value")
            .add("scalars")
            .add("metadata_t.value");
      }
    }
    Program program = Program.load(json.toString().getBytes(UTF_8), Switch.DROP_PORT, m -> {});
    assertThat(program.oneAtATime).isTrue();
  }
}
