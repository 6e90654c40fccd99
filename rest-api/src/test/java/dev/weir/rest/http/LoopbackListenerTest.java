package dev.weir.rest.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import dev.weir.rest.http.Router.Route;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LoopbackListenerTest {
  private static final HttpClient http = HttpClient.newHttpClient();
  private static LoopbackListener listener;

  @BeforeAll
  static void listen() throws IOException {
    Router router =
        new Router(
            ImmutableList.of(
                new Route(
                    "GET",
                    "/things/{name}",
                    c -> Reply.text(200, "text/plain", c.variable("name"))),
                new Route(
                    "POST", "/things", c -> Reply.text(201, "text/plain", "" + c.body().length)),
                new Route(
                    "POST",
                    "/broken",
                    c -> {
                      throw new IllegalStateException("a bug");
                    })));
    listener = new LoopbackListener(router, "127.0.0.1", 0);
  }

  @AfterAll
  static void close() {
    listener.close();
  }

  private static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private static HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create(listener.uri() + path));
  }

  private static JsonNode status(HttpResponse<String> response) throws IOException {
    JsonNode status = new ObjectMapper().readTree(response.body());
    assertThat(status.path("kind").asText()).isEqualTo("Status");
    assertThat(status.path("apiVersion").asText()).isEqualTo("v1");
    assertThat(status.path("status").asText()).isEqualTo("Failure");
    assertThat(status.path("code").asInt()).isEqualTo(response.statusCode());
    return status;
  }

  private static String code(JsonNode status) {
    return status.path("details").path("causes").path(0).path("reason").asText();
  }

  /** Sends bytes as they are and returns all that comes back until the server closes. */
  private static String raw(String request) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", listener.uri().getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(UTF_8));
      socket.shutdownOutput();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  @Test
  void pathVariablesAreDecoded() throws Exception {
    assertThat(send(to("/things/a%20b")).body()).isEqualTo("a b");
  }

  @Test
  void headIsAnsweredLikeGetWithoutABody() throws Exception {
    HttpResponse<String> response = send(to("/things/a").method("HEAD", BodyPublishers.noBody()));
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
  }

  @Test
  void unknownPathIsNotFound() throws Exception {
    HttpResponse<String> response = send(to("/nothing"));
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(status(response).path("reason").asText()).isEqualTo("NotFound");
  }

  @Test
  void wrongMethodNamesThoseAllowed() throws Exception {
    HttpResponse<String> response = send(to("/things").DELETE());
    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(response.headers().firstValue("Allow")).hasValue("POST");
    assertThat(code(status(response))).isEqualTo("method-not-allowed");
  }

  @Test
  void bodyOfFiveMegabytesIsRefused() throws Exception {
    HttpResponse<String> response =
        send(to("/things").POST(BodyPublishers.ofByteArray(new byte[5_000_000])));
    assertThat(response.statusCode()).isEqualTo(413);
    JsonNode status = status(response);
    assertThat(status.path("reason").asText()).isEqualTo("RequestEntityTooLarge");
    assertThat(code(status)).isEqualTo("body-too-large");
  }

  @Test
  void bodyOfFiveMegabytesWithoutAnnouncedLengthIsRefused() throws Exception {
    HttpResponse<String> response =
        send(
            to("/things")
                .POST(
                    BodyPublishers.ofInputStream(
                        () -> new java.io.ByteArrayInputStream(new byte[6_000_000]))));
    assertThat(response.statusCode()).isEqualTo(413);
  }

  @Test
  void largestBodyIsTaken() throws Exception {
    HttpResponse<String> response =
        send(to("/things").POST(BodyPublishers.ofByteArray(new byte[4_999_999])));
    assertThat(response.statusCode()).isEqualTo(201);
    assertThat(response.body()).isEqualTo("4999999");
  }

  @Test
  void foreignHostIsRefused() throws Exception {
    String answer =
        raw("GET /things/a HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 421").contains("host-not-loopback");
  }

  @Test
  void loopbackNamesAreTakenWithAnyPort() throws Exception {
    for (String host : new String[] {"localhost", "LOCALHOST:99", "127.0.0.1:1", "[::1]:80"}) {
      assertThat(raw("GET /things/a HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
          .startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void nameThatOnlyBeginsLikeLoopbackIsRefused() throws Exception {
    for (String host : new String[] {"127.0.0.1.attacker.example", "localhost.attacker.example"}) {
      assertThat(raw("GET /things/a HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
          .startsWith("HTTP/1.1 421");
    }
  }

  @Test
  void pageFromElsewhereChangesNothing() throws Exception {
    String post =
        "POST /things HTTP/1.1\r\nHost: localhost:1\r\nContent-Length: 0\r\nConnection: close\r\n";
    assertThat(raw(post + "Origin: http://attacker.example\r\n\r\n")).startsWith("HTTP/1.1 403");
    assertThat(raw(post + "Origin: null\r\n\r\n")).startsWith("HTTP/1.1 403");
    assertThat(raw(post + "Origin: http://localhost:2\r\n\r\n")).startsWith("HTTP/1.1 403");
    assertThat(raw(post + "Sec-Fetch-Site: cross-site\r\n\r\n")).startsWith("HTTP/1.1 403");
    assertThat(raw(post + "Origin: http://localhost:1\r\n\r\n")).startsWith("HTTP/1.1 201");
  }

  @Test
  void malformedRequestGetsAStatusToo() throws Exception {
    assertThat(raw("GET /things/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400")
        .contains("\"kind\":\"Status\"");
  }

  @Test
  void encodedBodyIsRefused() throws Exception {
    HttpResponse<String> response =
        send(to("/things").header("Content-Encoding", "gzip").POST(BodyPublishers.ofString("x")));
    assertThat(response.statusCode()).isEqualTo(415);
  }

  @Test
  void failureOfTheServerIsNotHidden() throws Exception {
    HttpResponse<String> response = send(to("/broken").POST(BodyPublishers.noBody()));
    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(status(response).path("reason").asText()).isEqualTo("InternalError");
  }

  @Test
  void onlyLoopbackIsListenedOn() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new LoopbackListener(c -> Reply.text(200, "text/plain", ""), "0.0.0.0", 0))
        .withMessageContaining("loopback");
  }
}
