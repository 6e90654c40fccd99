// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSetMultimap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Maps;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.classes.IncrementalClasses;
import dev.weir.compiler.classes.RequestRule;
import dev.weir.compiler.classes.ResidualClasses;
import dev.weir.compiler.codes.CodeBook;
import dev.weir.compiler.codes.CodeBooks;
import dev.weir.compiler.codes.Demand;
import dev.weir.compiler.codes.Keys;
import dev.weir.compiler.codes.Side;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The rules, what they ask of codes, and the rows that they and their classes give. */
final class LivePolicy {
  /** A rule, and what it gives by itself. */
  static final class Held {
    final Rule rule;
    final Rule.Layer holder;
    LayerEncoder.Encoded encoded;

    Held(Rule rule, Rule.Layer holder, LayerEncoder.Encoded encoded) {
      this.rule = rule;
      this.holder = holder;
      this.encoded = encoded;
    }
  }

  private final Capabilities capabilities;
  private final LiveCodes codes;
  private final Takers takers = new Takers();
  private final Map<Side, Demand> demands = new EnumMap<>(Side.class);

  /** What is asked since {@link #recode}, by side. */
  private final Map<Side, Demand> added = new EnumMap<>(Side.class);

  /** Sides whose book does not answer everything, for want of bits. */
  private final Set<Side> lacking = EnumSet.noneOf(Side.class);

  private final Map<Side, CodeBook> books = new EnumMap<>(Side.class);
  private final Map<Rule.PortMatch.Named, TreeMap<String, Integer>> numbers = new HashMap<>();
  private final Map<Rule.PortMatch.Named, Integer> namesAsked = new HashMap<>();
  private final Map<Integer, Integer> opaqueAsked = new HashMap<>();
  private final Map<Rule.Layer, PolicyTable> tables = new EnumMap<>(Rule.Layer.class);
  private final Map<Rule.Layer, IncrementalClasses> classes = new EnumMap<>(Rule.Layer.class);
  private final Map<String, List<Held>> rules = new TreeMap<>();
  private final Map<RequestRule, Held> byRequest = new IdentityHashMap<>();
  private final Opaque opaque;
  private ImmutableMap<Side, CodeBook> booksBefore;
  private Regions regions;

  /**
   * @param books by side
   */
  LivePolicy(
      Capabilities capabilities,
      LiveCodes codes,
      ImmutableMap<Side, CodeBook> books,
      Allocation allocation) {
    this.capabilities = capabilities;
    this.codes = codes;
    this.books.putAll(books);
    this.booksBefore = books;
    for (Side side : Side.values()) {
      demands.put(side, demandOf(side));
      added.put(side, demandOf(side));
    }
    this.opaque = Opaque.of(book(Side.DESTINATION));
    this.regions = regions();
    for (Rule.Layer layer : capabilities.layers()) {
      PolicyTable table = new PolicyTable();
      if (!layer.ordered()) {
        table.add(LayerEncoder.BASE);
      }
      tables.put(layer, table);
      if (Regions.authorization(layer)) {
        classes.put(
            layer,
            new IncrementalClasses(
                codes,
                allocation.parts().getOrDefault(layer.name(), ImmutableSortedMap.of()),
                LayerEncoder.parts(layer)));
      }
    }
  }

  private Regions regions() {
    return new Regions(
        book(Side.SOURCE), book(Side.DESTINATION), capabilities.ranges(), this::numbers);
  }

  /** The numbers, in decimal, that pods give to a port name. */
  private ImmutableSortedSet<String> numbers(Rule.PortMatch.Named named) {
    return ImmutableSortedSet.copyOf(numbers.getOrDefault(named, new TreeMap<>()).keySet());
  }

  CodeBook book(Side side) {
    return Optional.ofNullable(books.get(side)).orElseThrow();
  }

  ImmutableMap<Side, CodeBook> books() {
    return ImmutableMap.copyOf(books);
  }

  Takers takers() {
    return takers;
  }

  Opaque opaque() {
    return opaque;
  }

  PolicyTable table(Rule.Layer layer) {
    return Optional.ofNullable(tables.get(layer)).orElseThrow();
  }

  Collection<IncrementalClasses> classes() {
    return classes.values();
  }

  List<Held> rules(String resource) {
    return rules.getOrDefault(resource, List.of());
  }

  /** Counts the numbers that a workload gives to port names. */
  void declare(Workload workload) {
    countNames(workload, 1);
  }

  /** Takes back what {@link #declare} counted. */
  void withdraw(Workload workload) {
    countNames(workload, -1);
  }

