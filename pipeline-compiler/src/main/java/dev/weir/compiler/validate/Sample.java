package dev.weir.compiler.validate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.weir.compiler.validate.Condition.Truth;
import java.math.BigInteger;
import java.util.Optional;

/**
 * What a client sends, as far as it matters.
 *
 * @param http whether the connection carries HTTP
 * @param values of attributes; what is not among them is not settled
 */
record Sample(boolean http, ImmutableMap<Attribute, Value> values) {
  /** An attribute's value. */
  sealed interface Value {
    record Absent() implements Value {}

    record Is(String text) implements Value {}

    record Items(ImmutableList<String> texts) implements Value {}

    record At(BigInteger address) implements Value {}
  }

  static final Value ABSENT = new Value.Absent();

  /** A connection without HTTP of which nothing else is known. */
  static final Sample PLAIN = new Sample(false, ImmutableMap.of());

  static final Sample HTTP = new Sample(true, ImmutableMap.of());

  /** Whether it says anything that a witness can say. */
  boolean shows() {
    return http || !values.isEmpty();
  }

  /** As a witness says it. */
  Certificate.Request request() {
    ImmutableMap.Builder<String, String> more = ImmutableMap.builder();
    values.forEach(
        (attribute, value) -> {
          String text =
              switch (value) {
                case Value.Absent _ -> "(absent)";
                case Value.Is(String is) -> is;
                case Value.Items(ImmutableList<String> texts) -> texts.toString();
                case Value.At(BigInteger address) -> Block.address(address).toString();
              };
          switch (attribute) {
            case Attribute.Method _, Attribute.Path _ -> {}
            case Attribute.Header h -> more.put(h.name(), text);
            case Attribute.Claim c -> more.put("claim " + String.join(".", c.names()), text);
            case Attribute.ServerName _ -> more.put("server name", text);
            case Attribute.Remote _ -> more.put("client", text);
          }
        });
    return new Certificate.Request(
        text(Attribute.METHOD).orElse(http ? "GET" : ""),
        text(Attribute.PATH).orElse(http ? "/" : ""),
        more.buildOrThrow());
  }

  /** As a probe's request (docs/offline.md). */
  ObjectNode probe() {
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    if (http) {
      request.put("method", text(Attribute.METHOD).orElse("GET"));
      request.put("path", text(Attribute.PATH).orElse("/"));
    }
    values.forEach(
        (attribute, value) -> {
          JsonNode json =
              switch (value) {
                case Value.Absent _ -> MissingNode.getInstance();
                case Value.Is(String is) -> TextNode.valueOf(is);
                case Value.Items(ImmutableList<String> texts) -> {
                  ArrayNode array = JsonNodeFactory.instance.arrayNode();
                  texts.forEach(array::add);
                  yield array;
                }
                case Value.At(BigInteger address) ->
                    TextNode.valueOf(Block.address(address).toString());
              };
          if (json.isMissingNode()) {
            return;
          }
          switch (attribute) {
            case Attribute.Method _, Attribute.Path _ -> {}
            case Attribute.Header h -> {
              if (h.equals(Attribute.HOST)) {
                request.set("host", json);
              } else {
                request.withObjectProperty("headers").set(h.name(), json);
              }
            }
            case Attribute.Claim c -> {
              ObjectNode at = request.withObjectProperty("jwt");
              for (String name : c.names().subList(0, c.names().size() - 1)) {
                at = at.withObjectProperty(name);
              }
              at.set(c.names().getLast(), json);
            }
            case Attribute.ServerName _ -> request.set("sni", json);
            case Attribute.Remote _ -> request.set("remoteIp", json);
          }
        });
    return request;
  }

  Sample with(Attribute attribute, Value value) {
    return new Sample(
        http,
        ImmutableMap.<Attribute, Value>builderWithExpectedSize(values.size() + 1)
            .putAll(values)
            .put(attribute, value)
            .buildOrThrow());
  }

  /** The text of an attribute, where it is one. */
  Optional<String> text(Attribute attribute) {
    return values.get(attribute) instanceof Value.Is(String text)
        ? Optional.of(text)
        : Optional.empty();
  }

  Truth answers(Condition.Asks asks) {
    Value value = values.get(asks.attribute());
    if (value == null) {
      return Truth.UNKNOWN;
    }
    return Truth.of(
        switch (value) {
          case Value.Is(String text) ->
              asks.attribute() instanceof Attribute.Path
                  ? asks.view().of(text).filter(asks.text()::matches).isPresent()
                  : asks.text().matches(text);
          case Value.Items(ImmutableList<String> texts) ->
              asks.inLists() && texts.stream().anyMatch(asks.text()::matches);
          case Value.Absent _, Value.At _ -> false;
        });
  }

  /** Whether the forwarded address lies in a block; without HTTP it is the peer's. */
  Truth remote(Block block, BigInteger peer) {
    if (!http) {
      return Truth.of(block.holds(peer));
    }
    return values.get(Attribute.REMOTE) instanceof Value.At(BigInteger address)
        ? Truth.of(block.holds(address))
        : Truth.UNKNOWN;
  }
}
