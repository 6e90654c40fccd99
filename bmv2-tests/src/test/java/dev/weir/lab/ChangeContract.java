package dev.weir.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.lab.SteadyClient.Attempt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Policies change while clients go on sending. What both versions allow is never interrupted, what
 * both deny never arrives, and what the new one denies stops once the change is reported in force,
 * on old connections too.
 */
interface ChangeContract extends LabContract {
  /** How long after a change is in force an old connection may still be served by a sidecar. */
  double STOPPING_SECONDS = 1;

  Duration EFFECT = Duration.ofSeconds(15);

  /** Those that no change of these tests concerns, and one that is always denied. */
  final class Bystanders implements AutoCloseable {
    private final Lab lab;
    private final long arrivedBefore;
    private final List<SteadyClient> served = new ArrayList<>();
    private final List<SteadyClient> denied = new ArrayList<>();

    Bystanders(Lab lab, String... patience) {
      this.lab = lab;
      arrivedBefore = arrived();
      serve("shop/orders", "shop/payments", 8080, "keepalive", patience);
      serve("shop/orders", "shop/payments", 8080, "keepalive6", patience);
      serve("shop/cart", "shop/cart-store", 6379, "tcp", patience);
      serve("shop/frontend", "shop/reviews", 8080, "keepalive", patience);
      serve("ops/auditor", "ops/metrics", 9090, "http", patience);
      // A datagram that is lost is not sent again, and nothing is gained by waiting for its answer.
      serve("shop/frontend", "ops/resolver", 5353, "udp");
      // Many attempts, and little time for each: all that matters is whether one arrives.
      String[] haste = {"--seconds", "0.03", "--connect-seconds", "0.03"};
      denied.add(
          SteadyClient.start(lab, "shop/frontend", "shop/cart-store", 4, 6379, "tcp", haste));
      denied.add(SteadyClient.start(lab, "guest/visitor", "ops/metrics", 4, 8125, "udp", haste));
      for (SteadyClient client : served) {
        lab.await(client + " is served", EFFECT, () -> client.sees("reaches"));
      }
    }

    private void serve(String client, String server, int port, String mode, String... patience) {
      int version = mode.endsWith("6") ? 6 : 4;
      served.add(
          SteadyClient.start(lab, client, server, version, port, mode.replace("6", ""), patience));
    }

    /** Asserts that nobody has noticed anything. */
    void assertUndisturbed() {
      double now = now();
      for (SteadyClient client : served) {
        lab.await(client + " goes on", EFFECT, () -> client.since(now).size() > 3);
        assertThat(client.attempts().stream().filter(attempt -> !attempt.reaches()))
            .as("%s", client)
            .isEmpty();
      }
      assertDeniedNeverArrives();
    }

    void assertDeniedNeverArrives() {
      for (SteadyClient client : denied) {
        assertThat(client.attempts()).as("%s", client).hasSizeGreaterThan(10);
        assertThat(client.attempts().stream().filter(Attempt::reaches)).as("%s", client).isEmpty();
      }
      assertThat(arrived()).isEqualTo(arrivedBefore);
    }

    private long arrived() {
      return lab.arrived("shop/cart-store", "shop/frontend")
          + lab.arrived("ops/metrics", "guest/visitor");
    }

    List<SteadyClient> served() {
      return served;
    }

    @Override
    public void close() {
      served.forEach(SteadyClient::close);
      denied.forEach(SteadyClient::close);
    }
  }

  @Test
  default void aPolicyThatComesEndsOldConnectionsAndOneThatGoesLetsThemOpenAgain() {
    String isolate =
        """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {namespace: guest, name: closed}
        spec:
          podSelector: {matchLabels: {app: visitor}}
          policyTypes: [Ingress]
        """;
    try (Bystanders others = new Bystanders(lab(), "--seconds", "3", "--connect-seconds", "3");
        var old = SteadyClient.start(lab(), "ops/auditor", "guest/visitor", 4, 8080, "keepalive");
        var fresh = SteadyClient.start(lab(), "ops/auditor", "guest/visitor", 4, 8080, "http")) {
      awaitAll("reaches", old, fresh);
      lab().api().apply(isolate);
      double inForce = now();
      awaitAll("no-connection", old, fresh);
      assertNoneAfter(inForce, Attempt::reaches, old, fresh);
      lab().api().delete(isolate);
      awaitAll("reaches", old, fresh);
      others.assertUndisturbed();
    }
  }

