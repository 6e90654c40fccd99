package dev.weir.p4runtime.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.TextFormat;
import com.google.rpc.Code;
import dev.weir.p4runtime.LabProgram;
import dev.weir.p4runtime.RefusalCode;
import dev.weir.p4runtime.RefusedException;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;

class EntryCodecTest {
  private static final Entry POLICY =
      Entry.of(
          "policy",
          Map.of(
              "protocol", new Match.Ternary(Bits.of(6), Bits.of(0xff)),
              "port", new Match.Range(Bits.of(80), Bits.of(443)),
              "epoch", new Match.Optional(Bits.of(1))),
          7,
          Action.of("steer", Map.of("part", Bits.of(256))));

  private static final String POLICY_TEXT =
      """
      table_id: 33554433
      match { field_id: 2 ternary { value: "\\x06" mask: "\\xff" } }
      match { field_id: 3 range { low: "\\x50" high: "\\x01\\xbb" } }
      match { field_id: 4 optional { value: "\\x01" } }
      action { action { action_id: 16777219 params { param_id: 1 value: "\\x01\\x00" } } }
      priority: 7
      """;

  private final EntryCodec codec = new EntryCodec(LabProgram.pipeline());

  @Test
  void anEntryByNamesIsAMessageByIds() {
    assertThat(codec.toProto(POLICY)).isEqualTo(proto(POLICY_TEXT));
    assertThat(codec.fromProto(proto(POLICY_TEXT))).isEqualTo(POLICY);
    assertThat(codec.fromRequest(proto(POLICY_TEXT))).isEqualTo(POLICY);
  }

  @Test
  void exactAndPrefixMatches() {
    Entry guard =
        Entry.of(
            "guard",
            Map.of(
                "ingress_port", new Match.Exact(Bits.of(0)),
                "source_address", new Match.Lpm(Bits.of(0x0a010000L), 16)),
            0,
            Action.of("allow"));
    TableEntry expected =
        proto(
            """
            table_id: 33554435
            match { field_id: 1 exact { value: "\\x00" } }
            match { field_id: 2 lpm { value: "\\n\\x01\\x00\\x00" prefix_len: 16 } }
            action { action { action_id: 16777217 } }
            """);
    assertThat(codec.toProto(guard)).isEqualTo(expected);
    assertThat(codec.fromProto(expected)).isEqualTo(guard);
  }

  @Test
  void aDefaultActionHasNoMatch() {
    Entry epoch = Entry.defaultAction("epoch", Action.of("set_epoch", Map.of("epoch", Bits.of(1))));
    TableEntry expected =
        proto(
            """
            table_id: 33554436 is_default_action: true
            action { action { action_id: 16777222 params { param_id: 1 value: "\\x01" } } }
            """);
    assertThat(codec.toProto(epoch)).isEqualTo(expected);
    assertThat(codec.fromProto(expected)).isEqualTo(epoch);
    assertThat(codec.fromRequest(expected)).isEqualTo(epoch);
  }

  @Test
  void namesInFullBecomeThePipelinesOwn() {
    Entry inFull =
        Entry.of(
            "Lab.edge.guard",
            Map.of("ingress_port", new Match.Exact(Bits.of(3))),
            0,
            Action.of("Lab.allow"));
    Entry own =
        Entry.of(
            "guard", Map.of("ingress_port", new Match.Exact(Bits.of(3))), 0, Action.of("allow"));
    assertThat(codec.canonical(inFull)).isEqualTo(own);
    assertThat(codec.toProto(inFull)).isEqualTo(codec.toProto(own));
  }

