package dev.weir.softswitch.engine;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Locks for single cells of register arrays. A packet takes all that its ingress needs at once, in
 * order, and keeps them until ingress ends: so whatever packets do to registers is as if they came
 * one after the other, and none waits in a circle.
 */
final class RowLocks {
  /** Cells share locks: enough that two packets at a time seldom meet at one. */
  private static final int STRIPES = 1024;

  private final ReentrantLock[] locks = new ReentrantLock[STRIPES];

  RowLocks() {
    for (int i = 0; i < STRIPES; i++) {
      locks[i] = new ReentrantLock();
    }
  }

  /**
   * A cell that an action uses.
   *
   * @param at where its index stands in the packet's words; negative: it is {@code constant}
   */
  record Cell(int array, int at, long constant) {
    long index(long[] w) {
      return (at < 0 ? constant : w[at]) & 0xffffffffL;
    }
  }

  private static int stripe(int array, long index) {
    long h = (index ^ (long) array << 32) * 0x9e3779b97f4a7c15L;
    return (int) (h >>> 40) & STRIPES - 1;
  }

  ReentrantLock of(int array, long index) {
    return locks[stripe(array, index)];
  }

  /** Takes the locks of these cells unless the packet has its locks already. */
  void hold(PacketState s, Cell[] cells) {
    if (s.heldRows != 0) {
      return;
    }
    int[] rows = s.rows;
    int count = 0;
    for (Cell cell : cells) {
      int row = stripe(cell.array, cell.index(s.words));
      int at = count;
      while (at > 0 && rows[at - 1] > row) {
        at--;
      }
      if (at > 0 && rows[at - 1] == row) {
        continue;
      }
      System.arraycopy(rows, at, rows, at + 1, count - at);
      rows[at] = row;
      count++;
    }
    for (int i = 0; i < count; i++) {
      locks[rows[i]].lock();
      s.heldRows = i + 1;
    }
  }

  void release(PacketState s) {
    for (int i = s.heldRows - 1; i >= 0; i--) {
      locks[s.rows[i]].unlock();
    }
    s.heldRows = 0;
  }
}
