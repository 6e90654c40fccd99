package dev.weir.softswitch.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * One colour-blind marker. With two rates (RFC 2698): beyond the peak bucket red, beyond the
 * committed one yellow, else green. With a single one and an excess burst (RFC 2697) what overflows
 * the committed bucket fills the excess bucket, whose packets are yellow. Without a configuration
 * every packet is green. Tokens are whole units counted from one origin, as BMv2 counts them. It
 * counts the packets of each colour.
 */
public final class Meter {
  /**
   * Rates in units (packets or bytes) per second, bursts in units.
   *
   * @param committedRate not above {@code peakRate}
   * @param excessBurst of a single-rate three-colour marker; -1: it has two rates
   */
  public record Rates(
      long committedRate, long committedBurst, long peakRate, long peakBurst, long excessBurst) {
    /** Of a two-rate marker. */
    public Rates(long committedRate, long committedBurst, long peakRate, long peakBurst) {
      this(committedRate, committedBurst, peakRate, peakBurst, -1);
    }
  }

  /** Memory of one, with the reference to it. */
  static final int BYTES = 136;

  private static final VarHandle MARKED = MethodHandles.arrayElementVarHandle(long[].class);

  /** Packets and bytes of one colour. */
  public record Count(long packets, long bytes) {}

  public static final int GREEN = 0;
  public static final int YELLOW = 1;
  public static final int RED = 2;

  private @Nullable Rates rates;
  private long originNanos;
  private long peakGiven;
  private long peakTokens;
  private long committedGiven;
  private long committedTokens;

  /** Packets and bytes of each colour; shared with the meter whose place this one took. */
  private final long[] marked;

  /** Not configured, with nothing marked. */
  public Meter() {
    this(new long[2 * (RED + 1)]);
  }

  private Meter(long[] marked) {
    this.marked = marked;
  }

  /** Another meter to take this one's place, not configured, which goes on counting colours. */
  public Meter successor() {
    return new Meter(marked);
  }

  /** The present configuration; null: none, everything is green. */
  public synchronized @Nullable Rates rates() {
    return rates;
  }

  /** Starts anew with full buckets. */
  public synchronized void configure(@Nullable Rates to, long nowNanos) {
    rates = to;
    originNanos = nowNanos;
    peakGiven = 0;
    committedGiven = 0;
    if (to != null) {
      peakTokens = to.excessBurst() >= 0 ? to.excessBurst() : to.peakBurst();
      committedTokens = to.committedBurst();
    }
  }

  /** What was marked with a colour since the last reset. */
  public Count count(int colour) {
    return new Count(
        (long) MARKED.getVolatile(marked, 2 * colour),
        (long) MARKED.getVolatile(marked, 2 * colour + 1));
  }

  /** Sets what was marked with a colour. */
  public void setCount(int colour, Count to) {
    MARKED.setVolatile(marked, 2 * colour, to.packets());
    MARKED.setVolatile(marked, 2 * colour + 1, to.bytes());
  }

  /** Takes {@code units} from the buckets and says the packet's colour. */
  int execute(long units, int packetBytes, long nowNanos) {
    int colour = colour(units, nowNanos);
    MARKED.getAndAdd(marked, 2 * colour, 1L);
    MARKED.getAndAdd(marked, 2 * colour + 1, (long) packetBytes);
    return colour;
  }

  private synchronized int colour(long units, long nowNanos) {
    Rates r = rates;
    if (r == null) {
      return GREEN;
    }
    return r.excessBurst() >= 0 ? singleRate(r, units, nowNanos) : twoRates(r, units, nowNanos);
  }

  /** The peak bucket is the excess one here. */
  private int singleRate(Rates r, long units, long nowNanos) {
    long since = (long) (seconds(nowNanos) * r.committedRate());
    long given = committedTokens + since - committedGiven;
    committedGiven = since;
    committedTokens = Math.min(given, r.committedBurst());
    peakTokens = Math.min(peakTokens + given - committedTokens, r.excessBurst());
    if (committedTokens >= units) {
      committedTokens -= units;
      return GREEN;
    }
    if (peakTokens >= units) {
      peakTokens -= units;
      return YELLOW;
    }
    return RED;
  }

  /** Since the origin, in whole microseconds, as BMv2 counts. */
  private double seconds(long nowNanos) {
    long micros = (nowNanos - originNanos) / 1000;
    return micros / 1e6;
  }

  private int twoRates(Rates r, long units, long nowNanos) {
    double seconds = seconds(nowNanos);
    long peakSince = (long) (seconds * r.peakRate());
    peakTokens = Math.min(peakTokens + peakSince - peakGiven, r.peakBurst());
    peakGiven = peakSince;
    if (peakTokens < units) {
      return RED;
    }
    peakTokens -= units;
    long committedSince = (long) (seconds * r.committedRate());
    committedTokens =
        Math.min(committedTokens + committedSince - committedGiven, r.committedBurst());
    committedGiven = committedSince;
    if (committedTokens < units) {
      return YELLOW;
    }
    committedTokens -= units;
    return GREEN;
  }
}
