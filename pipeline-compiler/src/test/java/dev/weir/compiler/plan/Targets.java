package dev.weir.compiler.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.encode.Capabilities;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Step;
import dev.weir.compiler.simulation.Network;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** A switch without atomic batches and its sidecars, as a plan meets them. */
final class Targets {
  private final Capabilities capabilities;
  private final Map<Entry.Key, Action> entries = new LinkedHashMap<>();
  private final Map<String, SidecarConfig> sidecars = new TreeMap<>();
  private int epoch;
  private int generation;

  /** Packets that read the epoch before the last flip may still be on their way. */
  private boolean oldPackets;

  private final boolean sized;

  Targets(Capabilities capabilities) {
    this(capabilities, false);
  }

  /**
   * @param sized whether tables refuse entries beyond their size
   */
  Targets(Capabilities capabilities, boolean sized) {
    this.capabilities = capabilities;
    this.sized = sized;
  }

  Observed observed() {
    return new Observed(
        ImmutableMap.copyOf(entries), epoch, generation, ImmutableSortedMap.copyOf(sidecars));
  }

  Map<Entry.Key, Action> entries() {
    return entries;
  }

  ImmutableList<Listener> listeners(String sidecar) {
    return Optional.ofNullable(sidecars.get(sidecar))
        .map(SidecarConfig::listeners)
        .orElse(ImmutableList.of());
  }

  /** What packets can meet now: one network, or two just after a flip. */
  void networks(Consumer<Network> each) {
    each.accept(network(epoch));
    if (oldPackets) {
      each.accept(network(1 - epoch));
    }
  }

  private Network network(int of) {
    return new Network(
        capabilities,
        entries.entrySet().stream().map(e -> new Entry(e.getKey(), e.getValue())).toList(),
        of,
        sidecars.values());
  }

  /** Carries out a step, with a look after each single update. */
  void carryOut(Step step, Runnable look) {
    switch (step) {
      case Step.Await _ -> oldPackets = false;
      case Step.ConfigureSidecars c -> {
        sidecars.putAll(c.configurations());
        look.run();
      }
      case Step.WriteSwitch w -> {
        for (Step.Update update : w.updates()) {
          write(update);
          if (!update.entry().table().equals("neighbour")) {
            look.run();
          }
        }
      }
    }
  }

  void write(Step.Update update) {
    Entry entry = update.entry();
    if (entry.key().isDefault()) {
      int next = bits(entry.action(), "epoch");
      oldPackets |= next != epoch;
      epoch = next;
      generation = bits(entry.action(), "generation");
      return;
    }
    boolean there = entries.containsKey(entry.key());
    boolean insert = update.kind() == Step.Update.Kind.INSERT;
    if (there == insert) {
      throw new AssertionError(update + (there ? " exists" : " does not exist"));
    }
    switch (update.kind()) {
      case INSERT -> {
        entries.put(entry.key(), entry.action());
        long count = entries.keySet().stream().filter(k -> k.table().equals(entry.table())).count();
        if (sized && count > capabilities.size(entry.table())) {
          throw new AssertionError("table " + entry.table() + " is full");
        }
      }
      case MODIFY -> entries.put(entry.key(), entry.action());
      case DELETE -> entries.remove(entry.key());
    }
  }

  private static int bits(Action action, String param) {
    Bits value = action.params().get(param);
    if (value == null) {
      throw new AssertionError(action + " lacks " + param);
    }
    return value.intValue();
  }
}
