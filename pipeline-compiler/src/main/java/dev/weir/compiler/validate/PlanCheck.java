package dev.weir.compiler.validate;

import static dev.weir.compiler.validate.Certificate.Obligation.STEPS_ARE_SAFE;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.envoy.EnvoyResources;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Step;
import dev.weir.compiler.plan.Observed;
import dev.weir.compiler.validate.SwitchEntries.GuardEntry;
import dev.weir.compiler.validate.SwitchEntries.RouteEntry;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Walks a plan update by update and compares what holds after each with both versions. */
final class PlanCheck {
  private final PathView view;
  private final Fabric fabric;
  private final Directory directory;
  private final Observed observed;
  private final ImmutableList<Step> steps;
  private final Placement before;
  private final Placement after;
  private final Findings findings = new Findings();
  private final Map<SidecarConfig, SidecarModel> decoded = new HashMap<>();
  private final Atoms atoms;
  private @Nullable Stance now;

  PlanCheck(
      Intent intent,
      Fabric fabric,
      Observed observed,
      ImmutableList<Step> steps,
      Placement before,
      Placement after) {
    this.view = PathView.of(intent.paths());
    this.fabric = fabric;
    this.directory = new Directory(intent, fabric, Validator.families(fabric));
    this.observed = observed;
    this.steps = steps;
    this.before = before;
    this.after = after;
    this.atoms = new Atoms(cuts(), Validator.families(fabric));
  }

  private Set<Block> cuts() {
    Set<Block> cuts = new HashSet<>(directory.cuts());
    List<Entry> all = new ArrayList<>();
    observed.entries().forEach((k, a) -> all.add(new Entry(k, a)));
    before.entries().forEach(e -> all.add(e.entry()));
    after.entries().forEach(e -> all.add(e.entry()));
    List<SidecarConfig> configurations = new ArrayList<>(observed.sidecars().values());
    configurations.addAll(before.sidecars().values());
    configurations.addAll(after.sidecars().values());
    for (Step step : steps) {
      switch (step) {
        case Step.WriteSwitch w -> w.updates().forEach(u -> all.add(u.entry()));
        case Step.ConfigureSidecars c -> configurations.addAll(c.configurations().values());
        case Step.Await _ -> {}
      }
    }
    // Each entry by itself: one key may stand there with several actions.
    for (Entry entry : all) {
      if (!entry.key().isDefault()) {
        cuts.addAll(
            SwitchModel.cuts(new SwitchEntries(fabric.pipeline(), ImmutableList.of(entry))));
      }
    }
    Map<String, SidecarModel> models = new HashMap<>();
    for (SidecarConfig configuration : configurations) {
      models.put(String.valueOf(models.size()), decode(configuration));
    }
    cuts.addAll(Validator.cuts(models));
    return cuts;
  }

  private SidecarModel decode(SidecarConfig configuration) {
    return decoded.computeIfAbsent(
        configuration,
        c -> {
          EnvoyResources resources = Validator.resources(c, findings);
          return Validator.decode(Map.of(c.name(), resources), findings)
              .getOrDefault(c.name(), SidecarModel.NOTHING);
        });
  }

  private Map<String, SidecarModel> decode(Map<String, SidecarConfig> configurations) {
    Map<String, SidecarModel> models = new HashMap<>();
    configurations.forEach((name, c) -> models.put(name, decode(c)));
    return models;
  }

  private Stance stance(String name, PlanState state) {
    return Stance.of(
        name,
        new SwitchEntries(fabric.pipeline(), state.list()),
        atoms,
        state.epoch(),
        decode(state.sidecars()),
        directory);
  }

  private Stance stance(String name, Placement placement) {
    return Stance.of(
        name,
        new SwitchEntries(
            fabric.pipeline(), placement.entries().stream().map(e -> e.entry()).toList()),
        atoms,
        0,
        decode(placement.sidecars()),
        directory);
  }

