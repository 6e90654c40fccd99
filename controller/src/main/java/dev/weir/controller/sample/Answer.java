package dev.weir.controller.sample;

import com.google.common.base.Splitter;
import dev.weir.compiler.encode.Reason;
import dev.weir.compiler.explain.Explanation;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.placement.Placement;
import dev.weir.reference.Decision;
import java.util.List;

/** How a placement's answer to a probe stands to the standards'. */
public enum Answer {
  ALIKE,
  /** Denied where the standards would let something through, and the placement says so. */
  LISTED,
  /** The same, and the placement does not say so. */
  TIGHTER,
  /** Something passes that the standards deny. */
  LOOSER;

  /**
   * Compares two answers to one probe.
   *
   * @param intent that the placement is compiled from
   */
  public static Answer of(
      Decision standards, Explanation explained, Intent intent, Placement placement) {
    Decision.Verdict verdict =
        switch (explained.verdict()) {
          case ALLOW -> Decision.Verdict.ALLOW;
          case DENY -> Decision.Verdict.DENY;
          case CUSTOM -> Decision.Verdict.CUSTOM;
          case DEPENDS -> Decision.Verdict.DEPENDS;
        };
    if (verdict == standards.verdict()) {
      return ALIKE;
    }
    boolean tighter =
        verdict == Decision.Verdict.DENY || standards.verdict() == Decision.Verdict.ALLOW;
    if (!tighter) {
      return LOOSER;
    }
    return isListed(standards, explained, intent, placement) ? LISTED : TIGHTER;
  }

  /**
   * Listed is a denial with the rule that would have allowed, or, where there is no listener, with
   * the rule that steers there; or the rule says it with its reason.
   */
  private static boolean isListed(
      Decision standards, Explanation explained, Intent intent, Placement placement) {
    if (explained.verdict() != Explanation.Verdict.DENY) {
      return false;
    }
    String notSteerable = Reason.NOT_STEERABLE.code();
    boolean unsteerable = explained.why().code().equals(notSteerable);
    if (unsteerable && isDeclared(explained, intent)) {
      return false;
    }
    if (unsteerable && isSaidWithTheReason(explained, placement)) {
      return true;
    }
    List<String> allowing = Splitter.on("; ").omitEmptyStrings().splitToList(standards.rule());
    return placement.exceptions().stream()
        .filter(denied -> unsteerable || !denied.reason().equals(notSteerable))
        .anyMatch(
            denied ->
                explained.rules().contains(denied.rule())
                    || allowing.stream()
                        .anyMatch(rule -> denied.rule().toString().startsWith(rule)));
  }

  private static boolean isSaidWithTheReason(Explanation explained, Placement placement) {
    return placement.rules().stream()
        .filter(rule -> explained.rules().contains(rule.id()))
        .anyMatch(
            rule -> rule.sentence().contains("TCP ports that the pod does not declare are denied"));
  }

  private static boolean isDeclared(Explanation explained, Intent intent) {
    return explained.to().workload().stream()
        .map(intent.workloads()::get)
        .flatMap(workload -> workload.ports().stream())
        .anyMatch(port -> port.protocol() == Protocol.TCP && port.number() == explained.port());
  }
}
