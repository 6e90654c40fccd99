package dev.weir.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The lemma that the compiler's validator leaves to the pipelines: a packet, one that opens nothing
 * too, is routed only where the entries of now allow its connection, or steer it and it goes to or
 * comes from that listener, or keep it by {@code spill}. Shown for every control path of p4c's
 * output, whatever tables and cells hold.
 */
class BareSegmentLemmaTest {
  private static final long DIRECT = 1;
  private static final long STEERED = 2;
  private static final Set<String> FLAGS =
      Set.of(
          "denied",
          "steered",
          "steered_by_policy",
          "server_is_sidecar",
          "client_is_sidecar",
          "opens",
          "retry",
          "reply",
          "tier",
          "forward_hit",
          "reverse_hit",
          "from_listener",
          "kind");
  private static final List<String> POLICY =
      List.of(
          "egress_admin",
          "egress_policy",
          "ingress_admin",
          "ingress_policy",
          "authorization_deny",
          "authorization_allow");

  @ParameterizedTest
  @ValueSource(strings = {"weir", "weir_basic", "weir_compact"})
  void whatIsRoutedIsAllowedOrWithItsListenerOrKeptBySpill(String name) throws IOException {
    JsonNode program =
        new ObjectMapper()
            .readTree(CompiledPipelinesTest.P4SRC.resolve("build/" + name + ".json").toFile());
    holds(program);
    // A program that routes what policy denies is told apart.
    for (JsonNode condition : program.path("pipelines").get(0).path("conditionals")) {
      if (condition.at("/source_info/source_fragment").asText().equals("meta.denied == 1")) {
        ((ObjectNode) condition).set("true_next", condition.path("false_next"));
      }
    }
    assertThatThrownBy(() -> holds(program)).isInstanceOf(AssertionError.class);
  }

  private static void holds(JsonNode program) {
    Set<String> fields =
        FLAGS.stream().map("metadata_t."::concat).collect(Collectors.toCollection(TreeSet::new));
    fields.addAll(List.of("direct_0", "to_listener_0", "serves_0", ControlPaths.IS_SYN));
    Set<String> followed = new TreeSet<>(POLICY);
    followed.addAll(List.of("sidecar_upstream", "steer"));
    ControlPaths paths = new ControlPaths(program, fields, followed);
    Set<ControlPaths.State> routed = paths.reaching("route");
    assertThat(routed).hasSizeGreaterThan(50);
    for (ControlPaths.State state : routed) {
      check(paths, state);
    }
    // Each way that the lemma names is there at all.
    assertThat(routed).anyMatch(s -> s.took().values().stream().anyMatch("allow"::equals));
    assertThat(routed).anyMatch(BareSegmentLemmaTest::steers);
    assertThat(routed).anyMatch(s -> s.took().containsValue("allow_upstream"));
  }

  private static boolean is(ControlPaths.State state, String flag, long value) {
    return state.isKnown("metadata_t." + flag, value);
  }

  private static boolean steers(ControlPaths.State state) {
    return POLICY.stream()
        .map(t -> state.took().getOrDefault(t, ""))
        .anyMatch(a -> a.startsWith("steer") || a.equals("spill"));
  }

  private static void check(ControlPaths paths, ControlPaths.State state) {
    String upstream = state.took().get("sidecar_upstream");
    List<String> verdicts =
        POLICY.stream().flatMap(t -> Stream.ofNullable(state.took().get(t))).toList();
    assertThat(state.cannotBe("metadata_t.server_is_sidecar", 1)).as("%s", state).isTrue();
    assertThat(verdicts).as("%s", state).doesNotContain("deny");
    if (upstream != null) {
      assertThat(upstream).isEqualTo("allow_upstream");
      assertThat(verdicts).as("%s", state).isEmpty();
      assertThat(is(state, "client_is_sidecar", 1)).isTrue();
      return;
    }
    for (String direction : List.of("egress", "ingress")) {
      String admin = state.took().get(direction + "_admin");
      boolean settled = admin != null && !admin.equals("pass_on");
      assertThat(settled != state.took().containsKey(direction + "_policy"))
          .as("%s of %s", direction, state)
          .isTrue();
      assertThat(admin != null).isEqualTo(paths.tables().contains(direction + "_admin"));
    }
    assertThat(state.took()).containsKeys("authorization_deny", "authorization_allow");
    if (steers(state)) {
      steered(state, verdicts);
    } else {
      assertThat(is(state, "steered", 0)).as("%s", state).isTrue();
      // Allowed now: it passes, or stays with the listener of the cell that it was steered by.
      if (state.isKnown("to_listener_0", 1)) {
        assertThat(is(state, "tier", STEERED) && is(state, "forward_hit", 1)).isTrue();
      }
    }
  }

  private static void steered(ControlPaths.State state, List<String> verdicts) {
    boolean keeps =
        verdicts.stream().noneMatch(v -> v.startsWith("steer"))
            && is(state, "tier", DIRECT)
            && (is(state, "forward_hit", 1) || is(state, "reverse_hit", 1));
    boolean toListener =
        state.isKnown("to_listener_0", 1) && "steer_to".equals(state.took().get("steer"));
    boolean fromListener = is(state, "from_listener", 1) && state.isKnown("serves_0", 1);
    assertThat(keeps || toListener || fromListener).as("%s", state).isTrue();
    // What opens a connection is never kept by a cell.
    if (is(state, "opens", 1)) {
      assertThat(toListener).as("%s", state).isTrue();
    }
  }
}
