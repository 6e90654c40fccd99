package dev.weir.compiler.validate;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Atoms grouped by equal answers: what is asked of them splits the groups, so that in the end one
 * atom stands for its group in every question asked.
 */
final class Classes {
  private final int[] classOf;
  private int[] hits = {};
  private int[] moved = {};
  private int[] touched = {};
  private final List<Integer> sizes = new ArrayList<>();
  private final List<Integer> representatives = new ArrayList<>();
  private final List<BitSet> members = new ArrayList<>();

  Classes(int atoms) {
    classOf = new int[atoms];
    sizes.add(atoms);
  }

  /** Splits every group into those in {@code column} and those not. */
  void refine(BitSet column) {
    grow();
    int split = sizes.size();
    int touchedGroups = 0;
    for (int a = column.nextSetBit(0); a >= 0; a = column.nextSetBit(a + 1)) {
      int group = classOf[a];
      if (hits[group]++ == 0) {
        touched[touchedGroups++] = group;
      }
    }
    for (int i = 0; i < touchedGroups; i++) {
      int group = touched[i];
      if (hits[group] < sizes.get(group)) {
        moved[group] = sizes.size();
        sizes.set(group, sizes.get(group) - hits[group]);
        sizes.add(hits[group]);
      }
    }
    if (sizes.size() > split) {
      for (int a = column.nextSetBit(0); a >= 0; a = column.nextSetBit(a + 1)) {
        int to = moved[classOf[a]];
        if (to > 0) {
          classOf[a] = to;
        }
      }
    }
    for (int i = 0; i < touchedGroups; i++) {
      hits[touched[i]] = 0;
      moved[touched[i]] = 0;
    }
  }

  /** Has the scratch arrays hold every group that one splitting can lead to. */
  private void grow() {
    if (hits.length < 2 * sizes.size()) {
      hits = new int[4 * sizes.size()];
      moved = new int[4 * sizes.size()];
      touched = new int[4 * sizes.size()];
    }
  }

  /** Ends the splitting. */
  Classes freeze() {
    for (int c = 0; c < sizes.size(); c++) {
      representatives.add(-1);
      members.add(new BitSet());
    }
    for (int a = 0; a < classOf.length; a++) {
      members.get(classOf[a]).set(a);
      if (representatives.get(classOf[a]) < 0) {
        representatives.set(classOf[a], a);
      }
    }
    return this;
  }

  int count() {
    return sizes.size();
  }

  int representative(int group) {
    return representatives.get(group);
  }

  BitSet members(int group) {
    return members.get(group);
  }

  /** The groups in a column that the splitting has seen. */
  BitSet groups(BitSet column) {
    if (column.cardinality() < representatives.size()) {
      return touched(column);
    }
    BitSet groups = new BitSet();
    for (int c = 0; c < representatives.size(); c++) {
      if (column.get(representatives.get(c))) {
        groups.set(c);
      }
    }
    return groups;
  }

  /** The groups that some atom of a column is in. */
  BitSet touched(BitSet column) {
    BitSet groups = new BitSet();
    for (int a = column.nextSetBit(0); a >= 0; a = column.nextSetBit(a + 1)) {
      groups.set(classOf[a]);
    }
    return groups;
  }

  /** The atoms of {@code groups}. */
  BitSet atoms(BitSet groups) {
    BitSet atoms = new BitSet();
    for (int c = groups.nextSetBit(0); c >= 0; c = groups.nextSetBit(c + 1)) {
      atoms.or(members.get(c));
    }
    return atoms;
  }
}
