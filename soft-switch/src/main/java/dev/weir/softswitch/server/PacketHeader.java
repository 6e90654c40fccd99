package dev.weir.softswitch.server;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A controller header as it is in packets (P4Runtime 1.5 §16.1). */
record PacketHeader(List<Field> fields) {
  PacketHeader {
    fields = List.copyOf(fields);
  }

  /**
   * A field.
   *
   * @param id of its metadata in P4Info
   * @param width bits in the packet
   * @param translation null: controllers see the number itself
   */
  record Field(int id, String name, int width, @Nullable Translation translation) {}

  int bits() {
    return fields.stream().mapToInt(Field::width).sum();
  }

  int bytes() {
    return (bits() + 7) / 8;
  }
}
