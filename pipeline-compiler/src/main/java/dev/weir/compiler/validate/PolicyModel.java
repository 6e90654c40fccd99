package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.validate.Ask.Clause;
import dev.weir.compiler.validate.Ask.Residual;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntPredicate;

/**
 * The rules of an intent over classes of sources and destinations. What a rule means is as its
 * documentation has it; nothing here knows of codes or entries.
 */
final class PolicyModel {
  private static final int TCP = Protocol.TCP.number();

  private record Chain(Rule.Layer admin, Rule.Layer policies, Rule.Layer baseline) {}

  private static final Chain EGRESS_CHAIN =
      new Chain(Rule.Layer.EGRESS_ADMIN, Rule.Layer.EGRESS, Rule.Layer.EGRESS_BASELINE);
  private static final Chain INGRESS_CHAIN =
      new Chain(Rule.Layer.INGRESS_ADMIN, Rule.Layer.INGRESS, Rule.Layer.INGRESS_BASELINE);

  /** What rules share that differ in their sources only. */
  private record Shape(
      Rule.Layer layer,
      Rule.Effect effect,
      Selector destination,
      Rule.PortMatch port,
      boolean headerDecides,
      Ask ask,
      int order,
      String authorizer) {
    Shape anywhere() {
      return new Shape(layer, effect, Selector.ANY, port, headerDecides, ask, order, authorizer);
    }
  }

  /** Rules that count at a port for the classes {@code some} of those asked about. */
  private record Hit(Shape shape, BitSet some) {}

  /** What a TCP port of a destination carries. */
  enum Carries {
    HTTP,
    NO_HTTP,
    EITHER,
    /** Nobody declares the port. */
    UNDECLARED
  }

  /**
   * What the policy says of the classes asked about, at one end of a connection.
   *
   * @param allow by what is left of the policy there
   * @param asked those for which some rule that asks for a request counts
   */
  record Says(Map<Residual, BitSet> allow, BitSet deny, BitSet asked) {}

  private final Selectors selectors;
  private final PathView view;
  private final List<Rule> unbound;
  private final Map<Shape, Group<Shape, Rule>> groups = new LinkedHashMap<>();
  private Classes sources = Classes.none();
  private Classes destinations = Classes.none();
  private Columns<Selector, Group<Shape, Rule>> from;
  private Columns<Selector, Group<Shape, Rule>> to;

  /** Classes of destinations by what they call a port, and its number. */
  private final Map<Rule.PortMatch.Named, TreeMap<Integer, BitSet>> declared = new HashMap<>();

  PolicyModel(Intent intent, Selectors selectors) {
    this.selectors = selectors;
    this.view = PathView.of(intent.paths());
    this.unbound = intent.rules();
    this.from = new Columns<>(selectors.answers(End.CLIENT, sources));
    this.to = new Columns<>(selectors.answers(End.SERVER, destinations));
  }

  private static void check(Rule rule) {
    boolean defined =
        switch (rule.layer()) {
          case EGRESS_ADMIN, EGRESS_BASELINE, INGRESS_ADMIN, INGRESS_BASELINE ->
              rule.effect() != Rule.Effect.ISOLATE
                  && rule.headerDecides()
                  && rule.withoutHttp().equals(RequestExpr.TRUE);
          case EGRESS, INGRESS, AUTHORIZATION_ALLOW ->
              rule.effect() == Rule.Effect.ISOLATE || rule.effect() == Rule.Effect.ALLOW;
          case AUTHORIZATION_DENY ->
              rule.effect() == Rule.Effect.DENY || rule.effect() == Rule.Effect.CUSTOM;
        };
    if (!defined) {
      throw new IllegalArgumentException(
          rule.id() + ": " + rule.effect() + " means nothing in " + rule.layer());
    }
  }

  /** Groups the rules for the given classes. */
  void bind(Classes sources, Classes destinations) {
    this.sources = sources;
    this.destinations = destinations;
    from = new Columns<>(selectors.answers(End.CLIENT, sources));
    to = new Columns<>(selectors.answers(End.SERVER, destinations));
    groups.clear();
    unbound.forEach(this::add);
    declared.clear();
    for (int d = 0; d < destinations.count(); d++) {
      declare(d);
    }
  }

  private Shape shape(Rule rule) {
    return new Shape(
        rule.layer(),
        rule.effect(),
        rule.destination(),
        rule.port(),
        rule.headerDecides(),
        Ask.of(rule, view),
        rule.order(),
        rule.authorizer());
  }

  /** Adds a rule; once classes are bound. */
  void add(Rule rule) {
    check(rule);
    groups
        .computeIfAbsent(
            shape(rule),
            shape -> {
              Group<Shape, Rule> group = new Group<>(shape);
              to.column(shape.destination).groups().add(group);
              return group;
            })
        .add(rule, from.column(rule.source()));
  }

