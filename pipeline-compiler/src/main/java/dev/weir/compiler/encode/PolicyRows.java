package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.codes.Region;
import dev.weir.compiler.intent.Rule;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rows of one table; of equal region and priority there is one, which names the rules of all. */
final class PolicyRows {
  private record Key(Region region, int priority) {}

  private final Map<Key, PolicyRow> rows = new LinkedHashMap<>();

  void add(PolicyRow row) {
    rows.merge(new Key(row.region(), row.priority()), row, PolicyRows::join);
  }

  private static PolicyRow join(PolicyRow a, PolicyRow b) {
    return join(List.of(a, b));
  }

  /**
   * The row of rows that have one region and priority.
   *
   * @throws IllegalStateException if they do not give the same verdict
   */
  static PolicyRow join(List<PolicyRow> rows) {
    PolicyRow first = rows.getFirst();
    ImmutableSortedSet.Builder<Rule.Id> rules = ImmutableSortedSet.naturalOrder();
    String reason = first.reason();
    for (PolicyRow row : rows) {
      if (!row.verdict().equals(first.verdict())) {
        throw new IllegalStateException("two verdicts of one region: " + first + " and " + row);
      }
      rules.addAll(row.rules());
      reason = reason.compareTo(row.reason()) <= 0 ? reason : row.reason();
    }
    return new PolicyRow(first.region(), first.priority(), first.verdict(), rules.build(), reason);
  }

  /** In the order in which they came. */
  ImmutableList<PolicyRow> list() {
    return ImmutableList.copyOf(rows.values());
  }

  /** By falling priority. */
  ImmutableList<PolicyRow> sorted() {
    return sorted(rows.values());
  }

  /** By falling priority. */
  static ImmutableList<PolicyRow> sorted(Iterable<PolicyRow> rows) {
    return ImmutableList.sortedCopyOf(
        Comparator.comparingInt(PolicyRow::priority).reversed(), rows);
  }
}
