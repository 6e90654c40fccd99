package dev.weir.app.offline;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.weir.app.print.Output;
import dev.weir.compiler.validate.Comparison;
import dev.weir.compiler.validate.Difference;
import dev.weir.p4runtime.info.Pipeline;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code diff}: what a change of manifests would change, without a mesh. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    description = {
      "Shows what the second folder's manifests allow or deny that the first's do not: all of it, each",
      "with a witness. Needs no running mesh. Exit code 0 where nothing differs, 1 where something",
      "does, 2 where the manifests are refused."
    })
public final class DiffCommand implements Callable<Integer> {
  private static final int REFUSED = 2;

  @Spec private CommandSpec spec;
  @Mixin private Output output = new Output();
  @Mixin private PipelineOption pipelineOption = new PipelineOption();

  @Option(
      names = {"-f", "--filename"},
      required = true,
      paramLabel = "DIR",
      description = "the manifests as they are and, given a second time, as they would be")
  private List<Path> folders = List.of();

  @Override
  public Integer call() {
    if (folders.size() != 2) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "give two folders: -f OLD -f NEW");
    }
    try {
      return diff();
    } catch (Refused e) {
      spec.commandLine().getErr().println("weir: " + e.getMessage());
      spec.commandLine().getErr().flush();
      return REFUSED;
    }
  }

  private int diff() {
    Pipeline pipeline = pipelineOption.pipeline();
    List<Manifests> both = Manifests.readTogether(folders);
    Manifests before = both.getFirst();
    Manifests after = both.getLast();
    ImmutableList<Difference> differences =
        Comparison.between(before.intent(), after.intent(), pipeline);
    ObjectNode report = DiffReport.json(differences, before, after, pipeline);
    output.print(report, spec.commandLine().getOut(), text -> DiffReport.print(report, text));
    return differences.isEmpty() ? 0 : 1;
  }
}
