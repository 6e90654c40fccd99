package dev.weir.compiler.resource;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The way to a field, as in {@code spec.ingress[0].from[1].ipBlock.cidr}. Every field has one and
 * only problems show theirs, so it is written out late.
 */
final class FieldPath {
  static final FieldPath ROOT = new FieldPath(null, "", -1, false);

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]*");

  private final @Nullable FieldPath parent;
  private final String name;
  private final int index;
  private final boolean field;

  private FieldPath(@Nullable FieldPath parent, String name, int index, boolean field) {
    this.parent = parent;
    this.name = name;
    this.index = index;
    this.field = field;
  }

  FieldPath field(String name) {
    return new FieldPath(this, name, -1, true);
  }

  FieldPath item(int index) {
    return new FieldPath(this, "", index, false);
  }

  /** An entry of a map, such as a label. */
  FieldPath key(String key) {
    return new FieldPath(this, key, -1, false);
  }

  String text() {
    StringBuilder text = new StringBuilder();
    write(text);
    return text.toString();
  }

  private void write(StringBuilder text) {
    if (parent == null) {
      return;
    }
    parent.write(text);
    if (field && PLAIN.matcher(name).matches()) {
      text.append(text.isEmpty() ? "" : ".").append(name);
    } else if (index >= 0) {
      text.append('[').append(index).append(']');
    } else {
      text.append('[').append(name).append(']');
    }
  }

  @Override
  public String toString() {
    return text();
  }
}
