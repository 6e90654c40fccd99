package dev.weir.controller.reconcile;

import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.placement.Placement;
import dev.weir.controller.fabric.FabricSpec;
import dev.weir.p4runtime.PipelineConfig;
import java.util.Optional;

/**
 * What every target is to enforce.
 *
 * @param revision of the store
 * @param onFabric empty until a fabric is given
 */
public record Desired(long revision, Intent intent, Optional<OnFabric> onFabric) {

  /**
   * The intent's placement on a fabric.
   *
   * @param program what the switch is to run
   * @param placement empty where the intent cannot be placed
   * @param problem why it cannot; empty where it can
   */
  public record OnFabric(
      FabricSpec spec,
      PipelineConfig program,
      Fabric fabric,
      Optional<Placement> placement,
      String problem) {}
}
