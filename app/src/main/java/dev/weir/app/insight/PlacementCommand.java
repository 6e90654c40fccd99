package dev.weir.app.insight;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weir.app.client.Connection;
import dev.weir.app.print.EntryText;
import dev.weir.app.print.Output;
import dev.weir.app.print.PlacementText;
import dev.weir.app.print.TextTable;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code placement}: which rule runs where, and why. */
@Command(
    name = "placement",
    mixinStandardHelpOptions = true,
    description = "Shows which rule runs on which tier, and why.")
public final class PlacementCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Connection connection = new Connection();
  @Mixin private Output output = new Output();

  @Option(names = "--entries", description = "also the table entries and sidecar listeners")
  private boolean entries;

  @Override
  public Integer call() {
    JsonNode placement = connection.client().get("/weir/v1/placement");
    output.print(placement, spec.commandLine().getOut(), text -> text(placement, text));
    return 0;
  }

  private void text(JsonNode placement, PrintWriter out) {
    PlacementText.rules(placement, out);
    if (!entries) {
      return;
    }
    out.println();
    TextTable table = new TextTable("TABLE", "MATCHES", "ACTION", "RULES");
    for (JsonNode entry : placement.path("entries")) {
      table.add(
          entry.path("table").asText(),
          EntryText.matches(entry),
          EntryText.action(entry),
          EntryText.list(entry.path("rules")));
    }
    table.print(out);
    out.println();
    TextTable listeners = new TextTable("SIDECAR", "LISTENER", "WORKLOAD", "TARGET", "ALLOWS");
    for (JsonNode sidecar : placement.path("sidecars")) {
      for (JsonNode listener : sidecar.path("listeners")) {
        listeners.add(
            sidecar.path("name").asText(),
            listener.path("address").asText() + " port " + listener.path("port").asText(),
            listener.path("workload").asText(),
            listener.path("target").asText(),
            listener.path("allow").asText());
      }
    }
    listeners.print(out);
  }
}
