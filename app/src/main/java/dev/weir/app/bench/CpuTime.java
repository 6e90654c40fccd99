package dev.weir.app.bench;

import dev.weir.app.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Processor time of processes, all their threads, user and system (proc(5), {@code stat}). */
final class CpuTime {
  /** Linux counts in USER_HZ, which is 100 on every architecture that the lab runs on. */
  private static final double MICROS_PER_TICK = 10_000;

  /** Fields behind the command's name: utime is field 14 of the line, stime 15. */
  private static final int UTIME = 14 - 3;

  private static final int STIME = 15 - 3;

  private CpuTime() {}

  /** The sum over {@code pids} so far, in microseconds. */
  static double micros(List<Long> pids) {
    double sum = 0;
    for (long pid : pids) {
      try {
        sum += micros(Files.readString(Path.of("/proc", Long.toString(pid), "stat")));
      } catch (IOException e) {
        throw new Failure("process " + pid + " of the lab is gone (" + e.getMessage() + ")", e);
      }
    }
    return sum;
  }

  static double micros(String stat) {
    // The command's name may hold blanks and brackets; it ends at the last bracket.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME])) * MICROS_PER_TICK;
  }
}