  @Test
  void updatesCarryTheirTypeAndADeletionJustTheKey() {
    assertThat(codec.insert(POLICY).getType()).isEqualTo(Update.Type.INSERT);
    assertThat(codec.modify(POLICY).getType()).isEqualTo(Update.Type.MODIFY);
    assertThat(codec.modify(POLICY).getEntity().getTableEntry()).isEqualTo(proto(POLICY_TEXT));
    Update deletion = codec.delete(POLICY.key());
    assertThat(deletion.getType()).isEqualTo(Update.Type.DELETE);
    assertThat(deletion.getEntity().getTableEntry())
        .isEqualTo(proto(POLICY_TEXT).toBuilder().clearAction().build());
    assertThat(codec.keyFromRequest(deletion.getEntity().getTableEntry())).isEqualTo(POLICY.key());
    assertThat(codec.resetDefault("policy").getEntity().getTableEntry())
        .isEqualTo(proto("table_id: 33554433 is_default_action: true"));
  }

  @Test
  void whatADeviceSaysLongerThanNeededIsReadAsWhatItMeans() {
    String answer =
        """
        table_id: 33554433
        match { field_id: 4 optional { value: "\\x00\\x01" } }
        match { field_id: 1 ternary { value: "\\x00" mask: "\\x00\\x00\\x00\\x00\\x00" } }
        match { field_id: 2 ternary { value: "\\x00\\xf6" mask: "\\x0f" } }
        match { field_id: 3 range { low: "\\x00\\x00" high: "\\xff\\xff" } }
        action { action { action_id: 16777217 } }
        priority: 7
        """;
    Entry meant =
        Entry.of(
            "policy",
            Map.of(
                "protocol", new Match.Ternary(Bits.of(6), Bits.of(0x0f)),
                "epoch", new Match.Optional(Bits.of(1))),
            7,
            Action.of("allow"));
    assertThat(codec.fromProto(proto(answer))).isEqualTo(meant);
    assertThat(codec.keyFromProto(proto(answer))).isEqualTo(meant.key());
  }

  @Test
  void aPrefixOfNothingIsReadAsLeftOut() {
    Entry.Key any =
        codec.keyFromProto(
            proto("table_id: 33554434 match { field_id: 1 lpm { value: '\\x00' } }"));
    assertThat(any.matches()).isEmpty();
    Entry.Key covered =
        codec.keyFromProto(
            proto(
                "table_id: 33554434 match { field_id: 1 lpm { value: '\\n\\x01\\x02\\x03'"
                    + " prefix_len: 8 } }"));
    assertThat(covered.matches()).containsEntry("address", new Match.Lpm(Bits.of(0x0a000000L), 8));
  }

