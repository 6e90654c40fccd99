package dev.weir.app.print;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** The {@code -o} option of every command that prints results. */
public final class Output {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "text (default), json or yaml")
  private OutputFormat format = OutputFormat.TEXT;

  public OutputFormat format() {
    return format;
  }

  /** Prints {@code result} as asked; {@code text} prints it for people. */
  public void print(JsonNode result, PrintWriter out, Consumer<PrintWriter> text) {
    switch (format) {
      case TEXT -> text.accept(out);
      case JSON -> out.println(pretty(JSON, result));
      case YAML ->
          out.print(
              pretty(
                  new ObjectMapper(
                      YAMLFactory.builder()
                          .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                          .build()),
                  result));
    }
    out.flush();
  }

  private static String pretty(ObjectMapper mapper, JsonNode node) {
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
