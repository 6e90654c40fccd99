// SPDX-License-Identifier: Apache-2.0
package dev.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class RestTest {
  private final Rest rest = new Rest(Duration.ofNanos(100));

  @Test
  void itIsOverOnceForEachRevision() {
    assertThat(rest.over(1, true, 0)).isFalse();
    assertThat(rest.over(1, true, 99)).isFalse();
    assertThat(rest.over(1, true, 100)).isTrue();
    rest.done(2);
    assertThat(rest.over(2, true, 300)).isFalse();
    assertThat(rest.over(2, true, 500)).isFalse();
    assertThat(rest.over(3, true, 510)).isFalse();
    assertThat(rest.over(3, true, 610)).isTrue();
  }

  @Test
  void whatIsNotInForceEverywhereBeginsAnew() {
    assertThat(rest.over(1, true, 0)).isFalse();
    assertThat(rest.over(1, false, 90)).isFalse();
    assertThat(rest.over(1, true, 150)).isFalse();
    assertThat(rest.over(1, true, 190)).isTrue();
  }
}
