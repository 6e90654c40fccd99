package dev.weir.compiler.explain;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import java.util.Optional;

/**
 * Who decides about a connection or request, and why.
 *
 * @param tier where the verdict falls; NONE where neither tier could or had to decide
 * @param rules those that give the verdict, the first of them by name first
 * @param entry the switch's entry behind it; empty where a table's default decides
 * @param layers the policy tables that a packet meets
 * @param sidecar where the connection is steered
 * @param assumptions what the verdict takes for granted
 */
public record Explanation(
    Party from,
    Party to,
    String protocol,
    int port,
    Verdict verdict,
    Way way,
    Placement.Tier tier,
    Why why,
    ImmutableList<Rule.Id> rules,
    Optional<Entry> entry,
    ImmutableList<LayerDecision> layers,
    Optional<SidecarDecision> sidecar,
    ImmutableList<String> assumptions) {

  /** Verdicts of an explanation. */
  public enum Verdict {
    ALLOW,
    DENY,
    /** An external authorizer decides. */
    CUSTOM,
    /** On the request, of which the probe has none. */
    DEPENDS
  }

  /** Which way the connection takes. */
  public enum Way {
    DIRECT,
    STEERED,
    DROPPED
  }

  /** A reason with its stable code. */
  public record Why(String code, String sentence) {}

  /**
   * One end.
   *
   * @param workload empty for world
   */
  public record Party(IpAddress address, Optional<String> workload) {}

  /** What one policy table gives. */
  public record LayerDecision(
      Rule.Layer layer,
      String table,
      String action,
      Optional<Entry> entry,
      ImmutableList<Rule.Id> rules,
      Why why) {}

  /** The listener that the connection is steered to. */
  public record SidecarDecision(
      String name, String listener, boolean full, String allows, ImmutableList<Rule.Id> rules) {}

  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("verdict", word(verdict)).put("way", word(way)).put("tier", word(tier));
    json.set("from", party(from));
    json.set("to", party(to));
    json.put("protocol", protocol).put("port", port);
    json.set("reason", why(why));
    json.set("rules", rules(rules));
    entry.ifPresent(e -> json.set("entry", entry(e)));
    sidecar.ifPresent(
        s -> {
          ObjectNode node = json.putObject("sidecar");
          node.put("name", s.name())
              .put("listener", s.listener())
              .put("wholePolicy", s.full())
              .put("allows", s.allows());
          node.set("rules", rules(s.rules()));
        });
    ArrayNode layersNode = json.putArray("layers");
    for (LayerDecision layer : layers) {
      ObjectNode node = layersNode.addObject();
      node.put("layer", word(layer.layer()))
          .put("table", layer.table())
          .put("action", layer.action());
      node.set("rules", rules(layer.rules()));
      node.set("reason", why(layer.why()));
      layer.entry().ifPresent(e -> node.set("entry", entry(e)));
    }
    ArrayNode assumptionsNode = json.putArray("assumptions");
    assumptions.forEach(assumptionsNode::add);
    return json;
  }

  private static String word(Enum<?> value) {
    return Ascii.toLowerCase(value.name()).replace('_', '-');
  }

  private static ObjectNode party(Party party) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("address", party.address().toString());
    node.put("identity", party.workload().orElse("world"));
    return node;
  }

  private static ObjectNode why(Why why) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("code", why.code())
        .put("sentence", why.sentence());
  }

  private static ArrayNode rules(Iterable<Rule.Id> rules) {
    ArrayNode node = JsonNodeFactory.instance.arrayNode();
    rules.forEach(r -> node.add(r.toString()));
    return node;
  }

  /** An entry by names: {@code {table, priority, match: {field: text}, action, params: {…}}}. */
  public static ObjectNode entry(Entry entry) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("table", entry.table()).put("priority", entry.key().priority());
    ObjectNode match = node.putObject("match");
    entry.key().matches().forEach((field, m) -> match.put(field, text(m)));
    node.put("action", entry.action().name());
    ObjectNode params = node.putObject("params");
    entry.action().params().forEach((name, value) -> params.put(name, value.toString()));
    return node;
  }

  private static String text(Match match) {
    return switch (match) {
      case Match.Exact(Bits value) -> value.toString();
      case Match.Lpm l -> l.value() + "/" + l.prefixLength();
      case Match.Ternary t -> t.value() + "&&&" + t.mask();
      case Match.Range r -> r.low().value() + ".." + r.high().value();
      case Match.Optional(Bits value) -> value.toString();
    };
  }
}
