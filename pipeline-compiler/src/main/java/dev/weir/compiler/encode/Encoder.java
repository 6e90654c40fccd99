package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Maps;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.Counters;
import dev.weir.compiler.UnplaceableException;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.classes.Meetings;
import dev.weir.compiler.codes.CodeBook;
import dev.weir.compiler.codes.CodeBooks;
import dev.weir.compiler.codes.CodeIndex;
import dev.weir.compiler.codes.Demand;
import dev.weir.compiler.codes.Side;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.EntryOrder;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One compile: codes, then rows, then listeners, then entries. */
public final class Encoder {
  private final Intent intent;
  private final Fabric fabric;
  private final Allocation before;
  private final Counters counters;
  private final Capabilities capabilities;
  private final Identities identities;
  private ImmutableMap<Side, CodeBook> books = ImmutableMap.of();

  public Encoder(Intent intent, Fabric fabric, Allocation before, Counters counters) {
    this.intent = intent;
    this.fabric = fabric;
    this.before = before;
    this.counters = counters;
    this.capabilities = new Capabilities(fabric.pipeline());
    this.identities = Identities.of(intent, fabric, capabilities.families());
  }

  public Compiled encode() {
    Takers takers = new Takers(intent.rules(), identities);
    ImmutableSortedSet<Integer> opaqueNumbers = Opaque.asked(intent, takers);
    books =
        ImmutableMap.of(
            Side.SOURCE, book(Side.SOURCE, opaqueNumbers),
            Side.DESTINATION, book(Side.DESTINATION, opaqueNumbers));
    CodeBook destinations = book(books, Side.DESTINATION);
    Opaque opaque = Opaque.of(destinations, identities);
    ImmutableList<Endpoint> endpoints =
        Endpoint.all(identities, fabric, destinations, capabilities.steers());
    ImmutableMap<IpAddress.Family, ImmutableSet<BigInteger>> sources =
        sources(book(books, Side.SOURCE));
    ImmutableList<LayerRows> layers = layers(books, opaque, meetings(endpoints, opaque, sources));
    LayerTables tables =
        new LayerTables(layers, index(sources), new CodeIndex(codes(destinations)));
    ImmutableMap<IpAddress.Family, BitSet> from = numbers(sources, tables.sources());
    Steering steering =
        new Steering(
            tables,
            from,
            new Listeners(new FullPolicy(takers, intent.paths(), intent.authorizers())),
            before);
    steering.serve(endpoints);
    ImmutableSortedMap<String, SidecarConfig> sidecars = steering.configurations(fabric);

    PolicyEntries policy = new PolicyEntries(capabilities);
    List<PlacedEntry> entries = new ArrayList<>();
    for (LayerRows layer : layers) {
      layer.rows().forEach(row -> entries.add(policy.of(layer.layer(), row)));
    }
    entries.addAll(FabricEntries.of(capabilities, fabric, identities, books));
    entries.addAll(
        FabricEntries.sidecars(capabilities, fabric, sidecars.values(), steering.steered()));
    checkSizes(entries);
    entries.sort(Comparator.comparing(e -> e.entry().key(), EntryOrder.BY_KEY));

    PlacedRules placed =
        new PlacedRules(
            intent,
            tables,
            steering,
            new UndeclaredPorts(tables, from, takers, identities, destinations),
            capabilities);
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

  /** The code books of the last {@link #encode}. */
  ImmutableMap<Side, CodeBook> books() {
    return books;
  }

  /** The codes of all owned addresses. */
  private Set<BigInteger> codes(CodeBook book) {
    Set<BigInteger> codes = new LinkedHashSet<>();
    identities.owners().forEach((address, owner) -> codes.add(book.code(owner, address)));
    return codes;
  }

  private static CodeIndex index(ImmutableMap<IpAddress.Family, ImmutableSet<BigInteger>> sources) {
    CodeIndex index = CodeIndex.withAnybody();
    sources.values().forEach(codes -> codes.forEach(index::add));
    return index;
  }

  private static ImmutableMap<IpAddress.Family, BitSet> numbers(
      ImmutableMap<IpAddress.Family, ImmutableSet<BigInteger>> sources, CodeIndex index) {
    return ImmutableMap.copyOf(
        Maps.transformValues(
            sources,
            codes -> {
              BitSet numbers = new BitSet();
              numbers.set(CodeIndex.ANYBODY);
              codes.forEach(code -> numbers.set(index.number(code)));
              return numbers;
            }));
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
        case DESTINATION -> demand.add(rule.destination());
      }
    }
    if (side == Side.DESTINATION) {
      Regions.demandNamedPorts(
          intent.rules(), Regions.numbers(intent.workloads().values()), demand);
      for (int number : opaqueNumbers) {
        demand.add(new Selector.Test.Exists(new Key.OpaquePort(number)));
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
                    .add(book.code(owner, address)));
    ImmutableMap.Builder<IpAddress.Family, ImmutableSet<BigInteger>> built = ImmutableMap.builder();
    sources.forEach((family, codes) -> built.put(family, codes.build()));
    return built.buildOrThrow();
  }

  private static Meetings meetings(
      ImmutableList<Endpoint> endpoints,
      Opaque opaque,
      ImmutableMap<IpAddress.Family, ImmutableSet<BigInteger>> sources) {
    record Server(BigInteger code, int port, IpAddress.Family family) {}
    Set<Server> servers = new LinkedHashSet<>();
    for (Endpoint e : endpoints) {
      if (e.steerable(opaque)) {
        servers.add(new Server(e.code(), e.port().number(), e.address().family()));
      }
    }
    return new Meetings(
        servers.stream()
            .map(
                s ->
                    new Meetings.EndpointCodes(
                        s.code, s.port, sources.getOrDefault(s.family, ImmutableSet.of())))
            .collect(ImmutableList.toImmutableList()));
  }

  private ImmutableList<LayerRows> layers(
      ImmutableMap<Side, CodeBook> books, Opaque opaque, Meetings meetings) {
    Regions regions =
        new Regions(
            book(books, Side.SOURCE),
            book(books, Side.DESTINATION),
            capabilities.ranges(),
            Regions.numbers(intent.workloads().values()));
    ImmutableList.Builder<LayerRows> layers = ImmutableList.builder();
    for (Rule.Layer layer : capabilities.layers()) {
      ImmutableList<RuleRegions> rules =
          intent.rules().stream()
              .filter(r -> capabilities.holder(r.layer()) == layer)
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
