package dev.weir.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a rule names, and the nearest that it does not, for each member of a probe. A rule's text is
 * gone through without asking what its fields mean together.
 */
final class Choices {
  /** Pods that differ in what a rule asks of them; more tell little more. */
  private static final int MOST_PODS = 10;

  private static final int MOST_ADDRESSES = 12;
  private static final int MOST_VALUES = 10;

  /** Of blocks for documentation: no rule's, mostly. */
  private static final List<String> STRANGERS = List.of("203.0.113.77", "2001:db8::77");

  /**
   * A member of a probe.
   *
   * @param names from the outside in
   * @param ofRequest whether it is a member of the probe's request
   */
  record Place(List<String> names, boolean ofRequest) {
    static Place of(String name) {
      return new Place(List.of(name), false);
    }

    static Place ofRequest(String... names) {
      return new Place(List.of(names), true);
    }

    void put(ObjectNode object, JsonNode value) {
      ObjectNode inner = object;
      for (String name : names.subList(0, names.size() - 1)) {
        // A claim that another asks to be a text stays one.
        if (inner.path(name).isValueNode()) {
          return;
        }
        inner = inner.withObjectProperty(name);
      }
      inner.set(names.getLast(), value);
    }
  }

  /** The values of a member to choose from; missing where it may be left out. */
  record Dimension(Place place, List<JsonNode> values) {}

  private final Reference reference;
  private final Boundaries.Rule rule;
  private final Set<String> changed;
  private final Set<String> labels = new TreeSet<>();
  private final Set<String> addresses = new LinkedHashSet<>();
  private final Set<Integer> ports = new LinkedHashSet<>();
  private final Set<String> protocols = new LinkedHashSet<>(List.of("TCP"));
  private final Map<Place, Set<JsonNode>> sent = new LinkedHashMap<>();

  Choices(Reference reference, Boundaries.Rule rule, Set<String> changed) {
    this.reference = reference;
    this.rule = rule;
    this.changed = changed;
    Field spec = rule.policy().spec();
    for (String selector : List.of("podSelector", "selector", "subject")) {
      gather(selector, spec.get(selector).json());
    }
    gather("", rule.field().json());
    protocols.add("UDP");
  }

  List<Dimension> dimensions() {
    List<Pod> pods = pods();
    for (Pod pod : pods) {
      pod.ports().stream().limit(5).forEach(port -> ports.add(port.number()));
    }
    ports.add(80);
    Set<String> ends = new LinkedHashSet<>();
    pods.forEach(pod -> pod.addresses().forEach(address -> ends.add(address.text())));
    addresses.stream().limit(MOST_ADDRESSES).forEach(ends::add);
    ends.addAll(STRANGERS);
    List<Dimension> dimensions = new ArrayList<>();
    dimensions.add(new Dimension(Place.of("from"), texts(ends)));
    dimensions.add(new Dimension(Place.of("to"), texts(ends)));
    dimensions.add(new Dimension(Place.of("protocol"), texts(protocols)));
    dimensions.add(
        new Dimension(
            Place.of("port"),
            ports.stream()
                .limit(MOST_VALUES)
                .<JsonNode>map(JsonNodeFactory.instance::numberNode)
                .toList()));
    send(Place.ofRequest("method"), "GET");
    send(Place.ofRequest("path"), "/");
    sent.forEach(
        (place, values) -> {
          List<JsonNode> some = new ArrayList<>(values.stream().limit(MOST_VALUES).toList());
          some.add(MissingNode.getInstance());
          dimensions.add(new Dimension(place, some));
        });
    return dimensions;
  }

  private static List<JsonNode> texts(Set<String> texts) {
    return texts.stream().<JsonNode>map(JsonNodeFactory.instance::textNode).toList();
  }

  /** One pod of each kind that the rule can tell, changed ones and the policy's own first. */
  private List<Pod> pods() {
    Map<List<?>, Pod> changedOnes = new LinkedHashMap<>();
    Map<List<?>, Pod> near = new LinkedHashMap<>();
    Map<List<?>, Pod> far = new LinkedHashMap<>();
    for (Pod pod : reference.inventory().pods()) {
      List<Object> asked = new ArrayList<>(List.of(pod.namespace(), pod.serviceAccount()));
      Map<String, String> namespaceLabels = reference.inventory().namespaceLabels(pod.namespace());
      for (String label : labels) {
        asked.add(pod.labels().getOrDefault(label, "(none)"));
        asked.add(namespaceLabels.getOrDefault(label, "(none)"));
      }
      Map<List<?>, Pod> group =
          changed.contains("Pod " + pod.id())
              ? changedOnes
              : pod.namespace().equals(rule.policy().namespace()) ? near : far;
      group.putIfAbsent(asked, pod);
    }
    List<Pod> pods = new ArrayList<>();
    changedOnes.values().stream().limit(MOST_PODS / 2).forEach(pods::add);
    // Neither kind crowds the other out.
    near.values().stream().limit(MOST_PODS / 2).forEach(pods::add);
    far.values().stream().limit(MOST_PODS - (long) pods.size()).forEach(pods::add);
    near.values().stream()
        .skip(MOST_PODS / 2)
        .limit(Math.max(0, MOST_PODS - pods.size()))
        .forEach(pods::add);
    return pods;
  }

