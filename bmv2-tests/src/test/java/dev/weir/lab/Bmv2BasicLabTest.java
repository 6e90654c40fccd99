package dev.weir.lab;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Bmv2BasicLabTest implements OutcomeContract, EdgeContract, BasicPipelineContract {
  private Lab lab;

  @BeforeAll
  void start() throws IOException {
    Requirements.forLab("bmv2");
    lab = Lab.start("bmv2", "weir_basic");
  }

  @AfterAll
  void stop() {
    if (lab != null) {
      lab.close();
    }
  }

  @Override
  public Lab lab() {
    return lab;
  }
}
