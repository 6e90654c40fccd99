package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.Counters;
import dev.weir.compiler.UnplaceableException;
import dev.weir.compiler.codes.Pattern;
import dev.weir.compiler.codes.PortTest;
import dev.weir.compiler.codes.Region;
import dev.weir.compiler.intent.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Makes one layer fit its table: whole policies with the least traffic go to sidecars first. Who
 * went stays, so that placements do not flap: it returns for twice the traffic of who goes in its
 * stead, or into space of which {@link #SLACK} stays free.
 */
final class TableSpace {
  /** One in so many entries is left free by who returns. */
  private static final int SLACK = 16;

  /** So many are tried each by itself; then more at once, since each try encodes the layer. */
  private static final int ONE_BY_ONE = 16;

  private final Rule.Layer layer;
  private final ImmutableList<RuleRegions> rules;
  private final long limit;
  private final Counters counters;
  private final ImmutableSortedSet<String> before;

  /**
   * @param size entries of the table; one is left free, for the plan to close the table by
   * @param before the resources that are spilled already
   */
  TableSpace(
      Rule.Layer layer,
      ImmutableList<RuleRegions> rules,
      long size,
      Counters counters,
      ImmutableSortedSet<String> before) {
    this.before = before;
    this.layer = layer;
    this.rules = rules;
    this.limit = size - 1;
    this.counters = counters;
  }

  /**
   * @param encode rows of the layer, given the resources that spill
   */
  LayerRows fit(Function<ImmutableSet<String>, LayerRows> encode) {
    TreeSet<String> spilled = new TreeSet<>();
    LayerRows rows = encode.apply(ImmutableSet.of());
    Map<String, Long> traffic = traffic();
    List<String> candidates = new ArrayList<>(traffic.keySet());
    candidates.sort(
        Comparator.comparing((String r) -> traffic.getOrDefault(r, 0L))
            .thenComparing(r -> !before.contains(r))
            .thenComparing(Comparator.naturalOrder()));
    long all = before.stream().filter(traffic::containsKey).count();
    int batch = 1;
    int tries = 0;
    for (int next = 0; next < candidates.size(); ) {
      if (rows.rows().size() <= limit(all, spilled)) {
        return rows;
      }
      List<String> some = candidates.subList(next, Math.min(candidates.size(), next + batch));
      spilled.addAll(some);
      LayerRows fewer = encode.apply(ImmutableSet.copyOf(spilled));
      if (batch > 1 && fewer.rows().size() <= limit(all, spilled)) {
        // Fewer may do.
        spilled.removeAll(some);
        batch /= 2;
        continue;
      }
      next += some.size();
      if (fewer.rows().size() < rows.rows().size()) {
        rows = fewer;
      } else {
        spilled.removeAll(some);
      }
      batch = ++tries < ONE_BY_ONE ? 1 : 2 * batch;
    }
    return rows.rows().size() <= limit ? rows : lastResort(rows);
  }

  private long limit(long all, Set<String> spilled) {
    long returning = all - before.stream().filter(spilled::contains).count();
    return returning > 0 ? limit - limit / SLACK : limit;
  }

  /** By resource; of what is spilled already, half. */
  private Map<String, Long> traffic() {
    Map<String, Long> traffic = new TreeMap<>();
    for (RuleRegions regions : rules) {
      Rule.Id id = regions.rule().id();
      traffic.merge(id.resource(), counters.of(id), Long::sum);
    }
    traffic.replaceAll((resource, count) -> before.contains(resource) ? count / 2 : count);
    return traffic;
  }

  private long traffic(PolicyRow row) {
    return row.rules().stream().mapToLong(counters::of).sum();
  }

  /** All TCP to sidecars, and of the rest what fits; what is left out is denied. */
  private LayerRows lastResort(LayerRows rows) {
    if (limit < 2) {
      throw new UnplaceableException(
          "fabric-too-large",
          "a table that holds "
              + (limit + 1)
              + " entries has no room for any of the policies of "
              + layer);
    }
    List<PolicyRow> kept = new ArrayList<>();
    kept.add(ofAll(PortTest.TCP, Priority.SPILL, PolicyRow.SPILL));
    List<PolicyRow> defaults =
        rows.rows().stream()
            .filter(r -> r.priority() < Priority.CLASS)
            .filter(r -> !Regions.authorization(layer) || r.priority() == Priority.BASE)
            .toList();
    // Rows that have an order among themselves go together, or none of them.
    boolean byOrder = rules.stream().anyMatch(r -> admin(r.rule().layer()));
    if (!byOrder && defaults.size() + 1 <= limit) {
      kept.addAll(defaults);
      rows.rows().stream()
          .filter(r -> r.priority() == Priority.RULE)
          .sorted(
              Comparator.comparing(
                      (PolicyRow r) -> r.region().port().protocol() == PortTest.TCP_NUMBER)
                  .thenComparing((PolicyRow r) -> traffic(r), Comparator.reverseOrder()))
          .limit(Math.max(0, limit - kept.size()))
          .forEach(kept::add);
    } else {
      kept.add(ofAll(PortTest.ANY, Priority.BASE, PolicyRow.DENY));
    }
    Map<Rule.Id, Reason> reasons = new HashMap<>(rows.reasons());
    TreeSet<Rule.Id> missing = new TreeSet<>();
    rows.rows().stream().filter(r -> !kept.contains(r)).forEach(r -> missing.addAll(r.rules()));
    kept.stream()
        .filter(r -> r.verdict().equals(PolicyRow.DENY) && r.priority() == Priority.BASE)
        .forEach(r -> missing.addAll(r.rules()));
    missing.forEach(id -> reasons.put(id, Reason.TABLE_FULL));
    return new LayerRows(
        layer,
        PolicyRows.sorted(kept),
        rows.parts(),
        ImmutableMap.copyOf(reasons),
        rules.stream()
            .map(r -> r.rule().id().resource())
            .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder())));
  }

  /** Whether the layer is one of the Admin tier's. */
  static boolean admin(Rule.Layer layer) {
    return switch (layer) {
      case EGRESS_ADMIN, INGRESS_ADMIN -> true;
      case EGRESS,
          EGRESS_BASELINE,
          INGRESS,
          INGRESS_BASELINE,
          AUTHORIZATION_DENY,
          AUTHORIZATION_ALLOW ->
          false;
    };
  }

  private PolicyRow ofAll(PortTest port, int priority, PolicyRow.Verdict verdict) {
    return new PolicyRow(
        new Region(Pattern.ANY, Pattern.ANY, port),
        priority,
        verdict,
        rules.stream()
            .map(r -> r.rule().id())
            .collect(ImmutableSortedSet.toImmutableSortedSet(Rule.Id::compareTo)),
        Reason.TABLE_FULL.code());
  }
}
