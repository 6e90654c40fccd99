package dev.weir.app.print;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Table entries of the API in a line. */
public final class EntryText {
  private EntryText() {}

  /** As in {@code port=0x50..0x50 protocol=0x6&0xff prio 10}. */
  public static String matches(JsonNode entry) {
    if (entry.path("default").asBoolean()) {
      return "(default)";
    }
    List<String> parts = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : entry.path("matches").properties()) {
      parts.add(field.getKey() + "=" + match(field.getValue()));
    }
    if (entry.path("priority").asInt() > 0) {
      parts.add("prio " + entry.path("priority").asText());
    }
    return String.join(" ", parts);
  }

  private static String match(JsonNode match) {
    String value = match.path("value").asText();
    return switch (match.path("kind").asText()) {
      case "lpm" -> value + "/" + match.path("prefixLength").asText();
      case "ternary" -> value + "&" + match.path("mask").asText();
      case "range" -> match.path("low").asText() + ".." + match.path("high").asText();
      default -> value;
    };
  }

  /** As in {@code steer_class(part=0x1)}. */
  public static String action(JsonNode entry) {
    List<String> params = new ArrayList<>();
    for (Map.Entry<String, JsonNode> param : entry.path("params").properties()) {
      params.add(param.getKey() + "=" + param.getValue().asText());
    }
    return entry.path("action").asText() + "(" + String.join(", ", params) + ")";
  }

  /** A list's texts, comma-separated. */
  public static String list(JsonNode texts) {
    List<String> parts = new ArrayList<>();
    texts.forEach(text -> parts.add(text.asText()));
    return String.join(", ", parts);
  }
}
