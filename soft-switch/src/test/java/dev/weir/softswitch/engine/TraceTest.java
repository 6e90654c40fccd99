package dev.weir.softswitch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.trace.PacketTrace;
import dev.weir.softswitch.trace.TraceEvent;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TraceTest {
  private final Switch engine = new Switch(message -> {});
  private final AtomicInteger sent = new AtomicInteger();

  TraceTest() {
    engine.load(Programs.program("matching"));
    for (int port = 0; port < 16; port++) {
      engine.attach(port, (frame, length) -> sent.incrementAndGet());
    }
  }

  private static byte[] constant(int a, int b) {
    byte[] packet = new byte[30];
    packet[0] = 0x13;
    packet[1] = (byte) (a >>> 8);
    packet[2] = (byte) a;
    packet[6] = (byte) b;
    return packet;
  }

  @Test
  void aHitNamesTableKeyEntryActionAndSource() {
    PacketTrace trace = engine.trace(4, constant(0x0123, 12));
    TraceEvent.TableLookup lookup =
        trace.events().stream()
            .filter(TraceEvent.TableLookup.class::isInstance)
            .map(TraceEvent.TableLookup.class::cast)
            .filter(t -> t.table().equals("TestIngress.const_t"))
            .findFirst()
            .orElseThrow();
    assertThat(lookup.hit()).isTrue();
    assertThat(lookup.key()).extracting(TraceEvent.KeyValue::value).containsExactly("0x123", "0xc");
    assertThat(lookup.entry()).contains("0x100 &&& 0xff00").contains("0xa..0x14");
    assertThat(lookup.priority()).isEqualTo(3);
    assertThat(lookup.source()).startsWith("matching.p4:");
    assertThat(trace.events())
        .contains(new TraceEvent.ParserState("start"), new TraceEvent.ParserState("parse"));
    assertThat(trace.outputs()).hasSize(1);
    assertThat(trace.outputs().getFirst().port()).isEqualTo(1);
    // Recorded, not sent.
    assertThat(sent).hasValue(0);
  }

  @Test
  void aDropSaysWhy() {
    Switch copies = new Switch(message -> {});
    copies.load(Programs.program("copies"));
    byte[] packet = new byte[20];
    packet[0] = 99;
    assertThat(copies.trace(1, packet).drops())
        .containsExactly("egress_spec is the drop port after ingress");
    packet[0] = 1;
    packet[3] = 7;
    assertThat(copies.trace(1, packet).drops()).containsExactly("multicast group 7 has no members");
  }

  @Test
  void parserErrorsAreNamed() {
    PacketTrace trace = engine.trace(1, new byte[] {0x10, 1, 2});
    assertThat(trace.events()).contains(new TraceEvent.ParserError("PacketTooShort"));
  }

  @Test
  void theJsonFormHoldsEveryEvent() throws IOException {
    PacketTrace trace = engine.trace(4, constant(0x0123, 12));
    JsonNode json = new ObjectMapper().readTree(trace.toJson());
    assertThat(json.get("port").intValue()).isEqualTo(4);
    assertThat(json.get("events")).hasSize(trace.events().size());
    assertThat(json.get("events").findValuesAsText("event"))
        .contains("pass", "parser_state", "table", "action", "output");
    assertThat(trace.toText()).contains("TestIngress.const_t").contains("out on port 1");
  }
}
