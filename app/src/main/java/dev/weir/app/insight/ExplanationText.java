package dev.weir.app.insight;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weir.app.print.EntryText;
import dev.weir.app.print.TextTable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An explanation for people: the verdict first, then how it came about. */
final class ExplanationText {
  private ExplanationText() {}

  static void print(JsonNode explanation, PrintWriter out) {
    out.println(
        party(explanation.path("from"))
            + " -> "
            + party(explanation.path("to"))
            + ", "
            + explanation.path("protocol").asText()
            + " port "
            + explanation.path("port").asText());
    out.println(
        "verdict: "
            + explanation.path("verdict").asText()
            + ", by the "
            + explanation.path("tier").asText()
            + " ("
            + explanation.path("way").asText()
            + ")");
    out.println("reason:  " + reason(explanation.path("reason")));
    line("rule:    ", EntryText.list(explanation.path("rules")), out);
    if (explanation.has("entry")) {
      out.println("entry:   " + entry(explanation.path("entry")));
    }
    JsonNode sidecar = explanation.path("sidecar");
    if (!sidecar.isMissingNode()) {
      out.println(
          "sidecar: "
              + sidecar.path("name").asText()
              + ", listener "
              + sidecar.path("listener").asText()
              + ", allows "
              + sidecar.path("allows").asText()
              + (sidecar.path("wholePolicy").asBoolean() ? " (the whole policy)" : ""));
      line("         from ", EntryText.list(sidecar.path("rules")), out);
    }
    for (JsonNode assumption : explanation.path("assumptions")) {
      out.println("assumed: " + assumption.asText());
    }
    JsonNode layers = explanation.path("layers");
    if (!layers.isEmpty()) {
      out.println();
      TextTable table = new TextTable("TABLE", "ACTION", "REASON", "RULES");
      for (JsonNode layer : layers) {
        table.add(
            layer.path("table").asText(),
            layer.path("action").asText(),
            layer.path("reason").path("code").asText(),
            EntryText.list(layer.path("rules")));
      }
      table.print(out);
    }
  }

  private static void line(String label, String text, PrintWriter out) {
    if (!text.isEmpty()) {
      out.println(label + text);
    }
  }

  private static String party(JsonNode party) {
    return party.path("identity").asText() + " [" + party.path("address").asText() + "]";
  }

  private static String reason(JsonNode reason) {
    return reason.path("sentence").asText() + " [" + reason.path("code").asText() + "]";
  }

  private static String entry(JsonNode entry) {
    List<String> parts = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : entry.path("match").properties()) {
      parts.add(field.getKey() + "=" + field.getValue().asText());
    }
    return entry.path("table").asText()
        + ": "
        + String.join(" ", parts)
        + " priority "
        + entry.path("priority").asText()
        + " => "
        + EntryText.action(entry);
  }
}
