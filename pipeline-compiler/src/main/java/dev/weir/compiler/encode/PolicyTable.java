// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import dev.weir.compiler.codes.Pattern;
import dev.weir.compiler.codes.PortTest;
import dev.weir.compiler.codes.Region;
import dev.weir.compiler.intent.Rule;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One policy table's rows as rules and classes give them and take them back. */
final class PolicyTable {
  private record Key(Region region, int priority) {}

  /** What is given for one key, and the row that it comes to. */
  private static final class Cell {
    final List<PolicyRow> given = new ArrayList<>();
    @Nullable PolicyRow row;
  }

  /** What a key had and has. */
  record Difference(Optional<PolicyRow> before, Optional<PolicyRow> after) {}

  /**
   * Rows that a rule takes part in.
   *
   * @param more those that do more than deny
   */
  record Uses(int rows, int more) {
    static final Uses NONE = new Uses(0, 0);
  }

  /** Rows by what they ask of one side's code. */
  private static final class Index {
    private final Function<Region, Pattern> side;
    private final Map<BigInteger, Map<BigInteger, Set<PolicyRow>>> byMask = new HashMap<>();

    Index(Function<Region, Pattern> side) {
      this.side = side;
    }

    void add(PolicyRow row) {
      Pattern pattern = side.apply(row.region());
      byMask
          .computeIfAbsent(pattern.mask(), _ -> new HashMap<>())
          .computeIfAbsent(pattern.value(), _ -> new LinkedHashSet<>())
          .add(row);
    }

    void remove(PolicyRow row) {
      Pattern pattern = side.apply(row.region());
      byMask.computeIfPresent(
          pattern.mask(),
          (_, byValue) -> {
            byValue.computeIfPresent(
                pattern.value(),
                (_, rows) -> {
                  rows.remove(row);
                  return rows.isEmpty() ? null : rows;
                });
            return byValue.isEmpty() ? null : byValue;
          });
    }

    List<PolicyRow> of(BigInteger code) {
      List<PolicyRow> found = new ArrayList<>();
      byMask.forEach(
          (mask, byValue) -> found.addAll(byValue.getOrDefault(code.and(mask), Set.of())));
      return found;
    }
  }

  private final Map<Key, Cell> cells = new HashMap<>();
  private Set<Key> dirty = new LinkedHashSet<>();
  private final Index byDestination = new Index(Region::destination);
  private final Index bySource = new Index(Region::source);
  private final Map<Rule.Id, Uses> uses = new HashMap<>();
  private int size;

  void add(PolicyRow row) {
    Key key = new Key(row.region(), row.priority());
    cells.computeIfAbsent(key, _ -> new Cell()).given.add(row);
    dirty.add(key);
  }

  /** Takes back one row that was added. */
  void remove(PolicyRow row) {
    Key key = new Key(row.region(), row.priority());
    Cell cell = cells.get(key);
    if (cell == null || !cell.given.remove(row)) {
      throw new IllegalArgumentException("never added: " + row);
    }
    dirty.add(key);
  }

  void addAll(Collection<PolicyRow> rows) {
    rows.forEach(this::add);
  }

  void removeAll(Collection<PolicyRow> rows) {
    rows.forEach(this::remove);
  }

  /** What differs since this was last asked. */
  List<Difference> settle() {
    List<Difference> differences = new ArrayList<>();
    for (Key key : dirty) {
      Cell cell = cells.get(key);
      if (cell == null) {
        continue;
      }
      PolicyRow before = cell.row;
      PolicyRow after = joined(cell.given);
      if (after == null) {
        cells.remove(key);
      }
      if (before == null ? after == null : before.equals(after)) {
        continue;
      }
      cell.row = after;
      if (before != null) {
        count(before, -1);
        byDestination.remove(before);
        bySource.remove(before);
      }
      if (after != null) {
        count(after, 1);
        byDestination.add(after);
        bySource.add(after);
      }
      differences.add(new Difference(Optional.ofNullable(before), Optional.ofNullable(after)));
    }
    dirty = new LinkedHashSet<>();
    return differences;
  }

  private static @Nullable PolicyRow joined(List<PolicyRow> given) {
    return switch (given.size()) {
      case 0 -> null;
      case 1 -> given.getFirst();
      default -> PolicyRows.join(given);
    };
  }

  private void count(PolicyRow row, int by) {
    size += by;
    int more = row.verdict().equals(PolicyRow.DENY) ? 0 : by;
    for (Rule.Id rule : row.rules()) {
      uses.compute(
          rule,
          (_, old) -> {
            Uses was = old == null ? Uses.NONE : old;
            Uses now = new Uses(was.rows + by, was.more + more);
            return now.rows == 0 ? null : now;
          });
    }
  }

  int size() {
    return size;
  }

  Uses uses(Rule.Id rule) {
    return uses.getOrDefault(rule, Uses.NONE);
  }

  /** Rows that take some TCP port of a destination, by falling priority. */
  List<PolicyRow> tcp(BigInteger destination) {
    List<PolicyRow> found = byDestination.of(destination);
    found.removeIf(row -> row.region().port().and(PortTest.TCP).isEmpty());
    found.sort(Comparator.comparingInt(PolicyRow::priority).reversed());
    return found;
  }

  /** Rows that ask something of sources and take this one. */
  List<PolicyRow> from(BigInteger source) {
    List<PolicyRow> found = bySource.of(source);
    found.removeIf(row -> row.region().source().mask().signum() == 0);
    return found;
  }
}
