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
import dev.weir.reference.Decision;
import dev.weir.reference.Probe;
import dev.weir.reference.Reference;
import dev.weir.reference.ReferenceException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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
        assertThat(decide(was, probe)).as("before, %s", probe).isEqualTo(!allows(difference));
        assertThat(decide(is, probe)).as("after, %s", probe).isEqualTo(allows(difference));
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
        boolean now = decide(is, probe);
        if (decide(was, probe) != now) {
          assertThat(differences)
              .as("%s is%s allowed now", probe, now ? "" : " not")
              .anyMatch(d -> allows(d) == now && covers(d, probe));
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

  private static boolean decide(Reference reference, ObjectNode probe) {
    return reference
            .decide(Probe.readAll(JsonNodeFactory.instance.arrayNode().add(probe)).getFirst())
            .verdict()
        == Decision.Verdict.ALLOW;
  }

  /** ICMP has no probe. */
  private static Optional<ObjectNode> probe(Difference difference) {
    Difference.Witness witness = difference.witness();
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
          witness
              .request()
              .ifPresent(
                  r -> probe.putObject("request").put("method", r.method()).put("path", r.path()));
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
