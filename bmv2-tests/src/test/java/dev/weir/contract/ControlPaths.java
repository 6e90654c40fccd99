package dev.weir.contract;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Every way through a pipeline of p4c's BMv2 JSON, whatever its tables hold. Of the fields only
 * some are followed, by what the way says of them; anything else takes every branch.
 */
final class ControlPaths {
  /**
   * What is known on a way.
   *
   * @param is fields with their value
   * @param isNot values that fields do not have
   * @param took which action each followed table took
   */
  record State(
      TreeMap<String, Long> is,
      TreeMap<String, TreeSet<Long>> isNot,
      TreeMap<String, String> took) {

    State with(String field, long value) {
      State next = without(field);
      next.is.put(field, value);
      return next;
    }

    State without(String field) {
      State next = copy();
      next.is.remove(field);
      next.isNot.remove(field);
      return next;
    }

    State butNot(String field, long value) {
      State next = copy();
      next.isNot.computeIfAbsent(field, _ -> new TreeSet<>()).add(value);
      return next;
    }

    private State copy() {
      TreeMap<String, TreeSet<Long>> excluded = new TreeMap<>();
      isNot.forEach((field, values) -> excluded.put(field, new TreeSet<>(values)));
      return new State(new TreeMap<>(is), excluded, new TreeMap<>(took));
    }

    boolean isKnown(String field, long value) {
      Long known = is.get(field);
      return known != null && known == value;
    }

    boolean cannotBe(String field, long value) {
      Long known = is.get(field);
      return known != null
          ? known != value
          : isNot.getOrDefault(field, new TreeSet<>()).contains(value);
    }
  }

  private record Place(String node, State state) {}

  private record Answer(boolean holds, State state) {}

  /** Stands for what is asked of the flags SYN and ACK. */
  static final String IS_SYN = "tcp.flags & 0x12";

  private final Map<String, JsonNode> tables = new HashMap<>();
  private final Map<String, JsonNode> conditions = new HashMap<>();
  private final Map<Integer, JsonNode> actions = new HashMap<>();
  private final String first;
  private final Set<String> fields;
  private final Set<String> followed;

  /**
   * @param fields those to follow
   * @param followed tables whose actions are noted
   */
  ControlPaths(JsonNode program, Set<String> fields, Set<String> followed) {
    this.fields = fields;
    this.followed = followed;
    program.path("actions").forEach(a -> actions.put(a.path("id").intValue(), a));
    for (JsonNode action : actions.values()) {
      for (JsonNode each : action.path("primitives")) {
        if (each.path("parameters").path(0).toString().contains("[\"tcp\",\"flags\"]")) {
          throw new IllegalArgumentException("an action changes tcp.flags: " + action);
        }
      }
    }
    JsonNode ingress = program.path("pipelines").get(0);
    first = ingress.path("init_table").textValue();
    ingress.path("tables").forEach(t -> tables.put(t.path("name").textValue(), t));
    ingress.path("conditionals").forEach(c -> conditions.put(c.path("name").textValue(), c));
  }

  Set<String> tables() {
    return tables.keySet();
  }

  /** What may be known where {@code table} is applied. */
  Set<State> reaching(String table) {
    Set<State> reaching = new HashSet<>();
    Set<Place> seen = new HashSet<>();
    Deque<Place> open = new ArrayDeque<>();
    open.add(new Place(first, new State(new TreeMap<>(), new TreeMap<>(), new TreeMap<>())));
    while (!open.isEmpty()) {
      Place place = open.remove();
      if (!seen.add(place)) {
        continue;
      }
      if (place.node.equals(table)) {
        reaching.add(place.state);
      } else {
        open.addAll(next(place));
      }
    }
    return reaching;
  }

  private List<Place> next(Place place) {
    List<Place> next = new ArrayList<>();
    JsonNode condition = conditions.get(place.node);
    if (condition != null) {
      for (Answer answer : truth(condition.path("expression"), place.state)) {
        String to = condition.path(answer.holds ? "true_next" : "false_next").textValue();
        if (to != null) {
          next.add(new Place(to, answer.state));
        }
      }
      return next;
    }
    JsonNode table = tables.get(place.node);
    for (JsonNode id : table.path("action_ids")) {
      JsonNode action = actions.get(id.intValue());
      String name = action.path("name").textValue();
      State taken = place.state.copy();
      if (followed.contains(place.node)) {
        // What a listener's port adds up to makes no difference to the way.
        taken.took.put(place.node, name.equals("steer_class") ? "steer_full" : name);
      }
      Set<String> ways = new TreeSet<>();
      JsonNode byAction = table.path("next_tables");
      if (byAction.has("__HIT__")) {
        ways.add(String.valueOf(byAction.path("__HIT__").textValue()));
        ways.add(String.valueOf(byAction.path("__MISS__").textValue()));
      } else {
        ways.add(String.valueOf(byAction.path(name).textValue()));
      }
      for (State after : run(action, taken)) {
        ways.stream()
            .filter(way -> !way.equals("null"))
            .forEach(way -> next.add(new Place(way, after)));
      }
    }
    return next;
  }

