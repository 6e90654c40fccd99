package dev.weir.compiler.plan;

import static dev.weir.compiler.plan.Stages.Stage.CLOSE;
import static dev.weir.compiler.plan.Stages.Stage.OPEN;
import static dev.weir.compiler.plan.Stages.Stage.PREPARE;
import static dev.weir.compiler.plan.Stages.Stage.SETTLE;
import static dev.weir.compiler.plan.Stages.Stage.UNPIN;

import com.google.common.collect.ImmutableSet;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Entries without an epoch: what leaves or moves closes before anything else changes, what arrives
 * opens after everything else has.
 */
final class FabricEntryPlan {
  static final ImmutableSet<String> TABLES =
      ImmutableSet.of("source_guard", "neighbour", "route", "unsteer", "steer");

  private final VerdictsInForce verdicts;
  private final AddressField field;
  private final Set<Bits> recast;
  private final Stages stages;

  private FabricEntryPlan(Observed observed, Set<Bits> recast, AddressField field, Stages stages) {
    this.verdicts = new VerdictsInForce(observed, field);
    this.field = field;
    this.recast = recast;
    this.stages = stages;
  }

  /**
   * Plans them.
   *
   * @param recast addresses that must be closed meanwhile though their own entries stay
   */
  static void plan(
      Observed observed,
      Map<Entry.Key, Action> desired,
      Set<Bits> recast,
      AddressField field,
      Stages stages) {
    FabricEntryPlan plan = new FabricEntryPlan(observed, recast, field, stages);
    Stream.concat(observed.entries().keySet().stream(), desired.keySet().stream())
        .filter(k -> TABLES.contains(k.table()) && !k.isDefault())
        .distinct()
        .forEach(k -> plan.plan(k, observed.entries().get(k), desired.get(k)));
  }

  private void plan(Entry.Key key, @Nullable Action before, @Nullable Action after) {
    switch (key.table()) {
      case "source_guard" -> guard(key, before, after);
      case "neighbour" -> closeThenOpen(key, "target_address", before, after);
      case "route" -> {
        // Who gets the address next must not inherit the direction of old connections.
        if (before != null && !before.equals(after) && field.isHost(key)) {
          stages.newGeneration();
        }
        closeThenOpen(key, "address", before, after);
      }
      case "steer" -> {
        if (before == null && after != null) {
          stages.insert(metBeforeFlip(key) ? SETTLE : PREPARE, key, after);
        } else {
          replace(key, before, after);
        }
      }
      case "unsteer" -> {
        if (before == null && after != null) {
          stages.insert(PREPARE, key, after);
        } else {
          replace(key, before, after);
        }
      }
      default -> throw new IllegalArgumentException("table " + key.table());
    }
  }

  private static boolean drops(Action action) {
    return action.name().equals("drop_spoofed");
  }

  private void guard(Entry.Key key, @Nullable Action before, @Nullable Action after) {
    boolean same =
        before != null
            && before.equals(after)
            && (drops(before) || !recast.contains(AddressField.value(key, "source_address")));
    if (same) {
      return;
    }
    if (before != null && after != null) {
      if (drops(after)) {
        stages.modify(CLOSE, key, after);
      } else if (drops(before)) {
        stages.modify(OPEN, key, after);
      } else {
        stages.delete(CLOSE, key, before);
        stages.insert(OPEN, key, after);
      }
    } else if (before != null) {
      stages.delete(drops(before) ? OPEN : CLOSE, key, before);
    } else if (after != null) {
      stages.insert(drops(after) ? CLOSE : OPEN, key, after);
    }
  }

  private void closeThenOpen(
      Entry.Key key, String address, @Nullable Action before, @Nullable Action after) {
    if (before != null
        && before.equals(after)
        && !recast.contains(AddressField.value(key, address))) {
      return;
    }
    if (before != null) {
      stages.delete(CLOSE, key, before);
    }
    if (after != null) {
      stages.insert(UNPIN, key, after);
    }
  }

  private void replace(Entry.Key key, @Nullable Action before, @Nullable Action after) {
    if (before == null || before.equals(after)) {
      return;
    }
    if (after == null) {
      stages.delete(SETTLE, key, before);
    } else {
      stages.delete(CLOSE, key, before);
      stages.insert(SETTLE, key, after);
    }
  }

  /**
   * Whether a connection that the old policy steers to the endpoint could take a new way already,
   * and find a listener there that is not its own.
   */
  private boolean metBeforeFlip(Entry.Key steer) {
    return verdicts.steers(AddressField.value(steer, "address"), AddressField.value(steer, "port"));
  }
}
