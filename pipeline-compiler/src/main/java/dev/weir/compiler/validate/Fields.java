package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableSet;
import com.google.protobuf.Message;
import java.util.List;

/** Which fields of a message are set. */
final class Fields {
  private Fields() {}

  /** Set fields other than {@code known}: settings whose meaning nobody has looked at. */
  static List<String> beyond(Message message, String... known) {
    ImmutableSet<String> names = ImmutableSet.copyOf(known);
    return message.getAllFields().keySet().stream()
        .map(f -> f.getName())
        .filter(n -> !names.contains(n))
        .toList();
  }
}
