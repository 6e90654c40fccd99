package dev.weir.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableSet;
import org.junit.jupiter.api.Test;

/** What the poorer pipeline does with what it cannot express: it says so. */
interface BasicPipelineContract extends LabContract {
  @Override
  default ImmutableSet<Integer> versions() {
    return ImmutableSet.of(4);
  }

  @Test
  default void aRuleThatMovesHasAReasonAndWhatNoTierHoldsIsListed() {
    JsonNode placement = lab().api().placement();
    JsonNode range =
        rule(placement, "NetworkPolicy shop/payments spec.ingress[0].from[0] ports[0]");
    assertThat(range.path("tier").asText()).isEqualTo("sidecar");
    assertThat(range.path("reason").asText()).isEqualTo("no-range");
    assertThat(range.path("sentence").asText()).isNotEmpty();
    JsonNode ipv6 = rule(placement, "NetworkPolicy shop/frontend spec.ingress[0].from[1] ports[0]");
    assertThat(ipv6.path("tier").asText()).isEqualTo("none");
    assertThat(ipv6.path("reason").asText()).isEqualTo("no-ipv6");
    ImmutableSet.Builder<String> listed = ImmutableSet.builder();
    for (JsonNode exception : placement.path("exceptions")) {
      assertThat(exception.path("sentence").asText()).isNotEmpty();
      listed.add(exception.path("rule").asText());
    }
    assertThat(listed.build())
        .contains(
            "NetworkPolicy shop/payments spec.egress[0].to[0] ports[0]",
            "NetworkPolicy shop/frontend spec.ingress[0].from[1] ports[0]");
  }

  private static JsonNode rule(JsonNode placement, String name) {
    for (JsonNode rule : placement.path("rules")) {
      if (rule.path("rule").asText().equals(name)) {
        return rule;
      }
    }
    throw new AssertionError("no rule " + name + " in " + placement.path("rules"));
  }
}
