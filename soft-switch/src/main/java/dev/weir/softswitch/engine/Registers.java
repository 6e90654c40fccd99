package dev.weir.softswitch.engine;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/** A register array: {@code size} cells of {@code width} bits. */
final class Registers implements Comparable<Registers> {
  private final String name;
  private final int id;
  private final int size;
  private final int width;
  final int wordsPerCell;
  final long[] cells;

  /** Held while an action that uses this array runs. */
  final ReentrantLock lock = new ReentrantLock();

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

  BigInteger get(int index) {
    lock.lock();
    try {
      return Words.get(cells, index * wordsPerCell, wordsPerCell, true);
    } finally {
      lock.unlock();
    }
  }

  void set(int index, BigInteger value) {
    lock.lock();
    try {
      Words.put(cells, index * wordsPerCell, wordsPerCell, value);
    } finally {
      lock.unlock();
    }
  }

  void reset() {
    lock.lock();
    try {
      Arrays.fill(cells, 0);
    } finally {
      lock.unlock();
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