  @Test
  default void requestsThatANarrowedPolicyDeniesStopOnAnOldConnection() {
    String before = Lab.sampleDocument("AuthorizationPolicy", "orders-write");
    String narrowed = before.replace("paths: [/orders, /orders/*]", "paths: [/orders]");
    try (Bystanders others = new Bystanders(lab(), "--seconds", "3", "--connect-seconds", "3");
        var kept = post("/orders");
        var lost = post("/orders/7")) {
      awaitAll("reaches", kept, lost);
      lab().api().apply(narrowed);
      double inForce = now();
      awaitAll("forbidden", lost);
      assertNoneAfter(inForce + STOPPING_SECONDS, Attempt::reaches, lost);
      lab().api().apply(before);
      awaitAll("reaches", lost);
      assertUninterrupted(kept, lost);
      others.assertUndisturbed();
    } finally {
      lab().api().apply(before);
    }
  }

  @Test
  default void requestsThatAWidenedPolicyAllowsPassOnAnOldConnection() {
    String before = Lab.sampleDocument("AuthorizationPolicy", "orders-read");
    String widened = before.replace("methods: [GET]", "methods: [GET, PUT]");
    try (Bystanders others = new Bystanders(lab(), "--seconds", "3", "--connect-seconds", "3");
        var kept = orders("GET", "/orders/1");
        var gained = orders("PUT", "/orders/1")) {
      awaitAll("reaches", kept);
      awaitAll("forbidden", gained);
      lab().api().apply(widened);
      awaitAll("reaches", gained);
      lab().api().apply(before);
      double inForce = now();
      awaitAll("forbidden", gained);
      assertNoneAfter(inForce + STOPPING_SECONDS, Attempt::reaches, gained);
      assertUninterrupted(kept, gained);
      others.assertUndisturbed();
    } finally {
      lab().api().apply(before);
    }
  }

  @Test
  default void aNarrowedPortRangeEndsAnOldPlainTcpConnection() {
    String before = Lab.sampleDocument("NetworkPolicy", "cart-store");
    String narrowed = before.replace("port: 6379", "port: 6380");
    try (var old = SteadyClient.start(lab(), "shop/cart", "shop/cart-store", 4, 6379, "tcp");
        var other =
            SteadyClient.start(lab(), "shop/orders", "shop/payments", 4, 8080, "keepalive")) {
      awaitAll("reaches", old, other);
      lab().api().apply(narrowed);
      double inForce = now();
      awaitAll("no-connection", old);
      assertNoneAfter(inForce, Attempt::reaches, old);
      lab().api().apply(before);
      awaitAll("reaches", old);
      assertUninterrupted(other);
    } finally {
      lab().api().apply(before);
    }
  }

  @Test
  default void aPolicyMovesBetweenTiersAndBack() {
    String before = Lab.sampleDocument("AuthorizationPolicy", "cart");
    String byRequest = before + "\n      to:\n        - operation:\n            methods: [GET]\n";
    long denied = lab().arrived("shop/cart", "shop/orders");
    try (Bystanders others = new Bystanders(lab(), "--seconds", "3", "--connect-seconds", "3");
        var get = SteadyClient.start(lab(), "shop/frontend", "shop/cart", 4, 8080, "http");
        var old = SteadyClient.start(lab(), "shop/frontend", "shop/cart", 4, 8080, "keepalive");
        var post =
            SteadyClient.start(
                lab(), "shop/frontend", "shop/cart", 4, 8080, "keepalive", "--method", "POST");
        var never = SteadyClient.start(lab(), "shop/orders", "shop/cart", 4, 8080, "http")) {
      awaitAll("reaches", get, old, post);
      lab().api().apply(byRequest);
      double inForce = now();
      // Direct connections are cut, since a sidecar has to judge what they carry from now on.
      lab()
          .await(
              "the old one is another connection",
              EFFECT,
              () -> old.attempts().getLast().connection() > 1);
      awaitAll("reaches", get, old);
      awaitAll("forbidden", post);
      assertNoneAfter(inForce + STOPPING_SECONDS, Attempt::reaches, post);
      assertThat(old.attempts().getLast().connection()).isEqualTo(2);
      assertThat(clientsSince(inForce, "shop/cart"))
          .doesNotContainAnyElementsOf(own("shop/frontend"));

      lab().api().apply(before);
      double back = now();
      awaitAll("reaches", get, old, post);
      lab()
          .await(
              "new connections bypass the sidecar again",
              EFFECT,
              () ->
                  clientsSince(back, "shop/cart").stream()
                      .anyMatch(own("shop/frontend")::contains));
      // The old one stays with its sidecar, which lets everything pass.
      assertThat(old.attempts().getLast().connection()).isEqualTo(2);
      assertUninterruptedBut(1, old);
      assertUninterruptedBut(1, get);
      assertThat(never.attempts().stream().filter(Attempt::reaches)).isEmpty();
      assertThat(lab().arrived("shop/cart", "shop/orders")).isEqualTo(denied);
      others.assertUndisturbed();
    } finally {
      lab().api().apply(before);
    }
  }