  Certificate run() {
    PlanState state = new PlanState(observed);
    List<Stance> ends = new ArrayList<>();
    ends.add(stance("as it was", state));
    if (!entries(before).equals(observed.entries())
        || !before.sidecars().equals(observed.sidecars())) {
      ends.add(stance("the old placement", before));
    }
    ends.add(stance("the new placement", after));
    Roominess room = new Roominess(fabric.pipeline(), observed, after);
    room.sentence().ifPresent(findings::exception);
    MomentCheck moments = new MomentCheck(atoms, directory, ends, room.twinsFit(), view, findings);
    for (Step step : steps) {
      switch (step) {
        case Step.Await _ -> {}
        case Step.WriteSwitch w -> {
          for (Step.Update update : w.updates()) {
            apply(state, update, w.why(), moments);
          }
        }
        case Step.ConfigureSidecars c ->
            c.configurations()
                .values()
                .forEach(
                    config -> {
                      state.configure(config);
                      moments.check(
                          moment("configuring " + config.name(), state), c.why(), config.name());
                    });
      }
      if (findings.full()) {
        return findings.certificate();
      }
    }
    end(state);
    return findings.certificate();
  }

  private void apply(PlanState state, Step.Update update, String why, MomentCheck moments) {
    String text = update.kind() + " " + SwitchEntries.text(update.entry());
    findings.count("updates", 1);
    try {
      if (!state.apply(update)) {
        return;
      }
    } catch (IllegalArgumentException e) {
      findings.fault(
          STEPS_ARE_SAFE, "update-refused", "'" + why + "': " + text + ": " + e.getMessage());
      return;
    }
    Stance last = now;
    SwitchEntries one = new SwitchEntries(fabric.pipeline(), ImmutableList.of(update.entry()));
    switch (update.entry().table()) {
      case "neighbour" -> {} // Answers open no connection.
      case "source_guard" -> {
        if (last == null || one.guards().isEmpty()) {
          moments.check(moment(text, state), why, text);
          return;
        }
        GuardEntry changed = one.guards().getFirst();
        if (update.kind() == Step.Update.Kind.DELETE) {
          last.guards().remove(changed);
        } else {
          last.guards().add(changed);
        }
        moments.guardChanged(last, why, text, changed.port(), changed.block());
      }
      case "route" -> {
        if (last == null || one.routes().isEmpty()) {
          moments.check(moment(text, state), why, text);
          return;
        }
        RouteEntry changed = one.routes().getFirst();
        if (update.kind() == Step.Update.Kind.DELETE) {
          last.model().remove(changed);
        } else {
          last.model().add(changed);
        }
        moments.routeChanged(last, why, text, changed.block());
      }
      default -> moments.check(moment(text, state), why, text);
    }
  }

  private Stance moment(String name, PlanState state) {
    Stance moment = stance(name, state);
    now = moment;
    return moment;
  }

  private static Map<Entry.Key, Action> entries(Placement placement) {
    Map<Entry.Key, Action> entries = new HashMap<>();
    placement.entries().forEach(e -> entries.put(e.entry().key(), e.entry().action()));
    return entries;
  }

  /** In the end there must be just what the new placement has. */
  private void end(PlanState state) {
    Map<Entry.Key, Action> wanted = entries(after);
    Set<Entry.Key> keys = new HashSet<>(wanted.keySet());
    state.entries().keySet().stream().filter(k -> !k.isDefault()).forEach(keys::add);
    keys.stream()
        .filter(k -> !Objects.equals(wanted.get(k), state.entries().get(k)))
        .limit(3)
        .forEach(
            k ->
                findings.fault(
                    STEPS_ARE_SAFE,
                    "plan-ends-elsewhere",
                    "In the end "
                        + k
                        + " does "
                        + state.entries().get(k)
                        + " and not "
                        + wanted.get(k)));
    Map<String, SidecarModel> run = decode(state.sidecars());
    decode(after.sidecars())
        .forEach(
            (name, model) -> {
              if (!model.equals(run.getOrDefault(name, SidecarModel.NOTHING))) {
                findings.fault(
                    STEPS_ARE_SAFE,
                    "plan-ends-elsewhere",
                    "In the end " + name + " runs another configuration than the new placement's.");
              }
            });
  }
}
