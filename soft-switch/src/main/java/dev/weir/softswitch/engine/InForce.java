package dev.weir.softswitch.engine;

import java.util.List;

/**
 * What packets meet: the entries of all tables, multicast groups, clone sessions, value sets,
 * counters and meters. Everything that one frame causes meets the same. Single changes are made in
 * place; a batch that must appear at once is made in a {@link Draft}, which then takes the place of
 * the whole.
 */
public final class InForce {
  final TableState[] tables;
  final Replication replication;
  final ValueSet[] valueSets;
  final Counters[] counters;
  final Meters[] meters;

  private InForce(
      TableState[] tables,
      Replication replication,
      ValueSet[] valueSets,
      Counters[] counters,
      Meters[] meters) {
    this.tables = tables;
    this.replication = replication;
    this.valueSets = valueSets;
    this.counters = counters;
    this.meters = meters;
  }

  /** What a program starts with. */
  InForce(List<TableState> tables, Symbols symbols) {
    this(
        tables.toArray(TableState[]::new),
        new Replication(),
        symbols.valueSets.values().toArray(ValueSet[]::new),
        symbols.counters.values().toArray(Counters[]::new),
        symbols.meters.values().toArray(Meters[]::new));
  }

  /** A table's entries. */
  public TableState state(Table table) {
    return tables[table.index()];
  }

  /** Multicast groups and clone sessions. */
  public Replication replication() {
    return replication;
  }

  /** A value set by its index. */
  public ValueSet valueSet(int index) {
    return valueSets[index];
  }

  /** All counter arrays by their indices. */
  public List<Counters> counters() {
    return List.of(counters);
  }

  /** A counter array by its index. */
  public Counters counters(int index) {
    return counters[index];
  }

  /** A meter array by its index. */
  public Meters meters(int index) {
    return meters[index];
  }

  /** The next to be in force: what is asked for is copied when that happens first. */
  public static final class Draft {
    private final InForce from;
    private Replication replication;
    private final TableState[] tables;
    private final ValueSet[] valueSets;
    private final Counters[] counters;
    private final Meters[] meters;

    public Draft(InForce from) {
      this.from = from;
      tables = from.tables.clone();
      replication = from.replication;
      valueSets = from.valueSets.clone();
      counters = from.counters.clone();
      meters = from.meters.clone();
    }

    public TableState state(Table table) {
      int i = table.index();
      if (tables[i] == from.tables[i]) {
        tables[i] = tables[i].copy();
      }
      return tables[i];
    }

    public Replication replication() {
      if (replication == from.replication) {
        replication = replication.copy();
      }
      return replication;
    }

    public ValueSet valueSet(int index) {
      if (valueSets[index] == from.valueSets[index]) {
        valueSets[index] = valueSets[index].copy();
      }
      return valueSets[index];
    }

    public Counters counters(int index) {
      if (counters[index] == from.counters[index]) {
        counters[index] = counters[index].copy();
      }
      return counters[index];
    }

    public Meters meters(int index) {
      if (meters[index] == from.meters[index]) {
        meters[index] = meters[index].copy();
      }
      return meters[index];
    }

    InForce finished() {
      return new InForce(tables, replication, valueSets, counters, meters);
    }
  }
}
