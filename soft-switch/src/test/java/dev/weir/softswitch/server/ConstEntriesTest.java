package dev.weir.softswitch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import com.google.rpc.Code;
import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.SoftSwitch;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import p4.v1.P4RuntimeOuterClass.CounterData;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest.Action;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.WriteRequest;

/** P4Runtime 1.5 §9.1.5: const entries among others, by p4c's entries file. */
class ConstEntriesTest {
  private static final P4Client.Names NAMES = new P4Client.Names(Programs.p4info("presets"));

  private static String text(String file) {
    return new String(Programs.bytes(file), StandardCharsets.UTF_8);
  }

  private static ForwardingPipelineConfig marked() throws Exception {
    return Programs.config("presets", 1).toBuilder()
        .setP4DeviceConfig(
            ByteString.copyFromUtf8(
                ConstEntries.mark(
                    Programs.bytes("presets.json"),
                    text("presets.p4info.txtpb"),
                    text("presets.entries.txtpb"))))
        .build();
  }

  /** The entry for (a, any b), of the priority that the switch tells. */
  private static TableEntry.Builder ternary(P4Client client, int a) {
    return client.readEntries(NAMES.entry("ranked").build()).stream()
        .filter(e -> e.getMatch(0).getTernary().getValue().equals(P4Client.bytes(a)))
        .findFirst()
        .orElseThrow()
        .toBuilder()
        .clearIsConst();
  }

  private static TableEntry.Builder exact(int a) {
    return NAMES.entry("plain").addMatch(NAMES.exact("plain", "a", a));
  }

  @Test
  void constEntriesStayAndOthersChange() throws Exception {
    try (SoftSwitch running = SoftSwitch.builder().deviceId(1).start();
        P4Client client = P4Client.tcp(running.grpcPort(), 1).primary(1)) {
      client.commit(marked());
      assertThat(client.readEntries(NAMES.entry("plain").build()))
          .extracting(TableEntry::getIsConst)
          .containsExactly(true, false, true);
      for (TableEntry.Builder constant :
          List.of(exact(1), exact(3), ternary(client, 1), ternary(client, 7))) {
        assertThat(client.codes(P4Client.update(Update.Type.DELETE, constant)))
            .containsExactly(Code.PERMISSION_DENIED_VALUE);
        constant.getActionBuilder().setAction(NAMES.action("fwd", 9));
        assertThat(client.codes(P4Client.update(Update.Type.MODIFY, constant)))
            .containsExactly(Code.PERMISSION_DENIED_VALUE);
        // Direct resources of const entries can be changed.
        constant.clearAction().setCounterData(CounterData.newBuilder().setPacketCount(5));
        client.write(P4Client.update(Update.Type.MODIFY, constant));
      }
      for (TableEntry.Builder other : List.of(exact(2), ternary(client, 2))) {
        other.getActionBuilder().setAction(NAMES.action("fwd", 9));
        client.write(P4Client.update(Update.Type.MODIFY, other));
        client.write(P4Client.update(Update.Type.DELETE, other));
      }
      // The rest is carried over; what is const comes with the program again.
      client.push(Action.RECONCILE_AND_COMMIT, marked());
      assertThat(client.readEntries(NAMES.entry("plain").build())).hasSize(2);
      assertThat(client.readEntries(NAMES.entry("ranked").build())).hasSize(2);
      running.port(1).send(new byte[] {1, 0});
      assertThat(running.port(2).receive(java.time.Duration.ofSeconds(5))).isPresent();
    }
  }

  @Test
  void withoutMarksAllInitialEntriesChange() throws Exception {
    try (SoftSwitch running = SoftSwitch.builder().deviceId(1).start();
        P4Client client = P4Client.tcp(running.grpcPort(), 1).primary(1)) {
      client.commit(Programs.config("presets", 1));
      client.write(P4Client.update(Update.Type.DELETE, exact(1)));
    }
  }

  @Test
  void entriesOfAnotherProgramAreRefused() throws Exception {
    String entries = text("presets.entries.txtpb");
    assertThatThrownBy(
            () ->
                ConstEntries.mark(
                    Programs.bytes("router.json"), text("router.p4info.txtpb"), entries))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("updates[0].entity.table_entry.table_id: there is no table ");
    WriteRequest.Builder missing = WriteRequest.newBuilder();
    TextFormat.merge(entries, missing);
    missing
        .getUpdatesBuilder(0)
        .getEntityBuilder()
        .getTableEntryBuilder()
        .getMatchBuilder(0)
        .getExactBuilder()
        .setValue(P4Client.bytes(99));
    assertThatThrownBy(
            () ->
                ConstEntries.mark(
                    Programs.bytes("presets.json"),
                    text("presets.p4info.txtpb"),
                    TextFormat.printer().printToString(missing)))
        .hasMessageContaining("has 0 entries with this match");
  }
}
