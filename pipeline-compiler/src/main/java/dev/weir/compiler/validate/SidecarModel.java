package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.validate.SwitchEntries.Place;

/**
 * One sidecar's configuration as Envoy would run it.
 *
 * @param listeners by address and port
 * @param upstreams everything that it may connect to
 * @param problems what could not be understood
 */
record SidecarModel(
    ImmutableMap<Place, ListenerModel> listeners,
    ImmutableSet<Place> upstreams,
    ImmutableSet<String> problems) {
  static final SidecarModel NOTHING =
      new SidecarModel(ImmutableMap.of(), ImmutableSet.of(), ImmutableSet.of());
}
