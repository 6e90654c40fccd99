package dev.weir.compiler.encode;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ListMultimap;
import com.google.common.collect.Sets;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.placement.Placement.Denied;
import dev.weir.compiler.placement.Placement.PlacedRule;
import dev.weir.compiler.placement.Placement.Tier;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Where each rule is and why, and what is denied though the policy allows it. */
final class PlacedRules {
  private static final ImmutableSet<Reason> NEVER_HELD =
      Sets.immutableEnumSet(Reason.NO_IPV6, Reason.NO_ENDPOINT, Reason.CONTRADICTORY);

  static final Comparator<Denied> BY_RULE =
      Comparator.comparing(Denied::rule)
          .thenComparing(Denied::reason)
          .thenComparing(Denied::sentence);

  private final Intent intent;
  private final LayerTables tables;
  private final Steering steering;
  private final UndeclaredPorts undeclared;
  private final Capabilities capabilities;
  private final Map<Rule.Layer, ListMultimap<Rule.Id, PolicyRow>> rows =
      new EnumMap<>(Rule.Layer.class);

  PlacedRules(
      Intent intent,
      LayerTables tables,
      Steering steering,
      UndeclaredPorts undeclared,
      Capabilities capabilities) {
    this.undeclared = undeclared;
    this.capabilities = capabilities;
    this.intent = intent;
    this.tables = tables;
    this.steering = steering;
  }

  ImmutableList<PlacedRule> rules() {
    return intent.rules().stream().map(this::placed).collect(ImmutableList.toImmutableList());
  }

  private LayerRows layer(Rule rule) {
    return tables.layers().stream()
        .filter(l -> l.layer() == capabilities.holder(rule.layer()))
        .findFirst()
        .orElseThrow();
  }

  private ListMultimap<Rule.Id, PolicyRow> rowsOf(LayerRows layer) {
    return rows.computeIfAbsent(
        layer.layer(),
        _ -> {
          ListMultimap<Rule.Id, PolicyRow> byRule = ArrayListMultimap.create();
          layer.rows().forEach(row -> row.rules().forEach(id -> byRule.put(id, row)));
          return byRule;
        });
  }

  private PlacedRule placed(Rule rule) {
    LayerRows layer = layer(rule);
    List<PolicyRow> rows = rowsOf(layer).get(rule.id());
    return placed(
        rule,
        Optional.ofNullable(layer.reasons().get(rule.id())).orElseThrow(),
        rows.size(),
        rows.stream().anyMatch(r -> r.verdict() != PolicyRow.DENY),
        undeclared.denies(rule.id()));
  }

  /**
   * Where a rule is.
   *
   * @param rows that it takes part in
   * @param more whether some of them do more than deny
   * @param undeclared whether it would steer to ports that pods do not declare
   */
  static PlacedRule placed(Rule rule, Reason reason, int rows, boolean more, boolean undeclared) {
    Tier tier = tier(rule, reason, more);
    String sentence = reason.sentence();
    if (tier == Tier.NONE && !NEVER_HELD.contains(reason)) {
      sentence = sentence + " " + Reason.NOT_STEERABLE.sentence();
    }
    if (undeclared && rule.effect() != Rule.Effect.ISOLATE && denied(rule, reason).isEmpty()) {
      sentence = sentence + " " + UndeclaredPorts.REMARK;
    }
    return new PlacedRule(rule.id(), rule.layer(), tier, reason.code(), sentence, rows);
  }

  private static Tier tier(Rule rule, Reason reason, boolean more) {
    return switch (reason) {
      case HEADER_DECIDABLE, DEFAULT_DENIAL -> Tier.SWITCH;
      case NO_IPV6, NO_ENDPOINT, CONTRADICTORY, NOT_STEERABLE -> Tier.NONE;
      case NEEDS_REQUEST, NO_RANGE, CODE_BITS, ENTRY_CAP, TABLE_FULL, CLASS_CAP ->
          tcp(rule) && more ? Tier.SIDECAR : Tier.NONE;
    };
  }

  private static boolean tcp(Rule rule) {
    return switch (rule.port()) {
      case Rule.PortMatch.Any _ -> true;
      case Rule.PortMatch.Numbers n -> n.protocol() == Protocol.TCP;
      case Rule.PortMatch.Named n -> n.protocol() == Protocol.TCP;
    };
  }

  ImmutableList<Denied> exceptions() {
    LinkedHashSet<Denied> exceptions = new LinkedHashSet<>();
    for (Rule rule : intent.rules()) {
      Reason reason = Optional.ofNullable(layer(rule).reasons().get(rule.id())).orElseThrow();
      exception(rule, reason, () -> undeclared.exception(rule)).ifPresent(exceptions::add);
    }
    for (Endpoint endpoint : steering.unsteerable()) {
      int destination = tables.destinations().number(endpoint.code());
      exceptions.addAll(
          unsteerable(endpoint, LayerTables.at(tables.tcp(destination), endpoint.port().number())));
    }
    return ImmutableList.sortedCopyOf(BY_RULE, exceptions);
  }

  /**
   * What is denied of a rule though it allows it.
   *
   * @param undeclared what of that is for ports that nobody declares
   */
  static Optional<Denied> exception(
      Rule rule, Reason reason, Supplier<Optional<Denied>> undeclared) {
    Optional<Denied> denied =
        denied(rule, reason).map(sentence -> new Denied(rule.id(), reason.code(), sentence));
    // What no policy allows by itself is no exception where it stays denied.
    return denied.isPresent() || rule.effect() == Rule.Effect.ISOLATE ? denied : undeclared.get();
  }

  private static Optional<String> denied(Rule rule, Reason reason) {
    return switch (reason) {
      case HEADER_DECIDABLE,
          DEFAULT_DENIAL,
          NEEDS_REQUEST,
          NO_ENDPOINT,
          CONTRADICTORY,
          NOT_STEERABLE,
          CLASS_CAP ->
          Optional.empty();
      case NO_IPV6 ->
          rule.effect() == Rule.Effect.ALLOW || rule.effect() == Rule.Effect.PASS
              ? Optional.of(
                  "IPv6 connections that the rule allows are dropped: " + reason.sentence())
              : Optional.empty();
      case NO_RANGE, CODE_BITS, ENTRY_CAP, TABLE_FULL ->
          Optional.of(
              reason.sentence()
                  + (tcp(rule)
                      ? " What it would let pass other than TCP to declared ports is denied."
                      : " What it would let pass is denied: only TCP is steered."));
    };
  }

  /**
   * What is denied where no sidecar stands in for an endpoint.
   *
   * @param here by layer, the bands that take its port
   */
  static List<Denied> unsteerable(Endpoint endpoint, List<List<LayerTables.Band>> here) {
    return here.stream()
        .flatMap(List::stream)
        .filter(LayerTables.Band::steers)
        .flatMap(band -> band.rows().stream())
        .flatMap(row -> row.rules().stream())
        .distinct()
        .sorted()
        .map(
            rule ->
                new Denied(
                    rule,
                    Reason.NOT_STEERABLE.code(),
                    "Connections to "
                        + endpoint.target()
                        + " of "
                        + endpoint.workload().id()
                        + " need a sidecar, and none of its address family with a free listener"
                        + " port serves it."))
        .toList();
  }
}
