package dev.weir.rest.weir;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.placement.Placement;
import dev.weir.controller.CounterReading;
import dev.weir.controller.MeshSnapshot;
import dev.weir.controller.TargetStatus;
import dev.weir.controller.TargetStatuses;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.wire.CounterCodec.Count;
import java.util.Locale;

/** What the controller knows, as JSON. */
final class MeshForm {
  /** The places of {@code openings} (docs/pipeline-contract.md). */
  private static final ImmutableList<String> OPENINGS =
      ImmutableList.of("direct", "steered", "denied", "bySidecar");

  /** The places of {@code drops} (docs/pipeline-contract.md). */
  private static final ImmutableList<String> DROPS =
      ImmutableList.of(
          "unparsed",
          "spoofed",
          "neighbourUnanswered",
          "oddTcpFlags",
          "deniedByPolicy",
          "noCell",
          "notSteerable",
          "addressedToSidecar",
          "cut",
          "noRoute",
          "icmpErrorWithoutConnection",
          "hopLimit",
          "deniedUpstream");

  private MeshForm() {}

  /** Adds {@code inForce} and {@code targets}. */
  static ObjectNode targets(ObjectNode node, TargetStatuses statuses) {
    node.put("inForce", statuses.inForce());
    ArrayNode targets = node.putArray("targets");
    for (TargetStatus status : statuses.targets()) {
      targets
          .addObject()
          .put("target", status.name())
          .put("kind", status.kind().name().toLowerCase(Locale.ROOT))
          .put("inForce", status.inForce())
          .put("revision", status.revision())
          .put("lacking", status.lacking());
    }
    return node;
  }

  static ObjectNode status(MeshSnapshot snapshot) {
    ObjectNode node = object().put("revision", snapshot.revision());
    targets(node, snapshot.targets());
    node.put("problem", snapshot.problem().orElse(""));
    snapshot
        .fabric()
        .ifPresent(
            fabric ->
                node.putObject("fabric")
                    .put("switch", fabric.switchName())
                    .put("attachments", fabric.attachments().size()));
    node.put("workloads", snapshot.intent().workloads().size());
    node.put("rules", snapshot.intent().rules().size());
    ArrayNode foreign = node.putArray("foreignEntries");
    snapshot.foreign().forEach(entry -> foreign.add(EntryForm.entry(entry)));
    return node;
  }

  static ObjectNode placement(MeshSnapshot snapshot) {
    ObjectNode node = object().put("revision", snapshot.revision());
    node.put("problem", snapshot.problem().orElse(""));
    ArrayNode rules = node.putArray("rules");
    ArrayNode entries = node.putArray("entries");
    ArrayNode sidecars = node.putArray("sidecars");
    ArrayNode exceptions = node.putArray("exceptions");
    snapshot
        .placement()
        .ifPresent(
            placement -> {
              placement.rules().forEach(rule -> rules.add(rule.toJson()));
              placement.entries().forEach(entry -> entries.add(entry(entry)));
              placement.sidecars().values().forEach(sidecar -> sidecars.add(sidecar(sidecar)));
              placement.exceptions().forEach(denied -> exceptions.add(denied.toJson()));
            });
    return node;
  }

  private static ObjectNode entry(Placement.PlacedEntry placed) {
    ObjectNode node = EntryForm.entry(placed.entry());
    rules(node, placed.rules());
    return node.put("reason", placed.reason());
  }

  private static void rules(ObjectNode node, ImmutableList<Rule.Id> rules) {
    ArrayNode list = node.putArray("rules");
    rules.forEach(rule -> list.add(rule.toString()));
  }

  private static ObjectNode sidecar(Placement.SidecarConfig sidecar) {
    ObjectNode node = object().put("name", sidecar.name());
    ArrayNode listeners = node.putArray("listeners");
    for (Placement.Listener listener : sidecar.listeners()) {
      ObjectNode item =
          listeners
              .addObject()
              .put("address", listener.address().toString())
              .put("port", listener.port())
              .put("workload", listener.workload())
              .put("target", listener.target().toString())
              .put("application", listener.application().name().toLowerCase(Locale.ROOT))
              .put("full", listener.full())
              .put("allow", RequestForm.text(listener.allow()))
              .put("allowWithoutHttp", RequestForm.text(listener.allowWithoutHttp()));
      rules(item, listener.rules());
    }
    ArrayNode upstreams = node.putArray("upstreams");
    sidecar.upstreams().forEach(target -> upstreams.add(target.toString()));
    return node;
  }

  static ObjectNode counters(MeshSnapshot snapshot) {
    CounterReading reading = snapshot.counters();
    ObjectNode node = object();
    node.put("at", reading.at().map(Object::toString).orElse(""));
    reading.indexed().forEach((counter, counts) -> node.set(counter, indexed(counter, counts)));
    ArrayNode entries = node.putArray("entries");
    reading.entries().forEach((key, count) -> entries.add(counted(key, count, snapshot)));
    return node;
  }

  private static ObjectNode indexed(String counter, ImmutableList<Count> counts) {
    ImmutableList<String> names =
        switch (counter) {
          case "openings" -> OPENINGS;
          case "drops" -> DROPS;
          default -> ImmutableList.of();
        };
    ObjectNode node = object();
    for (int i = 0; i < counts.size(); i++) {
      if (i >= names.size() && counts.get(i).packets() == 0) {
        continue;
      }
      String name = i < names.size() ? names.get(i) : Integer.toString(i);
      count(node.putObject(name), counts.get(i));
    }
    return node;
  }

  private static ObjectNode counted(Entry.Key key, Count count, MeshSnapshot snapshot) {
    ObjectNode node = count(EntryForm.key(key), count);
    ArrayNode rules = node.putArray("rules");
    snapshot.placement().stream()
        .flatMap(placement -> placement.entries().stream())
        .filter(placed -> placed.entry().key().equals(key))
        .forEach(placed -> placed.rules().forEach(rule -> rules.add(rule.toString())));
    return node;
  }

  private static ObjectNode count(ObjectNode node, Count count) {
    return node.put("packets", count.packets()).put("bytes", count.bytes());
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
