package dev.weir.softswitch.engine;

import java.math.BigInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A register array: {@code size} cells of {@code width} bits. */
final class Registers implements Comparable<Registers> {
  private final String name;
  private final int id;
  private final int size;
  private final int width;
  final int wordsPerCell;
  final long[] cells;

  /** Held while an action that uses this array runs, unless its cells have their own. */
  final ReentrantLock lock = new ReentrantLock();

  private @Nullable RowLocks rows;

  Registers(String name, int id, int size, int width) {
    this.name = name;
    this.id = id;
    this.size = size;
    this.width = width;
    this.wordsPerCell = Words.forBits(width);
    this.cells = new long[Math.multiplyExact(size, wordsPerCell)];
  }

  String name() {
    return name;
  }

  int size() {
    return size;
  }

  int width() {
    return width;
  }

  int id() {
    return id;
  }

  /** Cells have locks of their own from now on; called before the first packet. */
  void lockRows(RowLocks locks) {
    rows = locks;
  }

  private ReentrantLock lockOf(int index) {
    RowLocks locks = rows;
    return locks == null ? lock : locks.of(id, index);
  }

  BigInteger get(int index) {
    ReentrantLock held = lockOf(index);
    held.lock();
    try {
      return Words.get(cells, index * wordsPerCell, wordsPerCell, true);
    } finally {
      held.unlock();
    }
  }

  void set(int index, BigInteger value) {
    ReentrantLock held = lockOf(index);
    held.lock();
    try {
      Words.put(cells, index * wordsPerCell, wordsPerCell, value);
    } finally {
      held.unlock();
    }
  }

  @Override
  public int compareTo(Registers other) {
    return Integer.compare(id, other.id);
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return id;
  }
}
