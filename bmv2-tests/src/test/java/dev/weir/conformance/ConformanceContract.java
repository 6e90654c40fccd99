package dev.weir.conformance;

import static org.junit.jupiter.api.Assertions.fail;

import io.grpc.StatusRuntimeException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Every requirement on one target. Where the target's list of differences names one, its test has
 * to fail: a target that begins to conform shows, and the list is put right.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ConformanceContract {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Where an answer is not expected: the list of differences says so. */
  private static final Duration EXPECTING_SILENCE = Duration.ofMillis(500);

  private @Nullable Device shared;

  /** Starts a new device without a program. */
  abstract Device start() throws Exception;

  abstract Differences differences();

  @TestFactory
  Stream<DynamicTest> p4Runtime() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Table.Row row : Table.rows()) {
      tests.add(
          DynamicTest.dynamicTest(
              row.requirement().id() + " " + row.requirement().text(), () -> run(row)));
    }
    return tests.stream();
  }

  private void run(Table.Row row) throws Throwable {
    String reason = differences().reason(row.requirement().id());
    Throwable failure = outcome(row, reason == null ? PATIENCE : EXPECTING_SILENCE);
    if (reason == null) {
      if (failure != null) {
        throw failure;
      }
    } else if (failure == null) {
      fail(
          "It conforms, but is listed as a difference ("
              + reason
              + "): take "
              + row.requirement().id()
              + " off the list.");
    } else if (!(failure instanceof AssertionError || failure instanceof StatusRuntimeException)) {
      throw failure;
    }
  }

  private @Nullable Throwable outcome(Table.Row row, Duration patience) throws Exception {
    boolean fresh = row.requirement().program().isEmpty();
    Requirements test = row.newTest();
    Device own = fresh ? start() : null;
    try {
      if (own != null) {
        test.begin(own, "", patience);
      } else {
        test = begin(test, row, patience);
      }
      Method method = row.method();
      method.setAccessible(true);
      method.invoke(test);
      return null;
    } catch (InvocationTargetException e) {
      return e.getCause();
    } catch (AssertionError | StatusRuntimeException e) {
      // The program itself is refused, say.
      return e;
    } finally {
      test.end();
      if (own != null) {
        own.close();
      }
    }
  }

  /** A device that the test before has left in a bad way is not used again. */
  private Requirements begin(Requirements test, Table.Row row, Duration patience) throws Exception {
    try {
      test.begin(device(), row.requirement().program(), patience);
      return test;
    } catch (AssertionError | StatusRuntimeException e) {
      test.end();
      stop();
      Requirements again = row.newTest();
      again.begin(device(), row.requirement().program(), patience);
      return again;
    }
  }

  private Device device() throws Exception {
    Device device = shared;
    if (device == null) {
      device = start();
      shared = device;
    }
    return device;
  }

  @AfterAll
  void stop() {
    Device device = shared;
    if (device != null) {
      device.close();
      shared = null;
    }
  }
}
