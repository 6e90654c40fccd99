package dev.weir.compiler.validate;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Rules, or entries, that differ in their sources only.
 *
 * @param <S> what they share
 * @param <T> rules or entries
 */
final class Group<S, T> {
  private final S shape;
  private final Map<Column<Group<S, T>>, List<T>> bySource = new LinkedHashMap<>();
  private @Nullable BitSet union;
  private int unitedAt;

  Group(S shape) {
    this.shape = shape;
  }

  S shape() {
    return shape;
  }

  void add(T member, Column<Group<S, T>> source) {
    bySource
        .computeIfAbsent(
            source,
            column -> {
              column.groups().add(this);
              union = null;
              return new ArrayList<>(1);
            })
        .add(member);
  }

  void remove(T member, Column<Group<S, T>> source) {
    List<T> here = bySource.getOrDefault(source, new ArrayList<>());
    here.remove(member);
    if (here.isEmpty() && bySource.remove(source) != null) {
      source.groups().remove(this);
      union = null;
    }
  }

  boolean isEmpty() {
    return bySource.isEmpty();
  }

  /**
   * The classes of sources that some member takes; not to be changed.
   *
   * @param classes how many there are
   */
  BitSet sources(int classes) {
    if (bySource.size() == 1) {
      return bySource.keySet().iterator().next().classes();
    }
    BitSet known = union;
    if (known == null || unitedAt < classes) {
      known = new BitSet();
      for (Column<Group<S, T>> column : bySource.keySet()) {
        known.or(column.classes());
      }
      union = known;
      unitedAt = classes;
    }
    return known;
  }

  /** Some member; they are alike but for their sources. */
  T first() {
    return bySource.values().iterator().next().getFirst();
  }

  /** The members that take a class of sources. */
  Stream<T> taking(int source) {
    return bySource.entrySet().stream()
        .filter(e -> e.getKey().classes().get(source))
        .flatMap(e -> e.getValue().stream());
  }

  /**
   * The shapes that take one class of sources, at some of the classes of destinations asked about.
   *
   * @param servers the classes of destinations that a group takes
   * @param anywhere a shape without its destinations
   * @return by shape without destinations, all classes of destinations
   */
  static <Q, S, T> Map<S, BitSet> from(
      int source,
      Columns<Q, Group<S, T>> columns,
      BitSet asked,
      Function<Group<S, T>, BitSet> servers,
      UnaryOperator<S> anywhere) {
    Map<S, BitSet> byShape = new LinkedHashMap<>();
    columns.each(
        source,
        group -> {
          BitSet here = servers.apply(group);
          if (here.intersects(asked)) {
            byShape.computeIfAbsent(anywhere.apply(group.shape()), _ -> new BitSet()).or(here);
          }
        });
    return byShape;
  }
}
