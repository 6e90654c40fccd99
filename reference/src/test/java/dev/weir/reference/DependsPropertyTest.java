package dev.weir.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.reference.Decision.Verdict;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Without a request the answer is the one that all requests have, or that it depends. */
class DependsPropertyTest {
  private static final List<String> METHODS = List.of("GET", "PUT", "POST");
  private static final List<String> PATHS = List.of("/", "/a", "/a/b", "/b/a", "/a/c/b");
  private static final List<String> HEADERS = List.of("{}", "{x: a}", "{x: ab}", "{x: b, y: a}");
  private static final List<String> TOKENS =
      List.of("{}", "{g: a}", "{g: [a, b]}", "{g: [c], iss: i, sub: s}");

  @Property(tries = 60, seed = "11")
  void requestsDecideWhatTheProbeWithoutOneLeavesOpen(@ForAll long seed) {
    Random random = new Random(seed);
    World world =
        new World()
            .pod("shop/web", "", "10.0.0.1", "http:80,tcp:81,:82")
            .pod("shop/client", "", "10.0.0.2", "");
    List<String> policies = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(3); i++) {
      policies.add(policy(random, i));
      world.with(policies.getLast());
    }
    Reference reference = world.reference();
    for (int port = 80; port <= 82; port++) {
      Verdict open = reference.decide(probe(port, "")).verdict();
      Set<Verdict> found = EnumSet.noneOf(Verdict.class);
      for (int i = 0; i < 60; i++) {
        found.add(reference.decide(probe(port, request(random))).verdict());
      }
      assertThat(found).as("%s", policies).doesNotContain(Verdict.DEPENDS);
      if (open != Verdict.DEPENDS) {
        assertThat(found).as("port %s of %s", port, policies).containsExactly(open);
      } else {
        // A port that carries no HTTP depends on nothing here.
        assertThat(port).isNotEqualTo(81);
      }
    }
  }

  private static Probe probe(int port, String request) {
    String text =
        "[{from: shop/client, to: shop/web, protocol: TCP, port: " + port + request + "}]";
    return Probe.readAll(World.tree(text)).getFirst();
  }

  private static <T> T one(Random random, List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private static String request(Random random) {
    return ", request: {method: "
        + one(random, METHODS)
        + ", path: "
        + one(random, PATHS)
        + ", headers: "
        + one(random, HEADERS)
        + ", jwt: "
        + one(random, TOKENS)
        + "}";
  }

  private static String policy(Random random, int number) {
    List<String> rules = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(3); i++) {
      rules.add(rule(random));
    }
    String action = one(random, List.of("ALLOW", "ALLOW", "DENY"));
    return World.authorization("p" + number, "action: " + action + ", rules: " + rules);
  }

  private static String rule(Random random) {
    List<String> parts = new ArrayList<>();
    if (random.nextInt(4) > 0) {
      String not = random.nextInt(3) == 0 ? "notM" : "m";
      parts.add(
          "to: [{operation: {"
              + one(
                  random,
                  List.of(
                      not + "ethods: [" + one(random, METHODS) + "]",
                      "methods: [P*], paths: [/a*]",
                      "paths: [\"*" + one(random, List.of("a", "b")) + "\"]",
                      "notPaths: [\"/a/{**}\"]",
                      "paths: [\"*\"]"))
              + "}}]");
    }
    if (random.nextInt(3) == 0) {
      String values = random.nextBoolean() ? "values" : "notValues";
      parts.add(
          "when: [{key: \""
              + one(
                  random,
                  List.of("request.headers[x]", "request.auth.claims[g]", "request.auth.principal"))
              + "\", "
              + values
              + ": [\""
              + one(random, List.of("a", "a*", "*", "b"))
              + "\"]}]");
    }
    return "{" + String.join(", ", parts) + "}";
  }
}
