package dev.weir.conformance;

import org.junit.jupiter.api.Tag;

/** What P4Runtime asks, of the soft switch. */
@Tag("soft-switch")
class SoftSwitchConformanceTest extends ConformanceContract {
  @Override
  Device start() throws Exception {
    return new SoftDevice();
  }

  @Override
  Differences differences() {
    return Differences.of("soft-switch");
  }
}
