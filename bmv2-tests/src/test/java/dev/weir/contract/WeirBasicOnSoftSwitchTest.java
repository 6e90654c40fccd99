package dev.weir.contract;

import org.junit.jupiter.api.Tag;

/** The contract of {@code weir_basic} on the soft switch. */
@Tag("soft-switch")
class WeirBasicOnSoftSwitchTest extends PipelineContract {
  WeirBasicOnSoftSwitchTest() {
    super("weir_basic");
  }

  @Override
  Target start(String pipeline) throws Exception {
    return new SoftTarget(pipeline);
  }
}
