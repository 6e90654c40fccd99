package dev.weir.conformance;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clients by others have a session each with the soft switch. */
@Tag("soft-switch")
class SoftSwitchClientsTest {
  @Test
  void p4RuntimeShell() throws Exception {
    try (Device device = new SoftDevice()) {
      PythonClient.SHELL.session(device);
    }
  }

  @Test
  void finsyWithRoles() throws Exception {
    try (Device device = new SoftDevice()) {
      PythonClient.FINSY.session(device, "roles");
    }
  }
}
