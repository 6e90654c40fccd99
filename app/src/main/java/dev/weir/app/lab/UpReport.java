package dev.weir.app.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.app.client.MeshClient;
import dev.weir.app.print.PlacementText;
import dev.weir.app.print.TextTable;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code up} ends with.
 *
 * @param placement which rule runs where
 * @param counters the switch's, read after the traffic
 * @param traffic what became of the connections that were made
 */
record UpReport(String server, JsonNode placement, JsonNode counters, Optional<JsonNode> traffic) {

  private static final Duration COUNTER_PATIENCE = Duration.ofSeconds(10);

  static UpReport of(MeshClient client, Optional<JsonNode> traffic) {
    return new UpReport(
        client.server().toString(),
        client.get("/weir/v1/placement"),
        countersReadAfter(Instant.now(), client),
        traffic);
  }

  /** The controller reads the switch's counters in turns; the traffic is to be in them. */
  private static JsonNode countersReadAfter(Instant traffic, MeshClient client) {
    Instant deadline = traffic.plus(COUNTER_PATIENCE);
    while (true) {
      JsonNode counters = client.get("/weir/v1/counters");
      String at = counters.path("at").asText();
      boolean read = !at.isEmpty() && Instant.parse(at).isAfter(traffic);
      if (read || Instant.now().isAfter(deadline)) {
        return counters;
      }
      Mesh.pause();
    }
  }

  /** Whether all traffic did as expected. */
  boolean agrees() {
    return traffic.map(t -> t.path("summary").path("differing").asInt() == 0).orElse(true);
  }

  ObjectNode json() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("server", server);
    node.set("rules", placement.path("rules"));
    node.set("exceptions", placement.path("exceptions"));
    node.set("openings", counters.path("openings"));
    node.set("drops", counters.path("drops"));
    traffic.ifPresent(t -> node.set("traffic", t));
    return node;
  }

  /**
   * For people.
   *
   * @param lab whether there are workloads that run
   * @param root whether there could be
   */
  void print(PrintWriter out, boolean lab, boolean root) {
    out.println();
    traffic.ifPresent(
        report -> {
          printTraffic(report, out);
          out.println();
        });
    PlacementText.rules(placement, out);
    out.println();
    if (lab) {
      printShare(out);
      out.println();
      printNext(out);
    } else {
      out.println(
          root
              ? "No lab was started (--no-lab)."
              : "Without root there are no workloads: run as root to have each of them in a network"
                  + " namespace of its own, with real connections through the switch and Envoy.");
      out.println("Try: ./weir placement --entries; ./weir explain FROM TO --port N; ./weir down");
    }
  }

  private static void printTraffic(JsonNode report, PrintWriter out) {
    JsonNode summary = report.path("summary");
    out.println(
        summary.path("tried").asText()
            + " connections tried: "
            + summary.path("reached").asText()
            + " reached the server, "
            + summary.path("forbidden").asText()
            + " got 403 from the sidecar, "
            + summary.path("noConnection").asText()
            + " found no connection"
            + (summary.path("differing").asInt() == 0
                ? ""
                : "; " + summary.path("differing").asText() + " NOT as expected"));
    TextTable table =
        new TextTable("CLIENT", "SERVER", "REQUEST", "SEEN", "BY", "OVER", "EXPECTED");
    Map<List<String>, Set<String>> rows = new LinkedHashMap<>();
    for (JsonNode result : report.path("results")) {
      JsonNode agrees = result.path("agrees");
      List<String> row =
          List.of(
              result.path("from").asText(),
              result.path("to").asText(),
              request(result),
              result.path("seen").asText(),
              result.path("seenTier").asText("-"),
              agrees.isMissingNode() ? "-" : agrees.asBoolean() ? "yes" : "NO");
      rows.computeIfAbsent(row, _ -> new LinkedHashSet<>())
          .add(result.path("address").asText().contains(":") ? "IPv6" : "IPv4");
    }
    rows.forEach(
        (row, families) -> {
          List<String> cells = new ArrayList<>(row);
          cells.add(cells.size() - 1, String.join(" ", families));
          table.add(cells);
        });
    table.print(out);
  }

  private static String request(JsonNode result) {
    String protocol = result.path("protocol").asText();
    String port = result.path("port").asText();
    return protocol.equals("http")
        ? result.path("method").asText() + " :" + port + result.path("path").asText()
        : protocol.toUpperCase(Locale.ROOT) + " :" + port;
  }

  private void printShare(PrintWriter out) {
    long direct = openings("direct");
    long steered = openings("steered");
    long all = direct + steered;
    out.println(
        all == 0
            ? "No connection was allowed yet."
            : String.format(
                Locale.ROOT,
                "%.0f %% of the allowed connections bypassed the sidecar:"
                    + " %d direct, %d steered; %d openings were denied by the switch.",
                100.0 * direct / all,
                direct,
                steered,
                openings("denied")));
  }

  private long openings(String place) {
    return counters.path("openings").path(place).path("packets").asLong();
  }

  /** Commands about something that has been seen to reach its server, over HTTP if there is any. */
  private List<String> next() {
    JsonNode seen = JsonNodeFactory.instance.objectNode();
    for (JsonNode result : traffic.map(t -> t.path("results")).orElse(seen)) {
      boolean tellsMore = result.path("seenTier").asText().equals("sidecar") || seen.isEmpty();
      if (tellsMore
          && result.path("protocol").asText().equals("http")
          && result.path("seen").asText().equals("reaches")
          && result.path("from").asText().contains("/")
          && result.path("to").asText().contains("/")) {
        seen = result;
        if (result.path("seenTier").asText().equals("sidecar")) {
          break;
        }
      }
    }
    if (seen.isEmpty()) {
      return List.of("./weir get pods -A", "./weir explain FROM TO --port N");
    }
    String[] server = seen.path("to").asText().split("/", 2);
    String from = seen.path("from").asText();
    String port = seen.path("port").asText();
    String path = seen.path("path").asText();
    String method = seen.path("method").asText();
    return List.of(
        "./weir exec "
            + from
            + " -- curl -s -X "
            + method
            + " http://"
            + server[1]
            + "."
            + server[0]
            + ":"
            + port
            + path,
        "./weir explain "
            + from
            + " "
            + seen.path("to").asText()
            + " --port "
            + port
            + " --method "
            + method
            + " --path "
            + path);
  }

  private void printNext(PrintWriter out) {
    out.println(
        "The API: " + server + "  (kubectl --server " + server + " get networkpolicies -A)");
    out.println("Next:");
    next().forEach(line -> out.println("  " + line));
    out.println("  ./weir counters        ./weir placement --entries        ./weir status");
    out.println("  ./weir down");
  }
}
