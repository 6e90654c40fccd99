package dev.weir.decisions;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.compiler.resource.ImpliedNamespaces;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Parsed;
import dev.weir.compiler.resource.Problem;
import dev.weir.compiler.resource.Resource;
import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.p4runtime.info.Pipeline;
import dev.weir.reference.SecondOpinion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What the placements on all pipelines decide, for whatever the reference's own tests ask. */
public final class PlacementOpinion implements SecondOpinion {
  private static final List<Pipeline> PIPELINES =
      Stream.of("weir", "weir_basic", "weir_compact")
          .map(name -> P4InfoReader.readText(Path.of("../p4src/build/" + name + ".p4info.txtpb")))
          .toList();

  /** What Istio's admission refuses and its proxies would take: DENY and CUSTOM without rules. */
  private static boolean mayBeRefused(Problem problem) {
    return problem.path().equals("spec.rules");
  }

  @Override
  public void check(List<JsonNode> resources, ObjectNode probe) {
    Map<String, String> peers =
        probe.has("principal")
            ? Map.of(probe.path("from").asText(), probe.path("principal").asText())
            : Map.of();
    List<Resource> read = new ArrayList<>();
    for (JsonNode json : resources) {
      Parsed parsed = Manifest.read(json);
      if (!parsed.problems().isEmpty()) {
        assertThat(parsed.problems()).as("%s", json).allMatch(PlacementOpinion::mayBeRefused);
        return;
      }
      read.addAll(parsed.resources());
    }
    for (Pipeline pipeline : PIPELINES) {
      Compared.of(pipeline, resources, ImpliedNamespaces.added(read), peers).check(probe);
    }
  }
}
