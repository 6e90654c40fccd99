package dev.weir.compiler.validate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Step;
import dev.weir.compiler.plan.Observed;
import dev.weir.compiler.plan.Planner;
import dev.weir.compiler.simulation.Mesh;
import dev.weir.compiler.simulation.Request;
import dev.weir.compiler.validate.Certificate.Fault;
import dev.weir.compiler.validate.Certificate.Witness;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.info.Pipeline;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Plans hold; steps left out, out of order or damaged are found, each with a witness. */
final class PlanTest {
  private static final int FAULTS = 60;
  private static final Placement NOTHING =
      new Placement(
          ImmutableList.of(), ImmutableSortedMap.of(), ImmutableList.of(), ImmutableList.of());

  /** A change from one placement to another, and how it is carried out. */
  private record Change(
      Intent intent, Fabric fabric, Placement before, Placement after, ImmutableList<Step> steps) {

    Certificate check(ImmutableList<Step> damaged) {
      return Validator.checkPlan(intent, fabric, observed(before), damaged, before, after);
    }
  }

  private static Observed observed(Placement placement) {
    ImmutableMap.Builder<Entry.Key, Action> entries = ImmutableMap.builder();
    placement.entries().forEach(e -> entries.put(e.entry().key(), e.entry().action()));
    return new Observed(entries.buildOrThrow(), 0, 0, placement.sidecars());
  }

  private static List<Change> changes(Pipeline pipeline, long seed) {
    Mesh mesh = new Mesh(seed);
    Intent first = new Intent(mesh.workloads(4), mesh.rules(3));
    Intent second = new Intent(mesh.someWorkloads(4), mesh.change(first.rules(), 2));
    Fabric firstFabric = Mesh.fabric(pipeline, first.workloads().values(), true);
    Fabric secondFabric = Mesh.fabric(pipeline, second.workloads().values(), true);
    Compiled before = Compiler.compile(first, firstFabric, Allocation.EMPTY, Counters.NONE);
    Compiled after = Compiler.compile(second, secondFabric, before.allocation(), Counters.NONE);
    return List.of(
        change(first, firstFabric, NOTHING, before.placement()),
        change(second, secondFabric, before.placement(), after.placement()));
  }

  private static Change change(Intent intent, Fabric fabric, Placement before, Placement after) {
    return new Change(intent, fabric, before, after, Planner.plan(observed(before), after));
  }

  @Property(tries = 25, seed = "21")
  void plansHold(@ForAll long seed) {
    for (Change change : changes(Mesh.pipeline("weir"), seed)) {
      assertThat(change.check(change.steps()).faults()).isEmpty();
    }
  }

  @Property(tries = 15, seed = "22")
  void plansHoldOnThePoorerPipeline(@ForAll long seed) {
    for (Change change : changes(Mesh.pipeline("weir_basic"), seed)) {
      assertThat(change.check(change.steps()).faults()).isEmpty();
    }
  }

  @Property(tries = 15, seed = "23")
  void plansHoldWithOneLookup(@ForAll long seed) {
    for (Change change : changes(Mesh.pipeline("weir_compact"), seed)) {
      assertThat(change.check(change.steps()).faults()).isEmpty();
    }
  }

  @Test
  void everyFaultIsFoundWithAWitness() {
    Random random = new Random(77);
    List<Change> changes = new ArrayList<>();
    for (long seed = 1; seed <= 6; seed++) {
      changes.addAll(changes(Mesh.pipeline("weir"), seed));
    }
    changes.removeIf(c -> c.steps().size() < 3);
    int faults = 0;
    Map<String, Integer> codes = new HashMap<>();
    while (faults < FAULTS) {
      Change change = changes.get(random.nextInt(changes.size()));
      List<String> what = new ArrayList<>();
      ImmutableList<Step> damaged = damage(change.steps(), random, what);
      Certificate certificate = change.check(damaged);
      if (certificate.holds()) {
        assertThat(harms(change, damaged)).as("%s", what).isEmpty();
        continue;
      }
      faults++;
      for (Fault fault : certificate.faults()) {
        codes.merge(fault.code(), 1, Integer::sum);
        assertThat(shows(change, damaged, fault)).as("%s%n%s", what, fault).isTrue();
      }
    }
    assertThat(codes).containsKeys("step-allows", "step-drops", "plan-ends-elsewhere");
  }

  private static ImmutableList<Step> damage(
      ImmutableList<Step> steps, Random random, List<String> what) {
    List<Step> damaged = new ArrayList<>(steps);
    int at = random.nextInt(steps.size());
    Step step = steps.get(at);
    what.add(step.why());
    switch (random.nextInt(4)) {
      case 0 -> {
        what.add("left out");
        damaged.remove(at);
      }
      case 1 -> {
        int to = random.nextInt(steps.size());
        what.add("moved to " + to);
        damaged.add(to, damaged.remove(at));
      }
      default -> {
        if (step instanceof Step.WriteSwitch w) {
          List<Step.Update> updates = new ArrayList<>(w.updates());
          Step.Update gone = updates.remove(random.nextInt(updates.size()));
          what.add("without " + gone);
          damaged.set(at, new Step.WriteSwitch(w.why(), ImmutableList.copyOf(updates)));
          if (random.nextBoolean()) {
            int to = random.nextInt(steps.size() + 1);
            what.add("which moves to " + to);
            damaged.add(to, new Step.WriteSwitch("Moved", ImmutableList.of(gone)));
          }
        }
      }
    }
    return ImmutableList.copyOf(damaged);
  }

