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
import dev.weir.compiler.resource.ResourceKey;
import dev.weir.compiler.validate.Certificate;
import dev.weir.compiler.validate.Certificate.Fault;
import dev.weir.compiler.validate.Validator;
import dev.weir.controller.device.Programs;
import dev.weir.controller.fabric.FabricSpec;
import dev.weir.controller.reconcile.Desired;
import dev.weir.controller.reconcile.Desired.OnFabric;
import dev.weir.controller.sample.StandardsSample;
import dev.weir.controller.store.MeshState;
import dev.weir.p4runtime.PipelineConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a state before it is adopted: something to strive for, and the allocation that
 * goes with it.
 */
record Preparation(Desired desired, Allocation allocation) {
  /** The code of a placement that the validator refutes. */
  static final String FAULT = "placement-fault";

  private static final Logger log = LoggerFactory.getLogger(Preparation.class);

  /** What is wanted where nobody can be told of problems: at the start. */
  static Desired ofStored(MeshState state) throws IOException {
    Resolved resolved = resolve(state);
    if (!resolved.problems().isEmpty()) {
      throw new IOException("stored resources are not valid any more: " + resolved.problems());
    }
    try {
      return of(MeshState.EMPTY, state, resolved.intent(), Counters.NONE).desired();
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
   * @param before what was compiled last
   * @param traffic by rule, as far as it is known
   * @throws UnplaceableException if its fabric cannot hold it
   */
  static Preparation of(MeshState before, MeshState state, Intent intent, Counters traffic) {
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
    prove(before, state, intent, fabric, compiled.placement());
    return new Preparation(
        new Desired(
            state.revision(),
            intent,
            Optional.of(
                new OnFabric(spec, program, fabric, Optional.of(compiled.placement()), ""))),
        compiled.allocation());
  }

  /**
   * Every compile is checked: what does not decide as the intent says, or lets pass what the
   * standards' text denies, is not rolled out.
   *
   * @throws UnplaceableException naming a witness
   */
  static void prove(
      MeshState before, MeshState state, Intent intent, Fabric fabric, Placement placement) {
    Certificate proof = Validator.check(intent, fabric, placement);
    if (!proof.holds()) {
      throw new UnplaceableException(
          FAULT,
          "the compiled placement does not decide as the policies say, so it is not rolled out: "
              + proof.faults().getFirst());
    }
    Certificate sampled =
        StandardsSample.added(
            proof,
            state.resources().values().stream().map(StoredResource::resource).toList(),
            intent,
            fabric,
            placement,
            changed(before, state));
    log.info("sampled against the standards' text: {}", sampled.sampled());
    for (Fault fault : sampled.faults()) {
      if (fault.code().equals(StandardsSample.LOOSER)) {
        throw new UnplaceableException(
            fault.code(),
            "the compiled placement lets pass what the standards deny, so it is not rolled out: "
                + fault);
      }
      log.warn("the placement is tighter than the standards and does not say so: {}", fault);
    }
  }

  /** The resources that differ; all where the placement may differ without. */
  private static Set<String> changed(MeshState before, MeshState after) {
    boolean sameResources = before.resources().equals(after.resources());
    Set<ResourceKey> changed = new HashSet<>(after.resources().keySet());
    if (!sameResources && before.fabric().equals(after.fabric())) {
      changed.addAll(before.resources().keySet());
      changed.removeIf(
          key ->
              Optional.ofNullable(before.resources().get(key))
                  .map(StoredResource::resource)
                  .equals(
                      Optional.ofNullable(after.resources().get(key))
                          .map(StoredResource::resource)));
    }
    return changed.stream().map(ResourceKey::toString).collect(Collectors.toSet());
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
