package dev.weir.softswitch.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A counter array: packets and bytes of each cell, as BMv2 always counts both. */
public final class Counters {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private final String name;
  private final int size;
  private final long[] cells;

  Counters(String name, int size) {
    this.name = name;
    this.size = size;
    this.cells = new long[Math.multiplyExact(size, 2)];
  }

  public String name() {
    return name;
  }

  public int size() {
    return size;
  }

  void count(long index, int bytes) {
    if (index < size) {
      CELL.getAndAdd(cells, (int) index * 2, 1L);
      CELL.getAndAdd(cells, (int) index * 2 + 1, (long) bytes);
    }
  }

  public long packets(int index) {
    return (long) CELL.getVolatile(cells, index * 2);
  }

  public long bytes(int index) {
    return (long) CELL.getVolatile(cells, index * 2 + 1);
  }

  public void set(int index, long packets, long bytes) {
    CELL.setVolatile(cells, index * 2, packets);
    CELL.setVolatile(cells, index * 2 + 1, bytes);
  }
}
