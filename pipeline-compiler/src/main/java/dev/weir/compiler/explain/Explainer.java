package dev.weir.compiler.explain;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Lists;
import dev.weir.compiler.codes.Answers;
import dev.weir.compiler.encode.Capabilities;
import dev.weir.compiler.encode.Identities;
import dev.weir.compiler.encode.Reason;
import dev.weir.compiler.explain.Explanation.LayerDecision;
import dev.weir.compiler.explain.Explanation.Party;
import dev.weir.compiler.explain.Explanation.SidecarDecision;
import dev.weir.compiler.explain.Explanation.Verdict;
import dev.weir.compiler.explain.Explanation.Way;
import dev.weir.compiler.explain.Explanation.Why;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Authorizer;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Placement.Tier;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.validate.Outcomes;
import dev.weir.p4runtime.entry.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Explains a connection or request by walking the placement's entries as the switch would. */
public final class Explainer {
  private static final ImmutableMap<String, String> SENTENCES =
      ImmutableMap.of(
          "not-isolated", "No policy of this layer selects the connection.",
          "table-default", "No entry of the table matches; its default denies.",
          "server-is-sidecar",
              "Nothing may open a connection to a sidecar: only steering leads there.",
          "by-sidecar", "A sidecar reaches just the endpoints that its configuration names.",
          "not-carried",
              "The pipeline carries no such packets, or the ends differ in address family.",
          "not-attached", "The source is attached nowhere: the guard drops it where it enters.",
          "no-route", "No route leads to the destination.",
          "own-address",
              "A pod always reaches itself: the packet stays in the pod and meets no switch.");

  private final Intent intent;
  private final Fabric fabric;
  private final Placement placement;
  private final Capabilities capabilities;
  private final Identities identities;
  private final SwitchWalk walk;
  private final Map<Entry, PlacedEntry> provenance = new HashMap<>();

  /** Reads a placement once, to explain many connections. */
  public Explainer(Intent intent, Fabric fabric, Placement placement) {
    this.intent = intent;
    this.fabric = fabric;
    this.placement = placement;
    this.capabilities = new Capabilities(fabric.pipeline());
    this.identities = Identities.of(intent, fabric, capabilities.families());
    this.walk =
        new SwitchWalk(capabilities, Lists.transform(placement.entries(), PlacedEntry::entry), 0);
    placement.entries().forEach(e -> provenance.put(e.entry(), e));
  }

  /**
   * Explains.
   *
   * @throws IllegalArgumentException naming the field of the probe, if an end is neither a workload
   *     of the intent nor an address
   */
  public static Explanation explain(
      Intent intent, Fabric fabric, Placement placement, Probe probe) {
    return new Explainer(intent, fabric, placement).explain(probe);
  }

  /**
   * Explains one of many.
   *
   * @throws IllegalArgumentException as {@link #explain(Intent, Fabric, Placement, Probe)}
   */
  public Explanation explain(Probe probe) {
    Ends ends = Ends.of(identities, capabilities.families(), probe);
    Party from = ends.from();
    Party to = ends.to();
    if (own(from, to)) {
      return toItself(probe, from, to);
    }
    SwitchWalk.Walk walked =
        walk.walk(from.address(), to.address(), probe.protocolNumber(), probe.port());
    ImmutableList<LayerDecision> layers =
        walked.layers().stream().map(this::layer).collect(ImmutableList.toImmutableList());
    Decision decision = decide(probe, from, to, walked, layers);
    return new Explanation(
        from,
        to,
        probe.protocol(),
        probe.port(),
        decision.verdict,
        decision.way,
        decision.tier,
        decision.why,
        decision.rules,
        decision.entry,
        layers,
        decision.sidecar,
        assumptions(from, to, decision.way));
  }

  /** Whether both addresses are one pod's, whatever of them the pipeline carries. */
  private boolean own(Party from, Party to) {
    return from.address().family() == to.address().family()
        && intent.workloads().values().stream()
            .map(Workload::addresses)
            .anyMatch(a -> a.contains(from.address()) && a.contains(to.address()));
  }

  /** Kubernetes: a pod cannot block access to itself. */
  private static Explanation toItself(Probe probe, Party from, Party to) {
    return new Explanation(
        from,
        to,
        probe.protocol(),
        probe.port(),
        Verdict.ALLOW,
        Way.DIRECT,
        Tier.NONE,
        why("own-address"),
        ImmutableList.of(),
        Optional.empty(),
        ImmutableList.of(),
        Optional.empty(),
        ImmutableList.of());
  }

