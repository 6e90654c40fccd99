package dev.weir.contract;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;

/** The contract of {@code weir_basic} on BMv2. */
@Tag("bmv2")
class WeirBasicOnBmv2Test extends PipelineContract {
  WeirBasicOnBmv2Test() {
    super("weir_basic");
  }

  @Override
  Target start(String pipeline) throws Exception {
    Assumptions.assumeTrue(
        Bmv2Target.available(), "NOT RUN ON BMv2: it needs simple_switch_grpc on PATH, and root");
    return new Bmv2Target(pipeline);
  }
}
