package dev.weir.softswitch.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** One table entry as packets meet it. */
public final class Entry {
  private final EntryKey key;
  final long[] value;
  final long[] mask;
  final @Nullable RangeCheck[] ranges;
  final int rank;
  final long sequence;
  private volatile Outcome outcome;
  private final Usage usage;

  /**
   * A bound on one key field that hashing cannot express.
   *
   * @param word where the field begins in the key, in words
   * @param shift bits below the field in that word; 0 for fields of several words
   */
  record RangeCheck(int word, int shift, int width, long[] low, long[] high) {
    boolean holds(long[] w, int keyAt) {
      if (width <= 64) {
        long v = w[keyAt + word] >>> shift & Words.ones(width);
        return Long.compareUnsigned(low[0], v) <= 0 && Long.compareUnsigned(v, high[0]) <= 0;
      }
      return compare(w, keyAt + word, low) >= 0 && compare(w, keyAt + word, high) <= 0;
    }

    private static int compare(long[] w, int at, long[] bound) {
      for (int i = bound.length - 1; i >= 0; i--) {
        if (w[at + i] != bound[i]) {
          return Long.compareUnsigned(w[at + i], bound[i]);
        }
      }
      return 0;
    }
  }

  /** What packets do to an entry; it stays with the entry when its action changes. */
  public static final class Usage {
    private static final VarHandle PACKETS = handle("packets");
    private static final VarHandle BYTES = handle("bytes");

    @SuppressWarnings("UnusedVariable") // through the handle
    private long packets;

    @SuppressWarnings("UnusedVariable") // through the handle
    private long bytes;

    private volatile long lastHitNanos;
    private volatile long idleTimeoutNanos;
    private long lastReportNanos;
    private @Nullable Meter meter;
    private volatile @Nullable Object note;

    /** Counts from zero and starts the idle clock. */
    public Usage(long nowNanos) {
      lastHitNanos = nowNanos;
      lastReportNanos = nowNanos;
    }

    private static VarHandle handle(String field) {
      try {
        return MethodHandles.lookup().findVarHandle(Usage.class, field, long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    void hit(int packetBytes) {
      PACKETS.getAndAdd(this, 1L);
      BYTES.getAndAdd(this, (long) packetBytes);
    }

    void touch(long nowNanos) {
      lastHitNanos = nowNanos;
    }

    public long packets() {
      return (long) PACKETS.getVolatile(this);
    }

    public long bytes() {
      return (long) BYTES.getVolatile(this);
    }

    public void setCounter(long toPackets, long toBytes) {
      PACKETS.setVolatile(this, toPackets);
      BYTES.setVolatile(this, toBytes);
    }

    public long lastHitNanos() {
      return lastHitNanos;
    }

    /** Whether the timeout has passed since the last hit or report; if so, it starts anew. */
    public boolean idleSince(long nowNanos) {
      long timeout = idleTimeoutNanos;
      if (timeout == 0 || nowNanos - Math.max(lastHitNanos, lastReportNanos) < timeout) {
        return false;
      }
      lastReportNanos = nowNanos;
      return true;
    }

    /** 0: the entry never idles out. */
    public long idleTimeoutNanos() {
      return idleTimeoutNanos;
    }

    public void setIdleTimeoutNanos(long to) {
      idleTimeoutNanos = to;
    }

    /** What the control plane keeps with the entry; it means nothing to the switch. */
    public @Nullable Object note() {
      return note;
    }

    public void setNote(@Nullable Object to) {
      note = to;
    }

    /** The entry's direct meter, made when first asked for. */
    public synchronized Meter meter() {
      Meter m = meter;
      if (m == null) {
        m = new Meter();
        meter = m;
      }
      return m;
    }
  }

  Entry(
      EntryKey key,
      long[] value,
      long[] mask,
      @Nullable RangeCheck[] ranges,
      int rank,
      long sequence,
      Outcome outcome,
      Usage usage) {
    this.key = key;
    this.value = value;
    this.mask = mask;
    this.ranges = ranges;
    this.rank = rank;
    this.sequence = sequence;
    this.outcome = outcome;
    this.usage = usage;
  }

  public EntryKey key() {
    return key;
  }

  public Outcome outcome() {
    return outcome;
  }

  public Usage usage() {
    return usage;
  }

  void setOutcome(Outcome to) {
    outcome = to;
  }

  /** The same entry with another outcome, for a set of tables that is not in force yet. */
  Entry with(Outcome to) {
    return new Entry(key, value, mask, ranges, rank, sequence, to, usage);
  }

  boolean inRange(long[] w, int keyAt) {
    for (RangeCheck range : ranges) {
      if (range != null && !range.holds(w, keyAt)) {
        return false;
      }
    }
    return true;
  }
}
