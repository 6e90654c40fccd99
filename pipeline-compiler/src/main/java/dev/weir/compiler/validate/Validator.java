package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.envoy.EnvoyResources;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Step;
import dev.weir.compiler.plan.Observed;
import dev.weir.compiler.validate.Certificate.Obligation;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Proves that a placement decides as the intent's rules do, for every packet that can open a
 * connection and every request (DESIGN, "The proof, and what it may cost"). It reads entries
 * through the pipeline contract and sidecars' configuration as Envoy would run it, and shares no
 * code with what wrote them. Pure.
 *
 * <p>Not shown here: what becomes of packets that open no connection, and of those that a sidecar
 * opens from a listener's own port (both are the pipeline's part, whatever its entries), and that
 * resources mean what the intent says.
 */
public final class Validator {
  private Validator() {}

  /** Checks a placement; its sidecars run what {@link EnvoyResources} makes of their parts. */
  public static Certificate check(Intent intent, Fabric fabric, Placement placement) {
    Map<String, EnvoyResources> resources = new HashMap<>();
    Findings findings = new Findings();
    placement.sidecars().forEach((name, c) -> resources.put(name, resources(c, findings)));
    return check(intent, fabric, placement, ImmutableMap.copyOf(resources), findings);
  }

  /** Checks a placement with what each sidecar's Envoy is told. */
  public static Certificate check(
      Intent intent,
      Fabric fabric,
      Placement placement,
      ImmutableMap<String, EnvoyResources> resources) {
    return check(intent, fabric, placement, resources, new Findings());
  }

  /**
   * Checks a write plan: after every update, and every sidecar configured, what is decided is what
   * one of the versions decides: nothing passes that both deny, and nothing is dropped that both
   * allow, but where an attachment moves, a way to a sidecar changes, or two versions do not fit
   * into a table.
   *
   * @param intent and {@code fabric} of the new placement
   * @param observed what the targets hold before the first step
   * @param before the placement that {@code observed} comes from
   */
  public static Certificate checkPlan(
      Intent intent,
      Fabric fabric,
      Observed observed,
      ImmutableList<Step> steps,
      Placement before,
      Placement after) {
    return new PlanCheck(intent, fabric, observed, steps, before, after).run();
  }

  static EnvoyResources resources(SidecarConfig config, Findings findings) {
    try {
      return EnvoyResources.of(config);
    } catch (IllegalArgumentException e) {
      findings.fault(
          Obligation.UNDERSTOOD,
          "no-configuration",
          config.name() + " cannot be configured: " + e.getMessage());
      return EnvoyResources.NOTHING;
    }
  }

  static ImmutableSet<IpAddress.Family> families(Fabric fabric) {
    return fabric
            .pipeline()
            .findTable("source_workload")
            .filter(t -> t.field("address").width() == Word.WIDTH)
            .isPresent()
        ? ImmutableSet.of(IpAddress.Family.IPV4, IpAddress.Family.IPV6)
        : ImmutableSet.of(IpAddress.Family.IPV4);
  }

  static Map<String, SidecarModel> decode(
      Map<String, EnvoyResources> resources, Findings findings) {
    Map<String, SidecarModel> sidecars = new HashMap<>();
    resources.forEach((name, r) -> sidecars.put(name, EnvoyDecoder.decode(r)));
    sidecars.forEach(
        (name, s) ->
            s.problems()
                .forEach(
                    p -> findings.fault(Obligation.UNDERSTOOD, "configuration", name + ": " + p)));
    return sidecars;
  }

  static Set<Block> cuts(Map<String, SidecarModel> sidecars) {
    Set<Block> cuts = new HashSet<>();
    for (SidecarModel sidecar : sidecars.values()) {
      sidecar.listeners().values().forEach(l -> cuts.addAll(l.peers()));
      sidecar.listeners().keySet().forEach(p -> cuts.add(new Block(p.address(), 128)));
      sidecar.upstreams().forEach(p -> cuts.add(new Block(p.address(), 128)));
    }
    return cuts;
  }

  private static Certificate check(
      Intent intent,
      Fabric fabric,
      Placement placement,
      Map<String, EnvoyResources> resources,
      Findings findings) {
    SwitchEntries entries = decode(fabric, placement.entries(), findings);
    Map<String, SidecarModel> sidecars = decode(resources, findings);
    placement.exceptions().forEach(e -> findings.exception(e.rule() + ": " + e.sentence()));
    if (!families(fabric).contains(IpAddress.Family.IPV6)) {
      findings.exception("The pipeline carries no IPv6: all of it is dropped.");
    }
    for (int epoch = 0; epoch < (entries.epochs() ? 2 : 1); epoch++) {
      findings.in(epoch);
      new Proof(intent, fabric, placement, entries, sidecars, epoch, findings).run();
    }
    return findings.certificate();
  }

  /** What a switch would understand of entries. */
  static SwitchEntries decode(Fabric fabric, Collection<PlacedEntry> placed, Findings findings) {
    SwitchEntries entries =
        new SwitchEntries(fabric.pipeline(), placed.stream().map(PlacedEntry::entry).toList());
    entries
        .undecodable()
        .forEach(u -> findings.fault(Obligation.UNDERSTOOD, "entry", u.entry() + ": " + u.why()));
    return entries;
  }
}
