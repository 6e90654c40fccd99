package dev.weir.softswitch.engine;

import dev.weir.softswitch.engine.Table.KeyField;
import dev.weir.softswitch.engine.Table.MatchKind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the control flow of ingress and egress: tables, conditions, calls, action profiles. */
final class PipelineReader {
  private final Symbols symbols;
  private final Scratch scratch;
  private final Lowering lowering;
  final List<Table> tables = new ArrayList<>();
  final List<TableState> initial = new ArrayList<>();
  final Map<String, ActionProfile> profiles = new HashMap<>();

  PipelineReader(Symbols symbols, Scratch scratch) {
    this.symbols = symbols;
    this.scratch = scratch;
    this.lowering = new Lowering(scratch);
  }

  /** The first node of the pipeline; null when it does nothing. */
  @Nullable Node read(JsonAt json) {
    for (JsonAt profile : json.each("action_profiles")) {
      String name = profile.at("name").text();
      Calculation selector =
          profile
              .find("selector")
              .map(s -> Calculation.read(s, name + " selector", symbols))
              .orElse(null);
      profiles.put(
          name,
          new ActionProfile(
              name, profile.at("id").integer(0), profile.at("max_size").integer(0), selector));
    }
    Map<String, Node> nodes = new HashMap<>();
    for (JsonAt item : json.each("tables")) {
      add(nodes, item, table(item));
    }
    for (JsonAt item : json.each("conditionals")) {
      scratch.nextStatement();
      ExprReader reader = new ExprReader(symbols, List.of());
      add(
          nodes,
          item,
          new Conditional(
              item.at("name").text(),
              lowering.bool(item.at("expression"), reader.bool(item.at("expression"))),
              SourceInfo.read(item)));
    }
    for (JsonAt item : json.each("action_calls")) {
      ActionProgram called = action(item.at("action_id"));
      if (!called.parameters().isEmpty()) {
        throw item.at("action_id").problem("an action with parameters is called by tables only");
      }
      add(nodes, item, new ActionCall(called));
    }
    for (JsonAt item : json.each("tables")) {
      connect(item, (Table) node(nodes, item.at("name")), nodes);
    }
    for (JsonAt item : json.each("conditionals")) {
      ((Conditional) node(nodes, item.at("name")))
          .setNext(next(nodes, item, "true_next"), next(nodes, item, "false_next"));
    }
    for (JsonAt item : json.each("action_calls")) {
      ((ActionCall) node(nodes, item.at("name"))).setNext(next(nodes, item, "next_node"));
    }
    ControlGraph.check(json);
    return next(nodes, json, "init_table");
  }

  private static void add(Map<String, Node> nodes, JsonAt json, Node node) {
    if (nodes.put(json.at("name").text(), node) != null) {
      throw json.at("name").problem("two nodes of a pipeline have this name");
    }
  }

  private static Node node(Map<String, Node> nodes, JsonAt name) {
    return Symbols.named(nodes, name, "table or condition");
  }

  private static @Nullable Node next(Map<String, Node> nodes, JsonAt json, String member) {
    Optional<JsonAt> name = json.find(member);
    return name.isEmpty() ? null : node(nodes, name.get());
  }

  private ActionProgram action(JsonAt id) {
    ActionProgram action = symbols.actions.get(id.integer());
    if (action == null) {
      throw id.problem("there is no action of this id");
    }
    return action;
  }

