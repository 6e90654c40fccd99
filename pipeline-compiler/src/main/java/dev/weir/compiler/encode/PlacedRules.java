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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where each rule is and why, and what is denied though the policy allows it. */
final class PlacedRules {
  private static final ImmutableSet<Reason> NEVER_HELD =
      Sets.immutableEnumSet(Reason.NO_IPV6, Reason.NO_ENDPOINT, Reason.CONTRADICTORY);

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
    Reason reason = Optional.ofNullable(layer.reasons().get(rule.id())).orElseThrow();
    List<PolicyRow> rows = rowsOf(layer).get(rule.id());
    Tier tier = tier(rule, reason, rows);
    String sentence = reason.sentence();
    if (tier == Tier.NONE && !NEVER_HELD.contains(reason)) {
      sentence = sentence + " " + Reason.NOT_STEERABLE.sentence();
    }
    if (rule.effect() != Rule.Effect.ISOLATE && denied(rule, reason).isEmpty()) {
      sentence = undeclared.remark(rule).map((sentence + " ")::concat).orElse(sentence);
    }
    return new PlacedRule(rule.id(), rule.layer(), tier, reason.code(), sentence, rows.size());
  }

  private static Tier tier(Rule rule, Reason reason, List<PolicyRow> rows) {
    return switch (reason) {
      case HEADER_DECIDABLE, DEFAULT_DENIAL -> Tier.SWITCH;
      case NO_IPV6, NO_ENDPOINT, CONTRADICTORY, NOT_STEERABLE -> Tier.NONE;
      case NEEDS_REQUEST, NO_RANGE, CODE_BITS, ENTRY_CAP, TABLE_FULL, CLASS_CAP ->
          tcp(rule) && rows.stream().anyMatch(r -> r.verdict() != PolicyRow.DENY)
              ? Tier.SIDECAR
              : Tier.NONE;
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
      Optional<String> sentence = denied(rule, reason);
      sentence.ifPresent(s -> exceptions.add(new Denied(rule.id(), reason.code(), s)));
      // What no policy allows by itself is no exception where it stays denied.
      if (sentence.isEmpty() && rule.effect() != Rule.Effect.ISOLATE) {
        undeclared.exception(rule).ifPresent(exceptions::add);
      }
    }
    for (Endpoint endpoint : steering.unsteerable()) {
      for (Rule.Id rule : steeringRules(endpoint)) {
        exceptions.add(
            new Denied(
                rule,
                Reason.NOT_STEERABLE.code(),
                "Connections to "
                    + endpoint.target()
                    + " of "
                    + endpoint.workload().id()
                    + " need a sidecar, and none of its address family with a free listener port"
                    + " serves it."));
      }
    }
    return ImmutableList.sortedCopyOf(
        Comparator.comparing(Denied::rule)
            .thenComparing(Denied::reason)
            .thenComparing(Denied::sentence),
        exceptions);
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

  private List<Rule.Id> steeringRules(Endpoint endpoint) {
    List<Rule.Id> rules = new ArrayList<>();
    int destination = tables.destinations().number(endpoint.code());
    for (List<LayerTables.Band> layer :
        LayerTables.at(tables.tcp(destination), endpoint.port().number())) {
      for (LayerTables.Band band : layer) {
        if (band.steers()) {
          band.rows().forEach(row -> rules.addAll(row.rules()));
        }
      }
    }
    return rules.stream().distinct().sorted().toList();
  }
}
