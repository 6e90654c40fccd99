package dev.weir.p4runtime.info;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

/** The type of what a register holds or a digest carries (P4Runtime 1.5 §8.5). */
public sealed interface DataType {

  /** {@code bit<width>}. */
  record Unsigned(int width) implements DataType {}

  /** {@code int<width>}, two's complement. */
  record Signed(int width) implements DataType {}

  /** {@code varbit<maxWidth>}. */
  record Varbit(int maxWidth) implements DataType {}

  /** {@code bool}. */
  record Bool() implements DataType {}

  /** Members in order, without names. */
  record Tuple(ImmutableList<DataType> members) implements DataType {}

  /** Members in order, by name. */
  record Struct(String name, ImmutableMap<String, DataType> members) implements DataType {}

  /** A header's fields in order, by name. */
  record Header(String name, ImmutableMap<String, DataType> members) implements DataType {}

  /** At most one of the member headers is valid. */
  record HeaderUnion(String name, ImmutableMap<String, DataType> members) implements DataType {}

  /** {@code size} headers or header unions. */
  record Stack(DataType element, int size) implements DataType {}

  /** A member's name of an enum without numbers. */
  record Symbol(String name, ImmutableList<String> members) implements DataType {}

  /** An enum over {@code bit<width>}; members and numbers as in the program. */
  record Numbered(String name, int width) implements DataType {}

  /** An error's name. */
  record ErrorName() implements DataType {}

  /** Free text in place of a number ({@code @p4runtime_translation}). */
  record Text(String name) implements DataType {}
}
