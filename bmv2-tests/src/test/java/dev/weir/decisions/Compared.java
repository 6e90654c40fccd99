package dev.weir.decisions;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.encode.Capabilities;
import dev.weir.compiler.explain.Explainer;
import dev.weir.compiler.explain.Explanation;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.resolve.PeerIdentity;
import dev.weir.compiler.resolve.Resolved;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Parsed;
import dev.weir.compiler.resource.Resource;
import dev.weir.controller.sample.Answer;
import dev.weir.p4runtime.info.Pipeline;
import dev.weir.reference.Decision;
import dev.weir.reference.Probe;
import dev.weir.reference.Reference;
import dev.weir.reference.ReferenceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** One set of resources on both sides. */
record Compared(
    boolean carriesIpv6,
    List<JsonNode> resources,
    Reference reference,
    Resolved resolved,
    Fabric fabric,
    Placement placement,
    Explainer explainer) {
  static Compared of(Pipeline pipeline, List<JsonNode> resources) {
    return of(pipeline, resources, Map.of());
  }

  /**
   * @param peers principals of addresses that are no pod's
   */
  static Compared of(Pipeline pipeline, List<JsonNode> resources, Map<String, String> peers) {
    List<Resource> read = new ArrayList<>();
    for (JsonNode json : resources) {
      Parsed parsed = Manifest.read(json);
      assertThat(parsed.problems()).as("%s", json).isEmpty();
      read.addAll(parsed.resources());
    }
    return of(pipeline, resources, read, peers);
  }

  /**
   * @param read what the resources' trees are read as
   * @param peers principals of addresses that are no pod's
   */
  static Compared of(
      Pipeline pipeline, List<JsonNode> resources, List<Resource> read, Map<String, String> peers) {
    ImmutableMap.Builder<IpAddress, PeerIdentity> identities = ImmutableMap.builder();
    peers.forEach(
        (address, principal) ->
            identities.put(IpAddress.parse(address), PeerIdentity.of(principal)));
    Resolved resolved = Resolver.resolve(read, identities.buildOrThrow());
    assertThat(resolved.problems()).isEmpty();
    Fabric fabric = RandomMesh.fabric(pipeline, resolved.intent());
    Placement placement =
        Compiler.compile(resolved.intent(), fabric, Allocation.EMPTY, Counters.NONE).placement();
    boolean carriesIpv6 = new Capabilities(pipeline).families().contains(IpAddress.Family.IPV6);
    return new Compared(
        carriesIpv6,
        resources,
        Reference.of(resources),
        resolved,
        fabric,
        placement,
        new Explainer(resolved.intent(), fabric, placement));
  }

  void check(ObjectNode json) {
    Probe probe = Probe.readAll(JsonNodeFactory.instance.arrayNode().add(json)).getFirst();
    Decision expected;
    try {
      expected = reference.decide(probe);
    } catch (ReferenceException e) {
      // The ends share no address family: there is no such connection.
      return;
    }
    if (expected.rule().equals("the pod's node") || isOnHostNetwork(probe)) {
      // Nodes are not in the fabric yet (docs/offline.md): tighter, and never asked of workloads.
      return;
    }
    if (!carriesIpv6 && lacksIpv4(probe)) {
      return;
    }
    Explanation explained = explain(json);
    // A pipeline without IPv6 says of all such packets that it does not carry them.
    boolean meetsNoSwitch = explained.why().code().equals("own-address");
    if (!carriesIpv6 && !meetsNoSwitch && (isIpv6(explained.from()) || isIpv6(explained.to()))) {
      assertThat(explained.verdict()).isEqualTo(Explanation.Verdict.DENY);
      return;
    }
    Answer answer = Answer.of(expected, explained, resolved.intent(), placement);
    if (answer != Answer.ALIKE && answer != Answer.LISTED) {
      throw new AssertionError(report(json, expected, explained));
    }
  }

  private boolean lacksIpv4(Probe probe) {
    return Stream.of(probe.from(), probe.to())
        .filter(end -> end.contains("/"))
        .map(end -> resolved.intent().workloads().get(end).addresses())
        .anyMatch(all -> all.stream().noneMatch(a -> a.family() == IpAddress.Family.IPV4));
  }

  /** A pod that has its node's address is no workload; only its name says who is meant. */
  private boolean isOnHostNetwork(Probe probe) {
    return Stream.of(probe.from(), probe.to())
        .anyMatch(end -> end.contains("/") && !resolved.intent().workloads().containsKey(end));
  }

  private static boolean isIpv6(Explanation.Party party) {
    return party.address().family() == IpAddress.Family.IPV6;
  }

  private Explanation explain(ObjectNode json) {
    // The placement tells peers by address alone, the mesh's peers too.
    ObjectNode byAddress = json.deepCopy().without("principal");
    return explainer.explain(dev.weir.compiler.explain.Probe.fromJson(byAddress));
  }

  private String report(ObjectNode probe, Decision expected, Explanation explained) {
    StringBuilder text = new StringBuilder("the placement does not decide as the standards do\n");
    resources.forEach(resource -> text.append(resource).append('\n'));
    return text.append("probe: ")
        .append(probe)
        .append("\nreference: ")
        .append(expected.toJson())
        .append("\nplacement: ")
        .append(explained.toJson())
        .append("\nexceptions: ")
        .append(placement.exceptions())
        .toString();
  }
}
