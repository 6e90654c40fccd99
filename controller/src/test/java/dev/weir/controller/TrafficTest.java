// SPDX-License-Identifier: Apache-2.0
package dev.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.wire.CounterCodec.Count;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TrafficTest {
  private static final Rule.Id A = new Rule.Id("NetworkPolicy shop/a", "spec.ingress[0]");
  private static final Rule.Id B = new Rule.Id("NetworkPolicy shop/b", "spec.ingress[0]");
  private static final Entry FIRST = entry(1);
  private static final Entry SECOND = entry(2);
  private static final Placement PLACEMENT =
      new Placement(
          ImmutableList.of(
              new PlacedEntry(FIRST, ImmutableList.of(A, B), "header-decidable"),
              new PlacedEntry(SECOND, ImmutableList.of(B), "header-decidable")),
          ImmutableSortedMap.of(),
          ImmutableList.of(),
          ImmutableList.of());

  private static Entry entry(int priority) {
    return new Entry(
        new Entry.Key("ingress_policy", ImmutableSortedMap.of(), priority, false),
        new Action("accept", ImmutableSortedMap.of()));
  }

  private static CounterReading reading(long first, long second) {
    return new CounterReading(
        Optional.of(Instant.EPOCH),
        ImmutableMap.of(FIRST.key(), new Count(first, 0), SECOND.key(), new Count(second, 0)),
        ImmutableSortedMap.of());
  }

  @Test
  void aRulesTrafficIsWhatAllItsEntriesCountedSinceTheLastReading() {
    Traffic traffic = new Traffic();
    traffic.add(reading(10, 5), PLACEMENT);
    traffic.add(reading(13, 5), PLACEMENT);
    assertThat(traffic.counters().packets())
        .containsExactlyInAnyOrderEntriesOf(ImmutableMap.of(A, 13L, B, 18L));
  }

  @Test
  void aSwitchThatStartedAgainCountsFromZero() {
    Traffic traffic = new Traffic();
    traffic.add(reading(10, 0), PLACEMENT);
    traffic.add(reading(4, 0), PLACEMENT);
    assertThat(traffic.counters().of(A)).isEqualTo(14);
  }

  @Test
  void whatIsPastWeighsLessAndIsForgottenInTheEnd() {
    Traffic traffic = new Traffic();
    traffic.add(reading(3, 0), PLACEMENT);
    traffic.age();
    assertThat(traffic.counters().of(A)).isEqualTo(1);
    traffic.age();
    assertThat(traffic.counters().packets()).isEmpty();
  }
}
