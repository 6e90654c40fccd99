package dev.weir.compiler.validate;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The classes that a selector, or an entry's pattern, takes, and what asks with it.
 *
 * @param <G> groups of rules or of entries
 */
final class Column<G> {
  private final BitSet classes;
  private final List<G> groups = new ArrayList<>(1);

  Column(BitSet classes) {
    this.classes = classes;
  }

  BitSet classes() {
    return classes;
  }

  List<G> groups() {
    return groups;
  }
}