  private Table table(JsonAt json) {
    List<JsonAt> items = json.each("key");
    List<KeyField> key = new ArrayList<>();
    int words = keyFields(items, key);
    List<ActionProgram> actions = new ArrayList<>();
    for (JsonAt id : json.each("action_ids")) {
      actions.add(action(id));
    }
    ActionProfile profile = null;
    String type = json.at("type").text();
    switch (type) {
      case "simple" -> {}
      case "indirect", "indirect_ws" ->
          profile = Symbols.named(profiles, json.at("action_profile"), "action profile");
      default -> throw json.at("type").problem("tables of type \"" + type + "\" not supported");
    }
    scratch.nextStatement();
    Table table =
        new Table(
            json.at("name").text(),
            json.at("id").integer(0),
            tables.size(),
            key,
            words,
            scratch.take(words),
            json.at("max_size").integer(0),
            json.find("with_counters").map(JsonAt::bool).orElse(false),
            json.find("support_timeout").map(JsonAt::bool).orElse(false),
            actions,
            profile,
            SourceInfo.read(json));
    json.find("direct_meters")
        .ifPresent(
            name -> {
              Meters meters = Symbols.named(symbols.meters, name, "meter array");
              table.setDirectMeter(new Table.DirectMeter(meters, meterTarget(json, name.text())));
            });
    tables.add(table);
    TableState state = new TableState(table, defaultAction(json));
    initial.add(state);
    entries(json, table, state);
    return table;
  }

  private Symbols.FieldAt meterTarget(JsonAt json, String meters) {
    Symbols.FieldAt target = symbols.meterTargets.get(meters);
    if (target == null) {
      throw json.at("direct_meters").problem("the direct meter has no result_target");
    }
    return target;
  }

  /** Lays out the key: small fields share words, wide ones have their own. Returns its words. */
  private int keyFields(List<JsonAt> items, List<KeyField> key) {
    List<Integer> room = new ArrayList<>();
    int words = 0;
    for (JsonAt item : items) {
      int width;
      int from;
      int validAt;
      String name;
      MatchKind kind;
      String matchType = item.at("match_type").text();
      if (matchType.equals("valid")) {
        Header header = symbols.header(item.at("target"));
        kind = MatchKind.EXACT;
        width = 1;
        from = header.base;
        validAt = -1;
        name = header.name + ".isValid()";
      } else {
        kind =
            switch (matchType) {
              case "exact" -> MatchKind.EXACT;
              case "lpm" -> MatchKind.LPM;
              case "ternary", "optional" -> MatchKind.TERNARY;
              case "range" -> MatchKind.RANGE;
              default ->
                  throw item.at("match_type")
                      .problem("match type \"" + matchType + "\" is not supported");
            };
        Symbols.FieldAt field = symbols.field(item.at("target"));
        if (field.field().varying()) {
          throw item.at("target").problem("a key field has a fixed width");
        }
        width = field.field().width();
        from = field.at();
        boolean always = field.header().metadata || field.field().hidden();
        validAt = always ? -1 : field.header().base;
        name = field.header().name + "." + field.field().name();
      }
      String shown = item.find("name").map(JsonAt::text).orElse(name);
      BigInteger mask = item.find("mask").map(JsonAt::hex).orElse(null);
      int word;
      int shift = 0;
      if (width > 64) {
        word = words;
        words += Words.forBits(width);
        for (int i = room.size(); i < words; i++) {
          room.add(64);
        }
      } else {
        word = 0;
        while (word < words && room.get(word) + width > 64) {
          word++;
        }
        if (word == words) {
          words++;
          room.add(0);
        }
        shift = room.get(word);
        room.set(word, shift + width);
      }
      key.add(new KeyField(shown, kind, width, from, validAt, mask, word, shift));
    }
    return Math.max(1, words);
  }

  private @Nullable BoundAction defaultAction(JsonAt json) {
    return json.find("default_entry").map(this::bound).orElse(null);
  }

