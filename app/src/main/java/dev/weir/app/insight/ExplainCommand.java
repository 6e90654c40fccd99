package dev.weir.app.insight;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.app.client.Connection;
import dev.weir.app.print.Output;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code explain}: who decides about a connection or request, and why. */
@Command(
    name = "explain",
    mixinStandardHelpOptions = true,
    description = "Says what happens to a connection or request, at which tier, and by which rule.")
public final class ExplainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Connection connection = new Connection();
  @Mixin private Output output = new Output();

  @Parameters(index = "0", paramLabel = "FROM", description = "namespace/name or an address")
  private String from = "";

  @Parameters(index = "1", paramLabel = "TO", description = "namespace/name or an address")
  private String to = "";

  @Option(
      names = {"-p", "--port"},
      defaultValue = "80",
      description = "the server's port (default: ${DEFAULT-VALUE})")
  private int port = 80;

  @Option(
      names = "--protocol",
      defaultValue = "TCP",
      description = "TCP, UDP, SCTP or ICMP (default: ${DEFAULT-VALUE})")
  private String protocol = "TCP";

  @Option(names = "--method", description = "of an HTTP request")
  private @Nullable String method;

  @Option(names = "--path", description = "of an HTTP request")
  private @Nullable String path;

  @Option(names = "--host", description = "of an HTTP request")
  private @Nullable String host;

  @Override
  public Integer call() {
    if (port < 0 || port > 65535) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "port " + port + " is not in 0 to 65535");
    }
    JsonNode explanation = connection.client().post("/weir/v1/explain", probe());
    output.print(
        explanation, spec.commandLine().getOut(), text -> ExplanationText.print(explanation, text));
    return 0;
  }

  private ObjectNode probe() {
    ObjectNode probe = JsonNodeFactory.instance.objectNode();
    probe.put("from", from).put("to", to).put("protocol", protocol).put("port", port);
    if (method != null || path != null || host != null) {
      ObjectNode request = probe.putObject("request");
      request.put("method", method == null ? "GET" : method);
      request.put("path", path == null ? "/" : path);
      if (host != null) {
        request.put("host", host);
      }
    }
    return probe;
  }
}
