package dev.weir.app.offline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import dev.weir.app.print.TextTable;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.validate.Difference;
import dev.weir.compiler.validate.Difference.Member;
import dev.weir.compiler.validate.Difference.Standing;
import dev.weir.p4runtime.info.Pipeline;
import dev.weir.reference.Probe;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a change allows and denies, as JSON and for people. */
final class DiffReport {
  private DiffReport() {}

  static ObjectNode json(
      ImmutableList<Difference> differences, Manifests before, Manifests after, Pipeline pipeline) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode list = json.putArray("differences");
    Probes witnesses = probes(differences);
    ArrayNode was = PlacementDecisions.decideAll(before, pipeline, witnesses);
    ArrayNode is = PlacementDecisions.decideAll(after, pipeline, witnesses);
    int place = 0;
    for (Difference difference : differences) {
      Optional<Protocol> protocol = protocol(difference.protocol());
      ObjectNode node = list.addObject();
      node.put("change", Ascii.toLowerCase(difference.kind().name()));
      members(node.putArray("from"), difference.from());
      members(node.putArray("to"), difference.to());
      node.put("protocol", protocol.map(Protocol::name).orElse("ICMP"));
      ArrayNode ports = node.putArray("ports");
      difference.ports().forEach(p -> ports.add(p.toString()));
      node.put("requests", difference.ofRequests() ? "some" : "all");
      node.set("witness", witness(difference));
      if (protocol.isEmpty()) {
        continue;
      }
      if (known(difference, Standing.ADDED)) {
        node.set("before", was.get(place));
      }
      if (known(difference, Standing.REMOVED)) {
        node.set("after", is.get(place));
      }
      place++;
    }
    return json;
  }

  /** The witnesses, but for ICMP's: of that there is no probe. */
  private static Probes probes(List<Difference> differences) {
    ArrayNode asked = JsonNodeFactory.instance.arrayNode();
    List<Probes.Ends> ends = new ArrayList<>();
    for (Difference difference : differences) {
      if (protocol(difference.protocol()).isPresent()) {
        asked.add(witness(difference));
        ends.add(new Probes.Ends(difference.witness().from(), difference.witness().to()));
      }
    }
    return new Probes(Probe.readAll(asked), List.copyOf(ends));
  }

  private static Optional<Protocol> protocol(int number) {
    return Arrays.stream(Protocol.values()).filter(p -> p.number() == number).findFirst();
  }

  /** Whether both ends of the witness are there where what stands {@code but} so is not. */
  private static boolean known(Difference difference, Standing but) {
    return difference.from().getFirst().standing() != but
        && difference.to().getFirst().standing() != but;
  }

  private static void members(ArrayNode array, List<Member> members) {
    for (Member member : members) {
      ObjectNode node = array.addObject();
      if (!member.workload().isEmpty()) {
        node.put("workload", member.workload());
      }
      node.put("addresses", member.addresses());
      if (member.standing() != Standing.IN_BOTH) {
        node.put("standing", Ascii.toLowerCase(member.standing().name()));
      }
    }
  }

  /** A probe, as {@code decide} takes it. */
  private static ObjectNode witness(Difference difference) {
    Difference.Witness witness = difference.witness();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("from", witness.from().toString()).put("to", witness.to().toString());
    protocol(difference.protocol())
        .ifPresent(p -> node.put("protocol", p.name()).put("port", witness.port()));
    witness.request().ifPresent(request -> node.set("request", request));
    return node;
  }

  static void print(JsonNode report, PrintWriter out) {
    if (report.path("differences").isEmpty()) {
      out.println("Nothing is allowed or denied that was not before.");
      return;
    }
    TextTable table =
        new TextTable("CHANGE", "FROM", "TO", "PORTS", "REQUESTS", "WITNESS", "BEFORE", "AFTER");
    Set<List<String>> told = new HashSet<>();
    for (JsonNode each : report.path("differences")) {
      List<String> what =
          List.of(
              each.path("change").asText(),
              members(each.path("from")),
              members(each.path("to")),
              (each.path("protocol").asText() + " " + texts(each.path("ports"))).strip(),
              each.path("requests").asText());
      if (!told.add(what)) {
        // The same of the workloads' other addresses.
        continue;
      }
      table.add(
          what.get(0),
          what.get(1),
          what.get(2),
          what.get(3),
          what.get(4),
          witness(each.path("witness")),
          decision(each.path("before")),
          decision(each.path("after")));
    }
    table.print(out);
  }

  private static String texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(item -> texts.add(item.asText()));
    return String.join(",", texts);
  }

  /** A workload has its addresses in the JSON form alone. */
  private static String members(JsonNode members) {
    List<String> names = new ArrayList<>();
    for (JsonNode member : members) {
      String name = member.path("workload").asText(member.path("addresses").asText());
      names.add(
          member.has("standing") ? name + " (" + member.path("standing").asText() + ")" : name);
    }
    List<String> different = names.stream().distinct().toList();
    return different.stream().limit(4).collect(Collectors.joining(", "))
        + (different.size() > 4 ? " and " + (different.size() - 4) + " more" : "");
  }

  private static String witness(JsonNode witness) {
    String ends = witness.path("from").asText() + " to " + witness.path("to").asText();
    if (!witness.has("port")) {
      return ends;
    }
    String request = witness.has("request") ? " " + request(witness.path("request")) : "";
    return ends + " port " + witness.path("port").asText() + request;
  }

  private static String request(JsonNode request) {
    List<String> words = new ArrayList<>();
    for (Map.Entry<String, JsonNode> part : request.properties()) {
      String value = part.getValue().isTextual() ? part.getValue().asText() : part.getValue() + "";
      switch (part.getKey()) {
        case "method", "path" -> words.add(value);
        default -> words.add(part.getKey() + "=" + value);
      }
    }
    return String.join(" ", words);
  }

  private static String decision(JsonNode decision) {
    return decision.isMissingNode()
        ? "-"
        : decision.path("verdict").asText()
            + (decision.path("rule").asText().isEmpty()
                ? ""
                : " by " + decision.path("rule").asText());
  }
}
