package dev.weir.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table in the documentation says what the tests do. */
class ConformanceTableTest {
  @Test
  void documentationIsWhatTheTestsSay() throws Exception {
    assertThat(Files.readString(ConformanceTable.FILE))
        .as(
            "docs/p4runtime-conformance.md is out of date: run the main method of %s",
            ConformanceTable.class.getName())
        .isEqualTo(ConformanceTable.text());
  }

  @Test
  void listsOfDifferencesNameRequirementsThatExist() {
    Set<String> ids =
        Table.rows().stream().map(r -> r.requirement().id()).collect(Collectors.toSet());
    assertThat(ids).containsAll(Differences.of("bmv2").reasons().keySet());
    assertThat(ids).containsAll(Differences.of("soft-switch").reasons().keySet());
  }
}
