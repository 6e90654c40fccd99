package dev.weir.softswitch.trace;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Everything that happened to one packet, in order. */
public record PacketTrace(int port, String packet, List<TraceEvent> events) {
  private static final ObjectMapper JSON = new ObjectMapper();

  public PacketTrace {
    events = List.copyOf(events);
  }

  /** The frames that left, in order. */
  public List<TraceEvent.Output> outputs() {
    return events.stream()
        .filter(TraceEvent.Output.class::isInstance)
        .map(TraceEvent.Output.class::cast)
        .toList();
  }

  /** Why copies of the packet ended, in order. */
  public List<String> drops() {
    return events.stream()
        .filter(TraceEvent.Dropped.class::isInstance)
        .map(e -> ((TraceEvent.Dropped) e).cause())
        .toList();
  }

  /** One JSON object: port, packet and events, each with its {@code event} kind. */
  public String toJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("port", port);
    root.put("packet", packet);
    ArrayNode list = root.putArray("events");
    for (TraceEvent event : events) {
      ObjectNode node = list.addObject();
      node.put("event", kind(event));
      node.setAll((ObjectNode) JSON.valueToTree(event));
    }
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a trace is always JSON", e);
    }
  }

  private static String kind(TraceEvent event) {
    return switch (event) {
      case TraceEvent.Pass e -> "pass";
      case TraceEvent.ParserState e -> "parser_state";
      case TraceEvent.ParserError e -> "parser_error";
      case TraceEvent.Checksum e -> "checksum";
      case TraceEvent.Condition e -> "condition";
      case TraceEvent.TableLookup e -> "table";
      case TraceEvent.ActionRun e -> "action";
      case TraceEvent.Message e -> "message";
      case TraceEvent.Copy e -> "copy";
      case TraceEvent.Digest e -> "digest";
      case TraceEvent.Dropped e -> "dropped";
      case TraceEvent.Output e -> "output";
    };
  }

  /** One line per event, for people. */
  public String toText() {
    StringBuilder text = new StringBuilder();
    text.append("packet on port ").append(port).append(": ").append(packet).append('\n');
    for (TraceEvent event : events) {
      text.append("  ").append(line(event)).append('\n');
    }
    return text.toString();
  }

  private static String line(TraceEvent event) {
    return switch (event) {
      case TraceEvent.Pass e ->
          e.pipeline() + " (" + e.kind() + ", port " + e.port() + ", " + e.length() + " bytes)";
      case TraceEvent.ParserState e -> "parser " + e.name();
      case TraceEvent.ParserError e -> "parser stops: " + e.name();
      case TraceEvent.Checksum e -> "checksum " + e.name() + (e.right() ? " right" : " wrong");
      case TraceEvent.Condition e ->
          (e.source() == null ? e.name() : e.source()) + (e.holds() ? " true" : " false");
      case TraceEvent.TableLookup e ->
          "table "
              + e.table()
              + " "
              + pairs(e.key())
              + (e.hit() ? " hit " + e.entry() : " miss")
              + at(e.source());
      case TraceEvent.ActionRun e ->
          "  action " + e.action() + " " + pairs(e.parameters()) + at(e.source());
      case TraceEvent.Message e -> "log " + e.text();
      case TraceEvent.Copy e -> e.kind() + (e.port() < 0 ? "" : " to port " + e.port());
      case TraceEvent.Digest e -> "digest " + e.name();
      case TraceEvent.Dropped e -> "dropped: " + e.cause();
      case TraceEvent.Output e -> "out on port " + e.port() + ": " + e.bytes();
    };
  }

  private static String at(@Nullable String source) {
    return source == null ? "" : " at " + source;
  }

  private static String pairs(List<TraceEvent.KeyValue> pairs) {
    StringBuilder text = new StringBuilder("(");
    for (TraceEvent.KeyValue pair : pairs) {
      if (text.length() > 1) {
        text.append(", ");
      }
      text.append(pair.name()).append('=').append(pair.value());
    }
    return text.append(')').toString();
  }
}
