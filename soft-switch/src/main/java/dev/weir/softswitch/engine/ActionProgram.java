package dev.weir.softswitch.engine;

import java.math.BigInteger;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** An action: its parameters and, in order, what it does. */
public final class ActionProgram {
  /** A step of an action. Answers the index of the next step, or {@link #NEXT}. */
  @FunctionalInterface
  interface Step {
    int run(PacketState s);
  }

  static final int NEXT = -1;

  /** More jumps backwards than this for one packet can only be a loop without end. */
  private static final int MAX_ROUNDS = 1 << 16;

  /**
   * A parameter.
   *
   * @param width bits
   * @param at words from the beginning of the action data
   */
  public record Parameter(String name, int width, int at) {}

  private final String name;
  private final int id;

  /** Its place among the program's actions. */
  final int index;

  private final List<Parameter> parameters;
  private final int dataWords;
  private Step[] steps = {};
  private ReentrantLock[] locks = {};
  private @Nullable SourceInfo source;

  ActionProgram(String name, int id, int index, List<Parameter> parameters) {
    this.name = name;
    this.id = id;
    this.index = index;
    this.parameters = parameters;
    this.dataWords = parameters.stream().mapToInt(p -> Words.forBits(p.width())).sum();
  }

  void define(Step[] body, ReentrantLock[] held, @Nullable SourceInfo where) {
    this.steps = body;
    this.locks = held;
    this.source = where;
  }

  /**
   * Locks single cells, once one of the steps {@code accesses} is reached.
   *
   * @param others the arrays that it still locks whole
   */
  void lockRows(
      RowLocks rows, RowLocks.Cell[] cells, List<Integer> accesses, ReentrantLock[] others) {
    Step[] body = steps.clone();
    for (int at : accesses) {
      Step access = body[at];
      body[at] =
          s -> {
            rows.hold(s, cells);
            return access.run(s);
          };
    }
    steps = body;
    locks = others;
  }

  public String name() {
    return name;
  }

  public int id() {
    return id;
  }

  public List<Parameter> parameters() {
    return parameters;
  }

  @Nullable SourceInfo source() {
    return source;
  }

  /** Action data as words, from a value for each parameter in order. */
  long[] data(List<BigInteger> values) {
    long[] data = new long[dataWords];
    for (int i = 0; i < parameters.size(); i++) {
      Parameter p = parameters.get(i);
      Words.put(data, p.at(), Words.forBits(p.width()), values.get(i));
    }
    return data;
  }

  void run(PacketState s, long[] data) {
    s.args = data;
    if (locks.length == 0) {
      runSteps(s);
      return;
    }
    for (ReentrantLock lock : locks) {
      lock.lock();
    }
    try {
      runSteps(s);
    } finally {
      for (int i = locks.length - 1; i >= 0; i--) {
        locks[i].unlock();
      }
    }
  }

  private void runSteps(PacketState s) {
    Step[] body = steps;
    int i = 0;
    int back = 0;
    while (i < body.length) {
      int next = body[i].run(s);
      if (next == NEXT) {
        i++;
        continue;
      }
      if (next <= i && ++back > MAX_ROUNDS) {
        throw new PacketAbort("action " + name + " loops without end");
      }
      i = next;
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
