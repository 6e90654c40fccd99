package dev.weir.controller.sample;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.explain.Explainer;
import dev.weir.compiler.explain.Explanation;
import dev.weir.compiler.explain.Probe;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.validate.Certificate;
import dev.weir.compiler.validate.Certificate.Fault;
import dev.weir.compiler.validate.Certificate.Obligation;
import dev.weir.compiler.validate.Certificate.Witness;
import dev.weir.reference.Boundaries;
import dev.weir.reference.Decision;
import dev.weir.reference.Reference;
import dev.weir.reference.ReferenceException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Puts a sample of probes, taken at rules' boundaries, to a placement and to the standards' text
 * (DESIGN, "Modules"). The proof shows that a placement does what the intent says; this, that the
 * intent is what the resources say.
 */
public final class StandardsSample {
  /** The code of a disagreement in which the placement lets more pass. */
  public static final String LOOSER = "looser-than-standards";

  /** The code of one in which it lets less pass, and does not say so. */
  public static final String TIGHTER = "tighter-than-standards";

  private static final int MOST_PROBES = 2_000;
  private static final int FEWEST_PROBES = 96;

  /** Probes times what each is held against: some seconds where there is very much of it. */
  private static final long MOST_WORK = 4_000_000;

  /** Pods that can be ends of probes; of more, every second is one, or third, and so on. */
  private static final int MOST_PODS = 2_000;

  /** Of each code: many that are tighter hide none that is looser. */
  private static final int MOST_FAULTS = 5;

  /** Said of packets that cannot be: no policy has a part in it. */
  private static final ImmutableSet<String> NO_SUCH_PACKET =
      ImmutableSet.of("not-attached", "not-carried", "no-route", "server-is-sidecar", "by-sidecar");

  private final Intent intent;
  private final Placement placement;
  private final ImmutableSet<IpAddress> gateways;
  private final Explainer explainer;
  private long alike;
  private long listed;
  private long tighter;
  private long looser;
  private final List<Fault> faults = new ArrayList<>();

  private StandardsSample(Intent intent, Fabric fabric, Placement placement) {
    this.intent = intent;
    this.placement = placement;
    this.gateways = fabric.gateways();
    this.explainer = new Explainer(intent, fabric, placement);
  }

  /**
   * Adds to a placement's certificate what a sample shows. A disagreement is a fault, unless the
   * placement is tighter and lists it.
   *
   * @param resources as their writers wrote them
   * @param changed resources, as in {@code NetworkPolicy shop/cart}, that are new or other than
   *     when the last sample was taken, or gone; the sample is about them
   */
  public static Certificate added(
      Certificate certificate,
      Collection<Resource> resources,
      Intent intent,
      Fabric fabric,
      Placement placement,
      Set<String> changed) {
    StandardsSample sample = new StandardsSample(intent, fabric, placement);
    try {
      sample.take(resources, changed);
    } catch (ReferenceException e) {
      return certificate
          .with(ImmutableSortedMap.of("probes", 0L), List.of())
          .with("The standards' text was not asked, for it does not read " + e.getMessage());
    }
    return certificate.with(
        ImmutableSortedMap.of(
            "probes",
            sample.alike + sample.listed + sample.tighter + sample.looser,
            "alike",
            sample.alike,
            "tighter as listed",
            sample.listed,
            "differing",
            sample.tighter + sample.looser),
        sample.faults);
  }

  private void take(Collection<Resource> resources, Set<String> changed) {
    List<JsonNode> trees = new ArrayList<>();
    Set<String> pods = new HashSet<>();
    long all = resources.stream().filter(each -> each.key().kind().equals("Pod")).count();
    long every = 1 + all / MOST_PODS;
    long place = 0;
    for (Resource resource : resources) {
      if (resource.key().kind().equals("Pod")) {
        place++;
        if (place % every != 0 && !changed.contains(resource.key().toString())) {
          continue;
        }
        pods.add(resource.key().namespace() + "/" + resource.key().name());
      }
      trees.add(resource.json());
    }
    Reference reference = Reference.of(trees);
    long weight = resources.size() + (long) placement.entries().size();
    int most = (int) Math.clamp(MOST_WORK / Math.max(1, weight), FEWEST_PROBES, MOST_PROBES);
    for (ObjectNode probe : Boundaries.probes(reference, changed, most)) {
      ask(probe, reference, pods);
    }
  }

  private void ask(ObjectNode json, Reference reference, Set<String> pods) {
    Explanation explained = explainer.explain(Probe.fromJson(json));
    Decision standards =
        reference.decide(
            dev.weir.reference.Probe.readAll(JsonNodeFactory.instance.arrayNode().add(json))
                .getFirst());
    if (NO_SUCH_PACKET.contains(explained.why().code())
        || isUnknown(explained.from(), pods)
        || isUnknown(explained.to(), pods)
        // A node's own way to its pods is in no fabric yet (docs/offline.md).
        || standards.rule().contains("the pod's node")) {
      return;
    }
    switch (Answer.of(standards, explained, intent, placement)) {
      case ALIKE -> alike++;
      case LISTED -> listed++;
      case TIGHTER -> {
        tighter++;
        fault(
            TIGHTER,
            "The placement denies what the standards let pass.",
            json,
            standards,
            explained);
      }
      case LOOSER -> {
        looser++;
        fault(
            LOOSER, "The placement lets pass what the standards deny.", json, standards, explained);
      }
    }
  }

  /** Whether the reference has not been told who this is. */
  private boolean isUnknown(Explanation.Party party, Set<String> pods) {
    return gateways.contains(party.address())
        || party.workload().filter(id -> !pods.contains(id)).isPresent();
  }

  private void fault(
      String code, String sentence, ObjectNode probe, Decision standards, Explanation explained) {
    if (faults.stream().filter(fault -> fault.code().equals(code)).count() >= MOST_FAULTS) {
      return;
    }
    faults.add(
        new Fault(
            Obligation.STANDARDS_SAY_SO,
            code,
            sentence,
            Optional.of(
                new Witness(
                    OptionalInt.empty(),
                    explained.from().address().toString(),
                    explained.to().address().toString(),
                    Protocol.valueOf(explained.protocol()).number(),
                    explained.port(),
                    request(probe.path("request")),
                    standards.verdict().text() + " by " + standards.rule(),
                    explained.verdict() + " by " + explained.rules(),
                    explained.entry().stream()
                        .map(Object::toString)
                        .collect(ImmutableList.toImmutableList())))));
  }

  private static Optional<Certificate.Request> request(JsonNode json) {
    if (json.isMissingNode()) {
      return Optional.empty();
    }
    ImmutableMap.Builder<String, String> more = ImmutableMap.builder();
    json.properties().stream()
        .filter(each -> !Set.of("method", "path").contains(each.getKey()))
        .forEach(
            each ->
                more.put(
                    each.getKey(),
                    each.getValue().isTextual()
                        ? each.getValue().textValue()
                        : each.getValue().toString()));
    return Optional.of(
        new Certificate.Request(
            json.path("method").asText(), json.path("path").asText(), more.buildOrThrow()));
  }
}
