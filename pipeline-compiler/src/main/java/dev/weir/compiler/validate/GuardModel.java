package dev.weir.compiler.validate;

import dev.weir.compiler.validate.SwitchEntries.Guard;
import dev.weir.compiler.validate.SwitchEntries.GuardEntry;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Which sources enter at which port, by a switch's guard entries. */
final class GuardModel {
  private final Map<Integer, Map<Integer, GuardEntry>> byPort = new HashMap<>();

  private final Atoms atoms;

  GuardModel(SwitchEntries entries, Atoms atoms) {
    this.atoms = atoms;
    entries.guards().stream()
        .collect(Collectors.groupingBy(GuardEntry::port))
        .forEach(this::replace);
  }

  /** Has {@code here} be all the entries of a port. */
  void replace(int port, Collection<GuardEntry> here) {
    Map<Integer, GuardEntry> found = new HashMap<>();
    here.stream()
        .sorted(Comparator.comparing((GuardEntry e) -> e.block().length()))
        .forEach(
            e -> {
              for (int a = atoms.from(e.block()); a < atoms.to(e.block()); a++) {
                if (atoms.live().get(a)) {
                  found.put(a, e);
                }
              }
            });
    byPort.put(port, found);
  }

  Set<Integer> ports() {
    return new TreeSet<>(byPort.keySet());
  }

  Guard guard(int port, int atom) {
    GuardEntry entry = byPort.getOrDefault(port, Map.of()).get(atom);
    return entry == null ? Guard.DROP : entry.guard();
  }

  /** The atoms that some entry of the port speaks of. */
  Set<Integer> atoms(int port) {
    return byPort.getOrDefault(port, Map.of()).keySet();
  }

  /** The atoms that enter at {@code port}. */
  BitSet passing(int port) {
    BitSet passing = new BitSet();
    collectPassing(port, passing);
    return passing;
  }

  /** Adds the atoms that enter at {@code port}. */
  void collectPassing(int port, BitSet passing) {
    byPort
        .getOrDefault(port, Map.of())
        .forEach(
            (atom, entry) -> {
              if (entry.guard() != Guard.DROP) {
                passing.set(atom);
              }
            });
  }
}
