package dev.weir.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.stream.StreamSupport;

/** A plain client of the controller's API. Whatever is not a success is thrown. */
final class MeshApi {
  static final ObjectMapper JSON = new ObjectMapper();

  private final URI base;
  private final HttpClient http = HttpClient.newHttpClient();

  MeshApi(URI base) {
    this.base = base;
  }

  /** Applies documents and returns when they are in force on every target. */
  JsonNode apply(String yaml) {
    return inForce(send("POST", "/weir/v1/apply?wait=30s", "application/yaml", yaml));
  }

  /** Applies documents and does not wait. */
  void applyWithoutWaiting(String yaml) {
    send("POST", "/weir/v1/apply", "application/yaml", yaml);
  }

  /** Deletes what the documents name, and returns when that is in force on every target. */
  JsonNode delete(String yaml) {
    return inForce(send("POST", "/weir/v1/delete?wait=30s", "application/yaml", yaml));
  }

  JsonNode status() {
    return get("/weir/v1/status");
  }

  JsonNode placement() {
    return get("/weir/v1/placement");
  }

  JsonNode explain(JsonNode probe) {
    return send("POST", "/weir/v1/explain", "application/json", probe.toString());
  }

  /** Packets in a place of an indirect counter, as in {@code drops}, {@code spoofed}. */
  long counted(String counter, String place) {
    return get("/weir/v1/counters").path(counter).path(place).path("packets").asLong();
  }

  /** Packets in all places of an indirect counter. */
  long counted(String counter) {
    return StreamSupport.stream(get("/weir/v1/counters").path(counter).spliterator(), false)
        .mapToLong(place -> place.path("packets").asLong())
        .sum();
  }

  /** Packets on the entries of a table that a rule gives the verdict of. */
  long counted(String table, String rule, boolean anyPath) {
    return StreamSupport.stream(get("/weir/v1/counters").path("entries").spliterator(), false)
        .filter(entry -> entry.path("table").asText().equals(table))
        .filter(
            entry ->
                StreamSupport.stream(entry.path("rules").spliterator(), false)
                    .map(JsonNode::asText)
                    .anyMatch(name -> anyPath ? name.startsWith(rule) : name.equals(rule)))
        .mapToLong(entry -> entry.path("packets").asLong())
        .sum();
  }

  private static JsonNode inForce(JsonNode answer) {
    if (!answer.path("inForce").asBoolean()) {
      throw new IllegalStateException("not in force: " + answer.toPrettyString());
    }
    return answer;
  }

  private JsonNode get(String path) {
    return send("GET", path, "application/json", "");
  }

  private JsonNode send(String method, String path, String type, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(base.resolve(path))
            .header("Content-Type", type)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
      if (response.statusCode() / 100 != 2) {
        throw new IllegalStateException(
            method
                + " "
                + path
                + ": "
                + response.statusCode()
                + " "
                + new String(response.body(), UTF_8));
      }
      return JSON.readTree(response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
