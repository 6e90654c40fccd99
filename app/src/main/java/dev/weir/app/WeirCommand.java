package dev.weir.app;

import dev.weir.app.bench.BenchCommand;
import dev.weir.app.insight.CountersCommand;
import dev.weir.app.insight.ExplainCommand;
import dev.weir.app.insight.PlacementCommand;
import dev.weir.app.insight.StatusCommand;
import dev.weir.app.lab.DownCommand;
import dev.weir.app.lab.ExecCommand;
import dev.weir.app.lab.UpCommand;
import dev.weir.app.offline.CompileCommand;
import dev.weir.app.offline.DecideCommand;
import dev.weir.app.offline.DiffCommand;
import dev.weir.app.report.TestReportCommand;
import dev.weir.app.resource.ApplyCommand;
import dev.weir.app.resource.DeleteCommand;
import dev.weir.app.resource.GetCommand;
import dev.weir.app.server.ControllerCommand;
import dev.weir.softswitch.SoftSwitchCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The root command. */
@Command(
    name = "weir",
    mixinStandardHelpOptions = true,
    version = "weir 0.1.0",
    description = "A service mesh that runs each policy decision in the switch where it can.",
    subcommands = {
      UpCommand.class,
      DownCommand.class,
      ApplyCommand.class,
      GetCommand.class,
      DeleteCommand.class,
      ExecCommand.class,
      ExplainCommand.class,
      PlacementCommand.class,
      StatusCommand.class,
      CountersCommand.class,
      CompileCommand.class,
      DecideCommand.class,
      DiffCommand.class,
      SoftSwitchCommand.class,
      BenchCommand.class,
      ControllerCommand.class,
      TestReportCommand.class,
      WarmUpCommand.class,
    },
    footer = {
      "",
      "Also: ./weir test [--long] runs all tests.",
      "Exit codes: 0 done, 1 failed or refused, 2 called wrongly."
    })
final class WeirCommand implements Runnable {
  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "say what to do");
  }
}
