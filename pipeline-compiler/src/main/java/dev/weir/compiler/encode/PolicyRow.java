package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.classes.ResidualClass;
import dev.weir.compiler.codes.Region;
import dev.weir.compiler.intent.Rule;
import java.math.BigInteger;
import java.util.Optional;

/**
 * A policy entry before it is written out.
 *
 * @param priority larger wins; rows of one priority that overlap give the same verdict wherever
 *     they overlap unless a larger one decides there
 */
record PolicyRow(
    Region region,
    int priority,
    Verdict verdict,
    ImmutableSortedSet<Rule.Id> rules,
    String reason) {

  /** What a policy table gives. */
  sealed interface Verdict {
    record Allow() implements Verdict {}

    record Deny() implements Verdict {}

    /** Left to the next table of the chain; in tables of the Admin tier alone. */
    record Pass() implements Verdict {}

    record SteerFull() implements Verdict {}

    record Spill() implements Verdict {}

    record SteerClass(ResidualClass residual, int part) implements Verdict {}
  }

  static final Verdict ALLOW = new Verdict.Allow();
  static final Verdict DENY = new Verdict.Deny();
  static final Verdict PASS = new Verdict.Pass();
  static final Verdict STEER_FULL = new Verdict.SteerFull();
  static final Verdict SPILL = new Verdict.Spill();

  /**
   * The verdict of the row that a connection meets; empty is the table's default, denial.
   *
   * @param rows by falling priority
   */
  static Optional<PolicyRow> lookup(
      ImmutableList<PolicyRow> rows,
      BigInteger source,
      BigInteger destination,
      int protocol,
      int port) {
    return rows.stream()
        .filter(r -> r.region().matches(source, destination, protocol, port))
        .findFirst();
  }
}
