package dev.weir.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How packets share register arrays that more than one action uses. simple_switch has one ingress
 * thread, so programs may rely on no other packet coming between two actions of one. Where the
 * first action that touches such arrays knows all cells that the packet can touch later, locks on
 * those cells give the same; otherwise packets have to run one at a time.
 */
final class RegisterPlan {
  /** A packet has room for the locks of this many cells. */
  static final int MOST_CELLS = 8;

  /**
   * An index: the expression it comes from, and the words that this reads. Equal expressions over
   * unchanged fields are equal indices.
   */
  private record Index(String expression, Set<Integer> reads) {}

  private record CellName(int array, Index index) {}

  /**
   * What an action does, as far as it matters here.
   *
   * @param cells what it uses of shared arrays, and where each index stands when it does
   * @param accesses steps that use cells; before each the locks are taken if need be
   * @param writesAfter words written by the first of these or later
   */
  record Effect(
      Map<CellName, RowLocks.Cell> cells,
      List<Integer> accesses,
      Set<Integer> writes,
      Set<Integer> writesAfter) {
    Effect() {
      this(new LinkedHashMap<>(), new ArrayList<>(), new HashSet<>(), new HashSet<>());
    }

    RowLocks.Cell[] locked() {
      return cells.values().toArray(RowLocks.Cell[]::new);
    }
  }

  /** A step of the control flow. */
  private record Step(List<Integer> actions, Set<Integer> writes, List<String> next) {}

  private final Symbols symbols;
  private final Set<Registers> shared;
  private final Map<Integer, Effect> effects = new HashMap<>();
  private final Map<String, Step> steps = new LinkedHashMap<>();
  private boolean possible = true;

  private RegisterPlan(Symbols symbols, Set<Registers> shared) {
    this.symbols = symbols;
    this.shared = shared;
  }

  /**
   * What actions do to shared arrays, by the action's id; null when locks on cells are not enough.
   *
   * @param shared arrays that more than one action uses
   */
  static @Nullable Map<Integer, Effect> of(JsonAt root, Symbols symbols, Set<Registers> shared) {
    RegisterPlan plan = new RegisterPlan(symbols, shared);
    for (JsonAt action : root.each("actions")) {
      plan.effects.put(action.at("id").integer(), plan.effect(action));
    }
    for (JsonAt pipeline : root.each("pipelines")) {
      if (pipeline.at("name").text().equals("ingress")) {
        plan.readFlow(pipeline);
      } else {
        plan.refuseRegisters(pipeline);
      }
    }
    return plan.possible && plan.firstKnowsAll() ? plan.effects : null;
  }

  private Effect effect(JsonAt action) {
    Effect effect = new Effect();
    Map<Integer, Index> known = new HashMap<>();
    boolean straight = true;
    int at = 0;
    for (JsonAt primitive : action.each("primitives")) {
      List<JsonAt> p = primitive.each("parameters");
      Set<Integer> writes = new HashSet<>();
      Index assigned = null;
      switch (primitive.at("op").text()) {
        case "register_read" -> {
          cell(p.get(1), p.get(2), effect.cells, known);
          write(p.get(0), writes);
        }
        case "register_write" -> {
          cell(p.get(0), p.get(1), effect.cells, known);
          refuseCells(p.get(2).node());
        }
        case "execute_meter" -> write(p.get(2), writes);
        case "_jump", "_jump_if_zero" -> {
          p.forEach(parameter -> refuseCells(parameter.node()));
          // Backwards, what is written before an access may be written after it.
          possible &= p.getLast().at("value").hex().longValue() > at;
          // What comes after may have been jumped to.
          known.clear();
          straight = false;
        }
        case "assign" -> {
          write(p.get(0), writes);
          assigned = index(p.get(1));
        }
        default -> {
          for (JsonAt parameter : p) {
            refuseCells(parameter.node());
            write(parameter, writes);
          }
        }
      }
      known.keySet().removeAll(writes);
      known.values().removeIf(index -> meet(index.reads, writes));
      if (straight && assigned != null && writes.size() == 1 && !meet(assigned.reads, writes)) {
        known.put(writes.iterator().next(), assigned);
      }
      if (usesShared(primitive)) {
        effect.accesses.add(at);
      }
      effect.writes.addAll(writes);
      if (!effect.accesses.isEmpty()) {
        effect.writesAfter.addAll(writes);
      }
      at++;
    }
    return effect;
  }

