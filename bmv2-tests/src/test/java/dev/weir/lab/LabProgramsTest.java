package dev.weir.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The lab's own tests in Python, which need neither root nor Mininet. */
class LabProgramsTest {
  @Test
  void theLabsPythonTestsPass() {
    String tests = Commands.checkout().resolve("mininet/tests").toString();
    Commands.Result result =
        Commands.run(List.of("python3", "-m", "unittest", "discover", "-s", tests), "");
    assertThat(result.exitCode()).as(result.errors()).isZero();
    assertThat(result.errors()).containsPattern("Ran [1-9][0-9]* tests");
  }
}
