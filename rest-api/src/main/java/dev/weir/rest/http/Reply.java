package dev.weir.rest.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import java.nio.charset.StandardCharsets;

/**
 * What a call is answered with.
 *
 * @param status the HTTP status code
 */
public record Reply(
    int status, String contentType, byte[] body, ImmutableMap<String, String> headers) {

  public static Reply ok(JsonNode body) {
    return json(200, body);
  }

  public static Reply json(int status, JsonNode body) {
    return new Reply(
        status,
        "application/json",
        body.toString().getBytes(StandardCharsets.UTF_8),
        ImmutableMap.of());
  }

  public static Reply text(int status, String contentType, String body) {
    return new Reply(status, contentType, body.getBytes(StandardCharsets.UTF_8), ImmutableMap.of());
  }
}
