package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.codes.Region;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;

/** One direction's chain of policy tiers in one table, for pipelines without one for Admin. */
final class PolicyChain {
  /** Where a row stands: by its Admin row first, 0 below all of them, then by the lower tiers'. */
  private record Place(int admin, int lower) implements Comparable<Place> {
    private static final Comparator<Place> ORDER =
        Comparator.comparingInt(Place::admin).thenComparingInt(Place::lower);

    @Override
    public int compareTo(Place other) {
      return ORDER.compare(this, other);
    }
  }

  private record Placed(Place place, PolicyRow row) {}

  private PolicyChain() {}

  /**
   * The rows of both, each of whose priorities is its rank.
   *
   * @param admin the Admin tier's, by falling priority
   * @param lower what comes after it, by falling priority; some row takes each connection
   */
  static ImmutableList<PolicyRow> merged(
      ImmutableList<PolicyRow> admin, ImmutableList<PolicyRow> lower) {
    if (admin.isEmpty()) {
      return lower;
    }
    List<Placed> all = new ArrayList<>();
    for (int i = 0; i < admin.size(); i++) {
      PolicyRow row = admin.get(i);
      if (!row.verdict().equals(PolicyRow.PASS)) {
        all.add(new Placed(new Place(row.priority(), 0), row));
      } else if (decidesLater(admin.subList(i + 1, admin.size()), row.region())) {
        passed(row, lower, all);
      }
    }
    lower.forEach(row -> all.add(new Placed(new Place(0, row.priority()), row)));
    TreeSet<Place> places = new TreeSet<>();
    all.forEach(each -> places.add(each.place()));
    Map<Place, Integer> ranks = new HashMap<>();
    places.forEach(place -> ranks.put(place, ranks.size() + 1));
    PolicyRows rows = new PolicyRows();
    for (Placed each : all) {
      PolicyRow row = each.row();
      int rank = Objects.requireNonNull(ranks.get(each.place()));
      rows.add(new PolicyRow(row.region(), rank, row.verdict(), row.rules(), row.reason()));
    }
    return rows.sorted();
  }

  private static boolean decidesLater(List<PolicyRow> later, Region region) {
    return later.stream()
        .anyMatch(
            row -> !row.verdict().equals(PolicyRow.PASS) && row.region().and(region).isPresent());
  }

  /** What the lower tiers say of a region that is passed on, above later rows of the Admin tier. */
  private static void passed(PolicyRow pass, ImmutableList<PolicyRow> lower, List<Placed> all) {
    for (PolicyRow row : lower) {
      Optional<Region> both = row.region().and(pass.region());
      if (both.isPresent()) {
        PolicyRow named = row.rules().isEmpty() ? pass : row;
        all.add(
            new Placed(
                new Place(pass.priority(), row.priority()),
                new PolicyRow(
                    both.get(), row.priority(), row.verdict(), named.rules(), row.reason())));
      }
      if (row.region().covers(pass.region())) {
        return;
      }
    }
  }
}
