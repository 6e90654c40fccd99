package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.Counters;
import dev.weir.compiler.UnplaceableException;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.classes.Meetings;
import dev.weir.compiler.codes.CodeBook;
import dev.weir.compiler.codes.CodeBooks;
import dev.weir.compiler.codes.Demand;
import dev.weir.compiler.codes.Side;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.p4runtime.entry.Entry;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One compile: codes, then rows, then listeners, then entries. */
public final class Encoder {
  private static final Comparator<Entry.Key> ORDER =
      Comparator.comparing(Entry.Key::table)
          .thenComparing(Entry.Key::priority, Comparator.reverseOrder())
          .thenComparing(k -> k.matches().toString());

  private final Intent intent;
  private final Fabric fabric;
  private final Allocation before;
  private final Counters counters;
  private final Capabilities capabilities;
  private final Identities identities;

  public Encoder(Intent intent, Fabric fabric, Allocation before, Counters counters) {
    this.intent = intent;
    this.fabric = fabric;
    this.before = before;
    this.counters = counters;
    this.capabilities = new Capabilities(fabric.pipeline());
    this.identities = Identities.of(intent, fabric, capabilities.families());
  }

  public Compiled encode() {
    ImmutableSortedSet<Integer> opaqueNumbers = Opaque.asked(intent, identities);
    ImmutableMap<Side, CodeBook> books =
        ImmutableMap.of(
            Side.SOURCE, book(Side.SOURCE, opaqueNumbers),
            Side.DESTINATION, book(Side.DESTINATION, opaqueNumbers));
    CodeBook destinations = book(books, Side.DESTINATION);
    Opaque opaque = Opaque.of(opaqueNumbers, destinations, identities);
    ImmutableList<Endpoint> endpoints =
        Endpoint.all(identities, fabric, destinations, capabilities.steers());
    ImmutableMap<IpAddress.Family, ImmutableSet<BigInteger>> sources =
        sources(book(books, Side.SOURCE));
    ImmutableList<LayerRows> layers = layers(books, opaque, meetings(endpoints, opaque, sources));
    Steering steering = new Steering(layers, sources, new FullPolicy(intent, identities), before);
    steering.serve(endpoints);
    ImmutableSortedMap<String, SidecarConfig> sidecars = steering.configurations(fabric);

    PolicyEntries policy = new PolicyEntries(capabilities);
    List<PlacedEntry> entries = new ArrayList<>();
    for (LayerRows layer : layers) {
      layer.rows().forEach(row -> entries.add(policy.of(layer, row)));
    }
    entries.addAll(FabricEntries.of(capabilities, fabric, identities, books));
    entries.addAll(
        FabricEntries.sidecars(capabilities, fabric, sidecars.values(), steering.steered()));
    checkSizes(entries);
    entries.sort(Comparator.comparing(e -> e.entry().key(), ORDER));

    PlacedRules placed =
        new PlacedRules(
            intent,
            layers,
            steering,
            new UndeclaredPorts(layers, sources, identities, destinations),
            capabilities.families());
    return new Compiled(
        new Placement(ImmutableList.copyOf(entries), sidecars, placed.rules(), placed.exceptions()),
        new Allocation(
            ImmutableSortedMap.of(
                Side.SOURCE.word(), book(books, Side.SOURCE).allocation(),
                Side.DESTINATION.word(), destinations.allocation()),
            layers.stream()
                .filter(l -> !l.parts().isEmpty())
                .collect(
                    ImmutableSortedMap.toImmutableSortedMap(
                        String::compareTo, l -> l.layer().name(), LayerRows::parts)),
            steering.slots(),
            steering.served(),
            layers.stream()
                .filter(l -> !l.spilled().isEmpty())
                .collect(
                    ImmutableSortedMap.toImmutableSortedMap(
                        String::compareTo, l -> l.layer().name(), LayerRows::spilled))));
  }

  private static CodeBook book(ImmutableMap<Side, CodeBook> books, Side side) {
    CodeBook book = books.get(side);
    if (book == null) {
      throw new IllegalStateException("no code book for " + side);
    }
    return book;
  }

