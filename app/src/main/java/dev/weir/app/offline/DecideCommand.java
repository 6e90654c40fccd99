package dev.weir.app.offline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.app.Failure;
import dev.weir.p4runtime.info.Pipeline;
import dev.weir.reference.Reference;
import dev.weir.reference.ReferenceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code decide}: many questions about one or many folders of manifests, answered offline. */
@Command(
    name = "decide",
    mixinStandardHelpOptions = true,
    description = {
      "Answers probes from the placement that a folder's manifests compile to, or from the",
      "standards' text. Needs no running mesh. Prints JSON."
    })
public final class DecideCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;
  @Mixin private PipelineOption pipelineOption = new PipelineOption();

  @Option(
      names = {"-f", "--filename"},
      required = true,
      paramLabel = "DIR",
      description = "the manifests")
  private Path folder = Path.of(".");

  @Option(names = "--probes", paramLabel = "FILE", description = "a JSON array of probes")
  private @Nullable Path probes;

  @Option(
      names = "--each",
      description = "every subfolder that holds probes.json is a case of its own")
  private boolean each;

  @Option(names = "--reference", description = "decide by the standards' text, without compiling")
  private boolean byReference;

  @Override
  public Integer call() {
    if (each == (probes != null)) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "give either --probes FILE or --each");
    }
    return decide(pipelineOption.pipeline());
  }

  private int decide(Pipeline pipeline) {
    if (probes != null) {
      print(one(folder, probes, pipeline));
      return 0;
    }
    boolean refused = false;
    ObjectNode answers = JsonNodeFactory.instance.objectNode();
    for (Path subfolder : cases()) {
      try {
        answers.set(
            subfolder.getFileName().toString(),
            one(subfolder, subfolder.resolve(Manifests.PROBES), pipeline));
      } catch (Refused e) {
        refused = true;
        answers.set(subfolder.getFileName().toString(), e.toJson());
      }
    }
    print(answers);
    return refused ? 1 : 0;
  }

  private List<Path> cases() {
    if (!Files.isDirectory(folder)) {
      throw new Failure(folder + " is no folder");
    }
    try (Stream<Path> children = Files.list(folder)) {
      List<Path> cases =
          children
              .filter(child -> Files.isRegularFile(child.resolve(Manifests.PROBES)))
              .sorted()
              .toList();
      if (cases.isEmpty()) {
        throw new Failure(folder + " has no subfolder with " + Manifests.PROBES);
      }
      return cases;
    } catch (IOException | UncheckedIOException e) {
      throw new Failure(folder + " cannot be read (" + e + ")", e);
    }
  }

  private JsonNode one(Path manifestFolder, Path probeFile, Pipeline pipeline) {
    Manifests manifests = Manifests.read(manifestFolder, List.of(probeFile));
    Probes asked = Probes.read(probeFile, manifests);
    if (!byReference) {
      return PlacementDecisions.decideAll(manifests, pipeline, asked);
    }
    try {
      return Reference.of(manifests.trees()).decideAll(asked.all());
    } catch (ReferenceException e) {
      throw Refused.of(
          "unknown-to-reference",
          e.path(),
          String.valueOf(e.getMessage()),
          "correct it, or ask without --reference");
    }
  }

  private void print(JsonNode answer) {
    try {
      spec.commandLine()
          .getOut()
          .println(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(answer));
      spec.commandLine().getOut().flush();
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