  void remove(Rule rule) {
    Shape shape = shape(rule);
    Group<Shape, Rule> group = groups.get(shape);
    if (group != null) {
      group.remove(rule, from.column(rule.source()));
      if (group.isEmpty()) {
        groups.remove(shape);
        to.column(shape.destination).groups().remove(group);
      }
    }
  }

  private void declare(int destination) {
    for (Workload.Port port : selectors.ports(destinations.representative(destination))) {
      declared
          .computeIfAbsent(
              new Rule.PortMatch.Named(port.protocol(), port.name()), _ -> new TreeMap<>())
          .computeIfAbsent(port.number(), _ -> new BitSet())
          .set(destination);
    }
  }

  /** Answers for a class that is there for the first time. */
  void born(End end, int group) {
    switch (end) {
      case CLIENT -> from.born(group);
      case SERVER -> {
        to.born(group);
        declare(group);
      }
    }
  }

  /** Classes of destinations at which rules tell two classes of sources apart. */
  void apart(int source, int other, BitSet destinations) {
    from.apart(source, other, group -> destinations.or(servers(group)));
  }

  /** A class of sources that some rare rule speaks of, too; −1 where no other is eligible. */
  int akin(int source, IntPredicate eligible) {
    return from.akin(source, eligible);
  }

  private BitSet servers(Group<Shape, Rule> group) {
    return to.column(group.shape().destination).classes();
  }

  /** The classes that a rule takes at one end. */
  BitSet classes(End end, Rule rule) {
    return (end == End.CLIENT ? from : to).classes(end.of(rule));
  }

  /** Ports where what the rules say of a destination may change. */
  void cuts(int destination, int atom, int protocol, TreeSet<Integer> cuts) {
    to.each(destination, group -> cuts(group.shape().port, protocol, cuts));
    cutsOfPorts(atom, protocol, cuts);
  }

  /** Rules that count for one class of sources, by the destinations that they take. */
  final class FromOne {
    private final Map<Shape, BitSet> byShape;

    private FromOne(int source, BitSet asked) {
      byShape = Group.from(source, from, asked, PolicyModel.this::servers, Shape::anywhere);
    }

    /** Ports where what they say may change. */
    void cuts(int protocol, TreeSet<Integer> cuts) {
      for (Shape shape : byShape.keySet()) {
        PolicyModel.cuts(shape.port, protocol, cuts);
        if (shape.port instanceof Rule.PortMatch.Named n && n.protocol().number() == protocol) {
          for (int port : declared.getOrDefault(n, new TreeMap<>()).keySet()) {
            cuts.add(port);
            cuts.add(port + 1);
          }
        }
      }
    }

    /** What they say where ports carry anything; elsewhere only what is asked differs. */
    Says says(int protocol, int port, BitSet asked) {
      Map<Rule.Layer, List<Hit>> hits = new EnumMap<>(Rule.Layer.class);
      byShape.forEach(
          (shape, servers) -> {
            switch (shape.port) {
              case Rule.PortMatch.Any _ -> put(hits, shape, servers);
              case Rule.PortMatch.Numbers n -> {
                if (n.protocol().number() == protocol && n.first() <= port && port <= n.last()) {
                  put(hits, shape, servers);
                }
              }
              case Rule.PortMatch.Named n -> {
                BitSet here = declared.getOrDefault(n, new TreeMap<>()).get(port);
                if (here != null && n.protocol().number() == protocol) {
                  BitSet named = (BitSet) servers.clone();
                  named.and(here);
                  put(hits, shape, named);
                }
              }
            }
          });
      return PolicyModel.says(hits, protocol, Carries.EITHER, asked);
    }
  }

  FromOne from(int source, BitSet destinations) {
    return new FromOne(source, destinations);
  }

  private static void cuts(Rule.PortMatch match, int protocol, TreeSet<Integer> cuts) {
    switch (match) {
      case Rule.PortMatch.Numbers n when n.protocol().number() == protocol -> {
        cuts.add(n.first());
        cuts.add(n.last() + 1);
      }
      case Rule.PortMatch.Numbers _, Rule.PortMatch.Any _, Rule.PortMatch.Named _ -> {}
    }
  }

  private void cutsOfPorts(int atom, int protocol, TreeSet<Integer> cuts) {
    for (Workload.Port port : selectors.ports(atom)) {
      if (port.protocol().number() == protocol) {
        cuts.add(port.number());
        cuts.add(port.number() + 1);
      }
    }
  }

