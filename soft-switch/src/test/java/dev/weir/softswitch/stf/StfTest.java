package dev.weir.softswitch.stf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.softswitch.Programs;
import org.junit.jupiter.api.Test;

class StfTest {
  private static StfReport run(String program, String script) {
    return StfRunner.run(Programs.program(program), StfScript.parse(script));
  }

  @Test
  void aScriptAddsEntriesSendsAndExpects() {
    StfReport report =
        run(
            "matching",
            """
            # exact, with an id
            add exact_t a:0x0102 d:1 set(value:0x77, port:3) = $A
            add ternary_t 10 a:0x01** b:5 set(value:1, port:4)
            add ternary_t 20 a:0x0102 b:5 set(value:2, port:4)
            setdefault lpm_t set(value:9, port:5)
            packet 1 10 0102 00000000 00000000000000000000000000000000 01 00 0000 aa
            expect 3 10 0102 ******** 00000000000000000000000000000000 01 77 0000 aa$
            packet 1 12 0102 00000005 00000000000000000000000000000000 01 00 0000
            expect 4 12 0102 00000005 00000000000000000000000000000000 01 02 0000
            packet 1 12 01ff 00000005 00000000000000000000000000000000 01 00 0000
            expect 4 12 01ff 00000005 00000000000000000000000000000000 01 01 0000
            packet 1 11 01ff 00000005 00000000000000000000000000000000 01 00 0000
            expect 5
            wait
            no_packet
            """);
    assertThat(report.failures()).isEmpty();
    assertThat(report.packets()).isEqualTo(4);
    assertThat(report.expected()).isEqualTo(4);
  }

  @Test
  void whatIsNotAsExpectedIsReported() {
    StfReport report =
        run(
            "stateful",
            """
            packet 1 05 03 00000000000000000000000000000000 0000000000000000 0000
            expect 2 05 04
            packet 1 05 03 00000000000000000000000000000000 0000000000000000 0000
            expect 2 05 03 00000000000000000000000000000000 0000000000000000 0000 00
            expect 3 01
            check_counter counts(3) packets == 2
            check_counter counts(3) bytes > 1000
            """);
    assertThat(report.failures()).hasSize(4);
    assertThat(report.failures().getFirst()).contains("counts(3)");
  }

  @Test
  void unexpectedPacketsFail() {
    assertThat(
            run(
                    "stateful",
                    "packet 1 05 03 00000000000000000000000000000000 0000000000000000 0000\n")
                .passed())
        .isFalse();
  }

  @Test
  void copiesAreConfiguredByCommands() {
    StfReport report =
        run(
            "copies",
            """
            mc_mgrp_create 1
            mc_node_create 7 1 2
            mc_node_create 8 3
            mc_node_associate 1 0
            mc_node_associate 1 1
            mirroring_add 5 4
            packet 9 01 00 0001 00 00 00
            expect 1 01 05 0007 00 00 00$
            expect 2 01 05 0007 00 00 00$
            expect 3 01 05 0008 00 00 00$
            packet 9 02 33 0005 00 00 00
            expect 2 02 33 aaaa 00 00 00$
            expect 4 02 33 0009 00 00 00$
            """);
    assertThat(report.failures()).isEmpty();
  }

  @Test
  void brokenScriptsNameTheLine() {
    for (String line :
        new String[] {
          "paket 1 00",
          "packet x 00",
          "packet 1 0",
          "expect 1 0g",
          "add t",
          "add exact_t a:zz set(value:1, port:2)",
          "add exact_t a:1 set(value:1, port:2) more",
          "remove this"
        }) {
      assertThatThrownBy(() -> StfScript.parse("\n" + line))
          .describedAs(line)
          .isInstanceOf(StfException.class)
          .hasMessageContaining("line 2");
    }
    assertThatThrownBy(() -> run("matching", "add none a:1 set(value:1, port:2)"))
        .isInstanceOf(StfException.class)
        .hasMessageContaining("none");
  }
}
