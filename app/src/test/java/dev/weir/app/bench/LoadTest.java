package dev.weir.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.app.Failure;
import org.junit.jupiter.api.Test;

class LoadTest {
  private static final String CLEAN =
      """
      Running 3s test @ http://10.77.1.5:8080/
        1 threads and 4 connections
        Latency Distribution
           50%  126.00us
           75%    1.13ms
           90%    3.58ms
           99%    1.25s
        52580 requests in 3.03s, 12.19MB read
      Requests/sec:  17331.91
      Transfer/sec:      4.02MB
      """;

  @Test
  void figuresAreReadInMicroseconds() {
    assertThat(Load.parse(CLEAN)).isEqualTo(new Load(52580, 17331.91, 126, 1_250_000, 0));
  }

  @Test
  void refusedAnswersAndBrokenConnectionsAreErrors() {
    Load load =
        Load.parse(
            CLEAN
                + "  Socket errors: connect 1, read 2, write 3, timeout 4\n"
                + "  Non-2xx or 3xx responses: 100\n");
    assertThat(load.errors()).isEqualTo(110);
  }

  @Test
  void unknownOutputIsNotTakenForAMeasurement() {
    assertThatThrownBy(() -> Load.parse("unable to connect")).isInstanceOf(Failure.class);
  }

  @Test
  void processorTimeIsUserAndSystemOfTheWholeProcess() {
    String stat =
        "42 (a name) with) S 1 42 42 0 -1 4194560 900 0 0 0 150 50 0 0 20 0 3 0 500 1000 20 0";
    assertThat(CpuTime.micros(stat)).isEqualTo(2_000_000);
  }
}