  /** What a TCP port carries; one that is declared twice carries no HTTP if either says so. */
  Carries carries(int atom, int port) {
    Carries carries = Carries.UNDECLARED;
    for (Workload.Port declared : selectors.ports(atom)) {
      if (declared.protocol() == Protocol.TCP && declared.number() == port) {
        Carries each =
            switch (declared.application()) {
              case HTTP -> Carries.HTTP;
              case OPAQUE -> Carries.NO_HTTP;
              case DETECTED -> Carries.EITHER;
            };
        if (carries == Carries.UNDECLARED || each == Carries.NO_HTTP) {
          carries = each;
        }
      }
    }
    return carries;
  }

  private boolean takes(Rule.PortMatch match, int atom, int protocol, int port) {
    return switch (match) {
      case Rule.PortMatch.Any _ -> true;
      case Rule.PortMatch.Numbers n ->
          n.protocol().number() == protocol && n.first() <= port && port <= n.last();
      case Rule.PortMatch.Named n ->
          n.protocol().number() == protocol
              && selectors.ports(atom).stream()
                  .anyMatch(
                      p ->
                          p.protocol() == n.protocol()
                              && p.name().equals(n.name())
                              && p.number() == port);
    };
  }

  /**
   * What the policy says of connections from classes of sources to a port of one of destinations.
   *
   * @param atom of the class
   */
  Says says(int destination, int atom, int protocol, int port, BitSet asked) {
    Map<Rule.Layer, List<Hit>> hits = new EnumMap<>(Rule.Layer.class);
    int classes = sources.count();
    to.each(
        destination,
        group -> {
          if (takes(group.shape().port, atom, protocol, port)) {
            put(hits, group.shape(), group.sources(classes));
          }
        });
    return says(hits, protocol, protocol == TCP ? carries(atom, port) : Carries.NO_HTTP, asked);
  }

  private static void put(Map<Rule.Layer, List<Hit>> hits, Shape shape, BitSet some) {
    hits.computeIfAbsent(shape.layer, _ -> new ArrayList<>()).add(new Hit(shape, some));
  }

  private static Says says(
      Map<Rule.Layer, List<Hit>> hits, int protocol, Carries carries, BitSet all) {
    Map<Residual, BitSet> pieces = new LinkedHashMap<>();
    pieces.put(Residual.ALLOW, (BitSet) all.clone());
    BitSet deny = new BitSet();
    BitSet asked = new BitSet();
    chain(EGRESS_CHAIN, hits, pieces, deny);
    chain(INGRESS_CHAIN, hits, pieces, deny);
    for (Rule.Layer layer :
        List.of(Rule.Layer.AUTHORIZATION_DENY, Rule.Layer.AUTHORIZATION_ALLOW)) {
      List<Hit> here = hits.getOrDefault(layer, List.of());
      if (here.isEmpty() || protocol != TCP) {
        continue;
      }
      BitSet isolated = new BitSet();
      BitSet given = new BitSet();
      Map<Ask, BitSet> asks = new LinkedHashMap<>();
      Map<String, Map<Ask, BitSet>> delegated = new LinkedHashMap<>();
      for (Hit hit : here) {
        Shape shape = hit.shape;
        if (shape.effect == Rule.Effect.ISOLATE) {
          isolated.or(hit.some);
        } else if (shape.effect == Rule.Effect.CUSTOM) {
          if (carries != Carries.NO_HTTP || !shape.ask.withoutHttp().equals(Condition.FALSE)) {
            delegated
                .computeIfAbsent(shape.authorizer, _ -> new LinkedHashMap<>())
                .computeIfAbsent(shape.ask, _ -> new BitSet())
                .or(hit.some);
            asked.or(hit.some);
          }
        } else if (shape.headerDecides
            || (carries == Carries.NO_HTTP
                && shape.ask.withoutHttp() instanceof Condition.Constant)) {
          if (shape.ask.withoutHttp().equals(Condition.TRUE)) {
            given.or(hit.some);
          }
        } else {
          asks.computeIfAbsent(shape.ask, _ -> new BitSet()).or(hit.some);
          asked.or(hit.some);
        }
      }
      for (Map.Entry<String, Map<Ask, BitSet>> each : delegated.entrySet()) {
        pieces =
            narrowed(pieces, new BitSet(), each.getValue(), deny, Clause.Kind.ASKS, each.getKey());
      }
      pieces =
          layer == Rule.Layer.AUTHORIZATION_DENY
              ? narrowed(pieces, given, asks, deny, Clause.Kind.DENIES, "")
              : allowed(pieces, isolated, given, asks, deny);
    }
    return new Says(pieces, deny, asked);
  }

