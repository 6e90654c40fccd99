package dev.weir.app.lab;

import dev.weir.app.Home;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code down}: nothing of the mesh is left. */
@Command(
    name = "down",
    mixinStandardHelpOptions = true,
    description = "Stops the mesh: no process, namespace or interface is left.")
public final class DownCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<String> ended = new Mesh(Home.find()).stop();
    PrintWriter out = spec.commandLine().getOut();
    ended.forEach(each -> out.println("ended " + each));
    out.println(ended.isEmpty() ? "nothing was running" : "the mesh is down");
    out.flush();
    return 0;
  }
}
