package dev.weir.p4runtime.info;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.weir.p4runtime.LabProgram;
import dev.weir.p4runtime.RefusalCode;
import dev.weir.p4runtime.RefusedException;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.info.Pipeline.MatchKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class P4InfoReaderTest {
  private final Pipeline lab = LabProgram.pipeline();

  @Test
  void tablesGoByTheirLastNameInOrder() {
    assertThat(lab.tables().keySet())
        .containsExactly("policy", "route", "guard", "epoch", "fixed", "balance");
    assertThat(lab.table("policy").fields().values())
        .containsExactly(
            new Pipeline.Field(1, "source_code", 40, MatchKind.TERNARY),
            new Pipeline.Field(2, "protocol", 8, MatchKind.TERNARY),
            new Pipeline.Field(3, "port", 16, MatchKind.RANGE),
            new Pipeline.Field(4, "epoch", 1, MatchKind.OPTIONAL));
    assertThat(lab.table("policy").prioritised()).isTrue();
    assertThat(lab.table("route").prioritised()).isFalse();
    assertThat(lab.table("route").size()).isEqualTo(512);
  }

  @Test
  void namesInFullAndAliasesMeanTheSameObject() {
    Pipeline.Table guard = lab.table("guard");
    assertThat(lab.table("Lab.edge.guard")).isSameAs(guard);
    assertThat(lab.findTable("edge.guard")).containsSame(guard);
    assertThat(lab.counter("Lab.drops")).isSameAs(lab.counter("drops"));
    assertThat(lab.findTable("Lab")).isEmpty();
  }

  @Test
  void actionsOfOneNameAreToldApartInTheProgramAndShortWithinTheirTable() {
    assertThat(lab.actions().keySet())
        .containsExactly("allow", "Lab.deny", "steer", "forward", "edge.deny", "set_epoch");
    assertThat(lab.table("guard").action("deny").id()).isEqualTo(16777221);
    assertThat(lab.table("guard").action("edge.deny").id()).isEqualTo(16777221);
    assertThat(lab.table("policy").action("deny").id()).isEqualTo(16777218);
    assertThat(lab.table("policy").action("Lab.deny").name()).isEqualTo("deny");
  }

  @Test
  void scopesAndDefaultsOfActions() {
    Pipeline.Table policy = lab.table("policy");
    assertThat(policy.actions().keySet()).containsExactly("allow", "steer");
    assertThat(policy.defaultOnly().keySet()).containsExactly("deny");
    assertThat(policy.tableOnly()).containsExactly("steer");
    assertThat(policy.constantDefault()).isEmpty();
    assertThat(policy.initialDefault()).contains(Action.of("deny"));
    assertThat(lab.table("guard").constantDefault()).contains("deny");
    assertThat(lab.table("guard").initialDefault()).isEmpty();
    assertThat(lab.table("route").initialDefault())
        .contains(Action.of("forward", Map.of("port", Bits.of(511), "destination_mac", Bits.ZERO)));
  }

  @Test
  void whatBelongsToATableIsSaidWithIt() {
    assertThat(lab.table("policy").hasDirectCounter()).isTrue();
    assertThat(lab.table("policy").hasDirectMeter()).isFalse();
    assertThat(lab.table("balance").hasDirectMeter()).isTrue();
    assertThat(lab.table("balance").actionProfile()).contains("backends");
    assertThat(lab.table("guard").idleTimeouts()).isTrue();
    assertThat(lab.table("fixed").constant()).isTrue();
  }

  @Test
  void externsAreReadByName() {
    assertThat(lab.counter("drops"))
        .isEqualTo(
            new Externs.Counter(
                301989889, "drops", ImmutableSet.of("Lab.drops"), Externs.CounterUnit.BOTH, 13));
    assertThat(lab.externs().directCounters().get("policy_hits").table()).isEqualTo("policy");
    assertThat(lab.meter("rates").type()).isEqualTo(Externs.MeterType.SINGLE_RATE_TWO_COLOR);
    assertThat(lab.meter("rates").unit()).isEqualTo(Externs.MeterUnit.PACKETS);
    assertThat(lab.externs().directMeters().get("balance_rate").table()).isEqualTo("balance");
    assertThat(lab.register("cells").type()).isEqualTo(new DataType.Unsigned(2032));
    assertThat(lab.register("cells").size()).isEqualTo(4096);
    assertThat(lab.actionProfile("backends").tables()).containsExactly("balance");
    assertThat(lab.actionProfile("backends").selector()).isTrue();
    assertThat(lab.digest("report_t").type())
        .isEqualTo(
            new DataType.Struct(
                "report_t",
                ImmutableMap.of(
                    "source", new DataType.Unsigned(32),
                    "verdict", new DataType.Numbered("verdict_t", 2),
                    "cut", new DataType.Bool(),
                    "port", new DataType.Unsigned(32))));
  }

  @Test
  void anUnknownNameIsRefusedWithTheNearestCandidate() {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> lab.table("polcy"))
        .satisfies(e -> assertThat(e.code()).isEqualTo(RefusalCode.UNKNOWN_NAME))
        .withMessage("unknown-name: no table 'polcy' in pipeline unnamed; did you mean 'policy'?");
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> lab.table("policy").field("prot"))
        .withMessageContaining("no field 'prot' in table policy; did you mean 'port'");
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> lab.counter("xxxxxxxx"))
        .withMessageEndingWith("there are drops");
  }

  @Test
  void aFileGivesItsNameToANamelessProgram(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("lab.p4info.txtpb");
    Files.writeString(file, LabProgram.text());
    assertThat(P4InfoReader.readText(file).name()).isEqualTo("lab");
    Files.writeString(
        file, LabProgram.text().replace("arch: \"v1model\"", "name: \"switch\" arch: \"v1model\""));
    assertThat(P4InfoReader.readText(file).name()).isEqualTo("switch");
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> P4InfoReader.readText(folder.resolve("none")))
        .satisfies(e -> assertThat(e.code()).isEqualTo(RefusalCode.P4INFO_UNREADABLE));
  }

  @Test
  void textThatIsNotP4InfoIsRefusedWithItsPlace() {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> P4InfoReader.readText("tables {\n  colour: 3\n}"))
        .satisfies(e -> assertThat(e.code()).isEqualTo(RefusalCode.P4INFO_UNREADABLE))
        .withMessageContaining("2:3");
  }

  /** Each row breaks the program in one place. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          id: 33554434 name: "Lab.route"           | id: 33554433 name: "Lab.route"        | tables[1].preamble.id
          id: 33554434 name: "Lab.route"           | id: 0 name: "Lab.route"               | tables[1].preamble.id
          name: "Lab.epoch"                        | name: ""                              | tables[3].preamble.name
          name: "Lab.epoch" alias: "epoch"         | name: "Lab.policy" alias: "epoch2"    | tables[3].preamble.name
          action_refs { id: 16777222               | action_refs { id: 16777299            | tables[3].action_refs[0].id
          const_default_action_id: 16777221        | const_default_action_id: 9            | tables[2].const_default_action_id
          direct_resource_ids: 318767105           | direct_resource_ids: 301989889        | tables[0].direct_resource_ids[0]
          implementation_id: 285212673             | implementation_id: 1                  | tables[5].implementation_id
          direct_table_id: 33554433                | direct_table_id: 16777217             | direct_counters[0].direct_table_id
          name: "port" bitwidth: 16                | name: "port"                          | tables[0].match_fields[2].bitwidth
          match_type: RANGE                        | other_match_type: "hash"              | tables[0].match_fields[2]
          id: 2 name: "protocol"                   | id: 1 name: "protocol"                | tables[0].match_fields[1].id
          id: 2 name: "protocol"                   | id: 2 name: "port"                    | tables[0].match_fields[2].name
          name: "part" bitwidth: 16                | name: "part"                          | actions[2].params[0].bitwidth
          id: 2 name: "destination_mac"            | id: 2 name: "port"                    | actions[3].params[1].name
          value: "\\x01\\xff"                      | value: "\\x02\\xff"                   | tables[1].initial_default_action.arguments
          unit: BOTH                               | unit: UNSPECIFIED                     | counters[0].spec.unit
          struct { name: "report_t" }              | struct { name: "other_t" }            | digests[0].type_spec
          """)
  void aP4InfoThatContradictsItselfIsRefusedWithThePath(String there, String broken, String path) {
    String text = LabProgram.text();
    assertThat(text).contains(there);
    String changed = text.replaceFirst(Pattern.quote(there), Matcher.quoteReplacement(broken));
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> P4InfoReader.readText(changed))
        .satisfies(
            e -> {
              assertThat(e.code()).isEqualTo(RefusalCode.P4INFO_INVALID);
              assertThat(e.path()).isEqualTo(path);
              assertThat(e.advice()).isNotBlank();
            });
  }
}
