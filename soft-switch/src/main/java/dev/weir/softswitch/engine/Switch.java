package dev.weir.softswitch.engine;

import dev.weir.softswitch.trace.PacketTrace;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A switch: ports around one program. Packets may come from any thread at any time, also while
 * entries change or another program is loaded: a packet in flight ends under the program it began
 * with. Packets of one port stay in order when that port's frames come from one thread.
 */
public final class Switch {
  /** simple_switch's: a packet for this port is dropped. */
  public static final int DROP_PORT = 511;

  /** Takes frames for ports that nothing is attached to. */
  @FunctionalInterface
  public interface OtherPorts {
    void send(int port, byte[] frame, int length);
  }

  /** A digest's values for one packet. */
  public interface DigestListener {
    void digest(Program.DigestList list, List<BigInteger> values);
  }

  private final LongSupplier nanos;
  private final long startNanos;
  private final LogSink log;
  private final Map<Integer, PortOutput> outputs = new ConcurrentHashMap<>();

  /** The worker put back last: with one thread it is always this one, and nothing is allocated. */
  private final AtomicReference<@Nullable Worker> lastIdle = new AtomicReference<>();

  private final ConcurrentLinkedQueue<Worker> idle = new ConcurrentLinkedQueue<>();
  private final LongAdder received = new LongAdder();
  private final LongAdder sent = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private volatile @Nullable Program program;
  private volatile @Nullable DigestListener digestListener;
  private volatile @Nullable OtherPorts otherPorts;

  /** Ports whose link is known to be down. */
  private final Set<Integer> down = ConcurrentHashMap.newKeySet();

  private volatile @Nullable Runnable linkListener;

  /** Held by whoever changes entries. */
  private final ReentrantLock writeLock = new ReentrantLock();

  /** Held while a packet runs, for programs that need packets one at a time. */
  final ReentrantLock serial = new ReentrantLock();

  public Switch(LogSink log) {
    this(log, System::nanoTime);
  }

  /** {@code nanos}: a clock as {@link System#nanoTime}. */
  public Switch(LogSink log, LongSupplier nanos) {
    this.log = log;
    this.nanos = nanos;
    this.startNanos = nanos.getAsLong();
  }

  /** The program in force; null before the first. */
  public @Nullable Program program() {
    return program;
  }

  /** Puts a program in force. */
  public void load(Program next) {
    program = next;
    idle.clear();
  }

  public ReentrantLock writeLock() {
    return writeLock;
  }

  public void setDigestListener(@Nullable DigestListener listener) {
    digestListener = listener;
  }

  /** Frames for {@code port} go to {@code output} from now on. */
  public void attach(int port, PortOutput output) {
    outputs.put(port, output);
  }

  /** Frames for ports that nothing is attached to go to {@code to}; null: they are dropped. */
  public void setOtherPorts(@Nullable OtherPorts to) {
    otherPorts = to;
  }

  public void detach(int port) {
    outputs.remove(port);
  }

  /** Whether something takes the port's frames. */
  public boolean isAttached(int port) {
    return outputs.containsKey(port);
  }

  /** Whether there is such a port, with its link up or down. */
  public boolean hasPort(int port) {
    return outputs.containsKey(port) || (otherPorts != null && port >= 0 && port < DROP_PORT);
  }

  /** Whether the port exists and its link is not known to be down. */
  public boolean linkIsUp(int port) {
    return hasPort(port) && !down.contains(port);
  }

  /** Says that a port's link came up or went down; whoever depends on it is told. */
  public void setLink(int port, boolean up) {
    boolean changed = up ? down.remove(port) : down.add(port);
    Runnable listener = linkListener;
    if (changed && listener != null) {
      listener.run();
    }
  }

  /** What runs after each change of a link. */
  public void setLinkListener(@Nullable Runnable listener) {
    linkListener = listener;
  }

  /** A frame arrives. Returns when everything it caused has been sent. */
  public void receive(int port, byte[] frame, int from, int length) {
    received.increment();
    process(port, frame, from, length, null);
  }

  /**
   * Takes a packet through the switch with a record of everything that happens. State changes as
   * for any packet, counters count; frames are recorded, not sent.
   *
   * @throws IllegalStateException when no program is loaded
   */
  public PacketTrace trace(int port, byte[] frame) {
    if (program == null) {
      throw new IllegalStateException("no program is loaded");
    }
    TraceRecorder recorder = new TraceRecorder();
    process(port, frame, 0, frame.length, recorder);
    return recorder.finish(port, frame);
  }

  private void process(
      int port, byte[] frame, int from, int length, @Nullable TraceRecorder trace) {
    Program current = program;
    if (current == null) {
      dropped.increment();
      return;
    }
    Worker worker = lastIdle.getAndSet(null);
    if (worker == null) {
      worker = idle.poll();
    }
    if (worker == null || !worker.runs(current)) {
      worker = new Worker(this, current);
    }
    // A worker that fails is not used again: its packets may be half-way.
    worker.process(port, frame, from, length, trace);
    if (!lastIdle.compareAndSet(null, worker)) {
      idle.offer(worker);
    }
  }

  long microsSinceStart() {
    return (nanos.getAsLong() - startNanos) / 1000;
  }

  void report(String message) {
    log.message(message);
  }

  void countDrop() {
    dropped.increment();
  }

  void transmit(int port, byte[] frame, int length) {
    PortOutput output = outputs.get(port);
    if (output == null) {
      OtherPorts others = otherPorts;
      if (others == null) {
        dropped.increment();
      } else {
        sent.increment();
        others.send(port, frame, length);
      }
      return;
    }
    sent.increment();
    output.send(frame, length);
  }

  void digest(PacketState s) {
    DigestListener listener = digestListener;
    Program current = program;
    if (current == null) {
      return;
    }
    Program.DigestList list = current.digests().get(s.digest);
    if (list == null) {
      return;
    }
    if (s.trace != null) {
      s.trace.digest(list.name());
    }
    if (listener != null) {
      List<BigInteger> values = new ArrayList<>();
      for (Program.DigestField field : list.fields()) {
        values.add(Words.get(s.words, field.at, Words.forBits(field.width()), true));
      }
      listener.digest(list, values);
    }
  }

  /** Frames received, sent and dropped since the start. */
  public record Traffic(long received, long sent, long dropped) {}

  public Traffic traffic() {
    return new Traffic(received.sum(), sent.sum(), dropped.sum());
  }
}
