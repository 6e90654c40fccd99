package dev.weir.app.offline;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableSet;
import dev.weir.app.print.Output;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.Counters;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.validate.Certificate;
import dev.weir.compiler.validate.Validator;
import dev.weir.controller.sample.StandardsSample;
import dev.weir.p4runtime.info.Pipeline;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code compile}: what a folder of manifests becomes, without a mesh. */
@Command(
    name = "compile",
    mixinStandardHelpOptions = true,
    description = {
      "Compiles a folder's manifests and proves the result: tables, listeners, reasons, code bits,",
      "certificate. Needs no running mesh. Exit code 1 where the certificate does not hold."
    })
public final class CompileCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Output output = new Output();
  @Mixin private PipelineOption pipelineOption = new PipelineOption();

  @Option(
      names = {"-f", "--filename"},
      required = true,
      paramLabel = "DIR",
      description = "the manifests")
  private Path folder = Path.of(".");

  @Option(
      names = "--traffic",
      paramLabel = "FILE",
      description = "counters: what spills first where not everything fits (docs/offline.md)")
  private @Nullable Path traffic;

  @Override
  public Integer call() {
    Pipeline pipeline = pipelineOption.pipeline();
    Manifests manifests = Manifests.read(folder, List.of());
    Fabric fabric = OfflineFabric.of(manifests.intent(), pipeline, ImmutableSet.of());
    TrafficFile counted =
        traffic == null
            ? new TrafficFile(Counters.NONE, List.of())
            : TrafficFile.read(traffic, manifests.intent());
    Compiled compiled = manifests.compile(fabric, counted.counters());
    Certificate certificate =
        StandardsSample.added(
            Validator.check(manifests.intent(), fabric, compiled.placement()),
            manifests.resources(),
            manifests.intent(),
            fabric,
            compiled.placement(),
            manifests.names());
    ObjectNode report = CompileReport.json(manifests, fabric, compiled, certificate);
    counted
        .unknown()
        .forEach(
            rule -> report.withArrayProperty("notes").add("traffic of an unknown rule: " + rule));
    output.print(report, spec.commandLine().getOut(), text -> CompileReport.print(report, text));
    return certificate.holds() ? 0 : 1;
  }
}