  /** Every moment of a plan, as a switch that does what it is told goes through it. */
  private static List<BruteForce> moments(Change change, ImmutableList<Step> steps) {
    List<BruteForce> moments = new ArrayList<>();
    Map<Entry.Key, Action> entries = new LinkedHashMap<>(observed(change.before).entries());
    Map<String, SidecarConfig> sidecars = new TreeMap<>(change.before.sidecars());
    int epoch = 0;
    moments.add(moment(change, entries, List.copyOf(sidecars.values()), epoch));
    for (Step step : steps) {
      switch (step) {
        case Step.Await _ -> {}
        case Step.ConfigureSidecars c -> {
          for (SidecarConfig config : c.configurations().values()) {
            sidecars.put(config.name(), config);
            moments.add(moment(change, entries, List.copyOf(sidecars.values()), epoch));
          }
        }
        case Step.WriteSwitch w -> {
          for (Step.Update update : w.updates()) {
            Entry.Key key = update.entry().key();
            boolean known = entries.containsKey(key);
            if (key.isDefault()) {
              epoch =
                  Optional.ofNullable(update.entry().action().params().get("epoch"))
                      .orElseThrow()
                      .intValue();
            } else if (known == (update.kind() != Step.Update.Kind.INSERT)) {
              entries.remove(key);
              if (update.kind() != Step.Update.Kind.DELETE) {
                entries.put(key, update.entry().action());
              }
            }
            moments.add(moment(change, entries, List.copyOf(sidecars.values()), epoch));
          }
        }
      }
    }
    return moments;
  }

  private static BruteForce moment(
      Change change,
      Map<Entry.Key, Action> entries,
      Collection<SidecarConfig> sidecars,
      int epoch) {
    return new BruteForce(
        change.fabric,
        entries.entrySet().stream().map(e -> new Entry(e.getKey(), e.getValue())).toList(),
        sidecars,
        sidecars,
        epoch);
  }

  private static BruteForce end(Change change) {
    return moment(change, observed(change.after).entries(), change.after.sidecars().values(), 0);
  }

  /** What becomes of a probe, the guard included. */
  private static Set<String> outcome(
      BruteForce moment, IpAddress from, Witness w, Optional<Request> request) {
    return moment.entersAt(from).isEmpty()
        ? Set.of("drop")
        : moment.outcomes(from, IpAddress.parse(w.to()), w.protocol(), w.port(), request);
  }

  private static boolean shows(Change change, ImmutableList<Step> steps, Fault fault) {
    List<BruteForce> moments = moments(change, steps);
    BruteForce first = moments.getFirst();
    BruteForce last = end(change);
    if (fault.witness().isEmpty()) {
      return switch (fault.code()) {
        case "update-refused" -> true;
        case "plan-ends-elsewhere" -> {
          Map<Entry.Key, Action> wanted = new HashMap<>(observed(change.after).entries());
          yield !moments.getLast().entries().equals(wanted)
              || !moments
                  .getLast()
                  .sidecars()
                  .equals(List.copyOf(change.after.sidecars().values()));
        }
        default -> false;
      };
    }
    Witness w = fault.witness().get();
    Optional<Request> request = w.request().map(r -> new Request(r.method(), r.path()));
    return moments.stream()
        .anyMatch(
            now ->
                switch (fault.code()) {
                  case "step-guard" -> {
                    IpAddress from = IpAddress.parse(w.from());
                    int port = w.enters().orElseThrow();
                    String guard = now.guard(port, from);
                    yield !guard.equals(first.guard(port, from))
                        && !guard.equals(last.guard(port, from));
                  }
                  case "step-route" -> {
                    IpAddress to = IpAddress.parse(w.to());
                    yield !now.route(to).equals(first.route(to))
                        && !now.route(to).equals(last.route(to));
                  }
                  case "step-upstream" -> true;
                  default -> {
                    IpAddress from = IpAddress.parse(w.from());
                    Set<String> a = outcome(first, from, w, request);
                    Set<String> b = outcome(last, from, w, request);
                    Set<String> c = outcome(now, from, w, request);
                    Set<String> either = new TreeSet<>(a);
                    either.addAll(b);
                    either.add("drop");
                    yield fault.code().equals("step-drops")
                        ? a.equals(b) && !c.equals(a)
                        : !either.containsAll(c);
                  }
                });
  }

  /** Probes for which some moment of a plan passes what neither end passes. */
  private static List<String> harms(Change change, ImmutableList<Step> steps) {
    List<BruteForce> moments = moments(change, steps);
    List<IpAddress> addresses = new ArrayList<>(Mesh.WORLD.subList(0, 2));
    change.intent.workloads().values().forEach(w -> addresses.addAll(w.addresses()));
    Map<String, String> first = passing(change, moments.getFirst(), addresses);
    Map<String, String> last = passing(change, end(change), addresses);
    List<String> harms = new ArrayList<>();
    for (int i = 1; i < moments.size(); i += Math.max(1, moments.size() / 12)) {
      passing(change, moments.get(i), addresses)
          .forEach(
              (probe, outcome) -> {
                if (!outcome.equals("[drop]")
                    && !outcome.equals(first.getOrDefault(probe, "[drop]"))
                    && !outcome.equals(last.getOrDefault(probe, "[drop]"))) {
                  harms.add(probe + " " + outcome);
                }
              });
    }
    return harms;
  }

  private static Map<String, String> passing(
      Change change, BruteForce moment, List<IpAddress> addresses) {
    Map<String, String> passing = new HashMap<>();
    moment
        .everything(addresses, change.intent.workloads().values(), Request.SAMPLES)
        .forEach(
            (probe, outcome) -> {
              if (outcome.startsWith("[")) {
                passing.put(probe, outcome);
              }
            });
    return passing;
  }
}
