package dev.weir.contract;

import dev.weir.softswitch.SoftSwitch;
import dev.weir.softswitch.ports.InProcessPort;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The soft switch in this process, programmed over gRPC as any target. */
final class SoftTarget implements Target {
  private final SoftSwitch soft;
  private final P4RuntimeDriver driver;
  private final Map<Integer, InProcessPort> ports = new HashMap<>();

  SoftTarget(String pipeline) throws Exception {
    soft = SoftSwitch.builder().deviceId(1).grpc("127.0.0.1", 0).start();
    driver = new P4RuntimeDriver(soft.grpcPort(), 1, pipeline);
    for (int number = 1; number <= 4; number++) {
      ports.put(number, soft.port(number));
    }
  }

  private InProcessPort port(int number) {
    InProcessPort port = ports.get(number);
    if (port == null) {
      throw new IllegalArgumentException("no port " + number);
    }
    return port;
  }

  @Override
  public P4RuntimeDriver driver() {
    return driver;
  }

  @Override
  public void send(int port, byte[] frame) {
    port(port).send(frame);
  }

  @Override
  public byte @Nullable [] receive(int port, Duration patience) {
    return port(port).receive(patience).orElse(null);
  }

  @Override
  public void drain() {
    for (InProcessPort port : ports.values()) {
      while (port.receive(Duration.ZERO).isPresent()) {
        // thrown away
      }
    }
  }

  @Override
  public void close() {
    driver.close();
    soft.close();
  }
}