  private void gather(String name, JsonNode node) {
    if (node.isObject()) {
      if (node.has("key") && (node.has("values") || node.has("notValues"))) {
        attribute(node.get("key").asText(), node.path("values"));
        attribute(node.get("key").asText(), node.path("notValues"));
      }
      if (node.has("key") && name.equals("matchExpressions")) {
        labels.add(node.get("key").asText());
      }
      if (name.equals("matchLabels")) {
        node.fieldNames().forEachRemaining(labels::add);
      }
      node.properties().forEach(each -> gather(each.getKey(), each.getValue()));
    } else if (node.isArray()) {
      node.forEach(item -> gather(name, item));
    } else if (node.isIntegralNumber()) {
      port(node.intValue());
    } else if (node.isTextual()) {
      text(name, node.textValue());
    }
    if (Set.of("tcp", "udp", "sctp").contains(name)) {
      protocols.add(name.toUpperCase(Locale.ROOT));
    }
  }

  private void text(String name, String text) {
    switch (name) {
      case "protocol" -> protocols.add(text);
      case "ports", "notPorts" -> port(Integer.parseInt(text));
      case "methods", "notMethods" -> send(Place.ofRequest("method"), variants(text));
      case "paths", "notPaths" -> send(Place.ofRequest("path"), variants(text));
      case "hosts", "notHosts" -> {
        send(Place.ofRequest("host"), variants(text));
        send(Place.ofRequest("host"), text.toUpperCase(Locale.ROOT).replace("*", "X"));
      }
      case "requestPrincipals", "notRequestPrincipals" -> requestPrincipal(text);
      case "remoteIpBlocks", "notRemoteIpBlocks" -> block(text, true);
      default -> block(text, false);
    }
  }

  private void attribute(String key, JsonNode values) {
    for (JsonNode value : values) {
      String text = value.asText();
      if (key.startsWith("request.headers[")) {
        String header = inBrackets(key)[0].toLowerCase(Locale.ROOT);
        Place place =
            switch (header) {
              case "host", ":authority" -> Place.ofRequest("host");
              case ":method" -> Place.ofRequest("method");
              default -> Place.ofRequest("headers", header);
            };
        send(place, variants(text));
      } else if (key.startsWith("request.auth.claims[")) {
        claim(text, inBrackets(key));
      } else {
        switch (key) {
          case "request.auth.audiences" -> claim(text, "aud");
          case "request.auth.presenter" -> claim(text, "azp");
          case "request.auth.principal" -> requestPrincipal(text);
          case "connection.sni" -> send(Place.ofRequest("sni"), variants(text));
          case "destination.port" -> port(Integer.parseInt(text));
          case "remote.ip" -> block(text, true);
          default -> {} // asked of ends, and gathered as a block where it is one
        }
      }
    }
  }

  private static String[] inBrackets(String key) {
    return key.substring(key.indexOf('[') + 1, key.length() - 1).split("]\\[", -1);
  }

  private void requestPrincipal(String text) {
    int slash = text.lastIndexOf('/');
    claim(slash < 0 ? text : text.substring(0, slash), "iss");
    claim(text.substring(slash + 1), "sub");
  }

  /** A claim is a text, or a list of which one item counts, but for an issuer or subject. */
  private void claim(String pattern, String... names) {
    List<String> place = new ArrayList<>(List.of("jwt"));
    place.addAll(Arrays.asList(names));
    Place claim = new Place(place, true);
    send(claim, variants(pattern));
    send(claim, JsonNodeFactory.instance.arrayNode().add("other").add(variants(pattern)[0]));
  }

  private void port(int number) {
    for (int each : new int[] {number, number + 1, number - 1}) {
      if (each >= 0 && each <= 65535) {
        ports.add(each);
      }
    }
  }

  /** The ends of a block, and what lies just beyond them; of everything there is no beyond. */
  private void block(String text, boolean forwarded) {
    Field field = Field.of("", JsonNodeFactory.instance.textNode(text));
    Block block;
    try {
      block = Block.addressOrCidr(field);
    } catch (ReferenceException e) {
      return;
    }
    if (block.length() == 0) {
      return;
    }
    for (Address each :
        new Address[] {
          block.first().plus(1), block.first().plus(-1), block.last(), block.last().plus(1)
        }) {
      addresses.add(each.text());
      if (forwarded) {
        send(Place.ofRequest("remoteIp"), each.text());
      }
    }
  }

  private void send(Place place, String... values) {
    for (String value : values) {
      send(place, JsonNodeFactory.instance.textNode(value));
    }
  }

  private void send(Place place, JsonNode value) {
    sent.computeIfAbsent(place, _ -> new LinkedHashSet<>()).add(value);
  }

  /** A text that the pattern takes, and one that it barely does not, or barely does. */
  private static String[] variants(String pattern) {
    String filled = pattern.replace("{**}", "s/t").replace("{*}", "s").replace("*", "x");
    String bare = pattern.replace("{**}", "").replace("{*}", "").replace("*", "");
    return new String[] {filled, bare, filled + "y", "z" + filled};
  }
}
