package dev.weir.app.report;

import dev.weir.app.Home;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code test-report}: what the last test run ran on. The launcher calls it. */
@Command(name = "test-report", hidden = true)
public final class TestReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    TestRun run = TestRun.read(Home.find().root());
    PrintWriter out = spec.commandLine().getOut();
    int failed = run.failures().size() + run.unreported().size();
    run.skipped().forEach(test -> out.println("skipped: " + line(test)));
    run.failures().forEach(test -> out.println("FAILED: " + line(test)));
    run.unreported().forEach(name -> out.println("FAILED: " + name + " has no report"));
    out.println(
        "Ran on BMv2: "
            + run.ranOn(TestRun.Target.BMV2)
            + ", on Envoy: "
            + run.ranOn(TestRun.Target.ENVOY)
            + ", on the soft switch: "
            + run.ranOn(TestRun.Target.SOFT_SWITCH));
    out.println(
        run.passed() + " passed, " + failed + " failed, " + run.skipped().size() + " skipped");
    out.flush();
    return failed == 0 && run.passed() > 0 ? 0 : 1;
  }

  private static String line(TestRun.Test test) {
    String name = test.className() + "." + test.name();
    return test.note().isEmpty() ? name : name + ": " + test.note().lines().findFirst().orElse("");
  }
}