  /** The states after an action; none where it ends the packet's way. */
  private List<State> run(JsonNode action, State before) {
    boolean jumps = false;
    for (JsonNode each : action.path("primitives")) {
      jumps |= each.path("op").textValue().startsWith("_jump");
    }
    List<State> states = List.of(before);
    for (JsonNode each : action.path("primitives")) {
      String op = each.path("op").textValue();
      if (op.equals("exit") && !jumps) {
        return List.of();
      }
      for (JsonNode parameter : each.path("parameters")) {
        boolean target = op.equals("assign") && parameter == each.path("parameters").get(0);
        if (!target && !op.equals("register_read")) {
          continue;
        }
        String field = field(parameter);
        if (fields.contains(field)) {
          states =
              assigned(field, jumps || !target ? null : each.path("parameters").get(1), states);
        }
      }
    }
    return states;
  }

  private List<State> assigned(
      String field, @org.jspecify.annotations.Nullable JsonNode value, List<State> states) {
    List<State> after = new ArrayList<>();
    JsonNode expression = value;
    while (expression != null
        && expression.path("value").path("type").asText().equals("expression")) {
      expression = expression.path("value");
    }
    for (State state : states) {
      if (expression == null) {
        after.add(state.without(field));
      } else if (expression.path("type").asText().equals("hexstr")) {
        after.add(state.with(field, Long.decode(expression.path("value").textValue())));
      } else if (expression.path("value").path("op").asText().equals("b2d")) {
        for (Answer answer : truth(expression.path("value").path("right"), state)) {
          after.add(answer.state.with(field, answer.holds ? 1 : 0));
        }
      } else {
        after.add(state.without(field));
      }
    }
    return after;
  }

  private static String field(JsonNode value) {
    JsonNode name = value.path("value");
    return value.path("type").asText().equals("field") ? name.get(1).textValue() : "";
  }

  /** SYN and ACK of the TCP flags, which no action changes. */
  private static boolean isSyn(JsonNode value) {
    String text = value.toString();
    return text.contains("[\"tcp\",\"flags\"]") && text.contains("\"0x12\"");
  }

  private List<Answer> either(State state) {
    return List.of(new Answer(true, state), new Answer(false, state));
  }

  private List<Answer> truth(JsonNode expression, State state) {
    return switch (expression.path("type").asText()) {
      case "bool" -> List.of(new Answer(expression.path("value").booleanValue(), state));
      case "expression" -> operation(expression.path("value"), state);
      default -> either(state);
    };
  }

  private List<Answer> operation(JsonNode value, State state) {
    JsonNode left = value.path("left");
    JsonNode right = value.path("right");
    List<Answer> answers = new ArrayList<>();
    switch (value.path("op").asText("")) {
      case "" -> answers.addAll(truth(value, state)); // an expression within an expression
      case "not" -> truth(right, state).forEach(a -> answers.add(new Answer(!a.holds, a.state)));
      case "and", "or" -> {
        boolean and = value.path("op").asText().equals("and");
        for (Answer a : truth(left, state)) {
          if (a.holds == and) {
            answers.addAll(truth(right, a.state));
          } else {
            answers.add(a);
          }
        }
      }
      case "d2b" -> answers.addAll(compared(field(right), 1, state));
      case "==", "!=" -> {
        boolean known = right.path("type").asText().equals("hexstr");
        String asked = isSyn(left) ? IS_SYN : field(left);
        for (Answer a :
            known && fields.contains(asked)
                ? compared(asked, Long.decode(right.path("value").textValue()), state)
                : either(state)) {
          answers.add(new Answer(a.holds == value.path("op").asText().equals("=="), a.state));
        }
      }
      default -> answers.addAll(either(state));
    }
    return answers;
  }

  private List<Answer> compared(String field, long value, State state) {
    if (!fields.contains(field)) {
      return either(state);
    }
    if (state.isKnown(field, value)) {
      return List.of(new Answer(true, state));
    }
    if (state.cannotBe(field, value)) {
      return List.of(new Answer(false, state));
    }
    return List.of(
        new Answer(true, state.with(field, value)), new Answer(false, state.butNot(field, value)));
  }
}
