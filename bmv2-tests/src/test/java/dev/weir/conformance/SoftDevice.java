package dev.weir.conformance;

import dev.weir.softswitch.SoftSwitch;
import java.io.IOException;

/** The soft switch in this process, reached over gRPC as any target. */
final class SoftDevice implements Device {
  private final SoftSwitch soft;

  SoftDevice() throws IOException {
    soft = SoftSwitch.builder().deviceId(ID).cpuPort(CONTROLLER_PORT).start();
    var _ = soft.port(1);
    var _ = soft.port(2);
  }

  @Override
  public int grpcPort() {
    return soft.grpcPort();
  }

  @Override
  public void setLink(int port, boolean up) {
    soft.setLink(port, up);
  }

  @Override
  public boolean hasLinks() {
    return true;
  }

  @Override
  public void close() {
    soft.close();
  }
}
