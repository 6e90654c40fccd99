package dev.weir.compiler;

import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.encode.Encoder;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;

/**
 * Places an intent on a fabric: every decision on the switch that the header settles and the
 * pipeline can express, the rest on sidecars. Pure: equal arguments give equal results.
 */
public final class Compiler {
  private Compiler() {}

  /**
   * Compiles.
   *
   * @param intent every ALLOW rule's selected end is selected by an ISOLATE rule of its layer, as
   *     Kubernetes and Istio have it
   * @param allocation the last compile's, or {@link Allocation#EMPTY}
   * @param counters traffic, for the choice of what to keep where not everything fits
   * @throws UnplaceableException if the pipeline lacks a table that is always needed, or holds
   *     fewer entries than the attachments alone need
   */
  public static Compiled compile(
      Intent intent, Fabric fabric, Allocation allocation, Counters counters) {
    return new Encoder(intent, fabric, allocation, counters).encode();
  }
}
