package dev.weir.app.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.app.client.MeshClient;
import dev.weir.app.print.PlacementText;
import dev.weir.app.print.TextTable;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;

/**
 * What {@code up} ends with.
 *
 * @param placement which rule runs where
 * @param counters the switch's, read after the traffic
 * @param traffic what became of the connections that were made
 */
record UpReport(String server, JsonNode placement, JsonNode counters, Optional<JsonNode> traffic) {

  static UpReport of(MeshClient client, Optional<JsonNode> traffic) {
    return new UpReport(
        client.server().toString(),
        client.get("/weir/v1/placement"),
        client.get("/weir/v1/counters"),
        traffic);
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
    PlacementText.rules(placement, out);
    traffic.ifPresent(
        report -> {
          out.println();
          printTraffic(report, out);
        });
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
    TextTable table = new TextTable("CLIENT", "SERVER", "REQUEST", "SEEN", "BY", "AS EXPECTED");
    for (JsonNode result : report.path("results")) {
      JsonNode agrees = result.path("agrees");
      table.add(
          result.path("from").asText(),
          result.path("to").asText() + " " + result.path("address").asText(),
          request(result),
          result.path("seen").asText(),
          result.path("seenTier").asText("-"),
          agrees.isMissingNode() ? "-" : agrees.asBoolean() ? "yes" : "NO");
    }
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

  private void printNext(PrintWriter out) {
    out.println(
        "The API: " + server + "  (kubectl --server " + server + " get networkpolicies -A)");
    out.println("Next:");
    out.println("  ./weir exec shop/frontend -- curl -s http://orders:8080/orders/7");
    out.println("  ./weir explain shop/frontend shop/orders --port 8080 --method GET --path /");
    out.println("  ./weir counters        ./weir placement --entries        ./weir status");
    out.println("  ./weir down");
  }
}
