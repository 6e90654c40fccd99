package dev.weir.app.resource;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weir.app.client.Connection;
import dev.weir.app.print.Output;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code apply}: all documents or none. */
@Command(
    name = "apply",
    mixinStandardHelpOptions = true,
    description = {
      "Applies manifests, all or none, and returns when they are in force on every target.",
      "Exit code 1 when they are refused, or not in force in time."
    })
public final class ApplyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Connection connection = new Connection();
  @Mixin private Output output = new Output();
  @Mixin private InForce inForce = new InForce();

  @Option(
      names = {"-f", "--filename"},
      required = true,
      paramLabel = "FILE|DIR|-",
      description = "a manifest, a folder of them, or the standard input; repeatable")
  private List<String> names = List.of();

  @Option(names = "--dry-run", description = "check and compile, change nothing")
  private boolean dryRun;

  @Override
  public Integer call() {
    Documents documents = Documents.read(names, System.in);
    JsonNode report =
        Changes.send(
            connection.client(),
            "/weir/v1/apply?dryRun=" + dryRun + inForce.query(dryRun),
            documents);
    PrintWriter out = spec.commandLine().getOut();
    output.print(report, out, text -> Changes.print(report, text));
    return Changes.exitCode(report, inForce.waits() && !dryRun);
  }
}
