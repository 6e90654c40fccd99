package dev.weir.app.resource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.weir.app.client.Connection;
import dev.weir.app.print.Output;
import dev.weir.app.print.TextTable;
import dev.weir.rest.kubernetes.ApiKind;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code get}: one resource, or those of one kind. */
@Command(
    name = "get",
    mixinStandardHelpOptions = true,
    description = "Shows resources as they were applied.")
public final class GetCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Connection connection = new Connection();
  @Mixin private Output output = new Output();

  @Parameters(index = "0", paramLabel = "KIND", description = "pods, networkpolicies, …")
  private String kind = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME")
  private @Nullable String name;

  @Option(
      names = {"-n", "--namespace"},
      defaultValue = "default",
      description = "namespace (default: ${DEFAULT-VALUE})")
  private String namespace = "default";

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "of all namespaces")
  private boolean allNamespaces;

  @Override
  public Integer call() {
    ApiKind of = Kinds.named(kind);
    JsonNode result =
        connection
            .client()
            .get(
                name == null
                    ? of.collection(allNamespaces ? Optional.empty() : Optional.of(namespace))
                    : of.item(namespace, name));
    output.print(
        result, spec.commandLine().getOut(), text -> table(of, items(result), Instant.now(), text));
    return 0;
  }

  private static ArrayNode items(JsonNode result) {
    return result.path("items") instanceof ArrayNode list
        ? list
        : new ObjectMapper().createArrayNode().add(result);
  }

  private static void table(ApiKind kind, ArrayNode items, Instant now, PrintWriter out) {
    if (items.isEmpty()) {
      out.println("none");
      return;
    }
    List<String> header = new ArrayList<>();
    if (kind.namespaced()) {
      header.add("NAMESPACE");
    }
    header.add("NAME");
    if (kind == ApiKind.POD) {
      header.add("ADDRESS");
    }
    header.add("AGE");
    TextTable table = new TextTable(header);
    for (JsonNode item : items) {
      JsonNode metadata = item.path("metadata");
      List<String> row = new ArrayList<>();
      if (kind.namespaced()) {
        row.add(metadata.path("namespace").asText());
      }
      row.add(metadata.path("name").asText());
      if (kind == ApiKind.POD) {
        row.add(item.path("status").path("podIP").asText("-"));
      }
      row.add(age(metadata.path("creationTimestamp").asText(), now));
      table.add(row);
    }
    table.print(out);
  }

  private static String age(String created, Instant now) {
    try {
      Duration age = Duration.between(Instant.parse(created), now);
      return age.toHours() > 0
          ? age.toHours() + "h" + age.toMinutesPart() + "m"
          : age.toMinutes() > 0
              ? age.toMinutes() + "m" + age.toSecondsPart() + "s"
              : age.toSeconds() + "s";
    } catch (DateTimeParseException unknown) {
      return "-";
    }
  }
}
