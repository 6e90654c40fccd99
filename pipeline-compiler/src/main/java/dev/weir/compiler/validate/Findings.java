package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.validate.Certificate.Fault;
import dev.weir.compiler.validate.Certificate.Obligation;
import dev.weir.compiler.validate.Certificate.Witness;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Gathers what a check finds. */
final class Findings {
  /** More than an operator reads; one is enough to stop. */
  private static final int MOST = 20;

  private final List<Fault> faults = new ArrayList<>();
  private final TreeMap<String, Long> counts = new TreeMap<>();
  private final TreeSet<String> exceptions = new TreeSet<>();

  boolean full() {
    return faults.size() >= MOST;
  }

  boolean isEmpty() {
    return faults.isEmpty();
  }

  void fault(Obligation obligation, String code, String sentence) {
    add(new Fault(obligation, code, sentence, Optional.empty()));
  }

  void fault(Obligation obligation, String code, String sentence, Witness witness) {
    add(new Fault(obligation, code, sentence, Optional.of(witness)));
  }

  private void add(Fault fault) {
    if (!full()) {
      faults.add(fault);
    }
  }

  void count(String what, long more) {
    counts.merge(what, more, Long::sum);
  }

  void exception(String sentence) {
    exceptions.add(sentence);
  }

  Certificate certificate() {
    return new Certificate(
        ImmutableList.copyOf(faults),
        ImmutableSortedMap.copyOf(counts),
        ImmutableList.copyOf(exceptions));
  }
}
