package dev.weir.compiler.resolve;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** A set of port numbers, 0 to 65535. */
final class PortSet {
  private static final int PORTS = 65536;

  /**
   * A run of ports, both ends in it.
   *
   * @param first at least 0
   * @param last at most 65535
   */
  record Range(int first, int last) {
    @Override
    public String toString() {
      return first == last ? "port " + first : "ports " + first + "-" + last;
    }
  }

  private final BitSet ports = new BitSet(PORTS);

  private PortSet() {
    ports.set(0, PORTS);
  }

  static PortSet all() {
    return new PortSet();
  }

  /** Keeps these only; an empty list keeps all. */
  void keep(List<String> numbers) {
    if (!numbers.isEmpty()) {
      ports.and(of(numbers));
    }
  }

  void remove(List<String> numbers) {
    ports.andNot(of(numbers));
  }

  private static BitSet of(List<String> numbers) {
    BitSet set = new BitSet(PORTS);
    numbers.forEach(number -> set.set(Integer.parseInt(number)));
    return set;
  }

  boolean isAll() {
    return ports.cardinality() == PORTS;
  }

  /** Its runs, lowest first. */
  List<Range> ranges() {
    List<Range> ranges = new ArrayList<>();
    for (int first = ports.nextSetBit(0); first >= 0; ) {
      int end = ports.nextClearBit(first);
      ranges.add(new Range(first, end - 1));
      first = ports.nextSetBit(end);
    }
    return ranges;
  }
}
