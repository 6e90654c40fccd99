package dev.weir.controller.device;

import java.io.IOException;
import org.junit.jupiter.api.Tag;

@Tag("bmv2")
final class Bmv2SessionTest extends SwitchSessionContract {
  @Override
  TestSwitch create() throws IOException {
    return Bmv2Switch.create();
  }
}
