package dev.weir.softswitch.engine;

import dev.weir.softswitch.engine.HeaderType.FieldSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The named things of a program, and where headers lie in a packet's words. Used at load only. */
final class Symbols {
  final Map<String, HeaderType> types = new HashMap<>();
  final Map<String, Header> headers = new LinkedHashMap<>();
  final Map<String, Header.Stack> stacks = new HashMap<>();
  final Map<String, Header.Union> unions = new HashMap<>();
  final Map<String, Header.Stack> unionStacks = new HashMap<>();
  final Map<String, List<String>> unionMembers = new HashMap<>();
  final Map<String, Registers> registers = new LinkedHashMap<>();
  final Map<String, Counters> counters = new LinkedHashMap<>();
  final Map<String, Meters> meters = new LinkedHashMap<>();
  final Map<String, FieldAt> meterTargets = new HashMap<>();
  final Map<String, Calculation> calculations = new HashMap<>();
  final Map<String, ValueSet> valueSets = new LinkedHashMap<>();
  final Map<Integer, ActionProgram> actions = new LinkedHashMap<>();
  private final Map<String, FieldAt> aliases = new HashMap<>();
  private int words;

  /** A field of an instance known beforehand. */
  record FieldAt(Header header, FieldSpec field) {
    int at() {
      return header.base + field.at();
    }
  }

  static Symbols read(JsonAt root) {
    Symbols symbols = new Symbols();
    symbols.readLayout(root);
    return symbols;
  }

  private void readLayout(JsonAt root) {
    for (JsonAt json : root.each("header_types")) {
      HeaderType type = HeaderType.read(json);
      if (types.put(type.name(), type) != null) {
        throw json.problem("duplicate header type " + type.name());
      }
    }
    Map<Integer, Header> byId = new HashMap<>();
    for (JsonAt json : root.each("headers")) {
      Header header =
          header(json.at("name").text(), type(json.at("header_type")), json.at("metadata").bool());
      if (!header.metadata && header.type.fixedBits() % 8 != 0) {
        throw json.problem("header " + header.name + " is no whole number of bytes");
      }
      if (headers.put(header.name, header) != null) {
        throw json.problem("duplicate header " + header.name);
      }
      if (byId.put(json.at("id").integer(), header) != null) {
        throw json.at("id").problem("duplicate header id");
      }
    }
    for (JsonAt json : root.each("header_stacks")) {
      readStack(json, byId);
    }
    Map<Integer, Header.Union> unionsById = new HashMap<>();
    Map<String, List<String>> memberNames = new HashMap<>();
    for (JsonAt json : root.each("header_union_types")) {
      memberNames.put(
          json.at("name").text(),
          json.each("headers").stream().map(member -> member.at(0).text()).toList());
    }
    for (JsonAt json : root.each("header_unions")) {
      Header[] members =
          json.each("header_ids").stream().map(id -> byId(byId, id)).toArray(Header[]::new);
      Header.Union union = new Header.Union(json.at("name").text(), members);
      unions.put(union.name, union);
      unionsById.put(json.at("id").integer(), union);
      unionMembers.put(union.name, memberNames(memberNames, json));
    }
    for (JsonAt json : root.each("header_union_stacks")) {
      readUnionStack(json, unionsById, memberNames);
    }
    for (JsonAt json : root.each("field_aliases")) {
      aliases.put(json.at(0).text(), field(json.at(1)));
    }
  }

  private void readStack(JsonAt json, Map<Integer, Header> byId) {
    Header[][] elements =
        json.each("header_ids").stream()
            .map(id -> new Header[] {byId(byId, id)})
            .toArray(Header[][]::new);
    if (elements.length == 0) {
      throw json.problem("a stack has at least one element");
    }
    String name = json.at("name").text();
    HeaderType type = type(json.at("header_type"));
    Header beyond = header(name + "[beyond]", type, false);
    stacks.put(name, new Header.Stack(name, elements, new Header[] {beyond}, words++, null));
  }

  private void readUnionStack(
      JsonAt json, Map<Integer, Header.Union> unionsById, Map<String, List<String>> memberNames) {
    List<Header.Union> elements = new ArrayList<>();
    for (JsonAt id : json.each("header_union_ids")) {
      Header.Union union = unionsById.get(id.integer());
      if (union == null) {
        throw id.problem("there is no header union of this id");
      }
      elements.add(union);
    }
    if (elements.isEmpty()) {
      throw json.problem("a stack has at least one element");
    }
    String name = json.at("name").text();
    Header[] beyond =
        java.util.Arrays.stream(elements.getFirst().members)
            .map(m -> header(name + "[beyond]", m.type, false))
            .toArray(Header[]::new);
    unionStacks.put(
        name,
        new Header.Stack(
            name,
            elements.stream().map(u -> u.members).toArray(Header[][]::new),
            beyond,
            words++,
            elements.toArray(Header.Union[]::new)));
    unionMembers.put(name, memberNames(memberNames, json));
  }

  private static List<String> memberNames(Map<String, List<String>> memberNames, JsonAt json) {
    List<String> names = memberNames.get(json.at("union_type").text());
    if (names == null) {
      throw json.at("union_type").problem("there is no such union type");
    }
    return names;
  }

  private Header header(String name, HeaderType type, boolean metadata) {
    Header header = new Header(name, type, metadata, words);
    words += type.words();
    if (words > Limits.PACKET_WORDS) {
      throw new ProgramException(
          "$.headers", "the headers take more than " + Limits.PACKET_WORDS + " words of 64 bits");
    }
    return header;
  }

  private static Header byId(Map<Integer, Header> byId, JsonAt id) {
    Header header = byId.get(id.integer());
    if (header == null) {
      throw id.problem("there is no header of this id");
    }
    return header;
  }

  /** Words of all fields. */
  int words() {
    return words;
  }

  HeaderType type(JsonAt name) {
    return named(types, name, "header type");
  }

  Header header(JsonAt name) {
    return named(headers, name, "header");
  }

  /** A field given as {@code [header, field]}. */
  FieldAt field(JsonAt pair) {
    Header header = header(pair.at(0));
    return new FieldAt(header, header.type.field(pair.at(1), pair.at(1).text()));
  }

  static <T> T named(Map<String, T> map, JsonAt name, String kind) {
    T value = map.get(name.text());
    if (value == null) {
      throw name.problem("there is no " + kind + " called \"" + name.text() + "\"");
    }
    return value;
  }

  /**
   * The standard or intrinsic metadata field BMv2 knows by this name, by alias first; null when the
   * program has none.
   */
  @Nullable FieldAt wellKnown(String header, String field) {
    FieldAt alias = aliases.get(header + "." + field);
    if (alias != null) {
      return alias;
    }
    Header instance = headers.get(header);
    FieldSpec spec = instance == null ? null : instance.type.byName().get(field);
    return instance == null || spec == null ? null : new FieldAt(instance, spec);
  }
}
