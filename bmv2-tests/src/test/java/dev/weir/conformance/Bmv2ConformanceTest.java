package dev.weir.conformance;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** What P4Runtime asks, of simple_switch_grpc. */
@Tag("bmv2")
class Bmv2ConformanceTest extends ConformanceContract {
  @BeforeAll
  void needsBmv2() {
    Assumptions.assumeTrue(
        Bmv2Device.available(),
        "NOT RUN ON BMv2: it needs simple_switch_grpc on PATH, and root for its links");
  }

  @Override
  Device start() throws Exception {
    return new Bmv2Device();
  }

  @Override
  Differences differences() {
    return Differences.of("bmv2");
  }
}
