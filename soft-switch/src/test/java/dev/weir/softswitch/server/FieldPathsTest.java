package dev.weir.softswitch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.SoftSwitch;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Map;
import org.junit.jupiter.api.Test;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.Error;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.WriteRequest.Atomicity;

/** What is refused is named by the path of its field in the request. */
class FieldPathsTest {
  private static final P4Info INFO = Programs.p4info("atomic");
  private static final P4Client.Names NAMES = new P4Client.Names(INFO);
  private static final int TABLE = NAMES.table("ways").getPreamble().getId();
  private static final int GO = NAMES.action("go").getActionId();
  private static final String ACTION =
      "action { action { action_id: %d params { param_id: 1 value: '1' } %%s } }".formatted(GO);

  /** By path: an entity in protobuf text whose insertion it is wrong in. */
  private static final Map<String, String> WRONG =
      Map.ofEntries(
          Map.entry("table_entry.table_id", "table_entry { table_id: 5 }"),
          Map.entry("table_entry.match", entry("")),
          Map.entry("table_entry.priority", entry(match("'\\001'") + " priority: 3")),
          Map.entry("table_entry.match[0].field_id", entry("match { field_id: 9 }")),
          Map.entry("table_entry.match[0]", entry("match { field_id: 1 range { } }")),
          Map.entry("table_entry.match[0].exact.value", entry(match("'\\001\\001'"))),
          Map.entry("table_entry.match[1].field_id", entry(match("'1'") + match("'1'"))),
          Map.entry("table_entry.action", entry(match("'\\001'"))),
          Map.entry(
              "table_entry.action.action.action_id",
              entry(match("'\\001'") + " action { action { action_id: 3 } }")),
          Map.entry("table_entry.action.action.params", entry(match("'1'") + ACTION.formatted(""))),
          Map.entry(
              "table_entry.action.action.params[1].param_id",
              entry(match("'1'") + ACTION.formatted("params { param_id: 7 }"))),
          Map.entry(
              "table_entry.action.action.params[1].value",
              entry(match("'1'") + ACTION.formatted("params { param_id: 2 value: '123' }"))),
          Map.entry(
              "table_entry.meter_config.cir",
              entry(match("'1'") + complete() + " meter_config { cir: 5 pir: 4 }")),
          Map.entry(
              "table_entry.idle_timeout_ns",
              entry(match("'1'") + complete() + " idle_timeout_ns: 5")),
          Map.entry(
              "packet_replication_engine_entry.multicast_group_entry.multicast_group_id",
              replication("multicast_group_entry { }")),
          Map.entry(
              "packet_replication_engine_entry.multicast_group_entry.replicas[1].port",
              replication(
                  "multicast_group_entry { multicast_group_id: 1 replicas { port: '1' }"
                      + " replicas { } }")),
          Map.entry(
              "packet_replication_engine_entry.clone_session_entry.replicas[0].backup_replicas[0]"
                  + ".port",
              replication(
                  "clone_session_entry { session_id: 1 replicas { port: '1' backup_replicas {"
                      + " port: '1' } } }")),
          Map.entry("action_profile_member.action_profile_id", "action_profile_member { }"));

  /** Likewise what is modified. */
  private static final Map<String, String> WRONG_CHANGES =
      Map.of(
          "counter_entry.counter_id",
          "counter_entry { counter_id: 4 }",
          "counter_entry.index",
          "counter_entry { counter_id: %d index { index: 99 } }"
              .formatted(INFO.getCounters(0).getPreamble().getId()),
          "meter_entry.config.cir",
          "meter_entry { meter_id: %d config { cir: 5 pir: 4 } }"
              .formatted(INFO.getMeters(0).getPreamble().getId()),
          "value_set_entry.members[0].match[0].exact.value",
          "value_set_entry { value_set_id: %d members { match { field_id: 1 exact { value: '12' } } } }"
              .formatted(INFO.getValueSets(0).getPreamble().getId()),
          "direct_meter_entry.table_entry.match[0].exact.value",
          "direct_meter_entry { table_entry { table_id: %d %s } }"
              .formatted(TABLE, match("'\\001\\001'")),
          "direct_counter_entry.table_entry",
          "direct_counter_entry { table_entry { table_id: %d %s } }"
              .formatted(TABLE, match("'\\001'")));

  private static String entry(String rest) {
    return "table_entry { table_id: " + TABLE + " " + rest + " }";
  }

  private static String match(String value) {
    return "match { field_id: 1 exact { value: " + value + " } }";
  }

  private static String complete() {
    return ACTION.formatted("params { param_id: 2 value: '1' } params { param_id: 3 value: '1' }");
  }

