package dev.weir.softswitch.engine;

import org.jspecify.annotations.Nullable;

/**
 * One two-rate three-colour marker (RFC 2698, colour-blind): beyond the peak bucket red, beyond the
 * committed one yellow, else green. Without a configuration every packet is green. Tokens are whole
 * units counted from one origin, as BMv2 counts them.
 */
public final class Meter {
  /**
   * Rates in units (packets or bytes) per second, bursts in units.
   *
   * @param committedRate not above {@code peakRate}
   */
  public record Rates(long committedRate, long committedBurst, long peakRate, long peakBurst) {}

  /** Memory of one, with the reference to it. */
  static final int BYTES = 72;

  static final int GREEN = 0;
  static final int YELLOW = 1;
  static final int RED = 2;

  private @Nullable Rates rates;
  private long originNanos;
  private long peakGiven;
  private long peakTokens;
  private long committedGiven;
  private long committedTokens;

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
      peakTokens = to.peakBurst();
      committedTokens = to.committedBurst();
    }
  }

  /** Takes {@code units} from the buckets and says the packet's colour. */
  synchronized int execute(long units, long nowNanos) {
    Rates r = rates;
    if (r == null) {
      return GREEN;
    }
    // Whole microseconds, as BMv2 counts.
    long micros = (nowNanos - originNanos) / 1000;
    double seconds = micros / 1e6;
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
