package dev.weir.app.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.app.Failure;
import dev.weir.app.Home;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says which controller a command talks to. */
public final class Connection {
  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "the controller (default: $WEIR_SERVER, else the one that runs here)")
  private @Nullable URI server;

  public MeshClient client() {
    if (server != null) {
      return new MeshClient(server);
    }
    String fromEnvironment = System.getenv("WEIR_SERVER");
    if (fromEnvironment != null && !fromEnvironment.isEmpty()) {
      return new MeshClient(URI.create(fromEnvironment));
    }
    return new MeshClient(runningHere());
  }

  private static URI runningHere() {
    Path file = Home.find().controllerFile();
    if (!Files.exists(file)) {
      throw new Failure(
          "no controller runs here: start the mesh with ./weir up, or name one with --server");
    }
    try {
      JsonNode controller = new ObjectMapper().readTree(file.toFile());
      return URI.create(controller.path("url").asText());
    } catch (IOException e) {
      throw new Failure(file + " cannot be read (" + e.getMessage() + ")", e);
    }
  }
}
