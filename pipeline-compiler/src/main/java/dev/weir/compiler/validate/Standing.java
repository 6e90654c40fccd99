package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Multimaps;
import dev.weir.compiler.change.Change;
import dev.weir.compiler.change.PlacementChange;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.Denied;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.p4runtime.entry.Entry;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** An intent, a fabric and a placement as changes have left them, piece by piece. */
final class Standing {
  private final Intent settings;
  private final Fabric fabric;
  private final TreeMap<String, Workload> workloads;
  private final TreeMap<String, ImmutableList<Rule>> rules = new TreeMap<>();
  private final TreeMap<Integer, Fabric.Attachment> attachments = new TreeMap<>();
  private final Map<Entry.Key, PlacedEntry> entries = new HashMap<>();
  private final Map<String, Integer> sizes = new HashMap<>();
  private final TreeMap<String, SidecarConfig> sidecars;
  private final TreeMap<String, ImmutableList<Denied>> exceptions = new TreeMap<>();

  Standing(Intent intent, Fabric fabric, Placement placement) {
    this.settings = intent;
    this.fabric = fabric;
    this.workloads = new TreeMap<>(intent.workloads());
    rules.putAll(intent.rulesByResource());
    fabric.attachments().forEach(a -> attachments.put(a.port(), a));
    placement.entries().forEach(this::put);
    this.sidecars = new TreeMap<>(placement.sidecars());
    ImmutableListMultimap<String, Denied> denied =
        Multimaps.index(placement.exceptions(), d -> d.rule().resource());
    denied.keySet().forEach(resource -> exceptions.put(resource, denied.get(resource)));
  }

  private void put(PlacedEntry placed) {
    if (entries.put(placed.entry().key(), placed) == null) {
      sizes.merge(placed.entry().table(), 1, Integer::sum);
    }
  }

  void apply(Change change, PlacementChange placed) {
    Change.apply(change.workloads(), workloads);
    Change.apply(change.attachments(), attachments);
    change.rules().forEach((resource, now) -> put(rules, resource, now));
    for (Entry.Key key : placed.removed()) {
      if (entries.remove(key) != null) {
        sizes.merge(key.table(), -1, Integer::sum);
      }
    }
    placed.put().forEach(this::put);
    Change.apply(placed.sidecars(), sidecars);
    placed.exceptions().forEach((resource, now) -> put(exceptions, resource, now));
  }

  private static <V> void put(
      Map<String, ImmutableList<V>> of, String resource, ImmutableList<V> now) {
    if (now.isEmpty()) {
      of.remove(resource);
    } else {
      of.put(resource, now);
    }
  }

  Intent intent() {
    return new Intent(
        ImmutableSortedMap.copyOf(workloads),
        rules.values().stream()
            .flatMap(ImmutableList::stream)
            .collect(ImmutableList.toImmutableList()),
        settings.paths(),
        settings.authorizers());
  }

  Fabric fabric() {
    return new Fabric(
        fabric.switchName(),
        fabric.pipeline(),
        fabric.fabricMac(),
        fabric.gateways(),
        ImmutableList.copyOf(attachments.values()));
  }

  /** The placement, but for what is said of where rules are. */
  Placement placement() {
    return new Placement(
        ImmutableList.copyOf(entries.values()),
        ImmutableSortedMap.copyOf(sidecars),
        ImmutableList.of(),
        exceptions.values().stream()
            .flatMap(ImmutableList::stream)
            .collect(ImmutableList.toImmutableList()));
  }

  ImmutableList<Rule> rules(String resource) {
    return rules.getOrDefault(resource, ImmutableList.of());
  }

  Optional<PlacedEntry> entry(Entry.Key key) {
    return Optional.ofNullable(entries.get(key));
  }

  Optional<Fabric.Attachment> attachment(int port) {
    return Optional.ofNullable(attachments.get(port));
  }

  /** Whether the entries of a table fit into it. */
  boolean fits(String table) {
    return fabric
        .pipeline()
        .findTable(table)
        .filter(t -> sizes.getOrDefault(table, 0) <= t.size())
        .isPresent();
  }
}
