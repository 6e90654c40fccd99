package dev.weir.softswitch.robustness;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs what must end by itself. */
final class Deadline {
  private static final long SECONDS = 60;

  private Deadline() {}

  /** The result of {@code work}; an error with its stack when it has not ended after a minute. */
  static <T> T within(String what, Callable<T> work) throws Exception {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = Thread.ofPlatform().daemon().start(task);
    try {
      return task.get(SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      AssertionError hang = new AssertionError("does not end: " + what);
      hang.setStackTrace(thread.getStackTrace());
      throw hang;
    } catch (ExecutionException e) {
      throw new AssertionError(what + ": " + e.getCause(), e.getCause());
    }
  }
}
