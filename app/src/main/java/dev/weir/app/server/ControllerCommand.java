package dev.weir.app.server;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code controller}: its subcommands. */
@Command(
    name = "controller",
    mixinStandardHelpOptions = true,
    description = "The controller by itself.",
    subcommands = ControllerRunCommand.class)
public final class ControllerCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "say what to do: run");
  }
}
