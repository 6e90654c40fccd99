package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Multimaps;
import dev.weir.compiler.classes.Meetings;
import dev.weir.compiler.classes.RequestRule;
import dev.weir.compiler.classes.ResidualClasses;
import dev.weir.compiler.codes.Pattern;
import dev.weir.compiler.codes.PortTest;
import dev.weir.compiler.codes.Region;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.request.RequestExpr;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns one layer's rules into rows. */
final class LayerEncoder {
  /** The parts of the two authorization layers: their sums are all different and below 64. */
  private static final ImmutableList<Integer> ALLOW_PARTS =
      ImmutableList.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

  private static final ImmutableList<Integer> DENY_PARTS = ImmutableList.of(16, 32, 48);

  private final Rule.Layer layer;
  private final Opaque opaque;
  private final ImmutableSet<String> spilled;
  private final PolicyRows rows = new PolicyRows();
  private final Map<Rule.Id, Reason> reasons = new LinkedHashMap<>();
  private final List<RequestRule> requests = new ArrayList<>();

  private LayerEncoder(Rule.Layer layer, Opaque opaque, ImmutableSet<String> spilled) {
    this.layer = layer;
    this.opaque = opaque;
    this.spilled = spilled;
  }

  /**
   * @param before the parts last allocated
   * @param spilled resources whose steerable part goes to sidecars for want of space
   */
  static LayerRows encode(
      Rule.Layer layer,
      ImmutableList<RuleRegions> rules,
      Opaque opaque,
      Meetings meetings,
      ImmutableSortedMap<String, Integer> before,
      ImmutableSet<String> spilled) {
    LayerEncoder encoder = new LayerEncoder(layer, opaque, spilled);
    ImmutableListMultimap<Rule.Layer, RuleRegions> byLayer =
        Multimaps.index(rules, r -> r.rule().layer());
    List<PolicyRow> lower = new ArrayList<>();
    ImmutableList<PolicyRow> admin = ImmutableList.of();
    for (Rule.Layer each : byLayer.keySet()) {
      switch (each) {
        case EGRESS_ADMIN, INGRESS_ADMIN ->
            admin = TierRows.of(byLayer.get(each), spilled, encoder.reasons);
        case EGRESS_BASELINE, INGRESS_BASELINE ->
            lower.addAll(TierRows.of(byLayer.get(each), spilled, encoder.reasons));
        case EGRESS, INGRESS, AUTHORIZATION_DENY, AUTHORIZATION_ALLOW ->
            byLayer.get(each).forEach(encoder::add);
      }
    }
    if (layer.ordered()) {
      return new LayerRows(
          layer,
          admin,
          ImmutableSortedMap.of(),
          ImmutableMap.copyOf(encoder.reasons),
          ImmutableSortedSet.copyOf(spilled));
    }
    ImmutableSortedMap<String, Integer> parts = encoder.addClasses(meetings, before);
    encoder.rows.add(BASE);
    lower.addAll(encoder.rows.list());
    return new LayerRows(
        layer,
        PolicyChain.merged(admin, PolicyRows.sorted(lower)),
        parts,
        ImmutableMap.copyOf(encoder.reasons),
        ImmutableSortedSet.copyOf(spilled));
  }

  /**
   * What one rule gives where nothing spills.
   *
   * @param rows but for those that its class gives
   * @param request the rule, where its class gives more
   * @param reason why it is where it is, unless its class has no part
   */
  record Encoded(ImmutableList<PolicyRow> rows, Optional<RequestRule> request, Reason reason) {}

  /** One rule by itself. */
  static Encoded encode(Rule.Layer holder, RuleRegions regions, Opaque opaque) {
    LayerEncoder encoder = new LayerEncoder(holder, opaque, ImmutableSet.of());
    ImmutableList<PolicyRow> rows;
    if (regions.rule().layer().ordered()) {
      rows = TierRows.of(ImmutableList.of(regions), ImmutableSet.of(), encoder.reasons);
    } else {
      encoder.add(regions);
      rows = encoder.rows.list();
    }
    return new Encoded(
        rows,
        encoder.requests.stream().findFirst(),
        Optional.ofNullable(encoder.reasons.get(regions.rule().id())).orElseThrow());
  }

