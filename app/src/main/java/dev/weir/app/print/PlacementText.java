package dev.weir.app.print;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Map;
import java.util.TreeMap;

/** The table that says which rule runs where. */
public final class PlacementText {
  private PlacementText() {}

  public static void rules(JsonNode placement, PrintWriter out) {
    String problem = placement.path("problem").asText();
    if (!problem.isEmpty()) {
      out.println("problem: " + problem);
    }
    TextTable table = new TextTable("RULE", "TIER", "ENTRIES", "REASON");
    Map<String, String> reasons = new TreeMap<>();
    for (JsonNode rule : placement.path("rules")) {
      String reason = rule.path("reason").asText();
      reasons.put(reason, rule.path("sentence").asText());
      table.add(
          rule.path("rule").asText(),
          rule.path("tier").asText(),
          rule.path("entries").asText(),
          reason);
    }
    table.print(out);
    out.println();
    TextTable legend = new TextTable("REASON", "MEANS");
    reasons.forEach(legend::add);
    legend.print(out);
    JsonNode exceptions = placement.path("exceptions");
    if (!exceptions.isEmpty()) {
      out.println();
      out.println("Denied though a policy allows it:");
      TextTable denied = new TextTable("RULE", "REASON", "WHY");
      for (JsonNode exception : exceptions) {
        denied.add(
            exception.path("rule").asText(),
            exception.path("reason").asText(),
            exception.path("sentence").asText());
      }
      denied.print(out);
    }
  }
}
