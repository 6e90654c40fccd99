package dev.weir.compiler.validate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Atoms grouped by equal answers: what is asked of them splits the groups, so that in the end one
 * atom stands for its group in every question asked.
 */
final class Classes {
  private final int[] classOf;
  private final List<Integer> sizes = new ArrayList<>();
  private final List<Integer> representatives = new ArrayList<>();
  private final List<BitSet> members = new ArrayList<>();

  Classes(int atoms) {
    classOf = new int[atoms];
    sizes.add(atoms);
  }

  /** Splits every group into those in {@code column} and those not. */
  void refine(BitSet column) {
    int[] hits = new int[sizes.size()];
    for (int a = column.nextSetBit(0); a >= 0; a = column.nextSetBit(a + 1)) {
      hits[classOf[a]]++;
    }
    int[] moved = new int[sizes.size()];
    Arrays.fill(moved, -1);
    for (int a = column.nextSetBit(0); a >= 0; a = column.nextSetBit(a + 1)) {
      int from = classOf[a];
      if (from >= hits.length || hits[from] == sizes.get(from) && moved[from] < 0) {
        continue;
      }
      if (moved[from] < 0) {
        moved[from] = sizes.size();
        sizes.add(0);
        sizes.set(from, sizes.get(from) - hits[from]);
      }
      classOf[a] = moved[from];
      sizes.set(moved[from], sizes.get(moved[from]) + 1);
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
    column.stream().forEach(a -> groups.set(classOf[a]));
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
