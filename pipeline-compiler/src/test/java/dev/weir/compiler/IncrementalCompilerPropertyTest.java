// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.change.Change;
import dev.weir.compiler.change.PlacementChange;
import dev.weir.compiler.encode.IncrementalCompiler;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.simulation.Mesh;
import dev.weir.p4runtime.info.Pipeline;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterProperty;

/** A followed change gives what a whole compile under the same allocation gives. */
final class IncrementalCompilerPropertyTest {
  private static final int EDITS = 8;

  private final Map<String, Integer> whole = new HashMap<>();
  private int followed;

  @Property(tries = 200, seed = "11")
  void followedChangesGiveWhatAWholeCompileGives(@ForAll long seed) {
    edit(seed, Mesh.pipeline("weir"), Mesh.mixed(seed));
  }

  @Property(tries = 60, seed = "12")
  void onAPoorerPipelineToo(@ForAll long seed) {
    edit(seed, Mesh.pipeline("weir_basic"), new Mesh(seed));
  }

  @Property(tries = 60, seed = "13")
  void withOneLookupASideToo(@ForAll long seed) {
    edit(seed, Mesh.pipeline("weir_compact"), new Mesh(seed));
  }

  /** A property in which all is compiled whole would show nothing. */
  @AfterProperty
  void mostChangesAreFollowed() {
    int all = followed + whole.values().stream().mapToInt(n -> n).sum();
    assertThat(followed).as("of %s; compiled whole: %s", all, whole).isGreaterThan(all / 2);
  }

  private void edit(long seed, Pipeline pipeline, Mesh mesh) {
    Random random = new Random(seed);
    TreeMap<String, Workload> workloads = new TreeMap<>(mesh.workloads(6));
    List<Rule> rules = new ArrayList<>(mesh.rules(12));
    boolean sidecarsV6 = random.nextInt(4) > 0;
    Intent intent = new Intent(ImmutableSortedMap.copyOf(workloads), ImmutableList.copyOf(rules));
    Fabric fabric = Mesh.fabric(pipeline, workloads.values(), sidecarsV6);
    IncrementalCompiler compiler =
        new IncrementalCompiler(intent, fabric, Allocation.EMPTY, Counters.NONE);
    for (int i = 0; i < EDITS; i++) {
      edit(random, mesh, workloads, rules);
      Intent intentAfter =
          new Intent(ImmutableSortedMap.copyOf(workloads), ImmutableList.copyOf(rules));
      Fabric fabricAfter = Mesh.fabric(pipeline, workloads.values(), sidecarsV6);
      Change change = Change.between(intent, fabric, intentAfter, fabricAfter).orElseThrow();
      Placement before = compiler.placement();
      Allocation allocation = compiler.allocation();
      Compiled expected = Compiler.compile(intentAfter, fabricAfter, allocation, Counters.NONE);
      PlacementChange placed = compiler.apply(change, Counters.NONE);
      compiler.whole().ifPresentOrElse(why -> whole.merge(why, 1, Integer::sum), () -> followed++);
      String edit = "edit " + i + ", compiled whole: " + compiler.whole();
      assertThat(compiler.placement()).as(edit).isEqualTo(expected.placement());
      assertThat(compiler.allocation()).as(edit).isEqualTo(expected.allocation());
      assertThat(placed)
          .as(edit)
          .usingRecursiveComparison()
          .ignoringCollectionOrder()
          .isEqualTo(PlacementChange.between(before, expected.placement()));
      intent = intentAfter;
      fabric = fabricAfter;
    }
  }

  /** A pod comes, goes or is labelled anew; a policy comes, goes or becomes another. */
  private static void edit(
      Random random, Mesh mesh, TreeMap<String, Workload> workloads, List<Rule> rules) {
    List<String> resources = rules.stream().map(r -> r.id().resource()).distinct().toList();
    String one = resources.get(random.nextInt(resources.size()));
    switch (random.nextInt(5)) {
      case 0 -> rules.addAll(mesh.rules(1));
      case 1 -> rules.removeIf(r -> resources.size() > 3 && r.id().resource().equals(one));
      case 2 -> {
        List<Rule> other =
            new ArrayList<>(rules.stream().filter(r -> r.id().resource().equals(one)).toList());
        rules.removeAll(other);
        other.remove(random.nextInt(other.size()));
        rules.addAll(other);
      }
      case 3 -> {
        List<String> ids = List.copyOf(workloads.keySet());
        if (ids.size() > 2) {
          workloads.remove(ids.get(random.nextInt(ids.size())));
        }
      }
      default -> {
        List<Workload> others = List.copyOf(mesh.workloads(6).values());
        Workload other = others.get(random.nextInt(others.size()));
        workloads.put(other.id(), other);
      }
    }
    rules.sort(Comparator.comparing(Rule::id));
  }
}
