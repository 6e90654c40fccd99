package dev.weir.app.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.weir.app.Failure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** A blocking client of the controller's API. */
public final class MeshClient {
  /** Longer than any wait that the command line asks the server for. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofMinutes(15);

  private final URI server;
  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  /**
   * @param server as in {@code http://127.0.0.1:7480}
   */
  public MeshClient(URI server) {
    this.server = server;
  }

  public URI server() {
    return server;
  }

  /** An answer as it came. A body that is no JSON is a missing node. */
  public record Answer(int status, JsonNode body) {
    public boolean isSuccess() {
      return status >= 200 && status < 300;
    }
  }

  public JsonNode get(String path) {
    return accepted(send("GET", path, "application/json", new byte[0]));
  }

  public JsonNode post(String path, JsonNode body) {
    return accepted(send("POST", path, "application/json", body.toString().getBytes(UTF_8)));
  }

  public JsonNode put(String path, JsonNode body) {
    return accepted(send("PUT", path, "application/json", body.toString().getBytes(UTF_8)));
  }

  /**
   * The answer, whatever its status.
   *
   * @throws Failure where none comes
   */
  public Answer send(String method, String path, String contentType, byte[] body) {
    HttpRequest request =
        HttpRequest.newBuilder(server.resolve(path))
            .timeout(REQUEST_TIMEOUT)
            .header("Content-Type", contentType)
            .method(
                method,
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body))
            .build();
    try {
      HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
      return new Answer(response.statusCode(), parse(response.body()));
    } catch (IOException e) {
      throw new Failure("the controller at " + server + " does not answer (" + e + ")", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure("interrupted while waiting for " + server, e);
    }
  }

  /**
   * The body of a success.
   *
   * @throws Failure with what the server's Status says, for any other answer
   */
  public static JsonNode accepted(Answer answer) {
    if (answer.isSuccess()) {
      return answer.body();
    }
    throw new Failure(sentence(answer));
  }

  /** A refusal in words, a line for each cause. */
  public static String sentence(Answer answer) {
    JsonNode status = answer.body();
    StringBuilder text = new StringBuilder();
    text.append(status.path("message").asText("the server answered " + answer.status()));
    for (JsonNode cause : status.path("details").path("causes")) {
      text.append("\n  ").append(cause.path("field").asText());
      text.append(": ").append(cause.path("message").asText());
      text.append(" [").append(cause.path("reason").asText()).append(']');
    }
    return text.toString();
  }

  private JsonNode parse(byte[] body) throws IOException {
    if (body.length == 0) {
      return MissingNode.getInstance();
    }
    try {
      return json.readTree(body);
    } catch (JsonProcessingException notJson) {
      return MissingNode.getInstance();
    }
  }
}
