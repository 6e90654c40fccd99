package dev.weir.controller.device;

import dev.weir.softswitch.SoftSwitch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** The soft switch in this process. */
public final class EmbeddedSwitch implements TestSwitch {
  private static final long DEVICE = 7;

  private final int port;
  private SoftSwitch running;

  private EmbeddedSwitch(int port) {
    this.port = port;
  }

  public static EmbeddedSwitch create() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new EmbeddedSwitch(free.getLocalPort());
    }
  }

  @Override
  public DeviceAddress address() {
    return new DeviceAddress("s1", DEVICE, "127.0.0.1", port);
  }

  @Override
  public void start() throws IOException {
    running = SoftSwitch.builder().deviceId(DEVICE).grpc("127.0.0.1", port).start();
  }

  @Override
  public void stop() {
    if (running != null) {
      running.close();
      running = null;
    }
  }
}
