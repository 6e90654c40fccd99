package dev.weir.conformance;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The same sessions with simple_switch_grpc, which has no roles. */
@Tag("bmv2")
class Bmv2ClientsTest {
  @BeforeEach
  void needsBmv2() {
    Assumptions.assumeTrue(
        Bmv2Device.available(), "NOT RUN ON BMv2: it needs simple_switch_grpc on PATH");
  }

  @Test
  void p4RuntimeShell() throws Exception {
    try (Device device = new Bmv2Device()) {
      PythonClient.SHELL.session(device);
    }
  }

  @Test
  void finsy() throws Exception {
    try (Device device = new Bmv2Device()) {
      PythonClient.FINSY.session(device);
    }
  }
}
