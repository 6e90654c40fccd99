package dev.weir.app.offline;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.Counters;
import dev.weir.compiler.explain.Explainer;
import dev.weir.compiler.explain.Explanation;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.net.IpAddress;
import dev.weir.p4runtime.info.Pipeline;
import dev.weir.reference.Probe;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a placement's entries and listeners decide. */
final class PlacementDecisions {
  private final Explainer explainer;

  private PlacementDecisions(Explainer explainer) {
    this.explainer = explainer;
  }

  /**
   * An array in the probes' order of {@code {verdict, tier, rule, reason}}.
   *
   * @throws Refused where nothing can be placed
   */
  static ArrayNode decideAll(Manifests manifests, Pipeline pipeline, Probes probes) {
    ObjectNode[] decisions = new ObjectNode[probes.all().size()];
    for (Probes.Group group : probes.groups(manifests.intent())) {
      Intent intent = manifests.intentWith(group.peers());
      Fabric fabric = OfflineFabric.of(intent, pipeline, probes.addresses());
      PlacementDecisions placed =
          new PlacementDecisions(
              new Explainer(
                  intent, fabric, Manifests.compile(intent, fabric, Counters.NONE).placement()));
      for (int i : group.members()) {
        decisions[i] = placed.decide(probes.all().get(i), probes.meant().get(i));
      }
    }
    return JsonNodeFactory.instance.arrayNode().addAll(List.of(decisions));
  }

  private ObjectNode decide(Probe probe, Probes.Ends ends) {
    Explanation explained =
        explainer.explain(
            new dev.weir.compiler.explain.Probe(
                ends.from().toString(),
                ends.to().toString(),
                probe.protocol(),
                probe.port(),
                probe.request().map(PlacementDecisions::request).orElse(null)));
    return JsonNodeFactory.instance
        .objectNode()
        .put("verdict", Ascii.toLowerCase(explained.verdict().name()))
        .put("tier", Ascii.toLowerCase(explained.tier().name()))
        .put("rule", explained.rules().stream().findFirst().map(Rule.Id::toString).orElse(""))
        .put("reason", explained.why().code());
  }

  private static dev.weir.compiler.explain.Probe.Request request(Probe.Request request) {
    Map<String, String> headers = new HashMap<>(request.headers());
    request.host().ifPresent(host -> headers.put("host", host));
    return new dev.weir.compiler.explain.Probe.Request(
        request.method().orElse(null),
        request.path().orElse(null),
        ImmutableSortedMap.copyOf(headers),
        request.jwt(),
        request.sni().orElse(null),
        request.remoteIp().map(IpAddress::parse).orElse(null));
  }
}
