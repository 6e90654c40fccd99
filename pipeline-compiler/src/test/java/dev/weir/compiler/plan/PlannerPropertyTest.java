package dev.weir.compiler.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.Pipelines;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.encode.Capabilities;
import dev.weir.compiler.explain.SwitchWalk;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Step;
import dev.weir.compiler.simulation.Mesh;
import dev.weir.compiler.simulation.Policy;
import dev.weir.compiler.simulation.Request;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.info.Pipeline;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** After every single update of a plan the mesh decides as a version does, or tighter. */
final class PlannerPropertyTest {
  private static final Pipeline WEIR = Mesh.pipeline("weir");
  private static final Pipeline BASIC = Mesh.pipeline("weir_basic");
  private static final Capabilities CAPABILITIES = new Capabilities(WEIR);
  private static final int WORLD_PORT = 60;

  /** What one version of the mesh says. */
  private record Version(Intent intent, Policy policy, Placement placement) {
    boolean attached(IpAddress address) {
      return intent.workloads().values().stream().anyMatch(w -> w.addresses().contains(address));
    }

    boolean allows(Probe probe, Optional<Request> request) {
      boolean fromWorld = Mesh.WORLD.contains(probe.from);
      return (fromWorld || attached(probe.from))
          && attached(probe.to)
          && policy.allows(probe.from, probe.to, probe.protocol, probe.port, request);
    }
  }

  private record Probe(IpAddress from, int fromPort, IpAddress to, int protocol, int port) {}

  @Property(tries = 15, seed = "11")
  void everyUpdateIsSafe(@ForAll long seed) {
    Mesh mesh = Mesh.mixed(seed);
    Intent before = new Intent(mesh.workloads(4), mesh.rules(3));
    Intent after = new Intent(mesh.someWorkloads(4), mesh.change(before.rules(), 2));
    Compiled first = compile(before, Allocation.EMPTY);
    Compiled second = compile(after, first.allocation());
    Targets targets = new Targets(CAPABILITIES);
    Version old = new Version(before, new Policy(before), first.placement());
    Version young = new Version(after, new Policy(after), second.placement());

    carryOut(targets, old, List.of(old), new Random(seed));
    carryOut(targets, young, List.of(old, young), new Random(seed));
    assertThat(Planner.plan(targets.observed(), young.placement())).isEmpty();
  }

  /**
   * Numbers, parts and slots then stand for other things at once, without a time in which freed
   * ones stand for nothing: the epochs keep the two meanings apart.
   */
  @Property(tries = 15, seed = "14")
  void everyUpdateIsSafeWhereEverythingIsNumberedAnew(@ForAll long seed) {
    Mesh mesh = Mesh.mixed(seed);
    Intent before = new Intent(mesh.workloads(4), mesh.rules(3));
    Intent after = new Intent(mesh.someWorkloads(4), mesh.change(before.rules(), 3));
    Targets targets = new Targets(CAPABILITIES);
    Version old =
        new Version(before, new Policy(before), compile(before, Allocation.EMPTY).placement());
    Version young =
        new Version(after, new Policy(after), compile(after, Allocation.EMPTY).placement());

    carryOut(targets, old, List.of(old), new Random(seed));
    carryOut(targets, young, List.of(old, young), new Random(seed));
    assertThat(Planner.plan(targets.observed(), young.placement())).isEmpty();
  }

