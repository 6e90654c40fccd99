package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.change.PlacementChange;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.p4runtime.entry.Entry;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/** What may be denied though the policy allows it: the placement's exceptions, and no more. */
final class Excuses {
  static final String UNDECLARED =
      "Where a rule asks for a request, TCP to ports that no attached workload declares is denied:"
          + " no sidecar stands in there.";

  /** What speaks of ways to sidecars alone, or of another family: no rule is denied as such. */
  private static final ImmutableSet<String> NARROW = ImmutableSet.of("not-steerable", "no-ipv6");

  /** Endpoints that the listener ports of one address are surely enough for. */
  private static final long ENDPOINTS_PER_SIDECAR = 300;

  private final ImmutableSet<Rule.Id> excepted;
  private final ImmutableSet<Rule.Id> notSteerable;
  private final Map<Entry.Key, ImmutableList<Rule.Id>> provenance = new HashMap<>();
  private final PolicyModel policy;
  private final SwitchModel model;
  private final Directory directory;
  private final Findings findings;

  Excuses(
      Placement placement,
      PolicyModel policy,
      SwitchModel model,
      Directory directory,
      Findings findings) {
    this.excepted = rules(placement, r -> !NARROW.contains(r));
    this.notSteerable = rules(placement, "not-steerable"::equals);
    placement.entries().stream()
        .filter(e -> !e.rules().isEmpty())
        .forEach(e -> provenance.put(e.entry().key(), e.rules()));
    this.policy = policy;
    this.model = model;
    this.directory = directory;
    this.findings = findings;
  }

  /** Takes note of entries that come and go; the exceptions stay. */
  void apply(PlacementChange placed) {
    placed.removed().forEach(provenance::remove);
    placed.put().forEach(e -> provenance.put(e.entry().key(), e.rules()));
  }

  /** Whether it matters how many of a sidecar's ports are taken. */
  boolean countPorts() {
    return !notSteerable.isEmpty();
  }

  private static ImmutableSet<Rule.Id> rules(Placement placement, Predicate<String> reasons) {
    return placement.exceptions().stream()
        .filter(e -> reasons.test(e.reason()))
        .map(Placement.Denied::rule)
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Whether an exception speaks of the connection: by a rule that takes it, or by an entry. */
  boolean excused(int source, int destination, int atom, int protocol, int port) {
    return excused(excepted, source, destination, atom, protocol, port);
  }

  /**
   * As {@link #excused}, where the connection is steered and nothing stands in for its server.
   *
   * @param address of the server
   */
  boolean unsteered(
      int source, int destination, int atom, BigInteger address, int protocol, int port) {
    return !standsIn(address) && excused(notSteerable, source, destination, atom, protocol, port);
  }

  private boolean excused(
      ImmutableSet<Rule.Id> rules, int source, int destination, int atom, int protocol, int port) {
    if (rules.isEmpty()) {
      return false;
    }
    boolean excused =
        policy.rules(source, destination, atom, protocol, port).stream()
                .anyMatch(r -> rules.contains(r.id()))
            || model.deciding(source, destination, protocol, port).stream()
                .flatMap(e -> provenance.getOrDefault(e.entry().key(), ImmutableList.of()).stream())
                .anyMatch(rules::contains);
    if (excused) {
      findings.count("excused", 1);
    }
    return excused;
  }

  /** Whether the attachment's sidecar has an address of the server's family, and ports left. */
  private boolean standsIn(BigInteger server) {
    if (!(directory.attached().get(server) instanceof Attachment.WorkloadPort at)) {
      return false;
    }
    IpAddress.Family family = Block.address(server).family();
    return directory.sidecar(at.sidecar()).stream()
        .flatMap(s -> s.addresses().stream())
        .filter(a -> a.family() == family && directory.attached().containsKey(a.mapped()))
        .anyMatch(a -> model.steersTo(a.mapped()) < ENDPOINTS_PER_SIDECAR);
  }
}
