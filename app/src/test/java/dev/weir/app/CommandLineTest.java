package dev.weir.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The command line against canned answers of the API. */
class CommandLineTest {
  private final Map<String, Canned> answers = new ConcurrentHashMap<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private HttpServer server;

  private record Canned(int status, String body) {}

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          Canned canned =
              answers.getOrDefault(
                  exchange.getRequestMethod() + " " + exchange.getRequestURI(),
                  new Canned(404, "{\"message\":\"no such path\"}"));
          byte[] body = canned.body().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(canned.status(), body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  private int run(String... arguments) {
    CommandLine commandLine = Main.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(arguments);
  }

  private String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Test
  void nothingToDoIsCallingItWrongly() {
    assertThat(run()).isEqualTo(2);
    assertThat(run("bogus")).isEqualTo(2);
    assertThat(run("explain", "a")).isEqualTo(2);
    assertThat(run("bench", "offload", "--rounds", "1000")).isEqualTo(2);
  }

  @Test
  void unknownKindNamesThoseThereAre() {
    assertThat(run("get", "deployments", "--server", url())).isEqualTo(1);
    assertThat(err.toString()).contains("unknown kind 'deployments'", "networkpolicies");
  }

  @Test
  void absentControllerIsSaid() {
    assertThat(run("status", "--server", "http://127.0.0.1:9")).isEqualTo(1);
    assertThat(err.toString()).contains("http://127.0.0.1:9", "does not answer");
  }

  @Test
  void statusFailsWhenSomethingIsLacking() {
    answers.put(
        "GET /weir/v1/status",
        new Canned(
            200,
            """
            {"revision": 3, "inForce": false, "problem": "", "workloads": 1, "rules": 2,
             "targets": [{"target": "s1", "kind": "switch", "inForce": false, "revision": 2,
                          "lacking": "it cannot be reached"}]}
            """));
    assertThat(run("status", "--server", url())).isEqualTo(1);
    assertThat(out.toString()).contains("s1", "it cannot be reached");
  }

  @Test
  void resultsAreJsonOnRequest() {
    answers.put("GET /weir/v1/counters", new Canned(200, "{\"openings\": {}}"));
    assertThat(run("counters", "-o", "json", "--server", url())).isZero();
    assertThat(out.toString().strip()).isEqualTo("{\n  \"openings\" : { }\n}");
  }

  @Test
  void refusalIsPrintedWithCodeFieldAndAdvice() {
    answers.put(
        "POST /weir/v1/explain",
        new Canned(
            422,
            """
            {"message": "refused", "details": {"causes": [
              {"reason": "bad-probe", "field": "from", "message": "nobody; name a workload"}]}}
            """));
    assertThat(run("explain", "a", "b", "--server", url())).isEqualTo(1);
    assertThat(err.toString()).contains("from: nobody; name a workload [bad-probe]");
  }

  @Test
  void listsShowWhatBelongsToTheKind() {
    answers.put(
        "GET /api/v1/pods",
        new Canned(
            200,
            """
            {"items": [{"metadata": {"namespace": "shop", "name": "cart"},
                        "status": {"podIP": "10.77.1.5"}}]}
            """));
    assertThat(run("get", "pods", "-A", "--server", url())).isZero();
    assertThat(out.toString().lines())
        .containsExactly("NAMESPACE  NAME  ADDRESS    AGE", "shop       cart  10.77.1.5  -");
  }
}