  /** What no policy selects. */
  static final PolicyRow BASE =
      new PolicyRow(
          Region.ALL, Priority.BASE, PolicyRow.ALLOW, ImmutableSortedSet.of(), "not-isolated");

  /** The parts that the classes of an authorization layer choose from. */
  static ImmutableList<Integer> parts(Rule.Layer layer) {
    return layer == Rule.Layer.AUTHORIZATION_DENY ? DENY_PARTS : ALLOW_PARTS;
  }

  /** The row of a class. */
  static PolicyRow row(ResidualClasses.Classed classed) {
    int predicates = classed.residual().predicates().size();
    return classed.part().isPresent() && predicates <= Priority.MOST_PREDICATES
        ? new PolicyRow(
            classed.region(),
            Priority.CLASS + predicates,
            new PolicyRow.Verdict.SteerClass(classed.residual(), classed.part().getAsInt()),
            classed.rules(),
            Reason.NEEDS_REQUEST.code())
        : new PolicyRow(
            classed.region(),
            Priority.FULL,
            PolicyRow.STEER_FULL,
            classed.rules(),
            Reason.CLASS_CAP.code());
  }

  private PolicyRow.Verdict constant() {
    return layer == Rule.Layer.AUTHORIZATION_DENY ? PolicyRow.DENY : PolicyRow.ALLOW;
  }

  private void add(RuleRegions regions) {
    Rule rule = regions.rule();
    if (rule.effect() == Rule.Effect.PASS) {
      throw new IllegalArgumentException(rule.id() + " passes in " + rule.layer());
    }
    if (regions.regions().isEmpty()) {
      reasons.put(rule.id(), regions.nothing().orElse(Reason.NO_ENDPOINT));
      return;
    }
    boolean spills = spilled.contains(rule.id().resource());
    if (rule.effect() == Rule.Effect.ISOLATE) {
      isolate(regions, spills);
      return;
    }
    Reason full = spills ? Reason.TABLE_FULL : regions.inexact().orElse(Reason.NEEDS_REQUEST);
    boolean exact = regions.inexact().isEmpty();
    if (rule.headerDecides()) {
      reasons.put(rule.id(), exact && !spills ? Reason.HEADER_DECIDABLE : full);
      if (rule.withoutHttp().equals(RequestExpr.TRUE)) {
        constantRule(regions, spills);
      }
      return;
    }
    reasons.put(rule.id(), full);
    if (spills) {
      spillDenial(regions);
    } else if (exact && Regions.authorization(layer)) {
      requests.add(new RequestRule(rule, regions.regions()));
      withoutHttp(regions);
    } else {
      steerFull(rule.id(), regions.regions(), full);
    }
  }

  private void constantRule(RuleRegions regions, boolean spills) {
    Rule.Id id = regions.rule().id();
    if (spills) {
      spillDenial(regions);
    }
    for (Region region : regions.regions()) {
      boolean steerable = region.port().protocol() == PortTest.TCP_NUMBER;
      if (regions.inexact().isPresent()) {
        if (!spills) {
          steerFull(id, ImmutableList.of(region), regions.inexact().orElseThrow());
        }
      } else if (!spills || !steerable) {
        // What cannot be steered keeps its entry, whatever is short.
        reasons.put(id, Reason.HEADER_DECIDABLE);
        put(region, Priority.RULE, constant(), id, Reason.HEADER_DECIDABLE.code());
      }
    }
  }

