package dev.weir.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which members a BMv2 JSON document has, by behavioral-model's JSON_format.md and what p4c writes.
 * A member that is misspelt would otherwise count as absent, and absent often means something: no
 * mask, no condition, no entries.
 */
final class DocumentShape {
  /**
   * One kind of object a line: its name, then its members. {@code ?} may be missing, {@code ~} may
   * be null, {@code !} no two objects of the kind may share; {@code :kind} says what kind the
   * objects below it are; without one, its reader looks at what is inside.
   */
  private static final String KINDS =
      """
      root header_types:type headers:header ?header_stacks:stack ?header_union_types:union-type \
        ?header_unions:union ?header_union_stacks:union-stack ?field_lists:list ?errors \
        ?enums:enum parsers:parser ?parse_vsets:set deparsers:deparser ?meter_arrays:meter \
        ?counter_arrays:counter ?register_arrays:register ?calculations:calculation \
        ?learn_lists:digest actions:action pipelines:pipeline ?checksums:checksum ?force_arith \
        ?extern_instances ?field_aliases ?program ?__meta__:meta
      meta version ?compiler
      type !name id fields ?~length_exp ?~max_length
      header !name !id header_type metadata ?pi_omit
      stack !name id header_type ?size header_ids
      union-type !name id headers
      union !name !id union_type header_ids ?pi_omit
      union-stack !name id union_type ?size header_union_ids
      list !id ?name elements:value
      digest !id ?name elements:value
      enum name entries
      parser !name id ~init_state parse_states:state
      state !name id parser_ops:operation transition_key:value transitions:transition
      operation op parameters:value
      transition ?type ~value ~mask ~next_state
      set !name id compressed_bitwidth ?max_size
      deparser !name id order ?primitives:primitive
      meter !name id is_direct ?size rate_count type ?binding ?~result_target
      counter !name id is_direct ?size ?~binding
      register !name !id size bitwidth
      calculation !name id algo input:value
      action name !id runtime_data:parameter primitives:primitive
      parameter name bitwidth
      primitive op parameters:value
      pipeline !name id ~init_table tables:table ?action_profiles:profile conditionals:condition \
        ?action_calls:call
      profile !name id max_size ?selector:selector
      selector algo input:value
      table !name id match_type type ?action_profile max_size ?with_counters ?support_timeout \
        key:key action_ids actions next_tables ?~direct_meters ?~base_default_next \
        ?~default_entry:default ?entries:entry
      key match_type target ?~mask ?name
      default action_id ?action_const action_data ?action_entry_const
      entry match_key:match action_entry:outcome priority ?is_const
      match match_type ?key ?mask ?start ?end ?prefix_length
      outcome action_id action_data
      condition name id expression:value ~true_next ~false_next
      call name id action_id ~next_node
      checksum name id target type calculation ?verify ?update ?~if_cond:value
      """;

  /** Members of values, expressions, and of primitives among a parser operation's parameters. */
  private static final Set<String> VALUE_MEMBERS =
      Set.of("type", "value", "bitwidth", "op", "left", "right", "cond", "parameters");

  private static final String VALUE = "value";

  /** Stands beside anything that has a place in the P4 source; never has a meaning. */
  private static final String SOURCE = "source_info";

  private record Member(boolean optional, boolean nullable, boolean unique, String kind) {}

  private static final Map<String, Map<String, Member>> SHAPES = shapes();

  /** Of each kind and member that has to be unique: the values met. */
  private final Map<String, Set<JsonNode>> met = new HashMap<>();

  private DocumentShape() {}

  private static Map<String, Map<String, Member>> shapes() {
    Map<String, Map<String, Member>> shapes = new HashMap<>();
    for (String line : KINDS.strip().split("\n")) {
      String[] words = line.strip().split(" +");
      Map<String, Member> members = new LinkedHashMap<>();
      for (int i = 1; i < words.length; i++) {
        String word = words[i];
        boolean optional = word.startsWith("?");
        word = optional ? word.substring(1) : word;
        boolean nullable = word.startsWith("~");
        word = nullable ? word.substring(1) : word;
        boolean unique = word.startsWith("!");
        word = unique ? word.substring(1) : word;
        int colon = word.indexOf(':');
        members.put(
            colon < 0 ? word : word.substring(0, colon),
            new Member(optional, nullable, unique, colon < 0 ? "" : word.substring(colon + 1)));
      }
      shapes.put(words[0], members);
    }
    return shapes;
  }

  /**
   * @throws ProgramException at the first member that is unknown, missing, null without leave, or a
   *     name or id that another object has
   */
  static void check(JsonAt root) {
    new DocumentShape().object(root, "root");
  }

  private void each(JsonAt at, String kind) {
    if (at.node().isArray()) {
      for (JsonAt element : at.each()) {
        each(element, kind);
      }
    } else if (kind.equals(VALUE)) {
      value(at);
    } else if (at.node().isObject()) {
      object(at, kind);
    } else {
      throw at.problem("an object is expected");
    }
  }

  private void object(JsonAt at, String kind) {
    Map<String, Member> members = SHAPES.getOrDefault(kind, Map.of());
    for (Iterator<String> names = at.node().fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!members.containsKey(name) && !name.equals(SOURCE)) {
        throw at.at(name).problem("is not known here; known are " + members.keySet());
      }
    }
    for (Map.Entry<String, Member> each : members.entrySet()) {
      Member member = each.getValue();
      JsonNode node = at.node().get(each.getKey());
      if (node == null) {
        if (!member.optional) {
          throw at.problem("member \"" + each.getKey() + "\" is missing");
        }
        continue;
      }
      JsonAt child = at.at(each.getKey());
      if (member.unique
          && !met.computeIfAbsent(kind + "." + each.getKey(), k -> new HashSet<>()).add(node)) {
        throw child.problem("is " + node + " a second time");
      }
      if (node.isNull()) {
        if (!member.nullable) {
          throw child.problem("must not be null");
        }
      } else if (!member.kind.isEmpty()) {
        each(child, member.kind);
      }
    }
  }

  /** Not recursive: expressions may be deep. */
  private static void value(JsonAt top) {
    ArrayDeque<JsonAt> open = new ArrayDeque<>();
    open.push(top);
    while (!open.isEmpty()) {
      JsonAt at = open.pop();
      if (at.node().isArray()) {
        at.each().forEach(open::push);
      } else if (at.node().isObject()) {
        for (Iterator<String> names = at.node().fieldNames(); names.hasNext(); ) {
          String name = names.next();
          if (name.equals(SOURCE)) {
            continue;
          }
          if (!VALUE_MEMBERS.contains(name)) {
            throw at.at(name).problem("is not known in a value or an expression");
          }
          open.push(at.at(name));
        }
      }
    }
  }
}
