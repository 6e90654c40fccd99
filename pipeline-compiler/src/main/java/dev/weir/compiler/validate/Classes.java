package dev.weir.compiler.validate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Atoms grouped by their signature: all that is asked of them, so that one atom stands for its
 * class in every question. A class keeps its number, also while nothing is in it.
 */
final class Classes {
  private static final int[] NOBODY = {};

  private final Map<Object, Integer> bySignature = new HashMap<>();
  private final List<int[]> members = new ArrayList<>();
  private final List<Integer> sizes = new ArrayList<>();
  private final BitSet occupied = new BitSet();
  private int[] classOf;

  private Classes(int atoms) {
    classOf = new int[atoms];
    Arrays.fill(classOf, -1);
  }

  /**
   * @param signature equal for atoms that nothing tells apart
   */
  static Classes of(int atoms, IntFunction<Object> signature) {
    Classes classes = new Classes(atoms);
    for (int a = 0; a < atoms; a++) {
      classes.put(a, signature.apply(a));
    }
    return classes;
  }

  static Classes none() {
    return new Classes(0);
  }

  /** Puts an atom into the class of a signature, and takes it out of its former one. */
  int put(int atom, Object signature) {
    int to = bySignature.computeIfAbsent(signature, _ -> added());
    if (atom >= classOf.length) {
      int known = classOf.length;
      classOf = Arrays.copyOf(classOf, Math.max(atom + 1, 2 * known));
      Arrays.fill(classOf, known, classOf.length, -1);
    }
    int from = classOf[atom];
    if (from == to) {
      return to;
    }
    if (from >= 0) {
      remove(from, atom);
    }
    classOf[atom] = to;
    int size = sizes.get(to);
    int[] here = members.get(to);
    if (size == here.length) {
      here = Arrays.copyOf(here, Math.max(1, 2 * size));
      members.set(to, here);
    }
    here[size] = atom;
    sizes.set(to, size + 1);
    occupied.set(to);
    return to;
  }

  private int added() {
    members.add(NOBODY);
    sizes.add(0);
    return members.size() - 1;
  }

  private void remove(int from, int atom) {
    int[] here = members.get(from);
    int last = sizes.get(from) - 1;
    for (int i = 0; i < last; i++) {
      if (here[i] == atom) {
        here[i] = here[last];
        break;
      }
    }
    sizes.set(from, last);
    occupied.set(from, last > 0);
  }

  /** How many classes there are, empty ones included. */
  int count() {
    return members.size();
  }

  /** The classes that hold atoms. */
  BitSet occupied() {
    return occupied;
  }

  /** The class of an atom; −1 while it is in none. */
  int of(int atom) {
    return atom < classOf.length ? classOf[atom] : -1;
  }

  int size(int group) {
    return sizes.get(group);
  }

  int member(int group, int which) {
    return members.get(group)[which];
  }

  int representative(int group) {
    return member(group, 0);
  }

  BitSet members(int group) {
    BitSet atoms = new BitSet();
    for (int i = 0; i < size(group); i++) {
      atoms.set(member(group, i));
    }
    return atoms;
  }

  /** The classes of atoms. */
  BitSet touched(BitSet atoms) {
    BitSet groups = new BitSet();
    for (int a = atoms.nextSetBit(0); a >= 0; a = atoms.nextSetBit(a + 1)) {
      groups.set(classOf[a]);
    }
    return groups;
  }

  /** The atoms of {@code groups}. */
  BitSet atoms(BitSet groups) {
    BitSet atoms = new BitSet();
    for (int c = groups.nextSetBit(0); c >= 0; c = groups.nextSetBit(c + 1)) {
      for (int i = 0; i < size(c); i++) {
        atoms.set(member(c, i));
      }
    }
    return atoms;
  }
}
