package dev.weir.app.offline;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import dev.weir.app.Failure;
import dev.weir.compiler.Counters;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Rule;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Traffic by rule: what {@code counters -o json} prints, or an object of packets by rule name.
 *
 * @param unknown rules that the manifests do not have
 */
record TrafficFile(Counters counters, List<String> unknown) {
  private static final String CODE = "bad-traffic";

  /**
   * Reads a file.
   *
   * @throws Refused naming the field that is not understood
   * @throws Failure where the file cannot be read
   */
  static TrafficFile read(Path file, Intent intent) {
    JsonNode json = StrictJson.read(file, why -> refused("", why));
    Map<String, Long> packets = new HashMap<>();
    if (json.has("entries")) {
      entries(json.path("entries"), packets);
    } else if (json.isObject()) {
      json.properties()
          .forEach(e -> packets.merge(e.getKey(), count(e.getValue(), e.getKey()), Long::sum));
    } else {
      throw refused("", "it is no object");
    }
    Map<String, Rule.Id> known = new HashMap<>();
    intent.rules().forEach(rule -> known.put(rule.id().toString(), rule.id()));
    TreeSet<String> unknown = new TreeSet<>(packets.keySet());
    unknown.removeAll(known.keySet());
    ImmutableMap.Builder<Rule.Id, Long> byRule = ImmutableMap.builder();
    Maps.filterKeys(known, packets::containsKey)
        .forEach((name, id) -> byRule.put(id, packets.getOrDefault(name, 0L)));
    return new TrafficFile(new Counters(byRule.buildOrThrow()), List.copyOf(unknown));
  }

  private static void entries(JsonNode entries, Map<String, Long> packets) {
    if (!entries.isArray()) {
      throw refused("entries", "it is no array");
    }
    for (int i = 0; i < entries.size(); i++) {
      String path = "entries[" + i + "]";
      long count = count(entries.get(i).path("packets"), path + ".packets");
      for (JsonNode rule : entries.get(i).path("rules")) {
        if (!rule.isTextual()) {
          throw refused(path + ".rules", "it holds " + rule + " where a rule's name belongs");
        }
        packets.merge(rule.textValue(), count, Long::sum);
      }
    }
  }

  private static long count(JsonNode json, String path) {
    if (!json.canConvertToLong() || !json.isIntegralNumber() || json.longValue() < 0) {
      throw refused(path, "a number of packets belongs here, not '" + json + "'");
    }
    return json.longValue();
  }

  private static Refused refused(String path, String message) {
    return Refused.of(
        CODE,
        path,
        message,
        "give what `weir counters -o json` prints, or an object of packets by rule name");
  }
}