  private void countNames(Workload workload, int by) {
    for (Workload.Port port : workload.ports()) {
      if (!port.name().isEmpty()) {
        Rule.PortMatch.Named named = new Rule.PortMatch.Named(port.protocol(), port.name());
        String number = String.valueOf(port.number());
        // The first port of that name counts.
        if (Keys.value(Regions.key(named), workload).equals(Optional.of(number))) {
          TreeMap<String, Integer> here = numbers.computeIfAbsent(named, _ -> new TreeMap<>());
          if (here.merge(number, by, Integer::sum) == 0) {
            here.remove(number);
          }
        }
      }
    }
  }

  /** Has a workload own an address. */
  void own(IpAddress address, Workload owner) {
    takers.own(address, owner);
    countOpaque(takers.rules(owner, address, Opaque::asks), owner, 1);
  }

  void disown(IpAddress address, Workload owner) {
    countOpaque(takers.rules(owner, address, Opaque::asks), owner, -1);
    takers.disown(address);
  }

  private void countOpaque(Collection<Rule> asking, Workload workload, int by) {
    for (Workload.Port port : workload.ports()) {
      if (Opaque.opaque(port)) {
        for (Rule rule : asking) {
          if (Opaque.takes(rule.port(), port)) {
            countOpaque(port.number(), by);
          }
        }
      }
    }
  }

  private void countOpaque(int number, int by) {
    int now = opaqueAsked.merge(number, by, Integer::sum);
    if (now == 0) {
      opaqueAsked.remove(number);
    }
    if (now == 0 || now == by) {
      count(new Selector.Test.Exists(new Key.OpaquePort(number)), by);
    }
  }

  /** Asks for a test of destinations besides those of selectors, or takes that back. */
  private void count(Selector.Test test, int by) {
    if (by > 0) {
      demand(Side.DESTINATION).add(test);
      added(Side.DESTINATION).add(test);
    } else {
      demand(Side.DESTINATION).remove(test);
    }
  }

  private Demand demandOf(Side side) {
    return new Demand(capabilities.families(), capabilities.blocks(side));
  }

  private Demand added(Side side) {
    return Optional.ofNullable(added.get(side)).orElseThrow();
  }

  private Demand demand(Side side) {
    return Optional.ofNullable(demands.get(side)).orElseThrow();
  }

  /**
   * Calls {@code use} with the codes of the servers of a resource's rules that no row tells of, and
   * listeners may.
   */
  void forEachUntold(String resource, Consumer<BigInteger> use) {
    for (Held held : rules(resource)) {
      if (Regions.authorization(held.rule.layer())
          && held.encoded.rows().isEmpty()
          && held.encoded.request().isEmpty()) {
        takers.forEach(
            held.rule.destination(),
            (address, owner) -> use.accept(book(Side.DESTINATION).code(owner, address)));
      }
    }
  }

  /** Takes the rules of a resource away; what they asked is asked no more. */
  void remove(String resource) {
    List<Held> gone = rules.remove(resource);
    for (Held held : gone == null ? List.<Held>of() : gone) {
      count(held.rule, -1);
      takers.remove(held.rule);
      takeBack(held);
    }
  }

  /** Has rules ask what they ask. Their rows come with {@link #place}. */
  void ask(Collection<Rule> come) {
    for (Rule rule : come) {
      takers.add(rule);
      count(rule, 1);
    }
  }

  private void count(Rule rule, int by) {
    if (by > 0) {
      demand(Side.SOURCE).add(rule.source());
      added(Side.SOURCE).add(rule.source());
      demand(Side.DESTINATION).add(rule.destination());
      added(Side.DESTINATION).add(rule.destination());
    } else {
      demand(Side.SOURCE).remove(rule.source());
      demand(Side.DESTINATION).remove(rule.destination());
    }
    if (rule.port() instanceof Rule.PortMatch.Named named) {
      count(new Selector.Test.In(Regions.key(named), numbers(named)), by);
      if (namesAsked.merge(named, by, Integer::sum) == 0) {
        namesAsked.remove(named);
      }
    }
    if (Opaque.asks(rule)) {
      takers.forEach(rule.destination(), (_, workload) -> countOpaque(List.of(rule), workload, by));
    }
  }

  /** The numbers that rules' port names stand for. */
  ImmutableMap<Rule.PortMatch.Named, ImmutableSortedSet<String>> namesAsked() {
    return ImmutableMap.copyOf(Maps.asMap(namesAsked.keySet(), this::numbers));
  }

