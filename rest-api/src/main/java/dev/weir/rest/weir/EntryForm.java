package dev.weir.rest.weir;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;

/** Table entries as JSON. Values are hexadecimal texts, for JSON's numbers end at 53 bits. */
final class EntryForm {
  private EntryForm() {}

  /** {@code table}, {@code matches}, {@code priority}, {@code default}. */
  static ObjectNode key(Entry.Key key) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("table", key.table());
    ObjectNode matches = node.putObject("matches");
    key.matches().forEach((field, match) -> matches.set(field, match(match)));
    node.put("priority", key.priority());
    return node.put("default", key.isDefault());
  }

  /** The key's fields and {@code action}, {@code params}. */
  static ObjectNode entry(Entry entry) {
    ObjectNode node = key(entry.key());
    Action action = entry.action();
    node.put("action", action.name());
    ObjectNode params = node.putObject("params");
    action.params().forEach((name, value) -> params.put(name, value.toString()));
    return node;
  }

  private static ObjectNode match(Match match) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    return switch (match) {
      case Match.Exact exact -> node.put("kind", "exact").put("value", exact.value().toString());
      case Match.Lpm lpm ->
          node.put("kind", "lpm")
              .put("value", lpm.value().toString())
              .put("prefixLength", lpm.prefixLength());
      case Match.Ternary ternary ->
          node.put("kind", "ternary")
              .put("value", ternary.value().toString())
              .put("mask", ternary.mask().toString());
      case Match.Range range ->
          node.put("kind", "range")
              .put("low", range.low().toString())
              .put("high", range.high().toString());
      case Match.Optional optional ->
          node.put("kind", "optional").put("value", optional.value().toString());
    };
  }
}
