package dev.weir.app.insight;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weir.app.client.Connection;
import dev.weir.app.print.EntryText;
import dev.weir.app.print.Output;
import dev.weir.app.print.TextTable;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code counters}: what the switch has counted. */
@Command(
    name = "counters",
    mixinStandardHelpOptions = true,
    description = "Shows the switch's counters: openings, drops, and packets by entry.")
public final class CountersCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Connection connection = new Connection();
  @Mixin private Output output = new Output();

  @Option(names = "--all", description = "entries that counted nothing too")
  private boolean all;

  @Override
  public Integer call() {
    JsonNode counters = connection.client().get("/weir/v1/counters");
    output.print(counters, spec.commandLine().getOut(), text -> text(counters, text));
    return 0;
  }

  private void text(JsonNode counters, PrintWriter out) {
    for (String name : new String[] {"openings", "drops"}) {
      TextTable table = new TextTable(name.toUpperCase(java.util.Locale.ROOT), "PACKETS");
      counters
          .path(name)
          .properties()
          .forEach(place -> table.add(place.getKey(), place.getValue().path("packets").asText()));
      table.print(out);
      out.println();
    }
    TextTable table = new TextTable("TABLE", "PACKETS", "BYTES", "ENTRY", "RULES");
    for (JsonNode entry : counters.path("entries")) {
      if (all || entry.path("packets").asLong() > 0) {
        table.add(
            entry.path("table").asText(),
            entry.path("packets").asText(),
            entry.path("bytes").asText(),
            EntryText.matches(entry),
            EntryText.list(entry.path("rules")));
      }
    }
    table.print(out);
  }
}
