package dev.weir.compiler.validate;

import dev.weir.compiler.validate.SwitchEntries.Guard;
import dev.weir.compiler.validate.SwitchEntries.GuardEntry;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which sources enter at which port, by a switch's guard entries: the longest block decides. */
final class GuardModel {
  private final Atoms atoms;
  private final Map<Integer, Map<Integer, GuardEntry>> byPort = new HashMap<>();
  private final Map<Integer, List<Integer>> portsByAtom = new HashMap<>();

  GuardModel(Collection<GuardEntry> entries, Atoms atoms) {
    this.atoms = atoms;
    entries.forEach(this::add);
  }

  void add(GuardEntry entry) {
    int atom = atoms.of(entry.block());
    boolean replaces =
        byPort.computeIfAbsent(entry.port(), _ -> new HashMap<>(2)).put(atom, entry) != null;
    if (!replaces) {
      portsByAtom.computeIfAbsent(atom, _ -> new ArrayList<>(2)).add(entry.port());
    }
  }

  void remove(GuardEntry entry) {
    int atom = atoms.of(entry.block());
    Map<Integer, GuardEntry> here = byPort.get(entry.port());
    List<Integer> ports = portsByAtom.get(atom);
    if (here == null || ports == null || here.remove(atom) == null) {
      return;
    }
    if (here.isEmpty()) {
      byPort.remove(entry.port());
    }
    ports.remove((Integer) entry.port());
    if (ports.isEmpty()) {
      portsByAtom.remove(atom);
    }
  }

  Set<Integer> ports() {
    return new TreeSet<>(byPort.keySet());
  }

  Guard guard(int port, int atom) {
    Map<Integer, GuardEntry> here = byPort.get(port);
    if (here != null && atoms.isLive(atom)) {
      for (int a = atom; a >= 0; a = atoms.parent(a)) {
        GuardEntry entry = here.get(a);
        if (entry != null) {
          return entry.guard();
        }
      }
    }
    return Guard.DROP;
  }

  Collection<GuardEntry> entries(int port) {
    return byPort.getOrDefault(port, Map.of()).values();
  }

  /** The atoms that some entry of the port speaks of. */
  Set<Integer> atoms(int port) {
    Set<Integer> spoken = new TreeSet<>();
    byPort
        .getOrDefault(port, Map.of())
        .values()
        .forEach(
            e -> {
              if (e.block().length() == Word.WIDTH) {
                spoken.add(atoms.of(e.block()));
              } else {
                atoms.range(e.block()).stream().forEach(spoken::add);
              }
            });
    return spoken;
  }

  /** Whether the atom enters at some port. */
  boolean enters(int atom) {
    for (int a = atom; a >= 0; a = atoms.parent(a)) {
      for (int port : portsByAtom.getOrDefault(a, List.of())) {
        if (guard(port, atom) != Guard.DROP) {
          return true;
        }
      }
    }
    return false;
  }

  /** The atoms that enter at some port. */
  BitSet entering() {
    BitSet entering = new BitSet();
    atoms.live().stream().filter(this::enters).forEach(entering::set);
    return entering;
  }
}