  /** Each row is a request that P4Runtime 1.5 §9.1 has a server refuse. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          table_id: 1                                                                                      | unknown-name      | table_id
          table_id: 33554433 priority: 1 match { field_id: 9 }                                             | unknown-name      | match[0].field_id
          table_id: 33554433 priority: 1 match { field_id: 2 }                                             | missing           | match[0]
          table_id: 33554433 priority: 1 match { field_id: 2 exact { value: '\\x06' } }                    | match-kind        | match[0]
          table_id: 33554433 priority: 1 match { field_id: 2 other { } }                                   | match-kind        | match[0].other
          table_id: 33554433 priority: 1 match { field_id: 2 ternary { value: '\\x06' } }                  | out-of-range      | match[0].ternary.mask
          table_id: 33554433 priority: 1 match { field_id: 2 ternary { value: '\\x06' mask: '\\x01\\x00' } } | out-of-range    | match[0].ternary.mask
          table_id: 33554433 priority: 1 match { field_id: 2 ternary { value: '\\x00' mask: '\\x00' } }    | matches-anything  | match[0].ternary.mask
          table_id: 33554433 priority: 1 match { field_id: 2 ternary { value: '\\x06' mask: '\\x02' } }    | bits-outside-mask | match[0].ternary.value
          table_id: 33554433 priority: 1 match { field_id: 3 range { low: '\\x02' high: '\\x01' } }        | empty-range       | match[0].range
          table_id: 33554433 priority: 1 match { field_id: 3 range { low: '\\x00' high: '\\xff\\xff' } }   | matches-anything  | match[0].range
          table_id: 33554433 priority: 1 match { field_id: 4 optional { value: '\\x02' } }                 | out-of-range      | match[0].optional.value
          table_id: 33554433 priority: 1 match { field_id: 4 optional { value: '\\x01' } } match { field_id: 4 optional { value: '\\x01' } } | duplicate | match[1].field_id
          table_id: 33554434 match { field_id: 1 lpm { value: '\\x00' } }                                  | matches-anything  | match[0].lpm.prefix_len
          table_id: 33554434 match { field_id: 1 lpm { value: '\\x00' prefix_len: 33 } }                   | out-of-range      | match[0].lpm.prefix_len
          table_id: 33554434 match { field_id: 1 lpm { value: '\\x00' prefix_len: -1 } }                   | out-of-range      | match[0].lpm.prefix_len
          table_id: 33554434 match { field_id: 1 lpm { value: '\\x01' prefix_len: 24 } }                   | bits-outside-mask | match[0].lpm.value
          table_id: 33554435                                                                               | missing           | match
          table_id: 33554433                                                                               | priority          | priority
          table_id: 33554433 priority: -1                                                                  | priority          | priority
          table_id: 33554434 priority: 1                                                                   | priority          | priority
          table_id: 33554434 priority: 1 is_default_action: true                                           | default-entry     | is_default_action
          table_id: 33554436                                                                               | keyless-table     | ``
          table_id: 33554434                                                                               | missing           | action
          table_id: 33554434 action { action { action_id: 16777217 } }                                     | unknown-name      | action.action.action_id
          table_id: 33554433 priority: 1 action { action { action_id: 16777218 } }                         | action-scope      | action.action.action_id
          table_id: 33554433 is_default_action: true action { action { action_id: 16777219 params { param_id: 1 value: '\\x01' } } } | action-scope | action.action.action_id
          table_id: 33554433 priority: 1 action { action { action_id: 16777219 } }                         | missing           | action.action.params
          table_id: 33554433 priority: 1 action { action { action_id: 16777219 params { param_id: 1 } } }  | out-of-range      | action.action.params[0].value
          table_id: 33554433 priority: 1 action { action { action_id: 16777219 params { param_id: 2 value: '\\x01' } } } | unknown-name | action.action.params[0].param_id
          table_id: 33554433 priority: 1 action { action { action_id: 16777219 params { param_id: 1 value: '\\x01' } params { param_id: 1 value: '\\x01' } } } | duplicate | action.action.params[1].param_id
          table_id: 33554434 action { action_profile_member_id: 1 }                                        | not-expressible   | action
          table_id: 33554438 match { field_id: 1 exact { value: '\\x01' } } action { action { action_id: 16777220 } } | not-expressible | action
          """)
  void aRequestThatCannotBeIsRefusedWithItsPath(String request, String code, String path) {
    assertRefused(() -> codec.fromRequest(proto(request)), code, path);
  }

  @Test
  void anEntryThatThePipelineCannotHoldIsRefusedWithItsPath() {
    assertRefused(
        () -> codec.toProto(policy("port", new Match.Range(Bits.ZERO, Bits.of(65535)))),
        "matches-anything",
        "matches.port");
    assertRefused(
        () -> codec.toProto(policy("port", new Match.Range(Bits.ZERO, Bits.of(65536)))),
        "out-of-range",
        "matches.port.high");
    assertRefused(
        () -> codec.toProto(policy("port", new Match.Exact(Bits.of(80)))),
        "match-kind",
        "matches.port");
    assertRefused(
        () -> codec.toProto(policy("prt", new Match.Exact(Bits.of(80)))),
        "unknown-name",
        "matches");
    assertRefused(
        () -> codec.toProto(route(new Match.Lpm(Bits.of(1), 31))),
        "bits-outside-mask",
        "matches.address.value");
    assertRefused(
        () -> codec.toProto(route(new Match.Lpm(Bits.of(1), 33))),
        "out-of-range",
        "matches.address.prefix_len");
    assertRefused(
        () -> codec.toProto(Entry.of("rout", Map.of(), 0, Action.of("forward"))),
        "unknown-name",
        "table");
    assertRefused(
        () -> codec.toProto(Entry.of("route", Map.of(), 1, Action.of("forward"))),
        "priority",
        "priority");
    assertRefused(
        () -> codec.toProto(Entry.of("route", Map.of(), 0, Action.of("forward"))),
        "missing",
        "action.params");
    assertRefused(
        () -> codec.toProto(Entry.of("route", Map.of(), 0, Action.of("drop"))),
        "unknown-name",
        "action");
    assertRefused(
        () ->
            codec.toProto(
                Entry.of("policy", Map.of(), 1, Action.of("steer", Map.of("prt", Bits.ZERO)))),
        "unknown-name",
        "action.params");
    assertRefused(
        () ->
            codec.toProto(
                Entry.of(
                    "policy", Map.of(), 1, Action.of("steer", Map.of("part", Bits.of(65536))))),
        "out-of-range",
        "action.params.part");
    assertRefused(
        () -> codec.toProto(Entry.of("epoch", Map.of(), 0, Action.of("set_epoch"))),
        "keyless-table",
        "");
  }

  @Test
  void theMessageNamesTheCandidates() {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> codec.toProto(Entry.of("polcy", Map.of(), 1, Action.of("allow"))))
        .withMessage(
            "unknown-name at table: no table 'polcy' in pipeline unnamed; did you mean 'policy'?");
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> codec.toProto(Entry.of("policy", Map.of(), 1, Action.of("alow"))))
        .withMessageContaining("no action 'alow' in table policy; did you mean 'allow'?");
  }

  @Test
  void whatTheProgramMadeConstantIsNotWritten() {
    Entry fixed =
        Entry.of("fixed", Map.of("protocol", new Match.Exact(Bits.of(6))), 0, Action.of("allow"));
    assertThat(codec.toProto(fixed).getTableId()).isEqualTo(33554437);
    assertRefused(() -> codec.insert(fixed), "constant", "table");
    assertRefused(() -> codec.modify(fixed), "constant", "table");
    assertRefused(() -> codec.delete(fixed.key()), "constant", "table");
    assertRefused(
        () -> codec.modify(Entry.defaultAction("guard", Action.of("deny"))), "constant", "table");
    assertRefused(() -> codec.resetDefault("guard"), "constant", "table");
    assertThat(RefusalCode.CONSTANT.canonical()).isEqualTo(Code.PERMISSION_DENIED);
  }

  @Test
  void aDefaultIsNeitherInsertedNorDeleted() {
    Entry allow = Entry.defaultAction("policy", Action.of("allow"));
    assertThat(codec.modify(allow).getEntity().getTableEntry().getIsDefaultAction()).isTrue();
    assertRefused(() -> codec.insert(allow), "default-entry", "");
    assertRefused(() -> codec.delete(allow.key()), "default-entry", "");
  }

  @Test
  void readingsAskForCountersWhereThereAreSome() {
    assertThat(codec.readEntries("policy", true).getTableEntry())
        .isEqualTo(proto("table_id: 33554433 counter_data { }"));
    assertThat(codec.readEntries("route", true).getTableEntry())
        .isEqualTo(proto("table_id: 33554434"));
    assertThat(codec.readDefault("policy", false).getTableEntry())
        .isEqualTo(proto("table_id: 33554433 is_default_action: true"));
  }

  private static Entry policy(String field, Match match) {
    return Entry.of("policy", Map.of(field, match), 1, Action.of("allow"));
  }

  private static Entry route(Match match) {
    return Entry.of(
        "route",
        Map.of("address", match),
        0,
        Action.of("forward", Map.of("port", Bits.of(1), "destination_mac", Bits.of(2))));
  }

  private static void assertRefused(ThrowingCallable call, String code, String path) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(call)
        .satisfies(
            e -> {
              assertThat(e.code().text()).as(e.getMessage()).isEqualTo(code);
              assertThat(e.path()).as(e.getMessage()).isEqualTo(path);
              assertThat(e.problem()).isNotBlank();
              assertThat(e.advice()).isNotBlank();
            });
  }

  private static TableEntry proto(String text) {
    try {
      return TextFormat.parse(text, TableEntry.class);
    } catch (TextFormat.ParseException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
