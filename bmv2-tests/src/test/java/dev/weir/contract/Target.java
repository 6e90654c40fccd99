package dev.weir.contract;

import dev.weir.p4runtime.entry.Entry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A P4Runtime target under test with ports that frames go in and come out of. */
interface Target extends AutoCloseable {
  /** What programs it. */
  P4RuntimeDriver driver();

  default void insert(List<Entry> entries) {
    driver().insert(entries);
  }

  default void modify(Entry entry) {
    driver().modify(entry);
  }

  /** Packets per index of an indirect counter; indices without packets are left out. */
  default Map<Long, Long> counter(String name) {
    return driver().counter(name);
  }

  void send(int port, byte[] frame);

  /** The next frame that leaves {@code port}, or null when none does within {@code patience}. */
  byte @Nullable [] receive(int port, Duration patience);

  /** Throws away what has left the ports so far. */
  void drain();

  @Override
  void close();
}
