package dev.weir.compiler.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Step;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Updates by the stage of the plan that they belong to. */
final class Stages {
  /** Longer than a packet stays in a switch, queues included. */
  private static final Duration LONGEST_PACKET_TIME = Duration.ofMillis(50);

  /** Stages in their order; those before {@link #SETTLE} come before the flip. */
  enum Stage {
    CLOSE("Close what is detached or moves"),
    FORGET("Remove what an unfinished plan pinned to the other epoch"),
    PREPARE("Pin outgoing entries to the old epoch, add incoming ones to the new"),
    HIDE("Leave outgoing entries to the old epoch alone"),
    SETTLE("Remove outgoing entries, add incoming ones for good, make codes equal"),
    UNPIN("Remove the pinned twins, open routes"),
    OPEN("Open the guard for what is attached");

    private final String why;

    Stage(String why) {
      this.why = why;
    }
  }

  private final Map<Stage, List<Step.Update>> updates = new EnumMap<>(Stage.class);
  private boolean flip;
  private boolean newGeneration;
  private boolean unfinished;

  void insert(Stage stage, Entry.Key key, Action action) {
    add(stage, Step.Update.Kind.INSERT, key, action);
  }

  void modify(Stage stage, Entry.Key key, Action action) {
    add(stage, Step.Update.Kind.MODIFY, key, action);
  }

  void delete(Stage stage, Entry.Key key, Action action) {
    add(stage, Step.Update.Kind.DELETE, key, action);
  }

  private void add(Stage stage, Step.Update.Kind kind, Entry.Key key, Action action) {
    updates
        .computeIfAbsent(stage, _ -> new ArrayList<>())
        .add(new Step.Update(kind, new Entry(key, action)));
  }

  /** Packets may still meet the other epoch: an earlier plan stopped short. */
  void unfinished() {
    unfinished = true;
  }

  /** Packets must move to the other epoch. */
  void flip() {
    flip = true;
  }

  /** Cells must be forgotten: an address has moved. */
  void newGeneration() {
    flip = true;
    newGeneration = true;
  }

  boolean isEmpty() {
    return updates.isEmpty() && !flip;
  }

  ImmutableList<Step> steps(Observed observed) {
    ImmutableList.Builder<Step> steps = ImmutableList.builder();
    boolean waits = unfinished;
    for (Stage stage : Stage.values()) {
      if (stage == Stage.SETTLE && flip) {
        steps.add(flip(observed));
        steps.add(new Step.Await("Let packets of the old epoch pass", LONGEST_PACKET_TIME));
      }
      List<Step.Update> here = updates.getOrDefault(stage, List.of());
      if (here.isEmpty()) {
        continue;
      }
      if (waits && stage != Stage.CLOSE) {
        steps.add(
            new Step.Await(
                "Let packets of the epoch before an unfinished plan pass", LONGEST_PACKET_TIME));
        waits = false;
      }
      steps.add(new Step.WriteSwitch(stage.why, ordered(here)));
    }
    return steps.build();
  }

  /** The guard closes first of all; deletes make room for the inserts of a full table. */
  private static ImmutableList<Step.Update> ordered(List<Step.Update> updates) {
    return ImmutableList.sortedCopyOf(
        Comparator.comparing((Step.Update u) -> !u.entry().table().equals("source_guard"))
            .thenComparing(u -> u.kind() != Step.Update.Kind.DELETE),
        updates);
  }

  private Step flip(Observed observed) {
    int generation = newGeneration ? (observed.generation() + 1) % 256 : observed.generation();
    return new Step.WriteSwitch(
        "Flip the epoch",
        ImmutableList.of(
            new Step.Update(
                Step.Update.Kind.MODIFY,
                Entry.defaultAction(
                    "epoch",
                    Action.of(
                        "set_epoch",
                        ImmutableSortedMap.of(
                            "epoch", Bits.of(1 - observed.epoch()),
                            "generation", Bits.of(generation)))))));
  }

  static Step configure(String why, ImmutableSortedMap<String, SidecarConfig> configurations) {
    return new Step.ConfigureSidecars(why, configurations);
  }
}
