package dev.weir.compiler.validate;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/**
 * The columns of one end: for each question that rules or entries ask of an address, the classes
 * that it takes.
 *
 * @param <Q> questions: selectors, patterns
 * @param <G> groups of what asks
 */
final class Columns<Q, G> {
  /** Answers of classes to questions. */
  interface Answers<Q> {
    /** Takes note of a class that is there for the first time. */
    void born(int group);

    BitSet classes(Q question);

    boolean takes(Q question, int group);

    /** Under which headings a question is found: those of all that it takes are among them. */
    List<?> headings(Q question);

    /** The headings under which questions that take a class are found. */
    Iterable<?> headingsOf(int group);
  }

  private final Answers<Q> answers;
  private final Map<Q, Column<G>> columns = new HashMap<>();
  private final Map<Object, List<Q>> byHeading = new HashMap<>();
  private final List<List<Column<G>>> taking = new ArrayList<>();

  Columns(Answers<Q> answers) {
    this.answers = answers;
  }

  Column<G> column(Q question) {
    Column<G> known = columns.get(question);
    if (known != null) {
      return known;
    }
    Column<G> column = new Column<>(answers.classes(question));
    columns.put(question, column);
    for (Object heading : answers.headings(question)) {
      byHeading.computeIfAbsent(heading, _ -> new ArrayList<>(1)).add(question);
    }
    column.classes().stream().forEach(c -> at(c).add(column));
    return column;
  }

  /** The classes that a question takes, whether or not it was asked before. */
  BitSet classes(Q question) {
    Column<G> known = columns.get(question);
    return known == null ? answers.classes(question) : known.classes();
  }

  private List<Column<G>> at(int group) {
    while (taking.size() <= group) {
      taking.add(new ArrayList<>());
    }
    return taking.get(group);
  }

  /** Answers all questions for a class that is there for the first time. */
  void born(int group) {
    answers.born(group);
    for (Object heading : answers.headingsOf(group)) {
      for (Q question : byHeading.getOrDefault(heading, List.of())) {
        Column<G> column = column(question);
        if (!column.classes().get(group) && answers.takes(question, group)) {
          column.classes().set(group);
          at(group).add(column);
        }
      }
    }
  }

  /** Goes through the groups that ask with a question that takes the class. */
  void each(int group, Consumer<G> visit) {
    for (Column<G> column : at(group)) {
      column.groups().forEach(visit);
    }
  }

  /** Goes through the groups that ask with a question that takes one class and not the other. */
  void apart(int group, int other, Consumer<G> visit) {
    for (Column<G> column : at(group)) {
      if (!column.classes().get(other)) {
        column.groups().forEach(visit);
      }
    }
    for (Column<G> column : at(other)) {
      if (!column.classes().get(group)) {
        column.groups().forEach(visit);
      }
    }
  }

  /** The class that shares a question with another that fewest are taken by; −1 for none. */
  int akin(int group, IntPredicate eligible) {
    return at(group).stream()
        .filter(column -> !column.groups().isEmpty())
        .sorted(Comparator.comparingInt(column -> column.classes().cardinality()))
        .flatMapToInt(column -> column.classes().stream())
        .filter(other -> other != group && eligible.test(other))
        .findFirst()
        .orElse(-1);
  }
}
