package dev.weir.controller;

import dev.weir.controller.device.EmbeddedSwitch;
import dev.weir.controller.device.TestSwitch;
import java.io.IOException;
import org.junit.jupiter.api.Tag;

@Tag("soft-switch")
final class SoftSwitchMeshTest extends MeshControllerContract {
  @Override
  TestSwitch create() throws IOException {
    return EmbeddedSwitch.create();
  }
}