  /** The expression as an index; null when it reads what may change unseen. */
  private @Nullable Index index(JsonAt json) {
    refuseCells(json.node());
    Set<Integer> reads = new HashSet<>();
    return collect(json, reads) ? new Index(plain(json).node().toString(), reads) : null;
  }

  private boolean collect(JsonAt json, Set<Integer> reads) {
    if (json.node().isNull()) {
      return true;
    }
    if (json.node().has("op")) {
      return json.find("cond").isEmpty()
          && json.find("left").map(left -> collect(left, reads)).orElse(true)
          && json.find("right").map(right -> collect(right, reads)).orElse(true);
    }
    return switch (json.at("type").text()) {
      case "hexstr" -> true;
      case "expression" -> collect(json.at("value"), reads);
      case "field" -> {
        Symbols.FieldAt field = fixed(json);
        if (field != null) {
          reads.add(field.at());
        }
        yield field != null;
      }
      default -> false;
    };
  }

  /** A field of one word that only assignments to it, or to its whole header, can change. */
  private Symbols.@Nullable FieldAt fixed(JsonAt json) {
    JsonAt name = json.at("value").at(0);
    Header header = name.node().isTextual() ? symbols.headers.get(name.text()) : null;
    if (header == null || header.union != null || header.name.contains("[")) {
      return null;
    }
    Symbols.FieldAt field = symbols.field(json.at("value"));
    return field.field().words() == 1 && !field.field().varying() ? field : null;
  }

  private boolean usesShared(JsonAt primitive) {
    List<JsonAt> p = primitive.each("parameters");
    JsonAt array =
        switch (primitive.at("op").text()) {
          case "register_read" -> p.get(1);
          case "register_write" -> p.get(0);
          default -> null;
        };
    return array != null && shared.contains(symbols.registers.get(array.at("value").text()));
  }

  private void cell(
      JsonAt array, JsonAt index, Map<CellName, RowLocks.Cell> cells, Map<Integer, Index> known) {
    Registers r = Symbols.named(symbols.registers, array.at("value"), "register array");
    if (!shared.contains(r)) {
      refuseCells(index.node());
      return;
    }
    Index as = index(index);
    JsonAt plain = plain(index);
    Symbols.FieldAt field = plain.at("type").text().equals("field") ? fixed(plain) : null;
    if (as != null && field != null) {
      cells.put(
          new CellName(r.id(), known.getOrDefault(field.at(), as)),
          new RowLocks.Cell(r.id(), field.at(), 0));
    } else if (as != null && plain.at("type").text().equals("hexstr")) {
      long constant = plain.at("value").hex().longValue();
      cells.put(new CellName(r.id(), as), new RowLocks.Cell(r.id(), -1, constant));
    } else {
      possible = false;
    }
    possible &= cells.size() <= MOST_CELLS;
  }

  /** An expression that is nothing but its operand. */
  private static JsonAt plain(JsonAt json) {
    JsonAt at = json;
    while (at.at("type").text().equals("expression") && at.at("value").node().has("type")) {
      at = at.at("value");
    }
    return at;
  }

  private void write(JsonAt parameter, Set<Integer> writes) {
    if (!parameter.node().path("type").isTextual()) {
      return;
    }
    switch (parameter.at("type").text()) {
      case "field" -> {
        // A field of a stack's element has another form; no index is one.
        JsonAt name = parameter.at("value").at(0);
        if (name.node().isTextual() && symbols.headers.containsKey(name.text())) {
          writes.add(symbols.field(parameter.at("value")).at());
        }
      }
      case "header" -> {
        Header header = symbols.header(parameter.at("value"));
        for (int i = 0; i < header.type.words(); i++) {
          writes.add(header.base + i);
        }
      }
      default -> {}
    }
  }

