package dev.weir.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.weir.reference.Attribute.CarriesHttp;
import dev.weir.reference.Attribute.Claim;
import dev.weir.reference.Attribute.Header;
import dev.weir.reference.Attribute.Host;
import dev.weir.reference.Attribute.Method;
import dev.weir.reference.Attribute.Path;
import dev.weir.reference.Attribute.RemoteAddress;
import dev.weir.reference.Attribute.ServerName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a client sends, as far as it is known. It notes what is asked of what is not known, so that
 * values can be tried that tell all the askers apart.
 */
final class Sent {
  /** What is asked of an attribute. */
  sealed interface Question {
    /**
     * A text that matches one of the patterns.
     *
     * @param inLists whether a list passes of which one item does
     */
    record Text(List<Glob> anyOf, boolean inLists) implements Question {
      boolean passes(String text) {
        return anyOf.stream().anyMatch(glob -> glob.matches(text));
      }
    }

    record Within(Block block) implements Question {}
  }

  /** An attribute's value: texts (one, or a list of a claim's), an address, or yes and no. */
  sealed interface Value {
    record Absent() implements Value {}

    record Text(String text) implements Value {}

    record Texts(List<String> texts) implements Value {}

    record At(Address address) implements Value {}

    record Is(boolean yes) implements Value {}
  }

  private static final Value ABSENT = new Value.Absent();

  private final Optional<Probe.Request> request;
  private final Address peer;
  private final Paths.Normalization normalization;
  private final Map<Attribute, Value> assumed;
  private final Map<Attribute, Set<Question>> unanswered = new LinkedHashMap<>();

  private Sent(
      Optional<Probe.Request> request,
      Address peer,
      Paths.Normalization normalization,
      Map<Attribute, Value> assumed) {
    this.request = request;
    this.peer = peer;
    this.normalization = normalization;
    this.assumed = assumed;
  }

  static Sent of(Optional<Probe.Request> request, Address peer, Paths.Normalization normalization) {
    return new Sent(request, peer, normalization, Map.of());
  }

  /** The same with one more thing assumed. */
  Sent assuming(Attribute attribute, Value value) {
    Map<Attribute, Value> more = new HashMap<>(assumed);
    more.put(attribute, value);
    return new Sent(request, peer, normalization, more);
  }

  /** Whether a claim may have a value beside what is assumed of others. */
  boolean allows(Attribute attribute, Value value) {
    return !(attribute instanceof Claim claim)
        || value instanceof Value.Absent
        || assumed.entrySet().stream()
            .noneMatch(
                entry ->
                    entry.getKey() instanceof Claim other
                        && other.overlaps(claim)
                        && !(entry.getValue() instanceof Value.Absent));
  }

  Map<Attribute, Set<Question>> unanswered() {
    return unanswered;
  }

  /** Whether it is HTTP, on a port where nobody says: a request in the probe says so. */
  Truth carriesHttp() {
    if (request.isPresent()) {
      return Truth.of(request.get().isHttp());
    }
    if (assumed.get(new CarriesHttp()) instanceof Value.Is is) {
      return Truth.of(is.yes());
    }
    unanswered.computeIfAbsent(new CarriesHttp(), _ -> new LinkedHashSet<>());
    return Truth.UNKNOWN;
  }

  /** Whether it is a text that matches one of the patterns; what is absent matches none. */
  Truth matches(Attribute attribute, List<Glob> anyOf) {
    return answer(attribute, new Question.Text(anyOf, false));
  }

  /** The same, or a list of texts of which one matches. */
  Truth holds(Attribute attribute, List<Glob> anyOf) {
    return answer(attribute, new Question.Text(anyOf, true));
  }

  Truth lies(Block block) {
    return answer(new RemoteAddress(), new Question.Within(block));
  }

  private Truth answer(Attribute attribute, Question question) {
    Optional<Value> value = value(attribute);
    if (value.isEmpty()) {
      unanswered.computeIfAbsent(attribute, _ -> new LinkedHashSet<>()).add(question);
      return Truth.UNKNOWN;
    }
    return Truth.of(answers(value.get(), question));
  }

  private static boolean answers(Value value, Question question) {
    return switch (question) {
      case Question.Text asked ->
          switch (value) {
            case Value.Text(String text) -> asked.passes(text);
            case Value.Texts(List<String> texts) ->
                asked.inLists() && texts.stream().anyMatch(asked::passes);
            case Value.Absent _, Value.At _, Value.Is _ -> false;
          };
      case Question.Within asked ->
          value instanceof Value.At(Address address) && asked.block().contains(address);
    };
  }

  private Optional<Value> value(Attribute attribute) {
    if (assumed.containsKey(attribute)) {
      return Optional.of(assumed.get(attribute));
    }
    return request.map(
        sent ->
            switch (attribute) {
              case CarriesHttp _ -> new Value.Is(sent.isHttp());
              case Method _ -> text(sent.method());
              case Host _ -> text(sent.host());
              case Path _ -> text(sent.path().map(path -> Paths.matched(path, normalization)));
              case Header header -> text(Optional.ofNullable(sent.headers().get(header.name())));
              case Claim claim -> claim(sent.jwt(), claim.names());
              // TLS has no empty server name; an empty one is none.
              case ServerName _ -> text(sent.sni().filter(name -> !name.isEmpty()));
              case RemoteAddress _ ->
                  new Value.At(sent.remoteIp().map(Address::parse).orElse(peer));
            });
  }

  private static Value text(Optional<String> text) {
    return text.<Value>map(Value.Text::new).orElse(ABSENT);
  }

  /**
   * Istio's page on JWT claims: "Only claims of type string, list of strings … are supported", and
   * nested ones by their names. RequestAuthentication: the claims {@code scope} and {@code
   * permission} are lists separated by spaces.
   */
  private static Value claim(JsonNode jwt, List<String> names) {
    JsonNode claim = jwt;
    for (String name : names) {
      claim = claim.isObject() && claim.has(name) ? claim.get(name) : MissingNode.getInstance();
    }
    if (claim.isTextual()) {
      String text = claim.textValue();
      boolean spaced = names.equals(List.of("scope")) || names.equals(List.of("permission"));
      return spaced && text.contains(" ")
          ? new Value.Texts(List.of(text.trim().split(" +")))
          : new Value.Text(text);
    }
    List<String> texts = new ArrayList<>();
    if (claim.isArray()) {
      claim.forEach(
          item -> {
            if (item.isTextual()) {
              texts.add(item.textValue());
            }
          });
    }
    return texts.isEmpty() ? ABSENT : new Value.Texts(texts);
  }
}
