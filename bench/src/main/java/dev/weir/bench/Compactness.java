// SPDX-License-Identifier: Apache-2.0
package dev.weir.bench;

import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.placement.Placement;

/**
 * How many entries policies take.
 *
 * @param rules of the intent
 * @param entries in the policy tables
 * @param headerRules rules that the header decides, default denials among them
 * @param headerEntries entries of these
 * @param sourceBits width of a source's code, and of a destination's
 */
record Compactness(
    int workloads,
    int rules,
    long entries,
    long headerRules,
    long headerEntries,
    IdentityPairs pairs,
    int sourceBits,
    int destinationBits) {
  private static final ImmutableSet<String> DECIDED =
      ImmutableSet.of("header-decidable", "default-denial");

  static Compactness of(Intent intent, Compiled compiled) {
    Placement placement = compiled.placement();
    return new Compactness(
        intent.workloads().size(),
        intent.rules().size(),
        placement.entries().stream().filter(Compactness::policy).count(),
        placement.rules().stream().filter(r -> DECIDED.contains(r.reason())).count(),
        placement.entries().stream().filter(e -> policy(e) && DECIDED.contains(e.reason())).count(),
        IdentityPairs.of(intent),
        bits(compiled, "source"),
        bits(compiled, "destination"));
  }

  private static boolean policy(Placement.PlacedEntry entry) {
    String table = entry.entry().table();
    return table.endsWith("_policy") || table.startsWith("authorization_");
  }

  private static int bits(Compiled compiled, String side) {
    return compiled.allocation().book(side).columns().values().stream()
        .mapToInt(c -> c.bits().size())
        .sum();
  }

  double perRule() {
    return (double) headerEntries / Math.max(1, headerRules);
  }

  double gain() {
    return (double) pairs.perEndpoint() / Math.max(1, entries);
  }
}
