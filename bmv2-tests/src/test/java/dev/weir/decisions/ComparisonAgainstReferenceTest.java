package dev.weir.decisions;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.resolve.Resolved;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Parsed;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.validate.Comparison;
import dev.weir.compiler.validate.Difference;
import dev.weir.compiler.validate.Difference.Member;
import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.reference.Probe;
import dev.weir.reference.Reference;
import dev.weir.reference.ReferenceException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * What a change of policies is said to allow and deny is what the standards say: every witness
 * shows it, and no probe shows more.
 */
class ComparisonAgainstReferenceTest {
  private static final int PROBES = 150;

  @Property(tries = 80, seed = "63", shrinking = ShrinkingMode.OFF)
  void differencesAreThoseOfTheStandards(@ForAll long seed) {
    RandomMesh mesh = new RandomMesh(seed, 4, 5);
    Random random = new Random(seed);
    List<JsonNode> before = mesh.resources();
    List<JsonNode> after = new ArrayList<>(before);
    List<JsonNode> policies =
        before.stream().filter(r -> r.path("kind").asText().endsWith("Policy")).toList();
    after.remove(policies.get(random.nextInt(policies.size())));
    boolean forth = random.nextBoolean();
    compare(forth ? before : after, forth ? after : before, mesh);
  }

  private static void compare(List<JsonNode> before, List<JsonNode> after, RandomMesh mesh) {
    List<Difference> differences =
        Comparison.between(
            intent(before),
            intent(after),
            P4InfoReader.readText(Path.of("../p4src/build/weir.p4info.txtpb")));
    Reference was = Reference.of(before);
    Reference is = Reference.of(after);
    for (Difference difference : differences) {
      Optional<ObjectNode> witness = probe(difference);
      if (witness.isPresent()) {
        ObjectNode probe = witness.get();
        OptionalInt first = passes(was, probe);
        OptionalInt second = passes(is, probe);
        // Every request passes more, or less, easily, but not all of them alike.
        boolean depends = first.isEmpty() || second.isEmpty();
        if (depends) {
          assertThat(probe.has("request")).as("%s", probe).isFalse();
        } else {
          assertThat(Integer.signum(second.getAsInt() - first.getAsInt()))
              .as("%s: %s, then %s", probe, first, second)
              .isEqualTo(allows(difference) ? 1 : -1);
        }
      }
    }
    for (int i = 0; i < PROBES; i++) {
      ObjectNode probe = mesh.probe();
      // A request has a method and a path; without one, the outcome may depend on it.
      boolean asks = probe.path("request").has("method") && probe.path("request").has("path");
      if (probe.path("protocol").asText().equals("TCP") && !asks) {
        continue;
      }
      try {
        OptionalInt first = passes(was, probe);
        OptionalInt second = passes(is, probe);
        if (first.isPresent() && second.isPresent() && !first.equals(second)) {
          boolean more = second.getAsInt() > first.getAsInt();
          assertThat(differences)
              .as("%s passes %s than before", probe, more ? "more easily" : "less easily")
              .anyMatch(d -> allows(d) == more && covers(d, probe));
        }
      } catch (ReferenceException e) {
        // The ends share no address family: there is no such connection.
      }
    }
  }

  private static boolean allows(Difference difference) {
    return difference.kind() == Difference.Kind.ALLOWS;
  }

  private static Intent intent(List<JsonNode> resources) {
    List<Resource> read = new ArrayList<>();
    for (JsonNode json : resources) {
      Parsed parsed = Manifest.read(json);
      assertThat(parsed.problems()).isEmpty();
      read.addAll(parsed.resources());
    }
    Resolved resolved = Resolver.resolve(read);
    assertThat(resolved.problems()).isEmpty();
    return resolved.intent();
  }

  /** How much passes: nothing, what an authorizer lets pass, everything; empty: it depends. */
  private static OptionalInt passes(Reference reference, ObjectNode probe) {
    return switch (reference
        .decide(Probe.readAll(JsonNodeFactory.instance.arrayNode().add(probe)).getFirst())
        .verdict()) {
      case DENY -> OptionalInt.of(0);
      case CUSTOM -> OptionalInt.of(1);
      case ALLOW -> OptionalInt.of(2);
      case DEPENDS -> OptionalInt.empty();
    };
  }

  /** ICMP has no probe. */
  private static Optional<ObjectNode> probe(Difference difference) {
    Difference.Witness witness = difference.witness();
    if (difference.ofRequests() && witness.request().isEmpty()) {
      // Only what is no HTTP differs; of that, no probe says more than that it is a connection.
      return Optional.empty();
    }
    Optional<Protocol> protocol =
        Arrays.stream(Protocol.values())
            .filter(p -> p.number() == difference.protocol())
            .findFirst();
    return protocol.map(
        p -> {
          ObjectNode probe =
              JsonNodeFactory.instance
                  .objectNode()
                  .put("from", witness.from().toString())
                  .put("to", witness.to().toString())
                  .put("protocol", p.name())
                  .put("port", witness.port());
          witness.request().ifPresent(request -> probe.set("request", request));
          return probe;
        });
  }

  private static boolean covers(Difference difference, ObjectNode probe) {
    return Protocol.valueOf(probe.path("protocol").asText()).number() == difference.protocol()
        && difference.ports().stream()
            .anyMatch(
                p ->
                    p.first() <= probe.path("port").asInt()
                        && probe.path("port").asInt() <= p.last())
        && difference.from().stream().anyMatch(m -> is(m, probe.path("from").asText()))
        && difference.to().stream().anyMatch(m -> is(m, probe.path("to").asText()));
  }

  private static boolean is(Member member, String end) {
    if (end.contains("/")) {
      return member.workload().equals(end);
    }
    return member.addresses().contains("/")
        ? Prefix.parse(member.addresses()).contains(IpAddress.parse(end))
        : member.addresses().equals(end);
  }
}
