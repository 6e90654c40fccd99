package dev.weir.controller;

import dev.weir.compiler.Compiled;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.UnplaceableException;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.envoy.EnvoyResources;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.resolve.Resolved;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.validate.Certificate;
import dev.weir.compiler.validate.Validator;
import dev.weir.controller.device.Programs;
import dev.weir.controller.fabric.FabricSpec;
import dev.weir.controller.reconcile.Desired;
import dev.weir.controller.reconcile.Desired.OnFabric;
import dev.weir.controller.store.MeshState;
import dev.weir.p4runtime.PipelineConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * What becomes of a state before it is adopted: something to strive for, and the allocation that
 * goes with it.
 */
record Preparation(Desired desired, Allocation allocation) {
  /** The code of a placement that the validator refutes. */
  static final String FAULT = "placement-fault";

  /** What is wanted where nobody can be told of problems: at the start. */
  static Desired ofStored(MeshState state) throws IOException {
    Resolved resolved = resolve(state);
    if (!resolved.problems().isEmpty()) {
      throw new IOException("stored resources are not valid any more: " + resolved.problems());
    }
    try {
      return of(state, resolved.intent(), Counters.NONE).desired();
    } catch (UnplaceableException e) {
      return unplaceable(state, resolved.intent(), e);
    }
  }

  /** The intent of a state's resources, or their problems. */
  static Resolved resolve(MeshState state) {
    return Resolver.resolve(
        state.resources().values().stream().map(StoredResource::resource).toList());
  }

  /**
   * Compiles {@code state}.
   *
   * @param traffic by rule, as far as it is known
   * @throws UnplaceableException if its fabric cannot hold it
   */
  static Preparation of(MeshState state, Intent intent, Counters traffic) {
    if (state.fabric().isEmpty()) {
      return new Preparation(
          new Desired(state.revision(), intent, Optional.empty()), state.allocation());
    }
    FabricSpec spec = state.fabric().get();
    PipelineConfig program = program(spec);
    Fabric fabric = spec.fabric(program.pipeline());
    Compiled compiled = Compiler.compile(intent, fabric, state.allocation(), traffic);
    // What Envoy could not be told must fail here, before anything is stored.
    compiled.placement().sidecars().values().forEach(EnvoyResources::of);
    prove(intent, fabric, compiled.placement());
    return new Preparation(
        new Desired(
            state.revision(),
            intent,
            Optional.of(
                new OnFabric(spec, program, fabric, Optional.of(compiled.placement()), ""))),
        compiled.allocation());
  }

  /** Every compile is checked: what does not decide as the intent says is not rolled out. */
  private static void prove(Intent intent, Fabric fabric, Placement placement) {
    Certificate certificate = Validator.check(intent, fabric, placement);
    if (!certificate.holds()) {
      throw new UnplaceableException(
          FAULT,
          "the compiled placement does not decide as the policies say, so it is not rolled out: "
              + certificate.faults().getFirst());
    }
  }

  private static Desired unplaceable(MeshState state, Intent intent, UnplaceableException e) {
    FabricSpec spec = state.fabric().orElseThrow(() -> e);
    PipelineConfig program = program(spec);
    return new Desired(
        state.revision(),
        intent,
        Optional.of(
            new OnFabric(
                spec,
                program,
                spec.fabric(program.pipeline()),
                Optional.empty(),
                e.code() + ": " + e.getMessage())));
  }

  private static PipelineConfig program(FabricSpec spec) {
    try {
      return Programs.load(spec.device().pipeline());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