  private record Decision(
      Verdict verdict,
      Way way,
      Tier tier,
      Why why,
      ImmutableList<Rule.Id> rules,
      Optional<Entry> entry,
      Optional<SidecarDecision> sidecar) {}

  private Decision decide(
      Probe probe,
      Party from,
      Party to,
      SwitchWalk.Walk walked,
      ImmutableList<LayerDecision> layers) {
    if (!ends(from)) {
      return dropped("not-attached");
    }
    return switch (walked.outcome()) {
      case DENY -> denied(walked, layers);
      case ALLOW -> {
        if (walk.route(to.address()).isEmpty()) {
          yield dropped("no-route");
        }
        LayerDecision by = deciding(layers, "allow");
        yield new Decision(
            Verdict.ALLOW,
            Way.DIRECT,
            Tier.SWITCH,
            by.why(),
            by.rules(),
            by.entry(),
            Optional.empty());
      }
      case STEER -> steered(probe, from, to, walked, layers);
    };
  }

  /** Whether the guard passes the source where it is attached, or at a world port. */
  private boolean ends(Party from) {
    return fabric.attachments().stream().anyMatch(a -> walk.guardPasses(a.port(), from.address()));
  }

  private static Decision dropped(String code) {
    return new Decision(
        Verdict.DENY,
        Way.DROPPED,
        Tier.SWITCH,
        why(code),
        ImmutableList.of(),
        Optional.empty(),
        Optional.empty());
  }

  private static Decision denied(SwitchWalk.Walk walked, ImmutableList<LayerDecision> layers) {
    if (layers.isEmpty()) {
      return dropped(walked.why());
    }
    boolean unsteerable = walked.why().equals(Reason.NOT_STEERABLE.code());
    LayerDecision by = unsteerable ? deciding(layers, "steer") : layers.getLast();
    return new Decision(
        Verdict.DENY,
        Way.DROPPED,
        unsteerable ? Tier.NONE : Tier.SWITCH,
        unsteerable ? why(Reason.NOT_STEERABLE.code()) : by.why(),
        by.rules(),
        by.entry(),
        Optional.empty());
  }

  /** The last layer that gives the verdict by a rule, else the last that gives it. */
  private static LayerDecision deciding(ImmutableList<LayerDecision> layers, String action) {
    List<LayerDecision> giving = new ArrayList<>();
    for (LayerDecision layer : layers) {
      boolean allows =
          switch (layer.action()) {
            case "allow", "accept" -> true;
            default -> false;
          };
      if (allows == action.equals("allow") && !layer.action().equals("pass_on")) {
        giving.add(layer);
      }
    }
    return Lists.reverse(giving).stream()
        .filter(l -> !l.rules().isEmpty())
        .findFirst()
        .orElse(giving.isEmpty() ? layers.getLast() : giving.getLast());
  }

  private Decision steered(
      Probe probe,
      Party from,
      Party to,
      SwitchWalk.Walk walked,
      ImmutableList<LayerDecision> layers) {
    LayerDecision by = deciding(layers, "steer");
    SwitchWalk.Way way = walked.way().orElseThrow();
    for (SidecarConfig config : placement.sidecars().values()) {
      for (Listener listener : config.listeners()) {
        if (capabilities.bits(listener.address()).equals(way.address())
            && listener.port() == way.port()) {
          return byListener(probe.request(), from, to, by, config.name(), listener);
        }
      }
    }
    // A way without a listener would be a defect of the compiler; it ends at a closed port.
    return dropped(Reason.NOT_STEERABLE.code());
  }

  private Decision byListener(
      Probe.@Nullable Request request,
      Party from,
      Party to,
      LayerDecision by,
      String name,
      Listener listener) {
    SidecarDecision sidecar =
        new SidecarDecision(
            name,
            new Placement.Target(listener.address(), listener.port()).toString(),
            listener.full(),
            RequestCheck.text(listener.allow()),
            listener.rules());
    Verdict verdict = request == null ? settled(listener, from) : verdict(listener, from, request);
    ImmutableList<Rule.Id> rules =
        deciding(listener, from, to, verdict, request == null ? Probe.Request.NONE : request);
    return new Decision(
        verdict,
        Way.STEERED,
        Tier.SIDECAR,
        by.why(),
        rules.isEmpty() || request == null ? by.rules() : rules,
        by.entry(),
        Optional.of(sidecar));
  }

