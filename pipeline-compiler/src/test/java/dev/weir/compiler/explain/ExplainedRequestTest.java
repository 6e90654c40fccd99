package dev.weir.compiler.explain;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.compiler.explain.Explanation.Verdict;
import dev.weir.compiler.intent.PathNormalization;
import dev.weir.compiler.placement.Placement.Tier;
import dev.weir.compiler.simulation.Shop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What explain makes of a request's members: as the sidecar sees them. */
final class ExplainedRequestTest {
  private static Explanation explain(String operation, String probe) throws Exception {
    Shop shop =
        Shop.with(
            """
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: p, namespace: shop}
            spec:
              selector: {matchLabels: {app: orders}}
              rules: [{to: [{operation: %s}]}]
            """
                .formatted(operation));
    return Explainer.explain(
        shop.intent(),
        shop.fabric(),
        shop.compiled().placement(),
        Probe.fromJson(new ObjectMapper().readTree(probe)));
  }

  private static Verdict decided(String operation, String request) throws Exception {
    return explain(
            operation,
            """
            {"from": "shop/frontend", "to": "shop/orders", "port": 8080, "request": %s}
            """
                .formatted(request))
        .verdict();
  }

  @ParameterizedTest
  @CsvSource({"/%61, DENY", "/x/../a, DENY", "/b, ALLOW"})
  void notPathsSeeThePathNormalised(String path, Verdict verdict) throws Exception {
    // Istio, pathNormalization BASE: "Normalize according to RFC 3986".
    assertThat(
            decided(
                "{notPaths: [\"/a\"]}", "{\"method\": \"POST\", \"path\": \"%s\"}".formatted(path)))
        .isEqualTo(verdict);
  }

  @Test
  void pathsSeeThePathNormalised() throws Exception {
    assertThat(decided("{paths: [\"/a\"]}", "{\"method\": \"POST\", \"path\": \"/%61\"}"))
        .isEqualTo(Verdict.ALLOW);
  }

  @ParameterizedTest
  @CsvSource({
    // RFC 3986, 5.2.4 and 6.2.2.
    "/a/./b/../c, /a/c",
    "/a/b/.., /a/",
    "/a/., /a/",
    "/.., /",
    "/../../a, /a",
    "/%2e%2E/a, /a",
    "/%41%7e%5F, /A~_",
    // Once: what a first decoding gives is not decoded again.
    "/%2561, /%2561",
    // BASE turns backslashes, and keeps repeated and escaped slashes.
    "'/a\\..\\b', /b",
    "//a, //a",
    "/a%2Fb%5cc, /a%2Fb%5cc",
    "/a%, /a%",
    "/a%6, /a%6",
    "/a%zz, /a%zz",
    "/a?x=/../b, /a",
    "/a|b, /a%7Cb",
    "*, *"
  })
  void pathsAreNormalisedAsIstiosBase(String sent, String seen) {
    assertThat(RequestPath.normalised(sent, PathNormalization.BASE)).isEqualTo(seen);
  }

  @Test
  void whatARequestLeavesOutIsAbsentSoThatOnlyNotFieldsHoldForIt() throws Exception {
    assertThat(decided("{methods: [GET]}", "{\"path\": \"/\"}")).isEqualTo(Verdict.DENY);
    assertThat(decided("{notMethods: [GET]}", "{\"path\": \"/\"}")).isEqualTo(Verdict.ALLOW);
    assertThat(decided("{paths: [\"/*\"]}", "{\"method\": \"GET\"}")).isEqualTo(Verdict.DENY);
    assertThat(decided("{paths: [\"*\"]}", "{\"method\": \"GET\"}")).isEqualTo(Verdict.DENY);
    assertThat(decided("{notPaths: [\"/*\"]}", "{\"method\": \"GET\"}")).isEqualTo(Verdict.ALLOW);
  }

  @Test
  void aPodReachesItselfWhateverThePolicySays() throws Exception {
    // Kubernetes, "Network Policies": "a Pod cannot block access to itself".
    Explanation explanation =
        explain(
            "{methods: [GET]}",
            """
            {"from": "shop/orders", "to": "10.77.1.2", "port": 9999, "request": {"method": "PUT"}}
            """);

    assertThat(explanation.verdict()).isEqualTo(Verdict.ALLOW);
    assertThat(explanation.why().code()).isEqualTo("own-address");
    assertThat(explanation.tier()).isEqualTo(Tier.NONE);
    assertThat(explanation.layers()).isEmpty();
  }
}
