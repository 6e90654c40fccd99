package dev.weir.softswitch.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** A counter array: packets and bytes of each cell, as BMv2 always counts both. */
public final class Counters {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private final String name;
  private final int index;
  private final int size;
  private long[] cells;

  /** Cells that were replaced, and so are no longer in {@link #cells}; null: none was. */
  private @Nullable Tally @Nullable [] replaced;

  Counters(String name, int index, int size) {
    this(name, index, size, new long[Math.multiplyExact(size, 2)], null);
  }

  private Counters(
      String name, int index, int size, long[] cells, @Nullable Tally @Nullable [] replaced) {
    this.name = name;
    this.index = index;
    this.size = size;
    this.cells = cells;
    this.replaced = replaced;
  }

  /** A second array of the same cells, in which some can be replaced before it is put in force. */
  Counters copy() {
    return new Counters(name, index, size, cells, replaced == null ? null : replaced.clone());
  }

  public String name() {
    return name;
  }

  /** Its place among the program's counter arrays. */
  public int index() {
    return index;
  }

  public int size() {
    return size;
  }

  private @Nullable Tally replacement(int cell) {
    @Nullable Tally[] tallies = replaced;
    return tallies == null ? null : tallies[cell];
  }

  void count(long cell, int bytes) {
    if (cell < size) {
      int i = (int) cell;
      Tally tally = replacement(i);
      if (tally != null) {
        tally.add(bytes);
        return;
      }
      CELL.getAndAdd(cells, i * 2, 1L);
      CELL.getAndAdd(cells, i * 2 + 1, (long) bytes);
    }
  }

  public long packets(int cell) {
    Tally tally = replacement(cell);
    return tally != null ? tally.packets() : (long) CELL.getVolatile(cells, cell * 2);
  }

  public long bytes(int cell) {
    Tally tally = replacement(cell);
    return tally != null ? tally.bytes() : (long) CELL.getVolatile(cells, cell * 2 + 1);
  }

  /** Sets a cell, for all packets from now on. */
  public void set(int cell, long packets, long bytes) {
    Tally tally = replacement(cell);
    if (tally != null) {
      tally.set(packets, bytes);
      return;
    }
    CELL.setVolatile(cells, cell * 2, packets);
    CELL.setVolatile(cells, cell * 2 + 1, bytes);
  }

  /** In a copy that is not in force: puts a cell with these counts in a cell's place. */
  public void replace(int cell, long packets, long bytes) {
    if (replaced == null) {
      replaced = new Tally[size];
    }
    replaced[cell] = new Tally(packets, bytes);
  }

  /** In a copy that is not in force: replaces all cells. */
  public void replaceAll(long packets, long bytes) {
    cells = new long[size * 2];
    for (int i = 0; i < size; i++) {
      cells[i * 2] = packets;
      cells[i * 2 + 1] = bytes;
    }
    replaced = null;
  }
}
