package dev.weir.controller;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.wire.CounterCodec.Count;
import java.time.Instant;
import java.util.Optional;

/**
 * The switch's counters as last read. They start from zero when the switch restarts.
 *
 * @param at when they were read; empty when they never were
 * @param entries by entry, of tables with direct counters, defaults included
 * @param indexed by counter name ({@code openings}, {@code drops}) and index
 */
public record CounterReading(
    Optional<Instant> at,
    ImmutableMap<Entry.Key, Count> entries,
    ImmutableSortedMap<String, ImmutableList<Count>> indexed) {
  public static final CounterReading NONE =
      new CounterReading(Optional.empty(), ImmutableMap.of(), ImmutableSortedMap.of());
}
