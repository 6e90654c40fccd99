package dev.weir.softswitch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Worked examples of RFC 2698, colour-blind. */
class MeterTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void withoutConfigurationEverythingIsGreen() {
    assertThat(new Meter().execute(1 << 20, 64, 0)).isEqualTo(Meter.GREEN);
  }

  @Test
  void burstsAreGreenThenYellowThenRed() {
    Meter meter = new Meter();
    meter.configure(new Meter.Rates(10, 3, 20, 5), 0);
    int[] colours = new int[7];
    for (int i = 0; i < 7; i++) {
      colours[i] = meter.execute(1, 64, 0);
    }
    assertThat(colours).containsExactly(0, 0, 0, 1, 1, 2, 2);
  }

  @Test
  void tokensComeBackAtTheirRatesAndNoFurtherThanTheBurst() {
    Meter meter = new Meter();
    meter.configure(new Meter.Rates(2, 2, 4, 4), 0);
    for (int i = 0; i < 4; i++) {
      meter.execute(1, 64, 0);
    }
    assertThat(meter.execute(1, 64, 0)).isEqualTo(Meter.RED);
    // Half a second: one committed token, two of the peak.
    assertThat(meter.execute(1, 64, SECOND / 2)).isEqualTo(Meter.GREEN);
    assertThat(meter.execute(1, 64, SECOND / 2)).isEqualTo(Meter.YELLOW);
    assertThat(meter.execute(1, 64, SECOND / 2)).isEqualTo(Meter.RED);
    // A long time: full, not more.
    assertThat(meter.execute(2, 64, 100 * SECOND)).isEqualTo(Meter.GREEN);
    assertThat(meter.execute(1, 64, 100 * SECOND)).isEqualTo(Meter.YELLOW);
  }

  @Test
  void takingAConfigurationAwayMakesEverythingGreen() {
    Meter meter = new Meter();
    meter.configure(new Meter.Rates(0, 0, 0, 0), 0);
    assertThat(meter.execute(1, 64, 0)).isEqualTo(Meter.RED);
    meter.configure(null, 0);
    assertThat(meter.execute(1, 64, 0)).isEqualTo(Meter.GREEN);
  }
}
