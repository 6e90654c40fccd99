package dev.weir.app;

import picocli.CommandLine;

/** The program. Exit codes: 0 done, 1 failed or refused, 2 called wrongly. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    int code = commandLine().execute(args);
    System.out.flush();
    System.exit(code);
  }

  /** The command line with its error handling; {@link CommandLine#execute} runs it. */
  public static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new WeirCommand());
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setUnmatchedOptionsArePositionalParams(false);
    commandLine.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          if (failure instanceof Failure answer) {
            command.getErr().println("weir: " + answer.getMessage());
          } else {
            failure.printStackTrace(command.getErr());
          }
          command.getErr().flush();
          return CommandLine.ExitCode.SOFTWARE;
        });
    return commandLine;
  }
}
