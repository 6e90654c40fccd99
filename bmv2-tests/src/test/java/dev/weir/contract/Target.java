package dev.weir.contract;

import dev.weir.p4runtime.entry.Entry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A P4Runtime target under test with ports that frames go in and come out of. */
interface Target extends AutoCloseable {
  void insert(List<Entry> entries);

  void modify(Entry entry);

  /** Packets per index of an indirect counter; indices without packets are left out. */
  Map<Long, Long> counter(String name);

  void send(int port, byte[] frame);

  /** The next frame that leaves {@code port}, or null when none does within {@code patience}. */
  byte @Nullable [] receive(int port, Duration patience);

  /** Throws away what has left the ports so far. */
  void drain();

  @Override
  void close();
}
