package dev.weir.app.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code bench}: its subcommands. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measurements in the running lab.",
    subcommands = OffloadCommand.class)
public final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "say what to measure: offload");
  }
}