  /** Array cells as operands of expressions: p4c does not write them, so nobody misses them. */
  private void refuseCells(JsonNode node) {
    String type = node.path("type").asText();
    if (type.equals("register") || type.equals("register_array")) {
      possible = false;
    }
    node.forEach(this::refuseCells);
  }

  private void readFlow(JsonAt pipeline) {
    for (JsonAt table : pipeline.each("tables")) {
      List<Integer> actions = new ArrayList<>();
      table.each("action_ids").forEach(id -> actions.add(id.integer()));
      table.find("default_entry").ifPresent(e -> actions.add(e.at("action_id").integer()));
      Set<Integer> writes = new HashSet<>();
      table
          .find("direct_meters")
          .map(name -> symbols.meterTargets.get(name.text()))
          .ifPresent(target -> writes.add(target.at()));
      List<String> next = new ArrayList<>();
      table.at("next_tables").node().forEach(name -> next.add(name.asText()));
      table.find("base_default_next").ifPresent(name -> next.add(name.text()));
      steps.put(table.at("name").text(), new Step(actions, writes, next));
    }
    for (JsonAt test : pipeline.each("conditionals")) {
      refuseCells(test.node());
      List<String> next = new ArrayList<>();
      test.find("true_next").ifPresent(name -> next.add(name.text()));
      test.find("false_next").ifPresent(name -> next.add(name.text()));
      steps.put(test.at("name").text(), new Step(List.of(), Set.of(), next));
    }
    for (JsonAt call : pipeline.each("action_calls")) {
      List<String> next = new ArrayList<>();
      call.find("next_node").ifPresent(name -> next.add(name.text()));
      List<Integer> action = List.of(call.at("action_id").integer());
      steps.put(call.at("name").text(), new Step(action, Set.of(), next));
    }
  }

  private void refuseRegisters(JsonAt pipeline) {
    List<JsonAt> ids = new ArrayList<>();
    pipeline.each("tables").forEach(table -> ids.addAll(table.each("action_ids")));
    pipeline.each("action_calls").forEach(call -> ids.add(call.at("action_id")));
    for (JsonAt id : ids) {
      possible &= effect(id.integer()).cells().isEmpty();
    }
    pipeline.each("conditionals").forEach(test -> refuseCells(test.node()));
  }

  private Effect effect(int action) {
    return effects.getOrDefault(action, new Effect());
  }

  /** Nothing after an action that takes locks needs others, or changes an index of its cells. */
  private boolean firstKnowsAll() {
    for (Step step : steps.values()) {
      for (int action : step.actions) {
        Effect first = effect(action);
        if (first.cells.isEmpty()) {
          continue;
        }
        Set<Integer> indices = new HashSet<>();
        first.cells.keySet().forEach(cell -> indices.addAll(cell.index.reads));
        boolean early =
            first.cells.values().stream().anyMatch(cell -> first.writesAfter.contains(cell.at()));
        if (early || meet(first.writesAfter, indices)) {
          return false;
        }
        for (Step later : after(step)) {
          if (meet(later.writes, indices)) {
            return false;
          }
          for (int next : later.actions) {
            Effect effect = effect(next);
            if (!first.cells.keySet().containsAll(effect.cells.keySet())
                || meet(effect.writes, indices)) {
              return false;
            }
          }
        }
      }
    }
    return true;
  }

  private static boolean meet(Set<Integer> a, Set<Integer> b) {
    return a.stream().anyMatch(b::contains);
  }

  private Set<Step> after(Step step) {
    Set<String> found = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(step.next);
    Set<Step> after = new HashSet<>();
    while (!open.isEmpty()) {
      String name = open.pop();
      Step next = steps.get(name);
      if (next != null && found.add(name)) {
        after.add(next);
        open.addAll(next.next);
      }
    }
    return after;
  }
}
