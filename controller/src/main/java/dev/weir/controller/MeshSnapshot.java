package dev.weir.controller;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.placement.Placement;
import dev.weir.p4runtime.entry.Entry;
import java.util.Optional;

/**
 * What the controller knows, at one moment.
 *
 * @param revision of the store that {@code intent} and {@code placement} belong to
 * @param fabric empty until one is given
 * @param placement empty while there is no fabric
 * @param problem why the newest resources have no placement on this fabric; empty when they have
 * @param targets with respect to {@code revision}
 * @param counters as last read
 * @param foreign entries on the switch that Weir did not write; left alone
 */
public record MeshSnapshot(
    long revision,
    Intent intent,
    Optional<Fabric> fabric,
    Optional<Placement> placement,
    Optional<String> problem,
    TargetStatuses targets,
    CounterReading counters,
    ImmutableList<Entry> foreign) {}
