package dev.weir.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.controller.ControllerConfig;
import dev.weir.controller.MeshController;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;

/** A real controller with its API, and a client. It has no fabric unless it is given one. */
final class Api implements AutoCloseable {
  private final MeshController controller;
  private final RestServer server;
  private final HttpClient http = HttpClient.newHttpClient();

  Api(Path state) throws IOException {
    controller = MeshController.start(ControllerConfig.in(state));
    server = new RestServer(controller, "127.0.0.1", 0);
  }

  /** An answer; the body is read as JSON, or is a text where it is none. */
  record Answer(int status, String text) {
    JsonNode json() {
      try {
        return new ObjectMapper().readTree(text);
      } catch (IOException e) {
        throw new UncheckedIOException(text, e);
      }
    }

    JsonNode cause() {
      return json().path("details").path("causes").path(0);
    }
  }

  URI uri() {
    return server.uri();
  }

  Answer get(String path) {
    return send("GET", path, "application/json", "");
  }

  Answer yaml(String method, String path, String body) {
    return send(method, path, "application/yaml", body);
  }

  Answer send(String method, String path, String type, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.uri() + path))
            .header("Content-Type", type)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.close();
    controller.close();
  }
}