  private BoundAction bound(JsonAt json) {
    ActionProgram action = action(json.at("action_id"));
    List<BigInteger> values = json.each("action_data").stream().map(JsonAt::hex).toList();
    if (values.size() != action.parameters().size()) {
      throw json.problem(
          "action "
              + action.name()
              + " takes "
              + action.parameters().size()
              + " parameters, not "
              + values.size());
    }
    List<BigInteger> cut = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      int width = action.parameters().get(i).width();
      cut.add(values.get(i).and(BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE)));
    }
    return new BoundAction(action, cut);
  }

  /** Entries of the program; here the smallest number is the best priority. */
  private void entries(JsonAt json, Table table, TableState state) {
    List<JsonAt> items = json.each("entries");
    int worst = 0;
    for (JsonAt item : items) {
      worst = Math.max(worst, item.find("priority").map(JsonAt::integer).orElse(0));
    }
    for (JsonAt item : items) {
      List<JsonAt> fields = item.each("match_key");
      if (fields.size() != table.key().size()) {
        throw item.at("match_key").problem("has not as many fields as the table's key");
      }
      List<@Nullable FieldMatch> matches = new ArrayList<>();
      for (int i = 0; i < fields.size(); i++) {
        matches.add(match(fields.get(i), table.key().get(i)));
      }
      int priority =
          table.ranked() ? worst - item.find("priority").map(JsonAt::integer).orElse(0) + 1 : 0;
      EntryKey key = new EntryKey(matches, priority);
      if (state.find(key) != null) {
        throw item.problem("the entry is there twice");
      }
      state.insertInitial(
          key,
          new Outcome.Direct(bound(item.at("action_entry"))),
          item.find("is_const").map(JsonAt::bool).orElse(false));
    }
  }

  private static @Nullable FieldMatch match(JsonAt json, KeyField field) {
    BigInteger all = BigInteger.ONE.shiftLeft(field.width()).subtract(BigInteger.ONE);
    String type = json.at("match_type").text();
    return switch (type) {
      case "exact" -> new FieldMatch.Exact(json.at("key").hex().and(all));
      case "valid" ->
          new FieldMatch.Exact(json.at("key").bool() ? BigInteger.ONE : BigInteger.ZERO);
      case "lpm" -> {
        int length = json.at("prefix_length").integer(0);
        if (length > field.width()) {
          throw json.at("prefix_length").problem("is longer than the field");
        }
        BigInteger mask = all.shiftRight(field.width() - length).shiftLeft(field.width() - length);
        yield length == 0 ? null : new FieldMatch.Prefix(json.at("key").hex().and(mask), length);
      }
      case "ternary" -> {
        BigInteger mask = json.at("mask").hex().and(all);
        yield mask.signum() == 0
            ? null
            : new FieldMatch.Masked(json.at("key").hex().and(mask), mask);
      }
      case "range" -> {
        BigInteger low = json.at("start").hex().and(all);
        BigInteger high = json.at("end").hex().and(all);
        if (low.compareTo(high) > 0) {
          throw json.problem("the range is empty");
        }
        yield low.signum() == 0 && high.equals(all) ? null : new FieldMatch.Between(low, high);
      }
      default -> throw json.at("match_type").problem("\"" + type + "\" is not supported");
    };
  }

  private void connect(JsonAt json, Table table, Map<String, Node> nodes) {
    JsonAt nexts = json.at("next_tables");
    @Nullable Node[] byAction = new Node[symbols.actions.size()];
    @Nullable Node withoutAction = next(nodes, json, "base_default_next");
    boolean byHit = nexts.node().has("__HIT__") || nexts.node().has("__MISS__");
    for (ActionProgram action : symbols.actions.values()) {
      byAction[action.index] = withoutAction;
    }
    List<JsonAt> names = json.each("actions");
    if (names.size() != table.actions().size()) {
      throw json.at("actions").problem("has not as many elements as action_ids");
    }
    for (int i = 0; i < names.size(); i++) {
      if (!names.get(i).text().equals(table.actions().get(i).name())) {
        throw names.get(i).problem("is not the name of the action in action_ids");
      }
    }
    for (Iterator<String> keys = nexts.node().fieldNames(); keys.hasNext(); ) {
      String key = keys.next();
      if (!key.equals("__HIT__")
          && !key.equals("__MISS__")
          && names.stream().noneMatch(n -> n.text().equals(key))) {
        throw nexts.at(key).problem("is no action of this table");
      }
    }
    for (int i = 0; i < names.size() && i < table.actions().size(); i++) {
      String name = names.get(i).text();
      if (nexts.node().has(name)) {
        byAction[table.actions().get(i).index] = next(nodes, nexts, name);
      }
    }
    table.setNext(
        byAction,
        byHit,
        next(nodes, nexts, "__HIT__"),
        next(nodes, nexts, "__MISS__"),
        withoutAction);
  }
}
