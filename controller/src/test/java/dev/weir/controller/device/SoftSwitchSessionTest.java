package dev.weir.controller.device;

import java.io.IOException;
import org.junit.jupiter.api.Tag;

@Tag("soft-switch")
final class SoftSwitchSessionTest extends SwitchSessionContract {
  @Override
  TestSwitch create() throws IOException {
    return EmbeddedSwitch.create();
  }
}
