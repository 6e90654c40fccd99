package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.codes.Pattern;
import dev.weir.compiler.codes.PortTest;
import dev.weir.compiler.codes.Region;
import dev.weir.compiler.intent.Rule;
import java.util.HashMap;
import java.util.Map;

/** The rows of one tier whose rules are asked in their order: Admin or Baseline. */
final class TierRows {
  /** Of one order: what is exact, before what perhaps matches, before what no sidecar can hold. */
  private static final int EXACT = 2;

  private static final int PERHAPS = 1;
  private static final int PERHAPS_UNSTEERABLE = 0;

  private final ImmutableSet<String> spilled;
  private final Map<Rule.Id, Reason> reasons;
  private final PolicyRows rows = new PolicyRows();
  private final Map<Spill, Integer> firstOfSpilled = new HashMap<>();

  private record Spill(String resource, Rule.Layer layer) {}

  private TierRows(ImmutableSet<String> spilled, Map<Rule.Id, Reason> reasons) {
    this.spilled = spilled;
    this.reasons = reasons;
  }

  /**
   * @param spilled resources whose steerable part goes to sidecars for want of space
   * @param reasons takes why each rule is where it is
   */
  static ImmutableList<PolicyRow> of(
      Iterable<RuleRegions> rules, ImmutableSet<String> spilled, Map<Rule.Id, Reason> reasons) {
    TierRows tier = new TierRows(spilled, reasons);
    for (RuleRegions each : rules) {
      if (spilled.contains(each.rule().id().resource())) {
        tier.firstOfSpilled.merge(spill(each.rule()), each.rule().order(), Math::min);
      }
    }
    rules.forEach(tier::add);
    return tier.rows.sorted();
  }

  private static Spill spill(Rule rule) {
    return new Spill(rule.id().resource(), rule.layer());
  }

  private static PolicyRow.Verdict verdict(Rule rule) {
    return switch (rule.effect()) {
      case ALLOW -> PolicyRow.ALLOW;
      case DENY -> PolicyRow.DENY;
      // After the Baseline tier comes nothing, and what nothing decides is allowed.
      case PASS ->
          switch (rule.layer()) {
            case EGRESS_BASELINE, INGRESS_BASELINE -> PolicyRow.ALLOW;
            case EGRESS_ADMIN,
                INGRESS_ADMIN,
                EGRESS,
                INGRESS,
                AUTHORIZATION_DENY,
                AUTHORIZATION_ALLOW ->
                PolicyRow.PASS;
          };
      case ISOLATE, CUSTOM ->
          throw new IllegalArgumentException(rule.id() + " isolates in " + rule.layer());
    };
  }

  private void add(RuleRegions regions) {
    Rule rule = regions.rule();
    if (regions.regions().isEmpty()) {
      reasons.put(rule.id(), regions.nothing().orElse(Reason.NO_ENDPOINT));
      return;
    }
    boolean spills = spilled.contains(rule.id().resource());
    reasons.put(
        rule.id(), spills ? Reason.TABLE_FULL : regions.inexact().orElse(Reason.HEADER_DECIDABLE));
    if (spills) {
      spill(regions);
    }
    for (Region region : regions.regions()) {
      if (spills && region.port().protocol() == PortTest.TCP_NUMBER) {
        continue;
      }
      if (regions.inexact().isEmpty()) {
        put(rule, region, rule.order(), EXACT, verdict(rule), Reason.HEADER_DECIDABLE);
        continue;
      }
      Reason reason = regions.inexact().orElseThrow();
      region
          .and(Region.TCP)
          .ifPresent(r -> put(rule, r, rule.order(), PERHAPS, PolicyRow.STEER_FULL, reason));
      put(rule, region, rule.order(), PERHAPS_UNSTEERABLE, PolicyRow.DENY, reason);
    }
  }

  /**
   * All TCP of what the policy selects, from the policy's first rule on. By steering, which cuts
   * direct connections: the policy may deny them.
   */
  private void spill(RuleRegions regions) {
    Rule rule = regions.rule();
    boolean egress =
        rule.layer() == Rule.Layer.EGRESS_ADMIN || rule.layer() == Rule.Layer.EGRESS_BASELINE;
    int first = firstOfSpilled.getOrDefault(spill(rule), rule.order());
    for (Region region : regions.regions()) {
      put(
          rule,
          new Region(
              egress ? region.source() : Pattern.ANY,
              egress ? Pattern.ANY : region.destination(),
              PortTest.TCP),
          // One order is free before each policy's first rule.
          first - 1,
          EXACT,
          PolicyRow.STEER_FULL,
          Reason.TABLE_FULL);
    }
  }

  private void put(
      Rule rule, Region region, int order, int within, PolicyRow.Verdict verdict, Reason reason) {
    rows.add(
        new PolicyRow(
            region,
            Priority.ordered(order, within),
            verdict,
            ImmutableSortedSet.of(rule.id()),
            reason.code()));
  }
}
