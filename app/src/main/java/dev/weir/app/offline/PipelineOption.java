package dev.weir.app.offline;

import dev.weir.app.Failure;
import dev.weir.controller.device.Programs;
import dev.weir.p4runtime.RefusedException;
import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.p4runtime.info.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
      paramLabel = "NAME|P4INFO",
      defaultValue = "weir",
      description = {
        "what the switch runs (default: ${DEFAULT-VALUE}): weir, weir_basic, weir_compact,",
        "or a file of P4Info in text form"
      })
  private String name = "weir";

  Pipeline pipeline() {
    if (!Programs.NAMES.contains(name)) {
      if (Files.isRegularFile(Path.of(name))) {
        return read(Path.of(name));
      }
      throw new CommandLine.ParameterException(
          spec.commandLine(),
          "no pipeline '"
              + name
              + "'; there are "
              + Programs.NAMES
              + ", and there is no such file of P4Info");
    }
    try {
      return Programs.load(name).pipeline();
    } catch (IOException e) {
      throw new Failure("pipeline " + name + " cannot be read (" + e.getMessage() + ")", e);
    }
  }

  private static Pipeline read(Path file) {
    try {
      return P4InfoReader.readText(file);
    } catch (RefusedException e) {
      throw Refused.of(e.code().text(), e.path(), e.problem(), e.advice());
    }
  }
}
