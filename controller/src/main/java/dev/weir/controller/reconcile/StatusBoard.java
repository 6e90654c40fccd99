package dev.weir.controller.reconcile;

import com.google.common.collect.ImmutableList;
import dev.weir.controller.TargetStatus;
import dev.weir.controller.TargetStatus.Kind;
import dev.weir.controller.TargetStatuses;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** How far each target has come, for whoever asks or waits. Thread-safe. */
public final class StatusBoard {
  private static final Target FABRIC = new Target(Kind.FABRIC, "fabric");

  private record Target(Kind kind, String name) implements Comparable<Target> {
    @Override
    public int compareTo(Target other) {
      return Comparator.comparing(Target::kind).thenComparing(Target::name).compare(this, other);
    }
  }

  private record Standing(long revision, String lacking) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Target, Standing> standings = new TreeMap<>();

  /** The newest revision after whose attempt nothing more will happen by itself. */
  private long settled;

  public StatusBoard() {
    standings.put(FABRIC, new Standing(0, "no fabric was given yet"));
  }

  /** Makes these the targets; those already known keep their standing. */
  public void targets(String device, Set<String> sidecars) {
    update(
        () -> {
          standings
              .keySet()
              .removeIf(
                  target ->
                      switch (target.kind()) {
                        case FABRIC -> true;
                        case SWITCH -> !target.name().equals(device);
                        case SIDECAR -> !sidecars.contains(target.name());
                      });
          standings.putIfAbsent(new Target(Kind.SWITCH, device), new Standing(0, ""));
          sidecars.forEach(
              name -> standings.putIfAbsent(new Target(Kind.SIDECAR, name), new Standing(0, "")));
        });
  }

  /** The target enforces {@code revision}. */
  void enforces(Kind kind, String name, long revision, String remark) {
    update(() -> standings.put(new Target(kind, name), new Standing(revision, remark)));
  }

  /** What the target lacks; what it enforces is as it was. */
  void lacks(Kind kind, String name, String lacking) {
    update(
        () ->
            standings.compute(
                new Target(kind, name),
                (_, was) -> new Standing(was == null ? 0 : was.revision(), lacking)));
  }

  /** What the target enforces cannot be said. */
  void unknown(Kind kind, String name, String why) {
    update(
        () -> {
          standings.put(new Target(kind, name), new Standing(0, why));
          settled = 0;
        });
  }

  /** Nothing more will happen for {@code revision} unless something outside changes. */
  void settled(long revision) {
    update(() -> settled = Math.max(settled, revision));
  }

  private void update(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** How every target stands with respect to {@code revision}. */
  public TargetStatuses statuses(long revision) {
    lock.lock();
    try {
      ImmutableList.Builder<TargetStatus> statuses = ImmutableList.builder();
      standings.forEach(
          (target, standing) -> {
            boolean inForce = target.kind() != Kind.FABRIC && standing.revision() >= revision;
            String lacking =
                inForce || !standing.lacking().isEmpty()
                    ? standing.lacking()
                    : "it has not been told yet";
            statuses.add(
                new TargetStatus(
                    target.kind(), target.name(), inForce, standing.revision(), lacking));
          });
      return new TargetStatuses(revision, statuses.build());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until every target enforces {@code revision}, nothing more will happen for it by itself,
   * there is no fabric, or {@code timeout} has passed.
   */
  public TargetStatuses await(long revision, Duration timeout) throws InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    lock.lock();
    try {
      while (true) {
        TargetStatuses statuses = statuses(revision);
        long left = end - System.nanoTime();
        if (statuses.inForce()
            || settled >= revision
            || standings.containsKey(FABRIC)
            || left <= 0) {
          return statuses;
        }
        changed.await(left, TimeUnit.NANOSECONDS);
      }
    } finally {
      lock.unlock();
    }
  }
}
