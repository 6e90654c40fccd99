package dev.weir.contract;

import org.junit.jupiter.api.Tag;

/** The contract of {@code weir_compact} on the soft switch. */
@Tag("soft-switch")
class WeirCompactOnSoftSwitchTest extends Ipv6PipelineContract {
  WeirCompactOnSoftSwitchTest() {
    super("weir_compact");
  }

  @Override
  Target start(String pipeline) throws Exception {
    return new SoftTarget(pipeline);
  }
}