  /**
   * Brings the code books up to what is asked.
   *
   * @return by side the values that have got a number, so that who has them has another code
   */
  Map<Side, ImmutableSetMultimap<Key, String>> recode() throws WholeException {
    Map<Side, ImmutableSetMultimap<Key, String>> numbered = new EnumMap<>(Side.class);
    for (Side side : Side.values()) {
      CodeBook before = book(side);
      int width = capabilities.codeWidth(side);
      Demand more = added.put(side, demandOf(side));
      if (!lacking.contains(side)
          && more != null
          && CodeBooks.keeps(before, demand(side), more, width)) {
        continue;
      }
      CodeBook after = CodeBooks.allocate(demand(side), before.allocation(), width);
      ImmutableSetMultimap<Key, String> values =
          after.added(before).orElseThrow(() -> new WholeException("codes are given anew"));
      if (!values.isEmpty()) {
        numbered.put(side, values);
        books.put(side, after);
        regions = regions();
      }
      if (!CodeBooks.keeps(after, demand(side), width)) {
        lacking.add(side);
      }
    }
    return numbered;
  }

  /** Places the rules of a resource, which ask already. */
  void place(String resource, Collection<Rule> come) throws WholeException {
    List<Held> held = new ArrayList<>();
    for (Rule rule : come) {
      Rule.Layer holder = capabilities.holder(rule.layer());
      if (rule.layer() != holder && TableSpace.admin(rule.layer())) {
        throw new WholeException("tiers are merged");
      }
      Held each = new Held(rule, holder, encode(holder, rule));
      held.add(each);
      give(each);
    }
    if (!held.isEmpty()) {
      rules.put(resource, held);
    }
  }

  private LayerEncoder.Encoded encode(Rule.Layer holder, Rule rule) {
    return LayerEncoder.encode(holder, regions.of(rule), opaque);
  }

  private void give(Held held) {
    table(held.holder).addAll(held.encoded.rows());
    held.encoded
        .request()
        .ifPresent(
            request -> {
              byRequest.put(request, held);
              classesOf(held.holder).add(request);
            });
  }

  private void takeBack(Held held) {
    table(held.holder).removeAll(held.encoded.rows());
    held.encoded
        .request()
        .ifPresent(
            request -> {
              byRequest.remove(request);
              classesOf(held.holder).remove(request);
            });
  }

  private IncrementalClasses classesOf(Rule.Layer layer) {
    return Optional.ofNullable(classes.get(layer)).orElseThrow();
  }

  /**
   * Places anew what depends on ports that other addresses declare now.
   *
   * @param changed takes the ids of the rules
   */
  void declarationsChanged(Set<Rule.Id> changed) {
    Set<RequestRule> requests = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Opaque.Declared declared : opaque.takeChanged()) {
      classes.values().forEach(c -> requests.addAll(c.rules(declared.code(), declared.port())));
    }
    for (RequestRule request : requests) {
      Held held = Optional.ofNullable(byRequest.get(request)).orElseThrow();
      takeBack(held);
      held.encoded = encode(held.holder, held.rule);
      give(held);
      changed.add(held.rule.id());
    }
  }

  /** Brings the rows of classes up to date. */
  void settleClasses() throws WholeException {
    for (Map.Entry<Rule.Layer, IncrementalClasses> each : classes.entrySet()) {
      PolicyTable table = table(each.getKey());
      Map<?, IncrementalClasses.Difference> differences =
          each.getValue()
              .settle()
              .orElseThrow(() -> new WholeException("classes are told apart anew"));
      for (IncrementalClasses.Difference difference : differences.values()) {
        difference.before().ifPresent(c -> table.remove(LayerEncoder.row(c)));
        if (difference.after().isPresent()) {
          ResidualClasses.Classed after = difference.after().get();
          PolicyRow row = LayerEncoder.row(after);
          if (row.verdict().equals(PolicyRow.STEER_FULL)) {
            throw new WholeException("a class asks too much");
          }
          table.add(row);
        }
      }
    }
  }

  /** Remembers books and parts for {@link #restore}. */
  void begin() {
    booksBefore = books();
    classes.values().forEach(IncrementalClasses::begin);
  }

  /** Has books and parts be what they were at {@link #begin}. */
  void restore() {
    books.putAll(booksBefore);
    classes.values().forEach(IncrementalClasses::restore);
  }

  /** Parts by layer, for the allocation. */
  ImmutableSortedMap<String, ImmutableSortedMap<String, Integer>> parts() {
    ImmutableSortedMap.Builder<String, ImmutableSortedMap<String, Integer>> parts =
        ImmutableSortedMap.naturalOrder();
    classes.forEach(
        (layer, each) -> {
          if (!each.parts().isEmpty()) {
            parts.put(layer.name(), each.parts());
          }
        });
    return parts.buildOrThrow();
  }
}
