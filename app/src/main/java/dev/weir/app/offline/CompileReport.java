package dev.weir.app.offline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.Multimaps;
import dev.weir.app.print.EntryText;
import dev.weir.app.print.PlacementText;
import dev.weir.app.print.TextTable;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.codes.Side;
import dev.weir.compiler.encode.Capabilities;
import dev.weir.compiler.explain.Explanation;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.validate.Certificate;
import dev.weir.p4runtime.info.Pipeline;
import java.io.PrintWriter;
import java.util.Map;
import java.util.stream.Collectors;

/** What a compile gives, as JSON and for people. */
final class CompileReport {
  private CompileReport() {}

  static ObjectNode json(
      Manifests manifests, Fabric fabric, Compiled compiled, Certificate certificate) {
    Placement placement = compiled.placement();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("pipeline", fabric.pipeline().name());
    json.put("workloads", manifests.intent().workloads().size());
    json.set("tables", tables(fabric.pipeline(), placement));
    ArrayNode rules = json.putArray("rules");
    placement.rules().forEach(rule -> rules.add(rule.toJson()));
    ArrayNode sidecars = json.putArray("sidecars");
    placement.sidecars().values().forEach(s -> sidecars.add(sidecar(s)));
    json.set("codes", codes(compiled.allocation(), new Capabilities(fabric.pipeline())));
    ArrayNode exceptions = json.putArray("exceptions");
    placement.exceptions().forEach(denied -> exceptions.add(denied.toJson()));
    ArrayNode notes = json.putArray("notes");
    manifests.notes().forEach(notes::add);
    json.set("certificate", certificate.toJson());
    return json;
  }

  private static ArrayNode tables(Pipeline pipeline, Placement placement) {
    ArrayNode tables = JsonNodeFactory.instance.arrayNode();
    ImmutableListMultimap<String, Placement.PlacedEntry> byTable =
        Multimaps.index(placement.entries(), placed -> placed.entry().table());
    for (Pipeline.Table table : pipeline.tables().values()) {
      ObjectNode node = tables.addObject().put("table", table.name());
      ArrayNode entries = JsonNodeFactory.instance.arrayNode();
      for (Placement.PlacedEntry placed : byTable.get(table.name())) {
        ObjectNode entry = Explanation.entry(placed.entry());
        entry.set("rules", names(placed.rules()));
        entries.add(entry.put("reason", placed.reason()));
      }
      node.put("count", entries.size()).put("capacity", table.size());
      node.set("entries", entries);
    }
    return tables;
  }

  private static ObjectNode sidecar(Placement.SidecarConfig sidecar) {
    ObjectNode node = JsonNodeFactory.instance.objectNode().put("name", sidecar.name());
    ArrayNode listeners = node.putArray("listeners");
    for (Placement.Listener listener : sidecar.listeners()) {
      listeners
          .addObject()
          .put("listener", new Placement.Target(listener.address(), listener.port()).toString())
          .put("workload", listener.workload())
          .put("target", listener.target().toString())
          .put("application", Ascii.toLowerCase(listener.application().name()))
          .put("wholePolicy", listener.full())
          .set("rules", names(listener.rules()));
    }
    return node;
  }

  private static ObjectNode codes(Allocation allocation, Capabilities capabilities) {
    ObjectNode codes = JsonNodeFactory.instance.objectNode();
    for (Side side : Side.values()) {
      ObjectNode node = codes.putObject(side.word());
      Map<String, Allocation.Column> columns = allocation.book(side.word()).columns();
      node.put("bits", columns.values().stream().mapToInt(c -> c.bits().size()).sum());
      node.put("width", capabilities.codeWidth(side));
      ObjectNode each = node.putObject("columns");
      columns.forEach((name, column) -> each.put(name, column.bits().size()));
    }
    return codes;
  }

  private static ArrayNode names(Iterable<Rule.Id> rules) {
    ArrayNode names = JsonNodeFactory.instance.arrayNode();
    rules.forEach(rule -> names.add(rule.toString()));
    return names;
  }

  /** The report for people; entries one by one are in the JSON form alone. */
  static void print(JsonNode report, PrintWriter out) {
    PlacementText.rules(report, out);
    out.println();
    TextTable tables = new TextTable("TABLE", "ENTRIES", "CAPACITY");
    for (JsonNode table : report.path("tables")) {
      tables.add(
          table.path("table").asText(),
          table.path("count").asText(),
          table.path("capacity").asText());
    }
    tables.print(out);
    out.println();
    TextTable listeners = new TextTable("SIDECAR", "LISTENER", "WORKLOAD", "TARGET", "RULES");
    for (JsonNode sidecar : report.path("sidecars")) {
      for (JsonNode listener : sidecar.path("listeners")) {
        listeners.add(
            sidecar.path("name").asText(),
            listener.path("listener").asText(),
            listener.path("workload").asText(),
            listener.path("target").asText(),
            EntryText.list(listener.path("rules")));
      }
    }
    listeners.print(out);
    out.println();
    TextTable columns = new TextTable("SIDE", "BITS", "COLUMN");
    for (Map.Entry<String, JsonNode> side : report.path("codes").properties()) {
      columns.add(
          side.getKey(),
          side.getValue().path("bits").asText(),
          "(all, of " + side.getValue().path("width").asText() + ")");
      for (Map.Entry<String, JsonNode> column : side.getValue().path("columns").properties()) {
        columns.add(side.getKey(), column.getValue().asText(), column.getKey());
      }
    }
    columns.print(out);
    report.path("notes").forEach(note -> out.println("note: " + note.asText()));
    out.println();
    certificate(report.path("certificate"), out);
  }

  private static void certificate(JsonNode certificate, PrintWriter out) {
    String compared = counts(certificate.path("compared"));
    out.println(
        "certificate: "
            + (certificate.path("holds").asBoolean() ? "holds" : "DOES NOT HOLD")
            + " ("
            + compared
            + ")");
    if (certificate.has("sampled")) {
      out.println("  sampled against the standards' text: " + counts(certificate.path("sampled")));
    }
    certificate.path("exceptions").forEach(e -> out.println("  except: " + e.asText()));
    certificate
        .path("faults")
        .forEach(
            f -> out.println("  fault: " + f.path("sentence").asText() + " " + f.path("witness")));
  }

  private static String counts(JsonNode counts) {
    return counts.properties().stream()
        .map(count -> count.getValue().asText() + " " + count.getKey())
        .collect(Collectors.joining(", "));
  }
}
