package dev.weir.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A JSON value together with its path, so that every complaint says where. */
record JsonAt(JsonNode node, String path) {

  /** The member called {@code key}; an error when it is missing. */
  JsonAt at(String key) {
    JsonNode child = node.get(key);
    if (child == null) {
      throw problem("member \"" + key + "\" is missing");
    }
    return new JsonAt(child, path + "." + key);
  }

  JsonAt at(int index) {
    JsonNode child = node.isArray() ? node.get(index) : null;
    if (child == null) {
      throw problem("array element " + index + " is missing");
    }
    return new JsonAt(child, path + "[" + index + "]");
  }

  /** The member called {@code key} unless it is missing or null. */
  Optional<JsonAt> find(String key) {
    JsonNode child = node.get(key);
    return child == null || child.isNull()
        ? Optional.empty()
        : Optional.of(new JsonAt(child, path + "." + key));
  }

  /** The elements of the array called {@code key}; none when it is missing. */
  List<JsonAt> each(String key) {
    Optional<JsonAt> array = find(key);
    return array.isEmpty() ? List.of() : array.get().each();
  }

  List<JsonAt> each() {
    if (!node.isArray()) {
      throw problem("an array is expected");
    }
    List<JsonAt> elements = new ArrayList<>(node.size());
    for (int i = 0; i < node.size(); i++) {
      elements.add(at(i));
    }
    return elements;
  }

  boolean isNull() {
    return node.isNull();
  }

  String text() {
    if (!node.isTextual()) {
      throw problem("a string is expected");
    }
    return node.textValue();
  }

  int integer() {
    if (!node.isIntegralNumber() || !node.canConvertToInt()) {
      throw problem("an integer of 32 bits is expected");
    }
    return node.intValue();
  }

  /** An integer not below {@code low}. */
  int integer(int low) {
    int value = integer();
    if (value < low) {
      throw problem("is " + value + ", at least " + low + " is expected");
    }
    return value;
  }

  /** An integer from {@code low} to {@code high}, both included. */
  int integer(int low, int high) {
    int value = integer(low);
    if (value > high) {
      throw problem("is " + value + ", at most " + high + " is supported");
    }
    return value;
  }

  boolean bool() {
    if (!node.isBoolean()) {
      throw problem("true or false is expected");
    }
    return node.booleanValue();
  }

  /** True, false, or a number as JSON libraries of C++ read one: 0 is false. */
  boolean looseBool() {
    return node.isIntegralNumber() ? node.intValue() != 0 : bool();
  }

  /** A hexadecimal string as BMv2 writes it: {@code 0x0a}, {@code -0x01}, {@code ff}. */
  BigInteger hex() {
    String text = text();
    String digits = text.startsWith("-") ? text.substring(1) : text;
    if (digits.startsWith("0x") || digits.startsWith("0X")) {
      digits = digits.substring(2);
    }
    if (digits.length() > Limits.HEX_DIGITS) {
      throw problem("has more than " + Limits.HEX_DIGITS + " digits");
    }
    if (digits.isEmpty() || !digits.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
      throw problem("a hexadecimal string is expected, not \"" + text + "\"");
    }
    BigInteger value = new BigInteger(digits, 16);
    return text.startsWith("-") ? value.negate() : value;
  }

  ProgramException problem(String what) {
    return new ProgramException(path, what);
  }
}
