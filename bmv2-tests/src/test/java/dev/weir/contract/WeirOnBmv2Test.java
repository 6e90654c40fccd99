package dev.weir.contract;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;

/** The contract of {@code weir} on BMv2. */
@Tag("bmv2")
class WeirOnBmv2Test extends AdminPipelineContract {
  WeirOnBmv2Test() {
    super("weir");
  }

  @Override
  Target start(String pipeline) throws Exception {
    Assumptions.assumeTrue(
        Bmv2Target.available(), "NOT RUN ON BMv2: it needs simple_switch_grpc on PATH, and root");
    return new Bmv2Target(pipeline);
  }
}
