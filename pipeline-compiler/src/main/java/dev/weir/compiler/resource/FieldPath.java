package dev.weir.compiler.resource;

import java.util.regex.Pattern;

/** The way to a field, as in {@code spec.ingress[0].from[1].ipBlock.cidr}. */
record FieldPath(String text) {
  static final FieldPath ROOT = new FieldPath("");

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]*");

  FieldPath field(String name) {
    if (!PLAIN.matcher(name).matches()) {
      return key(name);
    }
    return new FieldPath(text.isEmpty() ? name : text + "." + name);
  }

  FieldPath item(int index) {
    return new FieldPath(text + "[" + index + "]");
  }

  /** An entry of a map, such as a label. */
  FieldPath key(String key) {
    return new FieldPath(text + "[" + key + "]");
  }

  @Override
  public String toString() {
    return text;
  }
}
