package dev.weir.softswitch.ports;

import dev.weir.softswitch.engine.Switch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Watches the carrier of Linux interfaces and tells the switch which links are up. */
public final class LinkMonitor implements AutoCloseable {
  /** As often as simple_switch looks. */
  private static final long PERIOD_MILLIS = 100;

  private final ScheduledExecutorService timer;

  private LinkMonitor(ScheduledExecutorService timer) {
    this.timer = timer;
  }

  /** Begins to watch. {@code interfaces}: names by switch port. */
  public static LinkMonitor start(Switch of, Map<Integer, String> interfaces) {
    Map<Integer, String> watched = Map.copyOf(interfaces);
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("soft-switch-links").factory());
    if (!watched.isEmpty()) {
      var _ =
          timer.scheduleWithFixedDelay(
              () -> watched.forEach((port, name) -> of.setLink(port, hasCarrier(name))),
              0,
              PERIOD_MILLIS,
              TimeUnit.MILLISECONDS);
    }
    return new LinkMonitor(timer);
  }

  /** Reading the carrier of an interface that is down, or gone, fails: it has none. */
  private static boolean hasCarrier(String interfaceName) {
    try {
      return Files.readString(Path.of("/sys/class/net", interfaceName, "carrier")).startsWith("1");
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
