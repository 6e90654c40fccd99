package dev.weir.softswitch.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import dev.weir.softswitch.engine.Entry;
import dev.weir.softswitch.engine.Program;
import dev.weir.softswitch.engine.ProgramException;
import dev.weir.softswitch.engine.Switch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.WriteRequest;

/**
 * Marks a program's const entries (P4Runtime 1.5 §9.1.5). A table may have const entries beside
 * others; BMv2 JSON has no place for that, the entries file that p4c writes does. The soft switch
 * reads the mark, the member {@code is_const} of an entry, and other readers pass over it.
 */
public final class ConstEntries {
  private ConstEntries() {}

  /**
   * The JSON with its const entries marked.
   *
   * @param json BMv2 JSON
   * @param p4info P4Info, protobuf text
   * @param entries the entries file, protobuf text: a WriteRequest
   * @throws IllegalArgumentException when they do not belong together, with the reason
   */
  public static String mark(byte[] json, String p4info, String entries) throws IOException {
    ForwardingPipelineConfig.Builder config =
        ForwardingPipelineConfig.newBuilder().setP4DeviceConfig(ByteString.copyFrom(json));
    WriteRequest.Builder updates = WriteRequest.newBuilder();
    parse("P4Info", p4info, config.getP4InfoBuilder());
    parse("the entries", entries, updates);
    PipelineView view;
    try {
      view = new PipelineView(config.build(), Program.load(json, Switch.DROP_PORT, message -> {}));
    } catch (ProgramException | Refused e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    ObjectMapper mapper = new ObjectMapper();
    JsonNode document = mapper.readTree(json);
    for (int i = 0; i < updates.getUpdatesCount(); i++) {
      TableEntry entry = updates.getUpdates(i).getEntity().getTableEntry();
      if (entry.getIsConst()) {
        try {
          node(document, view, entry).put("is_const", true);
        } catch (Refused e) {
          throw new IllegalArgumentException(
              e.below("updates[" + i + "].entity.table_entry").problem(), e);
        }
      }
    }
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(document);
  }

  private static void parse(String what, String text, Message.Builder to) {
    try {
      TextFormat.merge(text, to);
    } catch (TextFormat.ParseException e) {
      throw new IllegalArgumentException(what + ": " + e.getMessage(), e);
    }
  }

  /** The entry in the document: p4c counts priorities otherwise there, so the match decides. */
  private static ObjectNode node(JsonNode document, PipelineView view, TableEntry asked) {
    TableView table = view.tables.get(asked.getTableId());
    if (table == null) {
      throw Refused.notFound("table_id", "there is no table " + asked.getTableId());
    }
    var matches = Matches.key(table, asked, Matches.Texts.KNOWN).matches();
    List<Integer> found = new ArrayList<>();
    int at = 0;
    for (Entry entry : view.program.inForce().state(table.table()).entries()) {
      if (entry.key().matches().equals(matches)) {
        found.add(at);
      }
      at++;
    }
    if (found.size() != 1) {
      throw Refused.invalid(
          "match",
          "table " + table.name() + " has " + found.size() + " entries with this match, not 1");
    }
    for (JsonNode pipeline : document.get("pipelines")) {
      for (JsonNode each : pipeline.get("tables")) {
        if (each.get("name").asText().equals(table.name())) {
          return (ObjectNode) each.get("entries").get(found.getFirst());
        }
      }
    }
    throw new IllegalStateException("table " + table.name() + " was read from the document");
  }
}
