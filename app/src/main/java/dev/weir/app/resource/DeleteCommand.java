package dev.weir.app.resource;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weir.app.client.Connection;
import dev.weir.app.print.Output;
import dev.weir.rest.kubernetes.ApiKind;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code delete}: all of them or none. */
@Command(
    name = "delete",
    mixinStandardHelpOptions = true,
    description = {
      "Deletes resources, all or none, and returns when that is in force on every target.",
      "Names them by manifest (-f) or as KIND NAME."
    })
public final class DeleteCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Connection connection = new Connection();
  @Mixin private Output output = new Output();
  @Mixin private InForce inForce = new InForce();

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE|DIR|-",
      description = "a manifest, a folder of them, or the standard input; repeatable")
  private List<String> files = List.of();

  @Option(
      names = {"-n", "--namespace"},
      defaultValue = "default",
      description = "namespace of NAME (default: ${DEFAULT-VALUE})")
  private String namespace = "default";

  @Parameters(index = "0", arity = "0..1", paramLabel = "KIND")
  private @Nullable String kind;

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME")
  private @Nullable String name;

  @Override
  public Integer call() {
    JsonNode report =
        Changes.send(
            connection.client(), "/weir/v1/delete?dryRun=false" + inForce.query(false), named());
    output.print(report, spec.commandLine().getOut(), text -> Changes.print(report, text));
    return Changes.exitCode(report, inForce.waits());
  }

  private Documents named() {
    if (files.isEmpty() == (kind == null)) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "name what to delete: either -f FILE or KIND NAME");
    }
    if (kind == null) {
      return Documents.read(files, System.in);
    }
    if (name == null) {
      throw new CommandLine.ParameterException(spec.commandLine(), "NAME is missing");
    }
    ApiKind of = Kinds.named(kind);
    JsonNode stored = connection.client().get(of.item(namespace, name));
    return new Documents(
        List.of(new Documents.SourceFile("command line", stored.toString().getBytes(UTF_8))));
  }
}
