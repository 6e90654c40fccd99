package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.PlacedEntry;

/** What may be denied though the policy allows it: the placement's exceptions, and no more. */
final class Excuses {
  static final String UNDECLARED =
      "Where a rule asks for a request, TCP to ports that no attached workload declares is denied:"
          + " no sidecar stands in there.";

  private final ImmutableSet<Rule.Id> excepted;
  private final ImmutableList<PlacedEntry> entries;
  private final PolicyModel policy;
  private final SwitchModel model;
  private final Findings findings;

  Excuses(Placement placement, PolicyModel policy, SwitchModel model, Findings findings) {
    this.excepted =
        placement.exceptions().stream()
            .map(Placement.Denied::rule)
            .collect(ImmutableSet.toImmutableSet());
    this.entries = placement.entries();
    this.policy = policy;
    this.model = model;
    this.findings = findings;
  }

  /** Whether an exception speaks of the connection: by a rule that takes it, or by an entry. */
  boolean excused(int source, int destination, int atom, int protocol, int port) {
    if (excepted.isEmpty()) {
      return false;
    }
    boolean excused =
        policy.rules(source, destination, atom, protocol, port).stream()
                .anyMatch(r -> excepted.contains(r.id()))
            || model.deciding(source, destination, protocol, port).stream()
                .flatMap(e -> entries.get(e.number()).rules().stream())
                .anyMatch(excepted::contains);
    if (excused) {
      findings.count("excused", 1);
    }
    return excused;
  }
}
