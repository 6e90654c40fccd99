package dev.weir.controller;

import dev.weir.controller.device.Bmv2Switch;
import dev.weir.controller.device.TestSwitch;
import java.io.IOException;
import org.junit.jupiter.api.Tag;

@Tag("bmv2")
final class Bmv2MeshTest extends MeshControllerContract {
  @Override
  TestSwitch create() throws IOException {
    return Bmv2Switch.create();
  }
}
