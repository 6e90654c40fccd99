package dev.weir.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.Denied;
import dev.weir.compiler.placement.Placement.PlacedRule;
import dev.weir.compiler.simulation.Shop;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a request decides is denied where no pod declares the port, and never silently. */
final class UndeclaredPortsTest {
  private static List<Denied> exceptions(String selected, String rules) {
    return placement(selected, rules).exceptions();
  }

  private static Placement placement(String selected, String rules) {
    return Shop.with(
            """
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: p, namespace: shop}
            spec:
              selector: {matchLabels: {app: %s}}
              rules: %s
            """
                .formatted(selected, rules))
        .compiled()
        .placement();
  }

  @Test
  void aRuleThatNamesAnUndeclaredPortIsListedByItselfWithThePod() {
    // Istio: any operation of a rule with a request field makes the rule one for HTTP.
    assertThat(
            exceptions(
                "db",
                """
                [{to: [{operation: {paths: ["/a/*"], ports: ["5432"]}},
                       {operation: {ports: ["8080"]}}]}]
                """))
        .singleElement()
        .satisfies(
            denied -> {
              assertThat(denied.rule().toString())
                  .startsWith("AuthorizationPolicy shop/p spec.rules[0] to[1]");
              assertThat(denied.reason()).isEqualTo("not-steerable");
              assertThat(denied.sentence())
                  .startsWith("No pod that it selects (shop/db) declares TCP port 8080:");
            });
  }

  @Test
  void aRuleThatNamesDeclaredPortsOnlyIsNotListed() {
    assertThat(
            exceptions("orders", "[{to: [{operation: {paths: [\"/a/*\"], ports: [\"8080\"]}}]}]"))
        .isEmpty();
  }

  @Test
  void aRuleForAnyPortSaysItWithItsReasonAndIsNoException() {
    Placement placement = placement("orders", "[{to: [{operation: {methods: [GET]}}]}]");

    assertThat(placement.exceptions()).isEmpty();
    assertThat(placement.rules())
        .filteredOn(r -> r.reason().equals("needs-request"))
        .singleElement()
        .extracting(PlacedRule::sentence)
        .asString()
        .contains("TCP ports that the pod does not declare are denied");
  }

  @Test
  void nothingIsSaidWhereTheHeaderAllowsTheSameConnections() {
    Placement placement = placement("orders", "[{to: [{operation: {methods: [GET]}}]}, {}]");

    assertThat(placement.exceptions()).isEmpty();
    assertThat(placement.rules())
        .extracting(PlacedRule::sentence)
        .noneMatch(s -> s.contains("does not declare"));
  }

  @Test
  void rulesThatTheHeaderDecidesAreNotListed() {
    assertThat(exceptions("orders", "[{to: [{operation: {ports: [\"9999\"]}}]}]")).isEmpty();
  }
}
