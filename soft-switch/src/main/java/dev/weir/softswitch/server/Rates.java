package dev.weir.softswitch.server;

import dev.weir.softswitch.engine.Meter;
import org.jspecify.annotations.Nullable;
import p4.config.v1.P4InfoOuterClass.MeterSpec;
import p4.v1.P4RuntimeOuterClass.CounterData;
import p4.v1.P4RuntimeOuterClass.MeterConfig;

/** Meter configurations and counter data on the wire. */
final class Rates {
  private Rates() {}

  /** Checks a configuration against the meter's type (P4Runtime 1.5 §9.5). */
  static Meter.Rates read(MeterConfig config, MeterSpec.Type type) {
    if (config.getCir() < 0
        || config.getCburst() < 0
        || config.getPir() < 0
        || config.getPburst() < 0
        || config.getEburst() < 0) {
      throw Refused.invalid("rates and bursts of a meter are not negative");
    }
    boolean singleRate =
        type == MeterSpec.Type.SINGLE_RATE_THREE_COLOR
            || type == MeterSpec.Type.SINGLE_RATE_TWO_COLOR;
    if (singleRate
        && (config.getCir() != config.getPir() || config.getCburst() != config.getPburst())) {
      throw Refused.invalid("a single-rate meter has cir = pir and cburst = pburst");
    }
    if (config.getEburst() != 0 && type != MeterSpec.Type.SINGLE_RATE_THREE_COLOR) {
      throw Refused.invalid("eburst is for single-rate three-colour meters");
    }
    if (config.getCir() > config.getPir()) {
      throw Refused.invalid("a meter's cir is not above its pir");
    }
    return new Meter.Rates(
        config.getCir(), config.getCburst(), config.getPir(), config.getPburst());
  }

  static MeterConfig write(Meter.Rates rates) {
    return MeterConfig.newBuilder()
        .setCir(rates.committedRate())
        .setCburst(rates.committedBurst())
        .setPir(rates.peakRate())
        .setPburst(rates.peakBurst())
        .build();
  }

  static CounterData counter(long packets, long bytes) {
    return CounterData.newBuilder().setPacketCount(packets).setByteCount(bytes).build();
  }

  /** Configures a meter and notes how to take it back. */
  static void configure(Transaction tx, Meter meter, Meter.@Nullable Rates to) {
    Meter.Rates before = meter.rates();
    meter.configure(to, System.nanoTime());
    tx.onRollback(() -> meter.configure(before, System.nanoTime()));
  }
}
