package dev.weir.contract;

import org.junit.jupiter.api.Tag;

/** The contract of {@code weir} on the soft switch. */
@Tag("soft-switch")
class WeirOnSoftSwitchTest extends AdminPipelineContract {
  WeirOnSoftSwitchTest() {
    super("weir");
  }

  @Override
  Target start(String pipeline) throws Exception {
    return new SoftTarget(pipeline);
  }
}
