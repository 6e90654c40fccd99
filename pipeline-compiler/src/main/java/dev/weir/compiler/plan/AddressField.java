package dev.weir.compiler.plan;

import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import java.math.BigInteger;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Addresses in a pipeline's fields.
 *
 * @param width bits, 32 or 128
 */
record AddressField(int width) {

  /**
   * The width that these entries were written for. In 128 bits every address and nearly every
   * prefix has more than 32 bits; where none has, both widths mean the same.
   */
  static AddressField of(Stream<Entry.Key> keys) {
    return new AddressField(keys.anyMatch(AddressField::isWide) ? 128 : 32);
  }

  private static boolean isWide(Entry.Key key) {
    return Stream.of("address", "source_address", "target_address")
        .flatMap(f -> Optional.ofNullable(key.matches().get(f)).stream())
        .anyMatch(
            m ->
                switch (m) {
                  case Match.Exact e -> !e.value().fits(32);
                  case Match.Lpm l -> l.prefixLength() > 32 || !l.value().fits(32);
                  case Match.Ternary _, Match.Range _, Match.Optional _ -> false;
                });
  }

  /** The address or prefix that {@code key} asks; zero where it takes every address. */
  static Bits value(Entry.Key key, String field) {
    return switch (key.matches().get(field)) {
      case Match.Exact e -> e.value();
      case Match.Lpm l -> l.value();
      case null -> Bits.ZERO;
      case Match.Ternary _, Match.Range _, Match.Optional _ ->
          throw new IllegalArgumentException("field " + field + " of " + key);
    };
  }

  /** Whether the key's table looks addresses up by prefix. */
  static boolean isPrefix(Entry.Key key) {
    return !(key.matches().get("address") instanceof Match.Exact);
  }

  private static int length(Entry.Key key) {
    return key.matches().get("address") instanceof Match.Lpm l ? l.prefixLength() : 0;
  }

  /** Whether the prefix of {@code key} is one address. */
  boolean isHost(Entry.Key key) {
    return length(key) == width;
  }

  private boolean holds(Entry.Key prefix, Bits address) {
    int after = width - length(prefix);
    BigInteger value = value(prefix, "address").value();
    return value.shiftRight(after).equals(address.value().shiftRight(after));
  }

  /**
   * The longest prefix of {@code table}, shorter than {@code below}, that holds {@code address}.
   */
  Optional<Action> longest(Map<Entry.Key, Action> entries, String table, Bits address, int below) {
    return entries.entrySet().stream()
        .filter(e -> e.getKey().table().equals(table) && !e.getKey().isDefault())
        .filter(e -> isPrefix(e.getKey()))
        .filter(e -> length(e.getKey()) < below && holds(e.getKey(), address))
        .max(Comparator.comparingInt(e -> length(e.getKey())))
        .map(Map.Entry::getValue);
  }

  /** The action for what surrounds the prefix of {@code key} in its own table. */
  Optional<Action> enclosing(Map<Entry.Key, Action> entries, Entry.Key key) {
    return longest(entries, key.table(), value(key, "address"), length(key));
  }
}