  @Property(tries = 15, seed = "13")
  void tablesWithoutRoomForTwinsCloseWhileTheyChange(@ForAll long seed) {
    Pipeline small =
        Pipelines.policyTables(seed % 2 == 0 ? WEIR : BASIC, 5 + Math.floorMod(seed, 4));
    Capabilities capabilities = new Capabilities(small);
    Random random = new Random(seed);
    Mesh mesh = Mesh.mixed(seed);
    Targets targets = new Targets(capabilities, true);
    Allocation allocation = Allocation.EMPTY;
    Intent intent = new Intent(mesh.workloads(3), mesh.rules(4));
    List<Version> versions = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Compiled compiled =
          Compiler.compile(
              intent,
              Mesh.fabric(small, intent.workloads().values(), true),
              allocation,
              Counters.NONE);
      allocation = compiled.allocation();
      Version version = new Version(intent, new Policy(intent), compiled.placement());
      versions.add(version);
      boolean unfinished = i == 1 && random.nextBoolean();
      ImmutableList<Step> steps = Planner.plan(targets.observed(), version.placement(), small);
      stop(
          targets,
          steps,
          unfinished ? random.nextInt(updates(steps) + 1) : Integer.MAX_VALUE,
          versions);
      if (!unfinished) {
        versions.removeIf(v -> v != version);
        atRest(targets, version);
      }
      intent = new Intent(mesh.someWorkloads(3), mesh.change(intent.rules(), 2));
    }
  }

  @Property(tries = 15, seed = "12")
  void unfinishedPlansAreTakenUpFromWhereTheyStopped(@ForAll long seed) {
    Mesh mesh = Mesh.mixed(seed);
    Random random = new Random(seed);
    Targets targets = new Targets(CAPABILITIES);
    List<Version> versions = new ArrayList<>();
    Allocation allocation = Allocation.EMPTY;
    Intent intent = new Intent(mesh.workloads(3), mesh.rules(3));
    for (int i = 0; i < 3; i++) {
      Compiled compiled = compile(intent, allocation);
      allocation = compiled.allocation();
      Version version = new Version(intent, new Policy(intent), compiled.placement());
      versions.add(version);
      boolean unfinished = i == 1;
      ImmutableList<Step> steps = Planner.plan(targets.observed(), version.placement());
      int stop = unfinished ? random.nextInt(updates(steps) + 1) : Integer.MAX_VALUE;
      stop(targets, steps, stop, versions);
      if (!unfinished) {
        versions.removeIf(v -> v != version);
        atRest(targets, version);
      }
      intent = new Intent(mesh.someWorkloads(3), mesh.change(intent.rules(), 1));
    }
  }

  private static int updates(List<Step> steps) {
    return steps.stream()
        .mapToInt(s -> s instanceof Step.WriteSwitch w ? w.updates().size() : 1)
        .sum();
  }

  /**
   * Carries out the first {@code stop} updates; only "never allows what all deny" holds over three.
   */
  private static void stop(Targets targets, List<Step> steps, int stop, List<Version> versions) {
    int left = stop;
    List<Probe> probes = probes(versions);
    for (Step step : steps) {
      List<Step> single = new ArrayList<>();
      if (step instanceof Step.WriteSwitch w) {
        w.updates().forEach(u -> single.add(new Step.WriteSwitch(w.why(), ImmutableList.of(u))));
      } else {
        single.add(step);
      }
      for (Step one : single) {
        if (left-- <= 0) {
          return;
        }
        targets.carryOut(one, () -> look(targets, versions, probes, one, false));
      }
    }
  }

  private static void carryOut(Targets targets, Version to, List<Version> versions, Random random) {
    List<Probe> probes = probes(versions);
    for (Step step : Planner.plan(targets.observed(), to.placement())) {
      targets.carryOut(step, () -> look(targets, versions, probes, step, versions.size() == 2));
    }
    atRest(targets, to);
  }

  private static void atRest(Targets targets, Version version) {
    Map<Entry.Key, Action> placed = new HashMap<>();
    version.placement().entries().forEach(e -> placed.put(e.entry().key(), e.entry().action()));
    assertThat(targets.entries()).isEqualTo(placed);
    version
        .placement()
        .sidecars()
        .forEach(
            (name, config) -> assertThat(targets.listeners(name)).isEqualTo(config.listeners()));
  }

  private static Compiled compile(Intent intent, Allocation allocation) {
    return Compiler.compile(
        intent, Mesh.fabric(WEIR, intent.workloads().values(), true), allocation, Counters.NONE);
  }

  private static List<Probe> probes(List<Version> versions) {
    Map<IpAddress, Integer> inside = new HashMap<>();
    for (Version version : versions) {
      for (Workload workload : version.intent().workloads().values()) {
        int port = Integer.parseInt(workload.id().substring(workload.id().indexOf('w') + 1));
        workload.addresses().forEach(a -> inside.put(a, port));
      }
    }
    Map<IpAddress, Integer> from = new HashMap<>(inside);
    Mesh.WORLD.forEach(a -> from.put(a, WORLD_PORT));
    List<Probe> probes = new ArrayList<>();
    from.forEach(
        (source, port) ->
            inside.forEach(
                (to, _) -> {
                  if (source.family() == to.family()) {
                    for (int number : List.of(80, 9000, 9001)) {
                      probes.add(new Probe(source, port, to, 6, number));
                    }
                    probes.add(new Probe(source, port, to, 17, 53));
                  }
                }));
    return probes;
  }

  private static void look(
      Targets targets,
      List<Version> versions,
      List<Probe> probes,
      Step step,
      boolean neverInterrupts) {
    targets.networks(
        network -> {
          Action world = worldRoute(network.switchWalk());
          for (Probe probe : probes) {
            boolean carried =
                network.switchWalk().guardPasses(probe.fromPort, probe.from)
                    && network
                        .switchWalk()
                        .route(probe.to)
                        .filter(r -> !r.action().equals(world))
                        .isPresent();
            SwitchWalk.Walk walk = network.walk(probe.from, probe.to, probe.protocol, probe.port);
            for (Optional<Request> request : requests(versions, probe)) {
              boolean actual =
                  carried && network.allows(walk, probe.from, probe.to, probe.port, request);
              check(actual, versions, probe, request, step, walk, neverInterrupts);
            }
          }
        });
  }

  private static List<Optional<Request>> requests(List<Version> versions, Probe probe) {
    boolean http =
        probe.protocol == 6
            && versions.stream()
                .flatMap(v -> v.policy().declared(probe.to, probe.port).stream())
                .anyMatch(p -> p.application() == Workload.Application.HTTP);
    return http ? Request.SAMPLES.stream().map(Optional::of).toList() : List.of(Optional.empty());
  }

  private static void check(
      boolean actual,
      List<Version> versions,
      Probe probe,
      Optional<Request> request,
      Step step,
      SwitchWalk.Walk walk,
      boolean neverInterrupts) {
    boolean some = versions.stream().anyMatch(v -> v.allows(probe, request));
    boolean every = versions.stream().allMatch(v -> v.allows(probe, request));
    if (actual ? !some : every && neverInterrupts) {
      assertThat(actual)
          .as("%s %s during '%s': %s", probe, request, step.why(), walk)
          .isEqualTo(!actual);
    }
  }

  private static Action worldRoute(SwitchWalk walk) {
    return walk.route(IpAddress.parse("198.51.100.1")).map(Entry::action).orElse(Action.of("none"));
  }
}
