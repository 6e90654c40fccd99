package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.validate.Ask.Clause;
import dev.weir.compiler.validate.Ask.Residual;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

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

  /** Rules that differ in their sources only. */
  private record Shape(
      Rule.Layer layer,
      Rule.Effect effect,
      BitSet destinations,
      Rule.PortMatch port,
      boolean headerDecides,
      Ask ask,
      int order,
      String authorizer) {}

  private static final class Group {
    final Shape shape;
    final BitSet sources = new BitSet();
    final List<Rule> rules = new ArrayList<>();

    Group(Shape shape) {
      this.shape = shape;
    }
  }

  /** What a TCP port of a destination carries. */
  enum Carries {
    HTTP,
    NO_HTTP,
    EITHER,
    /** Nobody declares the port. */
    UNDECLARED
  }

  /**
   * What the policy says of sources.
   *
   * @param allow by what is left of the policy there
   * @param asked sources for whom some rule that asks for a request counts
   */
  record Says(Map<Residual, BitSet> allow, BitSet deny, BitSet asked) {}

  private final Selectors selectors;
  private final Intent intent;
  private final Map<Rule, BitSet> sourceColumns = new IdentityHashMap<>();
  private final Map<Rule, BitSet> destinationColumns = new IdentityHashMap<>();
  private final List<Map<Rule.Layer, List<Group>>> byDestination = new ArrayList<>();
  private Classes sources = new Classes(1);

  PolicyModel(Intent intent, Selectors selectors) {
    this.intent = intent;
    this.selectors = selectors;
    for (Rule rule : intent.rules()) {
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
      sourceColumns.put(rule, selectors.atoms(rule.source()));
      destinationColumns.put(rule, selectors.atoms(rule.destination()));
    }
  }

  /** Blocks of sources that requests' expressions name. */
  static Set<Block> sourceBlocks(Intent intent) {
    Set<Block> blocks = new HashSet<>();
    for (Rule rule : intent.rules()) {
      Ask ask = Ask.of(rule, PathView.POLICY);
      for (Condition condition : List.of(ask.request(), ask.withoutHttp())) {
        condition.each(
            term -> {
              if (term instanceof Condition.Peer(Block block)) {
                blocks.add(block);
              } else if (term instanceof Condition.Remote(Block block)) {
                blocks.add(block);
              }
            });
      }
    }
    return blocks;
  }

  /** What tells sources, or destinations, apart. */
  Set<BitSet> columns(End end) {
    Map<Rule, BitSet> all = end == End.CLIENT ? sourceColumns : destinationColumns;
    Set<BitSet> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Set<BitSet> columns = new LinkedHashSet<>();
    for (Rule rule : intent.rules()) {
      if (seen.add(column(all, rule))) {
        columns.add(column(all, rule));
      }
    }
    return columns;
  }

  /** Groups the rules for the given classes. */
  void bind(Classes sources, Classes destinations) {
    this.sources = sources;
    byDestination.clear();
    for (int d = 0; d < destinations.count(); d++) {
      byDestination.add(new EnumMap<>(Rule.Layer.class));
    }
    Map<BitSet, BitSet> sourceGroups = new IdentityHashMap<>();
    Map<BitSet, BitSet> destinationGroups = new IdentityHashMap<>();
    Map<Shape, Group> groups = new LinkedHashMap<>();
    for (Rule rule : intent.rules()) {
      BitSet to =
          destinationGroups.computeIfAbsent(column(destinationColumns, rule), destinations::groups);
      Shape shape =
          new Shape(
              rule.layer(),
              rule.effect(),
              to,
              rule.port(),
              rule.headerDecides(),
              Ask.of(rule, PathView.of(intent.paths())),
              rule.order(),
              rule.authorizer());
      Group group = groups.computeIfAbsent(shape, Group::new);
      group.sources.or(sourceGroups.computeIfAbsent(column(sourceColumns, rule), sources::groups));
      group.rules.add(rule);
    }
    for (Group group : groups.values()) {
      group.shape.destinations.stream()
          .forEach(
              d ->
                  byDestination
                      .get(d)
                      .computeIfAbsent(group.shape.layer, _ -> new ArrayList<>())
                      .add(group));
    }
  }

  private static BitSet column(Map<Rule, BitSet> columns, Rule rule) {
    BitSet column = columns.get(rule);
    if (column == null) {
      throw new IllegalStateException("no column for " + rule.id());
    }
    return column;
  }

  /** Ports where what the rules say of a destination may change. */
  void cuts(int destination, int atom, int protocol, TreeSet<Integer> cuts) {
    for (List<Group> groups : byDestination.get(destination).values()) {
      for (Group group : groups) {
        switch (group.shape.port) {
          case Rule.PortMatch.Any _ -> {}
          case Rule.PortMatch.Numbers n -> {
            if (n.protocol().number() == protocol) {
              cuts.add(n.first());
              cuts.add(n.last() + 1);
            }
          }
          case Rule.PortMatch.Named _ -> {}
        }
      }
    }
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
   * What the policy says of connections from {@code sources} to a port of a destination class.
   *
   * @param atom of the class
   */
  Says says(int destination, int atom, int protocol, int port, BitSet sources) {
    Carries carries = protocol == TCP ? carries(atom, port) : Carries.NO_HTTP;
    Map<Residual, BitSet> pieces = new LinkedHashMap<>();
    pieces.put(Residual.ALLOW, (BitSet) sources.clone());
    BitSet deny = new BitSet();
    BitSet asked = new BitSet();
    chain(EGRESS_CHAIN, destination, atom, protocol, port, pieces, deny);
    chain(INGRESS_CHAIN, destination, atom, protocol, port, pieces, deny);
    for (Rule.Layer layer :
        List.of(Rule.Layer.AUTHORIZATION_DENY, Rule.Layer.AUTHORIZATION_ALLOW)) {
      List<Group> groups = byDestination.get(destination).getOrDefault(layer, List.of());
      if (groups.isEmpty() || protocol != TCP) {
        continue;
      }
      BitSet isolated = new BitSet();
      BitSet given = new BitSet();
      Map<Ask, BitSet> asks = new LinkedHashMap<>();
      Map<String, Map<Ask, BitSet>> delegated = new LinkedHashMap<>();
      for (Group group : groups) {
        if (!takes(group.shape.port, atom, protocol, port)) {
          continue;
        }
        if (group.shape.effect == Rule.Effect.ISOLATE) {
          isolated.or(group.sources);
        } else if (group.shape.effect == Rule.Effect.CUSTOM) {
          if (carries != Carries.NO_HTTP
              || !group.shape.ask.withoutHttp().equals(Condition.FALSE)) {
            delegated
                .computeIfAbsent(group.shape.authorizer, _ -> new LinkedHashMap<>())
                .computeIfAbsent(group.shape.ask, _ -> new BitSet())
                .or(group.sources);
            asked.or(group.sources);
          }
        } else if (group.shape.headerDecides
            || (carries == Carries.NO_HTTP
                && group.shape.ask.withoutHttp() instanceof Condition.Constant)) {
          if (group.shape.ask.withoutHttp().equals(Condition.TRUE)) {
            given.or(group.sources);
          }
        } else {
          asks.computeIfAbsent(group.shape.ask, _ -> new BitSet()).or(group.sources);
          asked.or(group.sources);
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
  private void chain(
      Chain chain,
      int destination,
      int atom,
      int protocol,
      int port,
      Map<Residual, BitSet> pieces,
      BitSet deny) {
    Map<Rule.Layer, List<Group>> here = byDestination.get(destination);
    BitSet open = new BitSet();
    pieces.values().forEach(open::or);
    BitSet denied = new BitSet();
    BitSet left =
        tier(here.getOrDefault(chain.admin, List.of()), atom, protocol, port, open, denied);
    BitSet isolated = new BitSet();
    BitSet given = new BitSet();
    for (Group group : here.getOrDefault(chain.policies, List.of())) {
      if (takes(group.shape.port, atom, protocol, port)) {
        (group.shape.effect == Rule.Effect.ISOLATE ? isolated : given).or(group.sources);
      }
    }
    left.andNot(given);
    BitSet closed = (BitSet) left.clone();
    closed.and(isolated);
    denied.or(closed);
    left.andNot(isolated);
    tier(here.getOrDefault(chain.baseline, List.of()), atom, protocol, port, left, denied);
    deny.or(denied);
    pieces.values().forEach(sources -> sources.andNot(denied));
    pieces.values().removeIf(BitSet::isEmpty);
  }

  /** Asks a tier's rules in their order; returns whom it leaves to the next tier. */
  private BitSet tier(
      List<Group> groups, int atom, int protocol, int port, BitSet asking, BitSet denied) {
    List<Group> sorted = new ArrayList<>(groups);
    sorted.sort(Comparator.comparingInt(group -> group.shape.order));
    BitSet undecided = (BitSet) asking.clone();
    BitSet passed = new BitSet();
    for (Group group : sorted) {
      if (!takes(group.shape.port, atom, protocol, port)) {
        continue;
      }
      BitSet hit = (BitSet) undecided.clone();
      hit.and(group.sources);
      undecided.andNot(hit);
      switch (group.shape.effect) {
        case ALLOW -> {}
        case DENY -> denied.or(hit);
        case PASS -> passed.or(hit);
        case ISOLATE, CUSTOM -> throw new IllegalStateException("ISOLATE in " + group.shape.layer);
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

  /** The rules that count for one connection, by name. */
  List<Rule> rules(int source, int destination, int atom, int protocol, int port) {
    List<Rule> rules = new ArrayList<>();
    for (List<Group> groups : byDestination.get(destination).values()) {
      for (Group group : groups) {
        if (group.sources.get(source) && takes(group.shape.port, atom, protocol, port)) {
          group.rules.stream()
              .filter(r -> column(sourceColumns, r).get(sources.representative(source)))
              .forEach(rules::add);
        }
      }
    }
    return rules;
  }
}
