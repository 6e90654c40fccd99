package dev.weir.softswitch.engine;

import org.jspecify.annotations.Nullable;

/** One table entry as packets meet it. */
public final class Entry {
  private final EntryKey key;
  final long[] value;
  final long[] mask;
  final @Nullable RangeCheck[] ranges;
  final int rank;
  final long sequence;
  private final boolean constant;
  private volatile Outcome outcome;
  private Usage usage;

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

  /**
   * What packets do to an entry; it stays with the entry when its action changes. What packets
   * cannot see of it (the idle clock and the control plane's note) is one for all that were made of
   * it.
   */
  public static final class Usage {
    private final Tally hits;
    private final @Nullable Meter meter;
    private final Clock clock;

    private static final class Clock {
      volatile long lastHitNanos;
      volatile long idleTimeoutNanos;
      long lastReportNanos;
      volatile @Nullable Object note;
    }

    /** Counts from zero and starts the idle clock. */
    Usage(long nowNanos, @Nullable Meter meter) {
      this(new Tally(0, 0), meter, new Clock());
      clock.lastHitNanos = nowNanos;
      clock.lastReportNanos = nowNanos;
    }

    private Usage(Tally hits, @Nullable Meter meter, Clock clock) {
      this.hits = hits;
      this.meter = meter;
      this.clock = clock;
    }

    /** The same, but counting from here. */
    public Usage withCounter(long packets, long bytes) {
      return new Usage(new Tally(packets, bytes), meter, clock);
    }

    /** The same, but with another meter. */
    public Usage withMeter(Meter by) {
      return new Usage(hits, by, clock);
    }

    void hit(int packetBytes) {
      hits.add(packetBytes);
    }

    void touch(long nowNanos) {
      clock.lastHitNanos = nowNanos;
    }

    public long packets() {
      return hits.packets();
    }

    public long bytes() {
      return hits.bytes();
    }

    public void setCounter(long toPackets, long toBytes) {
      hits.set(toPackets, toBytes);
    }

    public long lastHitNanos() {
      return clock.lastHitNanos;
    }

    /** Whether the timeout has passed since the last hit or report; if so, it starts anew. */
    public boolean idleSince(long nowNanos) {
      long timeout = clock.idleTimeoutNanos;
      if (timeout == 0
          || nowNanos - Math.max(clock.lastHitNanos, clock.lastReportNanos) < timeout) {
        return false;
      }
      clock.lastReportNanos = nowNanos;
      return true;
    }

    /** 0: the entry never idles out. */
    public long idleTimeoutNanos() {
      return clock.idleTimeoutNanos;
    }

    public void setIdleTimeoutNanos(long to) {
      clock.idleTimeoutNanos = to;
    }

    /** What the control plane keeps with the entry; it means nothing to the switch. */
    public @Nullable Object note() {
      return clock.note;
    }

    public void setNote(@Nullable Object to) {
      clock.note = to;
    }

    /**
     * The entry's direct meter.
     *
     * @throws IllegalStateException when the table has none
     */
    public Meter meter() {
      if (meter == null) {
        throw new IllegalStateException("the table's entries have no meters");
      }
      return meter;
    }
  }

  Entry(
      EntryKey key,
      long[] value,
      long[] mask,
      @Nullable RangeCheck[] ranges,
      int rank,
      long sequence,
      boolean constant,
      Outcome outcome,
      Usage usage) {
    this.key = key;
    this.value = value;
    this.mask = mask;
    this.ranges = ranges;
    this.rank = rank;
    this.sequence = sequence;
    this.constant = constant;
    this.outcome = outcome;
    this.usage = usage;
  }

  public EntryKey key() {
    return key;
  }

  /** Whether the program declares it as one that the control plane does not change. */
  public boolean isConst() {
    return constant;
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

  /** For an entry of a set of tables that is not in force yet. */
  void replaceUsage(Usage by) {
    usage = by;
  }

  /** The same entry with another outcome, for a set of tables that is not in force yet. */
  Entry with(Outcome to) {
    return new Entry(key, value, mask, ranges, rank, sequence, constant, to, usage);
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
