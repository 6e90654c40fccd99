package dev.weir.contract;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;

/** The contract of {@code weir_compact} on BMv2. */
@Tag("bmv2")
class WeirCompactOnBmv2Test extends Ipv6PipelineContract {
  WeirCompactOnBmv2Test() {
    super("weir_compact");
  }

  @Override
  Target start(String pipeline) throws Exception {
    Assumptions.assumeTrue(
        Bmv2Target.available(), "NOT RUN ON BMv2: it needs simple_switch_grpc on PATH, and root");
    return new Bmv2Target(pipeline);
  }
}