  private static String replication(String rest) {
    return "packet_replication_engine_entry { " + rest + " }";
  }

  private static Entity parse(String text) throws TextFormat.ParseException {
    return TextFormat.parse(text, Entity.class);
  }

  private static void assertRefusedAt(P4Client client, String path, Update.Type type, String wrong)
      throws Exception {
    Entity first = parse("digest_entry { }");
    var request =
        client
            .writeRequest()
            .addUpdates(P4Client.update(Update.Type.DELETE, first))
            .addUpdates(P4Client.update(type, parse(wrong)))
            .setAtomicity(Atomicity.CONTINUE_ON_ERROR)
            .build();
    assertThatThrownBy(() -> client.rpc.write(request))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e ->
                assertThat(message(e, 1)).as(wrong).startsWith("updates[1].entity." + path + ": "));
  }

  private static String message(StatusRuntimeException e, int index) {
    try {
      return StatusProto.fromThrowable(e).getDetails(index).unpack(Error.class).getMessage();
    } catch (com.google.protobuf.InvalidProtocolBufferException broken) {
      throw new IllegalStateException(broken);
    }
  }

  @Test
  void writesAndReads() throws Exception {
    try (SoftSwitch running = SoftSwitch.builder().deviceId(1).start();
        P4Client client = P4Client.tcp(running.grpcPort(), 1).primary(1)) {
      client.commit(Programs.config("atomic", 1));
      for (Map.Entry<String, String> each : WRONG.entrySet()) {
        assertRefusedAt(client, each.getKey(), Update.Type.INSERT, each.getValue());
      }
      for (Map.Entry<String, String> each : WRONG_CHANGES.entrySet()) {
        assertRefusedAt(client, each.getKey(), Update.Type.MODIFY, each.getValue());
        Entity filter = parse(each.getValue());
        if (filter.hasMeterEntry() || filter.hasValueSetEntry()) {
          continue; // only the ids of these matter in a read
        }
        assertThatThrownBy(() -> client.read(parse("counter_entry { }"), filter))
            .isInstanceOfSatisfying(
                StatusRuntimeException.class,
                e -> assertThat(message(e, 1)).startsWith("entities[1]." + each.getKey() + ": "));
      }
    }
  }

  @Test
  void packets() throws Exception {
    try (SoftSwitch running = SoftSwitch.builder().deviceId(1).cpuPort(510).start();
        P4Client client = P4Client.tcp(running.grpcPort(), 1).primary(1)) {
      client.commit(Programs.config("copies", 1));
      StreamMessageRequest.Builder packet = StreamMessageRequest.newBuilder();
      packet
          .getPacketBuilder()
          .addMetadataBuilder()
          .setMetadataId(1)
          .setValue(ByteString.copyFromUtf8("wide"));
      client.send(packet.build());
      assertThat(client.next().getError().getMessage()).startsWith("packet.metadata[0].value: ");
    }
  }

  @Test
  void pipelines() throws Exception {
    P4Info.Builder other = INFO.toBuilder();
    other.getTablesBuilder(0).getMatchFieldsBuilder(0).setBitwidth(9);
    assertPipelineRefusedAt("config.p4info.tables[0].match_fields[0].bitwidth", other);
    other = INFO.toBuilder();
    other
        .getTablesBuilder(0)
        .getMatchFieldsBuilder(0)
        .setMatchType(p4.config.v1.P4InfoOuterClass.MatchField.MatchType.TERNARY);
    assertPipelineRefusedAt("config.p4info.tables[0].match_fields[0].match_type", other);
    other = INFO.toBuilder();
    other.getCountersBuilder(0).getPreambleBuilder().setName("other").setAlias("other");
    assertPipelineRefusedAt("config.p4info.counters[0].preamble.name", other);
    other = INFO.toBuilder();
    other.getTablesBuilder(0).getPreambleBuilder().setName("other").setAlias("other");
    assertPipelineRefusedAt("config.p4info.tables[0].preamble.name", other);
  }

  private static void assertPipelineRefusedAt(String path, P4Info.Builder info) throws Exception {
    ForwardingPipelineConfig config =
        Programs.config("atomic", 1).toBuilder().setP4Info(info).build();
    try (SoftSwitch running = SoftSwitch.builder().deviceId(1).start();
        P4Client client = P4Client.tcp(running.grpcPort(), 1).primary(1)) {
      assertThatThrownBy(() -> client.commit(config))
          .hasMessageStartingWith("INVALID_ARGUMENT: " + path + ": ");
    }
  }
}
