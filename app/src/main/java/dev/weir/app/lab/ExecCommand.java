package dev.weir.app.lab;

import dev.weir.app.Failure;
import dev.weir.app.Home;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code exec}: a command inside a workload's namespaces. */
@Command(
    name = "exec",
    mixinStandardHelpOptions = true,
    description = "Runs a command inside a lab workload; its exit code is the command's.",
    customSynopsis = "weir exec WORKLOAD -- COMMAND [ARG...]")
public final class ExecCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "WORKLOAD", description = "namespace/name")
  private String workload = "";

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND")
  private List<String> command = List.of();

  @Override
  public Integer call() throws InterruptedException {
    long pid = LabFile.read(Home.find()).pid(workload);
    List<String> inside = new ArrayList<>(List.of("mnexec", "-a", Long.toString(pid)));
    inside.addAll(command);
    try {
      return new ProcessBuilder(inside).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new Failure(
          "'" + command.getFirst() + "' cannot be run in " + workload + " (" + e.getMessage() + ")",
          e);
    }
  }
}
