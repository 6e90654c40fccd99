package dev.weir.app.insight;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.app.client.Connection;
import dev.weir.app.print.Output;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
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
  private static final int INDENT = 2;

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
    output.print(explanation, spec.commandLine().getOut(), text -> print(explanation, 0, text));
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

  /** Field by field, nested ones indented. */
  private static void print(JsonNode node, int indent, PrintWriter out) {
    String margin = " ".repeat(indent);
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      JsonNode value = field.getValue();
      if (value.isContainerNode() && value.isEmpty()) {
        continue;
      }
      if (value.isObject()) {
        out.println(margin + field.getKey() + ":");
        print(value, indent + INDENT, out);
      } else if (value.isArray()) {
        out.println(margin + field.getKey() + ":");
        for (JsonNode element : value) {
          printElement(element, indent + INDENT, out);
        }
      } else {
        out.println(margin + field.getKey() + ": " + value.asText());
      }
    }
  }

  private static void printElement(JsonNode element, int indent, PrintWriter out) {
    String margin = " ".repeat(indent);
    if (element.isValueNode()) {
      out.println(margin + "- " + element.asText());
      return;
    }
    List<String> parts = new java.util.ArrayList<>();
    for (Map.Entry<String, JsonNode> field : element.properties()) {
      JsonNode value = field.getValue();
      parts.add(field.getKey() + ": " + (value.isValueNode() ? value.asText() : value.toString()));
    }
    out.println(margin + "- " + String.join(", ", parts));
  }
}
