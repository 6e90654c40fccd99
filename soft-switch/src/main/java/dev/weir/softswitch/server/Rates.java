package dev.weir.softswitch.server;

import dev.weir.softswitch.engine.Meter;
import org.jspecify.annotations.Nullable;
import p4.config.v1.P4InfoOuterClass.MeterSpec;
import p4.v1.P4RuntimeOuterClass.CounterData;
import p4.v1.P4RuntimeOuterClass.MeterConfig;
import p4.v1.P4RuntimeOuterClass.MeterCounterData;

/** Meter configurations and counter data on the wire. */
final class Rates {
  private Rates() {}

  /**
   * A configuration, checked against the meter's type (P4Runtime 1.5 §9.5); null: none is given.
   *
   * @param field the configuration's, in the message at hand
   */
  static Meter.@Nullable Rates read(
      boolean given, MeterConfig config, MeterSpec.Type type, String field) {
    if (!given) {
      return null;
    }
    try {
      return read(config, type);
    } catch (Refused e) {
      throw e.below(field);
    }
  }

  private static Meter.Rates read(MeterConfig config, MeterSpec.Type type) {
    if (config.getCir() < 0
        || config.getCburst() < 0
        || config.getPir() < 0
        || config.getPburst() < 0
        || config.getEburst() < 0) {
      throw Refused.invalid("", "rates and bursts of a meter are not negative");
    }
    boolean singleRate =
        type == MeterSpec.Type.SINGLE_RATE_THREE_COLOR
            || type == MeterSpec.Type.SINGLE_RATE_TWO_COLOR;
    if (singleRate
        && (config.getCir() != config.getPir() || config.getCburst() != config.getPburst())) {
      throw Refused.invalid("", "a single-rate meter has cir = pir and cburst = pburst");
    }
    boolean excess = type == MeterSpec.Type.SINGLE_RATE_THREE_COLOR;
    if (config.getEburst() != 0 && !excess) {
      throw Refused.invalid("eburst", "is for single-rate three-colour meters");
    }
    if (config.getCir() > config.getPir()) {
      throw Refused.invalid("cir", "is not above pir in a meter");
    }
    return new Meter.Rates(
        config.getCir(),
        config.getCburst(),
        config.getPir(),
        config.getPburst(),
        excess ? config.getEburst() : -1);
  }

  static MeterConfig write(Meter.Rates rates) {
    return MeterConfig.newBuilder()
        .setCir(rates.committedRate())
        .setCburst(rates.committedBurst())
        .setPir(rates.peakRate())
        .setPburst(rates.peakBurst())
        .setEburst(Math.max(0, rates.excessBurst()))
        .build();
  }

  static CounterData counter(long packets, long bytes) {
    return CounterData.newBuilder().setPacketCount(packets).setByteCount(bytes).build();
  }

  /** What a meter has marked with each colour. */
  static MeterCounterData colours(Meter meter) {
    return MeterCounterData.newBuilder()
        .setGreen(colour(meter, Meter.GREEN))
        .setYellow(colour(meter, Meter.YELLOW))
        .setRed(colour(meter, Meter.RED))
        .build();
  }

  private static CounterData colour(Meter meter, int colour) {
    Meter.Count count = meter.count(colour);
    return counter(count.packets(), count.bytes());
  }

  /** Counts of colours, in {@code field} of the message at hand, are not set but to zero. */
  static void checkColours(boolean given, MeterCounterData data, String field) {
    CounterData none = CounterData.getDefaultInstance();
    if (given
        && !(data.getGreen().equals(none)
            && data.getYellow().equals(none)
            && data.getRed().equals(none))) {
      throw Refused.invalid(field, "counts of a meter's colours can only be reset: leave them 0");
    }
  }

  private static void resetColours(Transaction tx, Meter meter) {
    for (int colour = Meter.GREEN; colour <= Meter.RED; colour++) {
      int c = colour;
      Meter.Count before = meter.count(c);
      meter.setCount(c, new Meter.Count(0, 0));
      tx.onRollback(() -> meter.setCount(c, before));
    }
  }

  /**
   * Configures a meter and notes how to take it back.
   *
   * @param reset whether it begins to count colours from 0 again
   */
  static void configure(Transaction tx, Meter meter, Meter.@Nullable Rates to, boolean reset) {
    Meter.Rates before = meter.rates();
    meter.configure(to, System.nanoTime());
    tx.onRollback(() -> meter.configure(before, System.nanoTime()));
    if (reset) {
      resetColours(tx, meter);
    }
  }

  /** A meter to take another's place, as {@link #configure} would make it. */
  static Meter successor(Meter of, Meter.@Nullable Rates to, boolean reset) {
    Meter next = reset ? new Meter() : of.successor();
    next.configure(to, System.nanoTime());
    return next;
  }
}
