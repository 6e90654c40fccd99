package dev.weir.bench.softswitch;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Packets per second through each device in turn, on the same interfaces. */
final class PacketRate {
  /** Before a window: what waits in buffers from before is gone, rates have settled. */
  private static final Duration SETTLE = Duration.ofMillis(500);

  /** What a device may be offered, of what it can forward: it gets the best for it. */
  private static final double[] OVERLOADS = {2, 1.5, 1.25};

  private static final long UNPACED = Long.MAX_VALUE;

  private final Generator generator;
  private final Duration window;

  /**
   * One turn.
   *
   * @param offered frames per second that were sent to it
   * @param delivered frames per second that it forwarded
   * @param processorMicros processor time that it took for each
   */
  record Turn(double offered, double delivered, double processorMicros) {
    double loss() {
      return offered <= 0 ? 0 : Math.max(0, 1 - delivered / offered);
    }
  }

  PacketRate(Generator generator, Duration window) {
    this.generator = generator;
    this.window = window;
  }

  /**
   * All turns of each device, by its place in {@code devices}.
   *
   * @param warmUp unmeasured load on each first, for compilers that learn
   */
  List<List<Turn>> measure(List<Device> devices, String cores, int turns, Duration warmUp)
      throws IOException {
    List<List<Turn>> results = new ArrayList<>();
    List<Long> offers = new ArrayList<>();
    for (Device device : devices) {
      device.pause();
    }
    for (Device device : devices) {
      device.cores(cores);
      device.resume();
      generator.run(warmUp, UNPACED);
      offers.add(bestOffer(device));
      results.add(new ArrayList<>());
      device.pause();
    }
    for (int i = 0; i < turns; i++) {
      for (int d = 0; d < devices.size(); d++) {
        devices.get(d).resume();
        results.get(d).add(turn(devices.get(d), offers.get(d)));
        devices.get(d).pause();
      }
    }
    for (Device device : devices) {
      device.cores(Cores.SWITCH);
      device.resume();
    }
    return results;
  }

  /** The overload at which the device forwards most. Some waste work under more. */
  private long bestOffer(Device device) throws IOException {
    double capacity = turn(device, UNPACED).delivered();
    double most = 0;
    double best = OVERLOADS[0];
    for (double overload : OVERLOADS) {
      double delivered = turn(device, Math.max(1000, (long) (capacity * overload))).delivered();
      capacity = Math.max(capacity, delivered);
      if (delivered > most) {
        most = delivered;
        best = overload;
      }
    }
    return Math.max(1000, (long) (capacity * best));
  }

  private Turn turn(Device device, long perSecond) throws IOException {
    generator.run(SETTLE, perSecond);
    long before = Interfaces.delivered();
    long processor = device.processorMicros();
    long start = System.nanoTime();
    long sent = generator.run(window, perSecond);
    double seconds = (System.nanoTime() - start) / 1e9;
    long delivered = Interfaces.delivered() - before;
    return new Turn(
        sent / seconds,
        delivered / seconds,
        (device.processorMicros() - processor) / (double) Math.max(1, delivered));
  }
}
