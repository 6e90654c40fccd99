package dev.weir.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableSet;
import java.time.Duration;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** What the sample policies say, with real sockets. */
interface OutcomeContract extends LabContract {
  /** The controller reads the switch's counters from time to time. */
  Duration COUNTERS = Duration.ofSeconds(10);

  @Test
  default void everyExpectationOfTheSampleMeshHolds() {
    JsonNode results = lab().expectations().path("results");
    assertThat(results).hasSizeGreaterThan(40);
    assertThat(
            StreamSupport.stream(results.spliterator(), false)
                .filter(
                    result ->
                        !result.path("agrees").asBoolean()
                            || (result.has("tierAgrees")
                                && !result.path("tierAgrees").asBoolean())))
        .isEmpty();
  }

  @Test
  default void whatTheSwitchAllowsReachesTheServerAsItIsAndNoEnvoySeesIt() {
    for (int version : versions()) {
      long before = lab().countedByEnvoys();
      JsonNode result = get("shop/frontend", "shop/cart", version, 8080, "GET", "/own");
      assertThat(result.path("seen").asText()).isEqualTo("reaches");
      assertThat(result.path("answer").path("client").asText())
          .isEqualTo(lab().address("shop/frontend", version));
      assertThat(lab().countedByEnvoys()).isEqualTo(before);
    }
  }

  @Test
  default void whatNeedsTheRequestGoesThroughEnvoyAndItsCountersMove() {
    for (int version : versions()) {
      long before = lab().countedByEnvoys();
      JsonNode read = get("shop/frontend", "shop/orders", version, 8080, "GET", "/orders/1");
      JsonNode write = get("shop/frontend", "shop/orders", version, 8080, "POST", "/orders");
      assertThat(read.path("seen").asText()).isEqualTo("reaches");
      assertThat(write.path("seen").asText()).isEqualTo("forbidden");
      assertThat(read.path("answer").path("client").asText()).isIn(sidecarAddresses());
      assertThat(lab().countedByEnvoys()).isGreaterThan(before);
    }
  }

  @Test
  default void twoClientsOfOneServerHaveTheirOwnRequestPolicies() {
    for (int version : versions()) {
      assertThat(seen("shop/frontend", "shop/orders", version, "GET")).isEqualTo("reaches");
      assertThat(seen("shop/frontend", "shop/orders", version, "POST")).isEqualTo("forbidden");
      assertThat(seen("shop/cart", "shop/orders", version, "GET")).isEqualTo("forbidden");
      assertThat(seen("shop/cart", "shop/orders", version, "POST")).isEqualTo("reaches");
      assertThat(seen("ops/auditor", "shop/orders", version, "GET")).isEqualTo("reaches");
      assertThat(seen("ops/auditor", "shop/orders", version, "POST")).isEqualTo("reaches");
      assertThat(seen("ops/auditor", "shop/orders", version, "DELETE")).isEqualTo("forbidden");
    }
  }

  @Test
  default void aDeniedConnectionNeverReachesTheServersSocketAndItsRuleCounts() {
    for (int version : versions()) {
      long counted = ingressDenials("NetworkPolicy ops/metrics spec.policyTypes[Ingress]");
      long arrived = lab().arrived("ops/metrics", "guest/visitor");
      ObjectNode probe = probe("guest/visitor", "ops/metrics", version, 8125, "udp");
      assertThat(run("guest/visitor", probe).path("seen").asText()).isEqualTo("no-connection");
      assertThat(lab().arrived("ops/metrics", "guest/visitor")).isEqualTo(arrived);
      lab()
          .await(
              "the rule's counter moves",
              COUNTERS,
              () ->
                  ingressDenials("NetworkPolicy ops/metrics spec.policyTypes[Ingress]") > counted);
    }
  }

  @Test
  default void aDenyPolicysRuleCountsWhatItDenies() {
    String rule = "AuthorizationPolicy shop/frontend-unwanted";
    long counted = lab().api().counted("authorization_deny", rule, true);
    long arrived = arrivedFrom("198.51.100.66");
    ObjectNode probe = probe("world", "shop/frontend", 4, 8080, "http");
    probe.put("fromAddress", "198.51.100.66").put("method", "GET").put("path", "/");
    assertThat(run("world", probe).path("seen").asText()).isEqualTo("no-connection");
    assertThat(arrivedFrom("198.51.100.66")).isEqualTo(arrived);
    lab()
        .await(
            "the rule's counter moves",
            COUNTERS,
            () -> lab().api().counted("authorization_deny", rule, true) > counted);
  }

