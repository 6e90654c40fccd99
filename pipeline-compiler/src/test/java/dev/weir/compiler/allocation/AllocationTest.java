package dev.weir.compiler.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import org.junit.jupiter.api.Test;

final class AllocationTest {
  private static final Allocation ALLOCATION =
      new Allocation(
          ImmutableSortedMap.of(
              "source",
              new Allocation.Book(
                  ImmutableSortedMap.of(
                      "label:app",
                      new Allocation.Column(
                          ImmutableList.of(3, 0), true, ImmutableSortedMap.of("web", 1))))),
          ImmutableSortedMap.of("AUTHORIZATION_ALLOW", ImmutableSortedMap.of("a & b", 2)),
          ImmutableSortedMap.of("sidecar-1", ImmutableSortedMap.of("shop/web:80", 0)),
          ImmutableSortedMap.of(
              "sidecar-1", ImmutableSortedMap.of("10.0.0.1:80", ImmutableSortedSet.of(0, 17))),
          ImmutableSortedMap.of("INGRESS", ImmutableSortedSet.of("NetworkPolicy shop/db")));

  @Test
  void readsBackWhatItWrote() throws Exception {
    String text = ALLOCATION.toJson().toString();

    assertThat(Allocation.fromJson(new ObjectMapper().readTree(text))).isEqualTo(ALLOCATION);
    assertThat(Allocation.fromJson(Allocation.EMPTY.toJson())).isEqualTo(Allocation.EMPTY);
  }

  @Test
  void refusesWhatIsNone() {
    assertThatThrownBy(() -> Allocation.fromJson(new ObjectMapper().readTree("{\"books\": 1}")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                Allocation.fromJson(
                    new ObjectMapper()
                        .readTree(
                            "{\"books\":{},\"parts\":{},\"slots\":{\"s\":{\"e\":-1}},\"listeners\":{}}")))
        .hasMessageContaining("-1");
  }
}
