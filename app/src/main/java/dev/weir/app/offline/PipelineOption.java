package dev.weir.app.offline;

import dev.weir.app.Failure;
import dev.weir.controller.device.Programs;
import dev.weir.p4runtime.info.Pipeline;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The {@code --pipeline} option. */
final class PipelineOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--pipeline",
      paramLabel = "weir|weir_basic",
      defaultValue = "weir",
      description = "what the switch runs (default: ${DEFAULT-VALUE})")
  private String name = "weir";

  Pipeline pipeline() {
    if (!Programs.NAMES.contains(name)) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "no pipeline '" + name + "'; there are " + Programs.NAMES);
    }
    try {
      return Programs.load(name).pipeline();
    } catch (IOException e) {
      throw new Failure("pipeline " + name + " cannot be read (" + e.getMessage() + ")", e);
    }
  }
}
