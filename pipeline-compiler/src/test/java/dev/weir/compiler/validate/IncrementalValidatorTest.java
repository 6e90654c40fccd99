package dev.weir.compiler.validate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.change.Change;
import dev.weir.compiler.change.PlacementChange;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.simulation.Mesh;
import dev.weir.p4runtime.info.Pipeline;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** After every edit, and every damage, the verdict is that of a check of everything. */
final class IncrementalValidatorTest {
  private static final int WORKLOADS = 7;
  private static final int RESOURCES = 6;
  private static final int EDITS = 6;
  private static final int DAMAGES = 4;
  private static final int MESHES = Boolean.getBoolean("weir.long") ? 600 : 16;

  /** What was seen of a sequence of edits. */
  private static final class Seen {
    int edits;
    int faults;
    int everything;
  }

  /** A mesh as edits leave it, with what the incremental validator makes of it. */
  private static final class Subject {
    final Mesh mesh;
    final Random random;
    final Pipeline pipeline;
    final TreeMap<String, Workload> workloads = new TreeMap<>();
    ImmutableList<Rule> rules;
    Intent intent;
    Fabric fabric;
    Compiled compiled;
    Placement standing;
    final IncrementalValidator validator;

    Subject(Pipeline pipeline, long seed) {
      this.mesh = Mesh.mixed(seed);
      this.random = new Random(seed);
      this.pipeline = pipeline;
      workloads.putAll(mesh.workloads(WORKLOADS));
      workloads.pollLastEntry();
      rules = mesh.rules(RESOURCES);
      intent = intent();
      fabric = Mesh.fabric(pipeline, workloads.values(), true);
      compiled = Compiler.compile(intent, fabric, Allocation.EMPTY, Counters.NONE);
      standing = compiled.placement();
      // Every other one compares even few destinations at once.
      int many = seed % 4 < 2 ? 0 : Recheck.MANY;
      validator = new IncrementalValidator(intent, fabric, standing, many);
    }

    private Intent intent() {
      return new Intent(ImmutableSortedMap.copyOf(workloads), rules);
    }

    private void edit() {
      List<String> ids = List.copyOf(workloads.keySet());
      List<String> resources = rules.stream().map(r -> r.id().resource()).distinct().toList();
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          // Other labels, or one that is new.
          List<Map.Entry<String, Workload>> drawn =
              List.copyOf(mesh.workloads(WORKLOADS).entrySet());
          Map.Entry<String, Workload> one = drawn.get(random.nextInt(drawn.size()));
          workloads.put(one.getKey(), one.getValue());
        }
        case 2 -> workloads.remove(ids.get(random.nextInt(ids.size())));
        case 3 -> {
          List<Rule> more = new ArrayList<>(rules);
          more.addAll(mesh.rules(1));
          more.sort(Comparator.comparing(Rule::id));
          rules = ImmutableList.copyOf(more);
        }
        default -> {
          String gone = resources.isEmpty() ? "" : resources.get(random.nextInt(resources.size()));
          rules =
              rules.stream()
                  .filter(r -> !r.id().resource().equals(gone))
                  .collect(ImmutableList.toImmutableList());
        }
      }
      if (workloads.isEmpty()) {
        workloads.putAll(mesh.workloads(WORKLOADS));
      }
    }

    private void to(Intent nextIntent, Fabric nextFabric, Placement next, String why, Seen seen) {
      Change change = Change.between(intent, fabric, nextIntent, nextFabric).orElseThrow();
      PlacementChange placed = PlacementChange.between(standing, next);
      Certificate found = validator.apply(change, placed);
      Certificate whole = Validator.check(nextIntent, nextFabric, placed.applyTo(standing));
      assertThat(found.holds()).as("%s%n%s%n%s", why, whole, found).isEqualTo(whole.holds());
      intent = nextIntent;
      fabric = nextFabric;
      standing = placed.applyTo(standing);
      seen.edits++;
      seen.faults += whole.holds() ? 0 : 1;
    }

    void run(Seen seen) {
      for (int e = 0; e < EDITS; e++) {
        edit();
        Intent next = intent();
        Fabric nextFabric = Mesh.fabric(pipeline, workloads.values(), true);
        compiled = Compiler.compile(next, nextFabric, compiled.allocation(), Counters.NONE);
        Damage damage = new Damage(random, pipeline);
        // Damaged as the change is carried out, and mended.
        Optional<Placement> damaged =
            random.nextInt(3) == 0 ? damage.damage(compiled.placement()) : Optional.empty();
        to(next, nextFabric, damaged.orElse(compiled.placement()), "edit, " + damage.what(), seen);
        to(next, nextFabric, compiled.placement(), "mended", seen);
        for (int d = 0; d < DAMAGES; d++) {
          Optional<Placement> worse = damage.damage(compiled.placement());
          if (worse.isPresent()) {
            to(next, nextFabric, worse.get(), damage.what(), seen);
            to(next, nextFabric, compiled.placement(), "mended", seen);
          }
        }
      }
      seen.everything += validator.timesEverything();
    }
  }

  private static void edits(String pipeline, int meshes) {
    Seen seen = new Seen();
    for (long seed = 1; seed <= meshes; seed++) {
      new Subject(Mesh.pipeline(pipeline), seed).run(seen);
    }
    assertThat(seen.faults).isGreaterThan(meshes);
    // Otherwise nothing of this would have been tried.
    assertThat(seen.everything).isLessThan(seen.edits);
  }

  @Test
  void verdictAfterEveryEditIsThatOfACheckOfEverything() {
    edits("weir", MESHES);
  }

  @Test
  void soItIsOnThePoorerPipeline() {
    edits("weir_basic", MESHES / 2);
  }

  @Test
  void soItIsWithOneLookup() {
    edits("weir_compact", MESHES / 2);
  }
}
