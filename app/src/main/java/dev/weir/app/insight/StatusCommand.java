package dev.weir.app.insight;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weir.app.client.Connection;
import dev.weir.app.print.Output;
import dev.weir.app.print.TextTable;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code status}: what is in force where. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Shows what is in force on which target. Exit code 1 when anything is lacking.")
public final class StatusCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Connection connection = new Connection();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    JsonNode status = connection.client().get("/weir/v1/status");
    output.print(status, spec.commandLine().getOut(), text -> text(status, text));
    return status.path("inForce").asBoolean() ? 0 : 1;
  }

  private static void text(JsonNode status, PrintWriter out) {
    out.println(
        "revision "
            + status.path("revision").asText()
            + ", "
            + status.path("workloads").asText()
            + " workloads, "
            + status.path("rules").asText()
            + " rules");
    String problem = status.path("problem").asText();
    if (!problem.isEmpty()) {
      out.println("problem: " + problem);
    }
    TextTable table = new TextTable("TARGET", "KIND", "IN FORCE", "REVISION", "LACKING");
    for (JsonNode target : status.path("targets")) {
      table.add(
          target.path("target").asText(),
          target.path("kind").asText(),
          target.path("inForce").asBoolean() ? "yes" : "no",
          target.path("revision").asText(),
          target.path("lacking").asText());
    }
    table.print(out);
  }
}