  @Test
  default void oneUdpSocketTalksToTwoServers() {
    for (int version : versions()) {
      String metrics = lab().address("ops/metrics", version);
      String resolver = lab().address("ops/resolver", version);
      String program =
          """
          import json, socket, sys
          sock = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
          sock.settimeout(5)
          answers = []
          for turn in range(6):
              sock.sendto(b'turn %d' % turn, (sys.argv[1 + turn % 2], (8125, 5353)[turn % 2]))
              data, peer = sock.recvfrom(9999)
              answers.append([peer[0], json.loads(data)['data']])
          print(json.dumps(answers))
          """;
      JsonNode answers =
          Lab.json(
              lab()
                  .exec("shop/frontend", Commands.PYTHON, "-c", program, metrics, resolver)
                  .orThrow());
      for (int turn = 0; turn < 6; turn++) {
        assertThat(answers.get(turn).get(0).asText()).isEqualTo(turn % 2 == 0 ? metrics : resolver);
        assertThat(answers.get(turn).get(1).asText()).isEqualTo("turn " + turn);
      }
    }
  }

  @Test
  default void explainAgreesWithEveryExpectation() {
    JsonNode expectations =
        Lab.json(Lab.text(Lab.sample().resolve("expectations.json"))).path("expectations");
    String pipeline = lab().description().path("switch").path("pipeline").asText();
    for (JsonNode expectation : expectations) {
      for (int version : versions()) {
        ObjectNode question = MeshApi.JSON.createObjectNode();
        question.put("from", end(expectation, "from", "fromAddress", version));
        question.put("to", end(expectation, "to", "toAddress", version));
        if (question.path("from").asText().isEmpty() || question.path("to").asText().isEmpty()) {
          continue;
        }
        boolean http = expectation.path("protocol").asText().equals("http");
        question.put("protocol", http ? "tcp" : expectation.path("protocol").asText());
        question.put("port", expectation.path("port").asInt());
        if (http) {
          question
              .putObject("request")
              .put("method", expectation.path("method").asText())
              .put("path", expectation.path("path").asText());
        }
        JsonNode here = expectation.path("onPipeline").path(pipeline);
        String outcome = here.path("outcome").asText(expectation.path("outcome").asText());
        String tier = here.path("tier").asText(expectation.path("tier").asText());
        JsonNode explanation = lab().api().explain(question);
        assertThat(explanation.path("verdict").asText())
            .as("%s: %s", question, explanation)
            .isEqualTo(outcome.equals("reaches") ? "allow" : "deny");
        assertThat(explanation.path("tier").asText())
            .as("%s: %s", question, explanation)
            .isEqualTo(tier);
        assertThat(explanation.path("reason").path("code").asText())
            .as("%s: %s", question, explanation)
            .isNotEmpty();
      }
    }
  }

  private String end(JsonNode expectation, String end, String addresses, int version) {
    if (!expectation.has(addresses)) {
      return lab().address(expectation.path(end).asText(), version);
    }
    for (JsonNode address : expectation.path(addresses)) {
      if (version(address.asText()) == version) {
        return address.asText();
      }
    }
    return "";
  }

  private long ingressDenials(String policy) {
    return lab().api().counted("ingress_policy", policy, false);
  }

  private long arrivedFrom(String address) {
    return lab().arrived("shop/frontend").stream()
        .filter(event -> event.path("client").asText().equals(address))
        .count();
  }

  private ImmutableSet<String> sidecarAddresses() {
    ImmutableSet.Builder<String> addresses = ImmutableSet.builder();
    for (JsonNode sidecar : lab().description().path("sidecars")) {
      sidecar.path("addresses").forEach(address -> addresses.add(address.asText()));
    }
    return addresses.build();
  }

  private String seen(String client, String server, int version, String method) {
    return get(client, server, version, 8080, method, "/orders").path("seen").asText();
  }

  private JsonNode get(
      String client, String server, int version, int port, String method, String path) {
    ObjectNode probe = probe(client, server, version, port, "http");
    probe.put("method", method).put("path", path).put("seconds", 5);
    return run(client, probe);
  }

  private ObjectNode probe(String client, String server, int version, int port, String protocol) {
    return MeshApi.JSON
        .createObjectNode()
        .put("address", lab().address(server, version))
        .put("fromAddress", lab().address(client, version))
        .put("port", port)
        .put("protocol", protocol)
        .put("seconds", 1.5);
  }

  private JsonNode run(String client, ObjectNode probe) {
    ArrayNode probes = MeshApi.JSON.createArrayNode().add(probe);
    return lab().probe(client, probes).get(0);
  }

  private static int version(String address) {
    return address.contains(":") ? 6 : 4;
  }
}