  @Test
  default void ofTwoChangesBackToBackTheLaterHolds() {
    String before = Lab.sampleDocument("AuthorizationPolicy", "orders-read");
    String first = before.replace("methods: [GET]", "methods: [PUT]");
    String second = before.replace("methods: [GET]", "methods: [GET, DELETE]");
    try (Bystanders others = new Bystanders(lab(), "--seconds", "3", "--connect-seconds", "3");
        var delete = orders("DELETE", "/orders/1");
        var put = orders("PUT", "/orders/1")) {
      awaitAll("forbidden", delete, put);
      lab().api().applyWithoutWaiting(first);
      lab().api().apply(second);
      double inForce = now();
      awaitAll("reaches", delete);
      awaitAll("forbidden", put);
      assertNoneAfter(inForce + STOPPING_SECONDS, Attempt::reaches, put);
      others.assertUndisturbed();
    } finally {
      lab().api().apply(before);
    }
  }

  @Test
  default void aSwitchThatRestartsEndsNoConnectionAndOpensNone() {
    String[] patience = {"--seconds", "20", "--connect-seconds", "20"};
    try (Bystanders others = new Bystanders(lab(), patience)) {
      long pid = lab().description().path("switch").path("pid").asLong();
      ProcessHandle.of(pid).orElseThrow().destroyForcibly();
      lab()
          .await(
              "another switch runs",
              EFFECT,
              () -> lab().description().path("switch").path("pid").asLong() != pid);
      lab().await("the controller sees it", Duration.ofSeconds(60), lab()::inForce);
      double restarted = now();
      for (SteadyClient client : others.served()) {
        lab()
            .await(
                client + " goes on",
                Duration.ofSeconds(30),
                () -> client.since(restarted).stream().filter(Attempt::reaches).count() > 3);
        if (!client.toString().contains(" udp ") && !client.toString().contains(" http ")) {
          assertThat(client.attempts().getLast().connection()).as("%s", client).isEqualTo(1);
        }
      }
      others.assertDeniedNeverArrives();
    }
  }

  private SteadyClient post(String path) {
    return orders("POST", path);
  }

  /** Over one keep-alive connection of the auditor, whom both rules of orders name. */
  private SteadyClient orders(String method, String path) {
    return SteadyClient.start(
        lab(),
        "ops/auditor",
        "shop/orders",
        4,
        8080,
        "keepalive",
        "--method",
        method,
        "--path",
        path);
  }

  private void awaitAll(String seen, SteadyClient... clients) {
    for (SteadyClient client : clients) {
      lab().await(client + " sees " + seen, EFFECT, () -> client.sees(seen));
    }
  }

  private static void assertNoneAfter(
      double moment, Predicate<Attempt> what, SteadyClient... clients) {
    for (SteadyClient client : clients) {
      assertThat(client.since(moment).stream().filter(what)).as("%s", client).isEmpty();
    }
  }

  /** Every attempt got an answer, over the one connection that it began with. */
  private static void assertUninterrupted(SteadyClient... clients) {
    for (SteadyClient client : clients) {
      assertThat(client.attempts().stream().filter(a -> a.seen().equals("no-connection")))
          .as("%s", client)
          .isEmpty();
      assertThat(client.attempts().getLast().connection()).as("%s", client).isEqualTo(1);
    }
  }

  /** As many attempts may be cut that were under way while their connection changed tiers. */
  private static void assertUninterruptedBut(int cut, SteadyClient client) {
    assertThat(client.attempts().stream().filter(attempt -> !attempt.reaches()))
        .as("%s", client)
        .hasSizeLessThanOrEqualTo(cut);
  }

  /** Whom a server has seen since a moment. */
  private Set<String> clientsSince(double moment, String server) {
    return lab().arrived(server).stream()
        .filter(event -> event.path("time").asDouble() > moment)
        .map(event -> event.path("client").asText())
        .collect(Collectors.toSet());
  }

  private Set<String> own(String workload) {
    return lab().addresses(workload).collect(Collectors.toSet());
  }

  private static double now() {
    return System.currentTimeMillis() / 1000.0;
  }
}