  private CodeBook book(Side side, ImmutableSortedSet<Integer> opaqueNumbers) {
    Demand demand = new Demand(capabilities.families(), capabilities.blocks(side));
    for (Rule rule : intent.rules()) {
      switch (side) {
        case SOURCE -> demand.add(rule.source());
        case DESTINATION -> {
          demand.add(rule.destination());
          Regions.demandNamedPorts(rule, intent.workloads().values(), demand);
        }
      }
    }
    if (side == Side.DESTINATION) {
      for (int number : opaqueNumbers) {
        demand.add(new Key.OpaquePort(number), ImmutableSet.of());
      }
    }
    return CodeBooks.allocate(demand, before.book(side.word()), capabilities.codeWidth(side));
  }

  private ImmutableMap<IpAddress.Family, ImmutableSet<BigInteger>> sources(CodeBook book) {
    Map<IpAddress.Family, ImmutableSet.Builder<BigInteger>> sources =
        new EnumMap<>(IpAddress.Family.class);
    for (IpAddress.Family family : capabilities.families()) {
      sources.put(family, ImmutableSet.<BigInteger>builder().addAll(book.worldCodes(family)));
    }
    identities
        .owners()
        .forEach(
            (address, owner) ->
                sources
                    .computeIfAbsent(address.family(), _ -> ImmutableSet.builder())
                    .add(book.workloadCode(owner).or(book.blockCode(address))));
    ImmutableMap.Builder<IpAddress.Family, ImmutableSet<BigInteger>> built = ImmutableMap.builder();
    sources.forEach((family, codes) -> built.put(family, codes.build()));
    return built.buildOrThrow();
  }

  private static Meetings meetings(
      ImmutableList<Endpoint> endpoints,
      Opaque opaque,
      ImmutableMap<IpAddress.Family, ImmutableSet<BigInteger>> sources) {
    return new Meetings(
        endpoints.stream()
            .filter(e -> e.via().isPresent())
            .filter(e -> !(Opaque.opaque(e.port()) && opaque.decided(e.port().number())))
            .map(
                e ->
                    new Meetings.EndpointCodes(
                        e.code(),
                        e.port().number(),
                        sources.getOrDefault(e.address().family(), ImmutableSet.of())))
            .distinct()
            .collect(ImmutableList.toImmutableList()));
  }

  private ImmutableList<LayerRows> layers(
      ImmutableMap<Side, CodeBook> books, Opaque opaque, Meetings meetings) {
    Regions regions =
        new Regions(
            book(books, Side.SOURCE),
            book(books, Side.DESTINATION),
            capabilities.ranges(),
            intent.workloads().values());
    ImmutableList.Builder<LayerRows> layers = ImmutableList.builder();
    for (Rule.Layer layer : Rule.Layer.values()) {
      ImmutableList<RuleRegions> rules =
          intent.rules().stream()
              .filter(r -> r.layer() == layer)
              .map(regions::of)
              .collect(ImmutableList.toImmutableList());
      ImmutableSortedMap<String, Integer> parts =
          before.parts().getOrDefault(layer.name(), ImmutableSortedMap.of());
      layers.add(
          new TableSpace(
                  layer,
                  rules,
                  capabilities.size(Capabilities.table(layer)),
                  counters,
                  before.spilled().getOrDefault(layer.name(), ImmutableSortedSet.of()))
              .fit(spilled -> LayerEncoder.encode(layer, rules, opaque, meetings, parts, spilled)));
    }
    return layers.build();
  }

  private void checkSizes(List<PlacedEntry> entries) {
    Map<String, Integer> counts = new HashMap<>();
    entries.forEach(e -> counts.merge(e.entry().table(), 1, Integer::sum));
    counts.forEach(
        (table, count) -> {
          if (count > capabilities.size(table)) {
            throw new UnplaceableException(
                "fabric-too-large",
                "table "
                    + table
                    + " of pipeline "
                    + fabric.pipeline().name()
                    + " holds "
                    + capabilities.size(table)
                    + " entries; the fabric needs "
                    + count);
          }
        });
  }
}