  private void isolate(RuleRegions regions, boolean spills) {
    Rule.Id id = regions.rule().id();
    reasons.put(id, regions.inexact().orElse(Reason.DEFAULT_DENIAL));
    for (Region region : regions.regions()) {
      if (spills) {
        region
            .and(Region.TCP)
            .ifPresent(r -> put(r, Priority.SPILL, PolicyRow.SPILL, id, Reason.TABLE_FULL.code()));
      }
      if (regions.inexact().isEmpty()) {
        put(region, Priority.ISOLATE, PolicyRow.DENY, id, Reason.DEFAULT_DENIAL.code());
        continue;
      }
      String reason = regions.inexact().orElseThrow().code();
      region
          .and(Region.TCP)
          .ifPresent(r -> put(r, Priority.PERHAPS_ISOLATED, PolicyRow.STEER_FULL, id, reason));
      put(region, Priority.PERHAPS_ISOLATED_UNSTEERABLE, PolicyRow.DENY, id, reason);
    }
  }

  /**
   * Allowing layers spill where their policies isolate; the denying layer, where its rules deny.
   */
  private void spillDenial(RuleRegions regions) {
    if (layer != Rule.Layer.AUTHORIZATION_DENY) {
      return;
    }
    for (Region region : regions.regions()) {
      put(
          new Region(Pattern.ANY, region.destination(), PortTest.TCP),
          Priority.SPILL,
          PolicyRow.SPILL,
          regions.rule().id(),
          Reason.TABLE_FULL.code());
    }
  }

  private void steerFull(Rule.Id id, ImmutableList<Region> regions, Reason reason) {
    for (Region region : regions) {
      region
          .and(Region.TCP)
          .ifPresent(r -> put(r, Priority.FULL, PolicyRow.STEER_FULL, id, reason.code()));
    }
  }

  /** On ports without HTTP the header decides what the rule amounts to. */
  private void withoutHttp(RuleRegions regions) {
    Rule rule = regions.rule();
    if (rule.effect() == Rule.Effect.CUSTOM
        || !(rule.withoutHttp() instanceof RequestExpr.Constant)) {
      // The authorizer decides, or what TLS shows; a listener that knows sources tells it apart.
      if (!rule.withoutHttp().equals(RequestExpr.FALSE)) {
        for (Region region : regions.regions()) {
          steerFull(rule.id(), opaque.within(region), Reason.NEEDS_REQUEST);
        }
      }
      return;
    }
    boolean gives = rule.withoutHttp().equals(RequestExpr.TRUE);
    PolicyRow.Verdict verdict =
        gives ? constant() : constant().equals(PolicyRow.ALLOW) ? PolicyRow.DENY : PolicyRow.ALLOW;
    for (Region region : regions.regions()) {
      for (Region cut : opaque.within(region)) {
        put(
            cut,
            gives ? Priority.RULE : Priority.WITHOUT_HTTP,
            verdict,
            rule.id(),
            Reason.HEADER_DECIDABLE.code());
      }
    }
    if (opaque.decidesAll(regions.regions())) {
      reasons.put(rule.id(), Reason.HEADER_DECIDABLE);
    }
  }

  private ImmutableSortedMap<String, Integer> addClasses(
      Meetings meetings, ImmutableSortedMap<String, Integer> before) {
    ResidualClasses.Result result =
        ResidualClasses.of(ImmutableList.copyOf(requests), meetings, before, parts(layer));
    for (RequestRule request : requests) {
      if (result.full().contains(request.rule().id())) {
        reasons.put(request.rule().id(), Reason.CLASS_CAP);
        steerFull(request.rule().id(), request.regions(), Reason.CLASS_CAP);
      }
    }
    for (ResidualClasses.Classed classed : result.classed()) {
      PolicyRow row = row(classed);
      if (row.verdict().equals(PolicyRow.STEER_FULL)) {
        classed.rules().forEach(id -> reasons.put(id, Reason.CLASS_CAP));
      }
      rows.add(row);
    }
    return result.parts();
  }

  private void put(
      Region region, int priority, PolicyRow.Verdict verdict, Rule.Id rule, String reason) {
    rows.add(new PolicyRow(region, priority, verdict, ImmutableSortedSet.of(rule), reason));
  }
}
