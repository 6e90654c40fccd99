package dev.weir.compiler.validate;

import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.placement.Placement;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.info.Pipeline;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** An intent and a placement of it side by side, as packets of one epoch meet it. */
final class Proof {
  private final Pipeline pipeline;
  private final Atoms atoms;
  private final Directory directory;
  private final GuardModel guards;
  private final Selectors selectors;
  private final PolicyModel policy;
  private final SwitchModel model;
  private final Headers headers;
  private final Map<String, SidecarModel> sidecars;
  private final Excuses excuses;
  private final EdgeCheck edge;
  private final DecisionCheck decisions;

  /**
   * @param sidecars by name; what changes there is seen
   */
  Proof(
      Intent intent,
      Fabric fabric,
      Placement placement,
      SwitchEntries entries,
      Map<String, SidecarModel> sidecars,
      int epoch,
      Findings findings) {
    this.pipeline = fabric.pipeline();
    this.sidecars = sidecars;
    directory = new Directory(intent, fabric, Validator.families(fabric));
    Set<Block> cuts = new HashSet<>(directory.cuts());
    cuts.addAll(Selectors.blocks(intent.rules()));
    cuts.addAll(SwitchModel.cuts(entries));
    cuts.addAll(Validator.cuts(sidecars));
    atoms = new Atoms(cuts, Validator.families(fabric));
    guards = new GuardModel(entries.guards(), atoms);
    selectors = new Selectors(intent, atoms, directory);
    model = new SwitchModel(entries, atoms, epoch);
    policy = new PolicyModel(intent, selectors);
    headers = new Headers(atoms, directory, guards, selectors, model);
    policy.bind(headers.sources(), headers.destinations());
    model.bind(headers.sources(), headers.destinations());
    findings.count("atoms", atoms.size());
    findings.count("source classes", headers.sources().count());
    findings.count("destination classes", headers.destinations().count());
    edge = new EdgeCheck(fabric, directory, atoms, model, guards, sidecars, findings);
    excuses = new Excuses(placement, policy, model, directory, findings);
    decisions =
        new DecisionCheck(
            headers,
            atoms,
            policy,
            model,
            new Arrivals(atoms, model, directory, guards, sidecars),
            excuses,
            new Authorizing(intent),
            findings);
  }

  /** Checks everything. */
  void run() {
    edge.run();
    decisions.run();
  }

  /** What the switch would understand of entries. */
  SwitchEntries read(Iterable<Entry> entries) {
    return new SwitchEntries(pipeline, entries);
  }

  Atoms atoms() {
    return atoms;
  }

  Directory directory() {
    return directory;
  }

  GuardModel guards() {
    return guards;
  }

  Selectors selectors() {
    return selectors;
  }

  PolicyModel policy() {
    return policy;
  }

  SwitchModel model() {
    return model;
  }

  Headers headers() {
    return headers;
  }

  Map<String, SidecarModel> sidecars() {
    return sidecars;
  }

  Excuses excuses() {
    return excuses;
  }

  EdgeCheck edge() {
    return edge;
  }

  DecisionCheck decisions() {
    return decisions;
  }
}
