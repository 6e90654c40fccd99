package dev.weir.app.offline;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.explain.Explainer;
import dev.weir.compiler.explain.Explanation;
import dev.weir.compiler.explain.Explanation.Verdict;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload.Application;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.reference.Probe;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What a placement's entries and listeners decide. */
final class PlacementDecisions {
  private final Intent intent;
  private final Fabric fabric;
  private final Placement placement;

  PlacementDecisions(Intent intent, Fabric fabric, Placement placement) {
    this.intent = intent;
    this.fabric = fabric;
    this.placement = placement;
  }

  /** An array in the probes' order of {@code {verdict, tier, rule, reason}}. */
  ArrayNode decideAll(Probes probes) {
    ArrayNode decisions = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < probes.all().size(); i++) {
      decisions.add(decide(probes.all().get(i), probes.meant().get(i)));
    }
    return decisions;
  }

  private ObjectNode decide(Probe probe, Probes.Ends ends) {
    Explanation explained =
        Explainer.explain(
            intent,
            fabric,
            placement,
            new dev.weir.compiler.explain.Probe(
                ends.from().toString(),
                ends.to().toString(),
                probe.protocol(),
                probe.port(),
                probe.request().map(PlacementDecisions::request).orElse(null)));
    Verdict verdict =
        explained
            .sidecar()
            .flatMap(this::listener)
            .flatMap(listener -> settled(listener, probe, ends.from()))
            .map(allowed -> allowed ? Verdict.ALLOW : Verdict.DENY)
            .orElse(explained.verdict());
    return JsonNodeFactory.instance
        .objectNode()
        .put("verdict", Ascii.toLowerCase(verdict.name()))
        .put("tier", Ascii.toLowerCase(explained.tier().name()))
        .put("rule", explained.rules().stream().findFirst().map(Rule.Id::toString).orElse(""))
        .put("reason", explained.why().code());
  }

  /** What is the same for all requests, and for a client that speaks no HTTP. */
  private static Optional<Boolean> settled(Listener listener, Probe probe, IpAddress client) {
    if (listener.application() == Application.OPAQUE) {
      return Optional.empty();
    }
    if (probe.request().isEmpty()) {
      return Constancy.verdict(listener, client);
    }
    return listener.application() == Application.DETECTED
            && speaksNoHttp(probe.request().orElseThrow())
        ? Constancy.withoutHttp(listener, client)
        : Optional.empty();
  }

  /** A TLS server name and nothing of HTTP: the sidecar sees a connection that is not HTTP. */
  private static boolean speaksNoHttp(Probe.Request request) {
    return request.sni().isPresent()
        && request.method().isEmpty()
        && request.host().isEmpty()
        && request.path().isEmpty()
        && request.headers().isEmpty()
        && request.jwt().isMissingNode();
  }

  private Optional<Listener> listener(Explanation.SidecarDecision sidecar) {
    return Optional.ofNullable(placement.sidecars().get(sidecar.name())).stream()
        .flatMap(config -> config.listeners().stream())
        .filter(
            l -> new Placement.Target(l.address(), l.port()).toString().equals(sidecar.listener()))
        .findFirst();
  }

  private static dev.weir.compiler.explain.Probe.Request request(Probe.Request request) {
    Map<String, String> headers = new HashMap<>(request.headers());
    request.host().ifPresent(host -> headers.put("host", host));
    return new dev.weir.compiler.explain.Probe.Request(
        request.method().orElse(null),
        request.path().orElse(null),
        ImmutableSortedMap.copyOf(headers));
  }
}
