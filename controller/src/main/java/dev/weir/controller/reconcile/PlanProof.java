package dev.weir.controller.reconcile;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Step;
import dev.weir.compiler.plan.Observed;
import dev.weir.compiler.validate.Certificate;
import dev.weir.compiler.validate.Certificate.Fault;
import dev.weir.compiler.validate.Validator;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the validator walk a write plan before any of it is written. */
final class PlanProof {
  /** Tighter than both versions for a moment: worth a word, not worth keeping the old policy. */
  private static final String DROPS = "step-drops";

  /** Updates times entries; the walk looks at every entry anew after most updates. */
  private static final long MOST_WORK = 20_000;

  private static final Logger log = LoggerFactory.getLogger(PlanProof.class);

  private PlanProof() {}

  /**
   * Why the plan must not be carried out; empty where it may be.
   *
   * @param before what the switch and the sidecars were last brought to
   */
  static Optional<String> refusal(
      Intent intent,
      Fabric fabric,
      Observed observed,
      ImmutableList<Step> steps,
      Placement before,
      Placement after) {
    long updates = 0;
    for (Step step : steps) {
      updates +=
          switch (step) {
            case Step.WriteSwitch(String _, var list) -> list.size();
            case Step.ConfigureSidecars(String _, var configurations) -> configurations.size();
            case Step.Await _ -> 0;
          };
    }
    if (updates == 0) {
      return Optional.empty();
    }
    if (updates * Math.max(1, after.entries().size()) > MOST_WORK) {
      log.info("a plan of {} updates is too large to be walked before it is written", updates);
      return Optional.empty();
    }
    long start = System.nanoTime();
    Certificate certificate = Validator.checkPlan(intent, fabric, observed, steps, before, after);
    log.info(
        "walked a plan of {} updates in {} ms", updates, (System.nanoTime() - start) / 1_000_000);
    Optional<Fault> grave =
        certificate.faults().stream().filter(fault -> !fault.code().equals(DROPS)).findFirst();
    if (grave.isEmpty()) {
      certificate
          .faults()
          .forEach(fault -> log.warn("the plan is tighter for a moment: {}", fault));
    }
    return grave.map(fault -> fault.code() + ": " + fault.sentence() + " " + fault.witness());
  }
}
