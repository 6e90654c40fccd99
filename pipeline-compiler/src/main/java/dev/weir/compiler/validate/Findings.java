package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.validate.Certificate.Fault;
import dev.weir.compiler.validate.Certificate.Obligation;
import dev.weir.compiler.validate.Certificate.Witness;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Gathers what a check finds, by what it asks about. */
final class Findings {
  /** More than an operator reads; one is enough to stop. */
  private static final int MOST = 20;

  /** What is asked about, and which, in one epoch. */
  private record Question(int epoch, String what, Object which) {}

  private static final class Answer {
    final List<Fault> faults = new ArrayList<>(1);
    final Set<String> exceptions = new TreeSet<>();
  }

  private final Map<Question, Answer> answers = new LinkedHashMap<>();
  private final TreeMap<String, Long> counts = new TreeMap<>();
  private int epoch;
  private Question now = new Question(0, "", "");
  private int faults;

  /** What is asked from now on is asked about what packets of this epoch meet. */
  void in(int which) {
    epoch = which;
  }

  /** What is found from now on is about this, and what was found about it before is void. */
  void begin(String what, Object which) {
    now = new Question(epoch, what, which);
    Answer before = answers.remove(now);
    faults -= before == null ? 0 : before.faults.size();
  }

  /** What is found from now on is about this, besides what was found about it before. */
  void resume(String what, Object which) {
    now = new Question(epoch, what, which);
  }

  /** Whether nothing that was asked is wrong. */
  boolean clean() {
    return faults == 0;
  }

  boolean full() {
    return faults >= MOST;
  }

  private Answer answer() {
    return answers.computeIfAbsent(now, _ -> new Answer());
  }

  void fault(Obligation obligation, String code, String sentence) {
    add(new Fault(obligation, code, sentence, Optional.empty()));
  }

  void fault(Obligation obligation, String code, String sentence, Witness witness) {
    add(new Fault(obligation, code, sentence, Optional.of(witness)));
  }

  private void add(Fault fault) {
    if (!full()) {
      answer().faults.add(fault);
      faults++;
    }
  }

  void count(String what, long more) {
    counts.merge(what, more, Long::sum);
  }

  void exception(String sentence) {
    answer().exceptions.add(sentence);
  }

  Certificate certificate() {
    Set<String> exceptions = new TreeSet<>();
    answers.values().forEach(a -> exceptions.addAll(a.exceptions));
    return new Certificate(
        answers.values().stream()
            .flatMap(a -> a.faults.stream())
            .collect(ImmutableList.toImmutableList()),
        ImmutableSortedMap.copyOf(counts),
        ImmutableList.copyOf(exceptions),
        ImmutableSortedMap.of());
  }
}
