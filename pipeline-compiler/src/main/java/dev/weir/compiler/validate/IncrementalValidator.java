package dev.weir.compiler.validate;

import dev.weir.compiler.change.Change;
import dev.weir.compiler.change.PlacementChange;
import dev.weir.compiler.envoy.EnvoyResources;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import java.util.HashMap;
import java.util.Map;

/**
 * Checks a placement as it changes. Its verdict is that of {@link Validator#check(Intent, Fabric,
 * Placement)} on what the changes lead to; it checks again what a change touches.
 *
 * <p>Touched are addresses whose owner, attachment or entries change; classes of destinations that
 * gain an address, or whose ways through sidecars change; what rules and policy entries that come
 * or go take at both ends; and a class of sources that is new, at the destinations where something
 * tells it from one that was there.
 *
 * <p>Everything is checked again where a change moves the frame: a rule asks for a key or a block
 * that none asked for when everything was last checked; an entry of a block of several addresses
 * comes or goes; a sidecar's or the world's attachment changes; exceptions change; an entry depends
 * on the epoch, a table is too small, an entry or a configuration is not understood, a sidecar
 * sends somewhere else than its listener's endpoint; and as long as a fault stands.
 *
 * <p>Not for several threads. Changes of settings (other authorizers, paths, pipelines) need
 * another validator.
 */
public final class IncrementalValidator {
  private final Standing standing;
  private final int many;
  private Findings findings = new Findings();
  private Recheck recheck;
  private int times;

  /** Checks everything. */
  public IncrementalValidator(Intent intent, Fabric fabric, Placement placement) {
    this(intent, fabric, placement, Recheck.MANY);
  }

  /**
   * @param many see {@link Recheck#MANY}
   */
  IncrementalValidator(Intent intent, Fabric fabric, Placement placement, int many) {
    this.many = many;
    standing = new Standing(intent, fabric, placement);
    recheck = everything(intent, fabric, placement);
  }

  private Recheck everything(Intent intent, Fabric fabric, Placement placement) {
    times++;
    findings = new Findings();
    Map<String, EnvoyResources> resources = new HashMap<>();
    placement
        .sidecars()
        .forEach((name, c) -> resources.put(name, Validator.resources(c, findings)));
    Map<String, SidecarModel> sidecars = Validator.decode(resources, findings);
    SwitchEntries entries = Validator.decode(fabric, placement.entries(), findings);
    placement.exceptions().forEach(e -> findings.exception(e.rule() + ": " + e.sentence()));
    if (!Validator.families(fabric).contains(IpAddress.Family.IPV6)) {
      findings.exception("The pipeline carries no IPv6: all of it is dropped.");
    }
    Proof proof = new Proof(intent, fabric, placement, entries, sidecars, 0, findings);
    proof.run();
    if (entries.epochs()) {
      findings.in(1);
      new Proof(intent, fabric, placement, entries, sidecars, 1, findings).run();
    }
    return new Recheck(proof, standing, intent, entries.epochs(), many, findings);
  }

  /** Of everything, as it stands. Its counts add up what was compared since everything was. */
  public Certificate certificate() {
    return findings.certificate();
  }

  /** How often everything was checked. */
  int timesEverything() {
    return times;
  }

  /**
   * Checks what both changes touch.
   *
   * @param placed what becomes of the placement with {@code change}
   * @return of everything, as it stands then
   */
  public Certificate apply(Change change, PlacementChange placed) {
    if (!recheck.apply(change, placed)) {
      recheck = everything(standing.intent(), standing.fabric(), standing.placement());
    }
    return certificate();
  }
}