  /**
   * One direction: the Admin tier, then NetworkPolicy for what it leaves or passes on, then for
   * whom no NetworkPolicy isolates the Baseline tier; what none of them decides is allowed.
   */
  private static void chain(
      Chain chain, Map<Rule.Layer, List<Hit>> hits, Map<Residual, BitSet> pieces, BitSet deny) {
    BitSet open = new BitSet();
    pieces.values().forEach(open::or);
    BitSet denied = new BitSet();
    BitSet left = tier(hits.getOrDefault(chain.admin, List.of()), open, denied);
    BitSet isolated = new BitSet();
    BitSet given = new BitSet();
    for (Hit hit : hits.getOrDefault(chain.policies, List.of())) {
      (hit.shape.effect == Rule.Effect.ISOLATE ? isolated : given).or(hit.some);
    }
    left.andNot(given);
    BitSet closed = (BitSet) left.clone();
    closed.and(isolated);
    denied.or(closed);
    left.andNot(isolated);
    tier(hits.getOrDefault(chain.baseline, List.of()), left, denied);
    deny.or(denied);
    pieces.values().forEach(sources -> sources.andNot(denied));
    pieces.values().removeIf(BitSet::isEmpty);
  }

  /** Asks a tier's rules in their order; returns whom it leaves to the next tier. */
  private static BitSet tier(List<Hit> hits, BitSet asking, BitSet denied) {
    List<Hit> sorted = new ArrayList<>(hits);
    sorted.sort(Comparator.comparingInt(hit -> hit.shape.order));
    BitSet undecided = (BitSet) asking.clone();
    BitSet passed = new BitSet();
    for (Hit each : sorted) {
      BitSet hit = (BitSet) undecided.clone();
      hit.and(each.some);
      undecided.andNot(hit);
      switch (each.shape.effect) {
        case ALLOW -> {}
        case DENY -> denied.or(hit);
        case PASS -> passed.or(hit);
        case ISOLATE, CUSTOM -> throw new IllegalStateException("ISOLATE in " + each.shape.layer);
      }
    }
    undecided.or(passed);
    return undecided;
  }

  private static Map<Residual, BitSet> narrowed(
      Map<Residual, BitSet> pieces,
      BitSet given,
      Map<Ask, BitSet> asks,
      BitSet deny,
      Clause.Kind kind,
      String authorizer) {
    Map<Residual, BitSet> next = new LinkedHashMap<>();
    pieces.forEach(
        (residual, sources) -> {
          BitSet here = (BitSet) sources.clone();
          here.and(given);
          deny.or(here);
          sources.andNot(given);
          split(sources, asks)
              .forEach(
                  (set, some) ->
                      put(
                          next,
                          set.isEmpty()
                              ? residual
                              : residual.and(new Clause(kind, authorizer, set)),
                          some));
        });
    return next;
  }

  private static Map<Residual, BitSet> allowed(
      Map<Residual, BitSet> pieces,
      BitSet isolated,
      BitSet given,
      Map<Ask, BitSet> asks,
      BitSet deny) {
    Map<Residual, BitSet> next = new LinkedHashMap<>();
    pieces.forEach(
        (residual, sources) -> {
          BitSet open = (BitSet) sources.clone();
          open.and(isolated);
          open.andNot(given);
          BitSet free = (BitSet) sources.clone();
          free.andNot(open);
          put(next, residual, free);
          split(open, asks)
              .forEach(
                  (set, some) -> {
                    if (set.isEmpty()) {
                      deny.or(some);
                    } else {
                      put(next, residual.and(new Clause(Clause.Kind.ALLOWS, "", set)), some);
                    }
                  });
        });
    return next;
  }

  private static void put(Map<Residual, BitSet> pieces, Residual residual, BitSet sources) {
    if (!sources.isEmpty()) {
      pieces.computeIfAbsent(residual, _ -> new BitSet()).or(sources);
    }
  }

  /** The sources by which of the asks are theirs. */
  private static Map<ImmutableSet<Ask>, BitSet> split(BitSet sources, Map<Ask, BitSet> asks) {
    Map<ImmutableSet<Ask>, BitSet> pieces = new LinkedHashMap<>();
    pieces.put(ImmutableSet.of(), sources);
    for (Map.Entry<Ask, BitSet> ask : asks.entrySet()) {
      Map<ImmutableSet<Ask>, BitSet> next = new LinkedHashMap<>();
      pieces.forEach(
          (set, some) -> {
            BitSet with = (BitSet) some.clone();
            with.and(ask.getValue());
            BitSet without = (BitSet) some.clone();
            without.andNot(ask.getValue());
            if (!without.isEmpty()) {
              next.put(set, without);
            }
            if (!with.isEmpty()) {
              next.put(ImmutableSet.<Ask>builder().addAll(set).add(ask.getKey()).build(), with);
            }
          });
      pieces = next;
    }
    return pieces;
  }

  /** The rules that count for one connection. */
  List<Rule> rules(int source, int destination, int atom, int protocol, int port) {
    List<Rule> rules = new ArrayList<>();
    to.each(
        destination,
        group -> {
          if (takes(group.shape().port, atom, protocol, port)) {
            group.taking(source).forEach(rules::add);
          }
        });
    return rules;
  }
}
