package dev.weir.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LabLifecycleTest {
  @BeforeEach
  void require() {
    Requirements.forLab("soft");
  }

  @Test
  void aLabThatIsKilledLeavesNothingOnceCleanedAndAnotherStartsAndEndsWithoutATrace()
      throws IOException {
    Lab.Traces killed;
    try (Lab lab = Lab.start("soft", "weir")) {
      killed = lab.traces();
      assertThat(killed.pids()).hasSizeGreaterThan(20);
      assertThat(killed.left()).hasSizeGreaterThan(30);
      lab.crashAndClean();
      assertThat(killed.left()).isEmpty();
    }
    Lab.Traces ended;
    try (Lab lab = Lab.start("soft", "weir")) {
      ended = lab.traces();
    }
    assertThat(ended.left()).isEmpty();
  }
}