  /** The one verdict on everything that the client may send, if there is one. */
  private static Verdict settled(Listener listener, Party from) {
    ImmutableSet<Outcomes.Outcome> outcomes = Outcomes.of(askable(listener), from.address());
    return outcomes.size() != 1
        ? Verdict.DEPENDS
        : switch (outcomes.iterator().next()) {
          case PASSES -> Verdict.ALLOW;
          case REFUSED -> Verdict.DENY;
          case ASKED -> Verdict.CUSTOM;
        };
  }

  /**
   * The listener, with an authorizer that can be asked about everything: one that speaks HTTP says
   * no to what it cannot be asked about, and it is its word that decides.
   */
  private static Listener askable(Listener listener) {
    return listener
        .delegation()
        .map(
            d ->
                listener.with(
                    new Placement.Delegation(
                        d.authorizer().as(Authorizer.Protocol.GRPC),
                        d.when(),
                        d.whenWithoutHttp())))
        .orElse(listener);
  }

  /** Whether the listener finds HTTP in what the client sends. */
  private static boolean http(Listener listener, Probe.Request request) {
    return switch (listener.application()) {
      case HTTP -> true;
      case OPAQUE -> false;
      case DETECTED -> request.isHttp();
    };
  }

  private static Verdict verdict(Listener listener, Party from, Probe.Request request) {
    boolean http = http(listener, request);
    if (!satisfies(
        listener, http ? listener.allow() : listener.allowWithoutHttp(), from, request)) {
      return Verdict.DENY;
    }
    return listener.delegation().stream()
            .anyMatch(
                d -> satisfies(listener, http ? d.when() : d.whenWithoutHttp(), from, request))
        ? Verdict.CUSTOM
        : Verdict.ALLOW;
  }

  private static boolean satisfies(
      Listener listener, RequestExpr expr, Party from, Probe.Request request) {
    return RequestCheck.satisfies(expr, request, from.address(), listener.paths());
  }

  /** The rules of the listener that take the request and give the verdict. */
  private ImmutableList<Rule.Id> deciding(
      Listener listener, Party from, Party to, Verdict verdict, Probe.Request request) {
    Rule.Effect effect =
        switch (verdict) {
          case ALLOW, DEPENDS -> Rule.Effect.ALLOW;
          case DENY -> Rule.Effect.DENY;
          case CUSTOM -> Rule.Effect.CUSTOM;
        };
    boolean http = http(listener, request);
    return intent.rules().stream()
        .filter(r -> r.effect() == effect && listener.rules().contains(r.id()))
        .filter(r -> Answers.takes(r.source(), owner(from), from.address()))
        .filter(r -> Answers.takes(r.destination(), owner(to), to.address()))
        .filter(r -> satisfies(listener, http ? r.request() : r.withoutHttp(), from, request))
        .map(Rule::id)
        .sorted()
        .collect(ImmutableList.toImmutableList());
  }

  private Optional<Workload> owner(Party party) {
    return party.workload().map(id -> intent.workloads().get(id));
  }

  private LayerDecision layer(SwitchWalk.Hit hit) {
    Optional<Entry> entry = hit.hits().stream().findFirst();
    Optional<PlacedEntry> placed = entry.map(provenance::get);
    return new LayerDecision(
        hit.layer(),
        hit.table(),
        hit.action(),
        entry,
        placed.map(PlacedEntry::rules).orElse(ImmutableList.of()),
        why(placed.map(PlacedEntry::reason).orElse("table-default")));
  }

  private static Why why(String code) {
    for (Reason reason : Reason.values()) {
      if (reason.code().equals(code)) {
        return new Why(code, reason.sentence());
      }
    }
    return new Why(code, SENTENCES.getOrDefault(code, code));
  }

  private static ImmutableList<String> assumptions(Party from, Party to, Way way) {
    ImmutableList.Builder<String> assumptions = ImmutableList.builder();
    if (from.workload().isPresent() || to.workload().isPresent()) {
      assumptions.add(
          "Identity is the address: the source guard drops, where it enters, whatever has a source"
              + " that is not attached there. No certificate is checked.");
    }
    if (way == Way.STEERED) {
      assumptions.add(
          "The server sees the sidecar's address; HTTP servers find the client's in a header.");
    }
    return assumptions.build();
  }
}
