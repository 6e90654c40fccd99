package dev.weir.softswitch.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A header or metadata type: its fields and where each lies, in words, from the instance's base.
 * Word 0 of an instance is its validity.
 *
 * @param fixedBits packet bits of the fields of fixed width
 * @param words words one instance takes
 * @param varbit index of the field of variable width, or -1
 * @param maxBytes for a type with a variable field, the most bytes a header may have; 0: unknown
 */
record HeaderType(
    String name,
    List<FieldSpec> fields,
    Map<String, FieldSpec> byName,
    int fixedBits,
    int words,
    int varbit,
    int maxBytes) {

  static final String VALID = "$valid$";

  /**
   * One field.
   *
   * @param at words from the instance's base
   * @param words words the value takes
   * @param width bits; for a variable field the most it can have
   * @param lengthAt for a variable field, where its present width in bits is kept; else -1
   */
  record FieldSpec(
      String name, int index, int at, int words, int width, boolean signed, int lengthAt) {
    boolean varying() {
      return lengthAt >= 0;
    }

    boolean hidden() {
      return at == 0;
    }
  }

  FieldSpec field(JsonAt where, String fieldName) {
    FieldSpec field = byName.get(fieldName);
    if (field == null) {
      throw where.problem("type " + name + " has no field " + fieldName);
    }
    return field;
  }

  static HeaderType read(JsonAt json) {
    String name = json.at("name").text();
    List<JsonAt> items = json.each("fields");
    FieldSpec[] fields = new FieldSpec[items.size()];
    Map<String, FieldSpec> byName = new HashMap<>();
    int at = 1;
    int fixed = 0;
    int varbit = -1;
    int maxBytes = json.find("max_length").map(m -> m.integer(0, Limits.VALUE_BITS / 8)).orElse(0);
    if (json.find("length_exp").isPresent()) {
      throw json.at("length_exp").problem("length expressions of P4_14 headers are not supported");
    }
    for (int i = 0; i < fields.length; i++) {
      JsonAt item = items.get(i);
      String field = item.at(0).text();
      boolean signed = item.node().size() > 2 && item.at(2).looseBool();
      if (item.node().size() > 3 && item.at(3).looseBool()) {
        throw item.at(3).problem("saturating fields are not supported");
      }
      if (item.at(1).node().isTextual()) {
        if (!item.at(1).text().equals("*")) {
          throw item.at(1).problem("a width in bits or \"*\" is expected");
        }
        if (varbit >= 0) {
          throw item.problem("a type has at most one field of variable width");
        }
        varbit = i;
        fields[i] = new FieldSpec(field, i, at + 1, 0, 0, signed, at);
        continue;
      }
      int width = item.at(1).integer(1, Limits.VALUE_BITS);
      fixed += width;
      if (fixed > Limits.PACKET_WORDS * 64) {
        throw item.problem("the type is wider than " + Limits.PACKET_WORDS * 64 + " bits");
      }
      fields[i] = new FieldSpec(field, i, 0, Words.forBits(width), width, signed, -1);
    }
    if (varbit >= 0) {
      // Without a maximum in the document: what fits the largest frame we take.
      int most = maxBytes > 0 ? maxBytes * 8 - fixed : 9216 * 8;
      if (most < 0) {
        throw json.at("max_length").problem("is less than the fields of fixed width have");
      }
      FieldSpec f = fields[varbit];
      fields[varbit] =
          new FieldSpec(f.name(), f.index(), 0, Words.forBits(most), most, f.signed(), 0);
    }
    for (int i = 0; i < fields.length; i++) {
      FieldSpec f = fields[i];
      int lengthAt = -1;
      if (f.varying()) {
        lengthAt = at++;
      }
      fields[i] = new FieldSpec(f.name(), i, at, f.words(), f.width(), f.signed(), lengthAt);
      at += f.words();
      if (byName.put(f.name(), fields[i]) != null) {
        throw items.get(i).problem("duplicate field " + f.name());
      }
    }
    byName.put(VALID, new FieldSpec(VALID, fields.length, 0, 1, 1, false, -1));
    return new HeaderType(name, List.of(fields), Map.copyOf(byName), fixed, at, varbit, maxBytes);
  }
}
