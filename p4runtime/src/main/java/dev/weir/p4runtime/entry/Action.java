package dev.weir.p4runtime.entry;

import com.google.common.collect.ImmutableSortedMap;
import java.util.Map;

/**
 * An action with its parameters, by names.
 *
 * @param name the action's P4Info name or its {@code @name}
 * @param params a value for every parameter of the action
 */
public record Action(String name, ImmutableSortedMap<String, Bits> params) {
  public static Action of(String name) {
    return new Action(name, ImmutableSortedMap.of());
  }

  public static Action of(String name, Map<String, Bits> params) {
    return new Action(name, ImmutableSortedMap.copyOf(params));
  }
}
