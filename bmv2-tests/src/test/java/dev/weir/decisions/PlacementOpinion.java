package dev.weir.decisions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.compiler.resource.Manifest;
import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.p4runtime.info.Pipeline;
import dev.weir.reference.SecondOpinion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What the placements on all pipelines decide, for whatever the reference's own tests ask. */
public final class PlacementOpinion implements SecondOpinion {
  private static final List<Pipeline> PIPELINES =
      Stream.of("weir", "weir_basic", "weir_compact")
          .map(name -> P4InfoReader.readText(Path.of("../p4src/build/" + name + ".p4info.txtpb")))
          .toList();

  /**
   * What Istio's admission refuses and its proxies would take: DENY and CUSTOM without rules. And a
   * source's {@code trustDomains}, which the published models do not know yet.
   */
  private static boolean isRefused(List<JsonNode> resources) {
    return resources.stream()
        .flatMap(resource -> Manifest.read(resource).problems().stream())
        .anyMatch(
            problem ->
                problem.path().equals("spec.rules") || problem.path().endsWith("rustDomains"));
  }

  @Override
  public void check(List<JsonNode> resources, ObjectNode probe) {
    // An identity that no address has is the reference's alone to judge (docs/offline.md).
    if (probe.has("principal")) {
      return;
    }
    List<JsonNode> all = new ArrayList<>(resources);
    TreeSet<String> namespaces = new TreeSet<>();
    resources.forEach(r -> namespaces.add(r.path("metadata").path("namespace").asText()));
    namespaces.remove("");
    resources.stream()
        .filter(r -> r.path("kind").asText().equals("Namespace"))
        .forEach(r -> namespaces.remove(r.path("metadata").path("name").asText()));
    for (String name : namespaces) {
      ObjectNode namespace = JsonNodeFactory.instance.objectNode();
      namespace.put("apiVersion", "v1").put("kind", "Namespace");
      namespace.putObject("metadata").put("name", name);
      all.add(namespace);
    }
    if (isRefused(all)) {
      return;
    }
    for (Pipeline pipeline : PIPELINES) {
      Compared.of(pipeline, all).check(probe);
    }
  }
}
