package dev.weir.bench.softswitch;

import com.sun.management.ThreadMXBean;
import dev.weir.softswitch.engine.Switch;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * Packets through an engine in this process: by processor time, which other load does not touch.
 */
final class InMemory {
  private static final int PACKETS = 200_000;
  private static final int WARM_UP = 6;
  private static final int TRACES = 1000;
  private static final int PORT = 1;

  private final Switch engine;
  private final List<byte[]> frames;
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /**
   * @param before packets per second of processor time before the first trace
   * @param after the same after many
   */
  record Result(double before, double after, double bytesPerPacket) {}

  InMemory(Switch engine, List<byte[]> frames) {
    this.engine = engine;
    this.frames = frames;
  }

  Result measure(int turns) {
    for (int i = 0; i < WARM_UP; i++) {
      run();
    }
    double before = rate(turns);
    long allocated = threads.getCurrentThreadAllocatedBytes();
    run();
    double bytes = (threads.getCurrentThreadAllocatedBytes() - allocated) / (double) PACKETS;
    for (int i = 0; i < TRACES; i++) {
      var _ = engine.trace(PORT, frames.get(i % frames.size()));
    }
    // What was compiled for packets that are never traced is compiled anew.
    for (int i = 0; i < WARM_UP; i++) {
      run();
    }
    return new Result(before, rate(turns), bytes);
  }

  private double rate(int turns) {
    List<Double> rates = new ArrayList<>();
    for (int i = 0; i < turns; i++) {
      long start = threads.getCurrentThreadCpuTime();
      run();
      rates.add(PACKETS * 1e9 / (threads.getCurrentThreadCpuTime() - start));
    }
    return Table.median(rates);
  }

  private void run() {
    int next = 0;
    for (int i = 0; i < PACKETS; i++) {
      byte[] frame = frames.get(next);
      next = next + 1 == frames.size() ? 0 : next + 1;
      engine.receive(PORT, frame, 0, frame.length);
    }
  }
}
