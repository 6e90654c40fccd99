// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.classes;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.codes.CodeIndex;
import dev.weir.compiler.codes.PortTest;
import dev.weir.compiler.codes.Region;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.net.IpAddress;
import java.math.BigInteger;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One authorization layer's classes as rules and servers come and go: what {@link ResidualClasses}
 * would give for all that there is, worked out anew only where it can differ. Not for several
 * threads.
 */
public final class IncrementalClasses {
  /**
   * Endpoint ports that are alike.
   *
   * @param destination their addresses' code
   */
  public record Server(BigInteger destination, int port, IpAddress.Family family) {}

  /** Which sources there are. */
  public interface Sources {
    /** The numbers of sources' codes by pattern, anybody among them. */
    CodeIndex index();

    /** The numbers of the codes that connections of a family may come from, anybody's included. */
    BitSet of(IpAddress.Family family);
  }

  /** What a region had and has. */
  public record Difference(
      Optional<ResidualClasses.Classed> before, Optional<ResidualClasses.Classed> after) {}

  /** The rules that ask the same: the first of them names the predicate. */
  private static final class Alike {
    final TreeMap<Rule.Id, Set<RequestRule>> rules = new TreeMap<>();
    @Nullable Predicate predicate;
  }

  private record Met(ResidualClass residual, Set<Rule.Id> by) {}

  /** What a server brings about: the intersections it needs, and the classes that meet there. */
  private record Here(Map<Region, Met> needed, Set<ResidualClass> residuals) {
    static final Here NOTHING = new Here(Map.of(), Set.of());
  }

  private final Sources sources;
  private final ImmutableList<Integer> choices;
  private final Map<Asked, Alike> alike = new HashMap<>();
  private final Map<RequestRule, Alike> alikeOf = new IdentityHashMap<>();
  private final Destinations destinations = new Destinations();
  private final Map<Server, Here> servers = new HashMap<>();
  private final Map<BigInteger, Set<Server>> serversByCode = new HashMap<>();
  private final CodeIndex serverCodes = new CodeIndex();
  private final Map<Region, Integer> ruleRegions = new HashMap<>();
  private final Map<Region, Set<Server>> neededBy = new HashMap<>();
  private final Map<String, ResidualClass> interned = new HashMap<>();
  private final Map<Region, ResidualClasses.Classed> published = new HashMap<>();
  private final Map<String, Integer> regionsOfClass = new HashMap<>();
  private TreeMap<String, Integer> parts = new TreeMap<>();

  /** The parts at {@link #begin}. */
  private TreeMap<String, Integer> partsBefore = parts;

  private Set<Region> dirtyRegions = new LinkedHashSet<>();
  private Set<Server> dirtyServers = new LinkedHashSet<>();

  /**
   * @param before parts by class name, as last allocated
   * @param choices the parts to choose from, in order of preference
   */
  public IncrementalClasses(
      Sources sources, ImmutableSortedMap<String, Integer> before, ImmutableList<Integer> choices) {
    this.sources = sources;
    this.choices = choices;
    parts.putAll(before);
  }

  public void add(RequestRule rule) {
    Alike same = alike.computeIfAbsent(Asked.by(rule.rule()), _ -> new Alike());
    same.rules
        .computeIfAbsent(rule.rule().id(), _ -> Collections.newSetFromMap(new IdentityHashMap<>()))
        .add(rule);
    alikeOf.put(rule, same);
    destinations.add(rule);
    for (Region region : rule.regions()) {
      ruleRegions.merge(region, 1, Integer::sum);
      touch(region);
    }
    rename(same, rule);
  }

  /** Removes a rule that was added: this very object. */
  public void remove(RequestRule rule) {
    Alike same = alikeOf.remove(rule);
    if (same == null) {
      throw new IllegalArgumentException("never added: " + rule.rule().id());
    }
    rule.regions().forEach(this::touch);
    destinations.remove(rule);
    for (Region region : rule.regions()) {
      ruleRegions.computeIfPresent(region, (_, n) -> n == 1 ? null : n - 1);
    }
    same.rules.computeIfPresent(
        rule.rule().id(),
        (_, some) -> {
          some.remove(rule);
          return some.isEmpty() ? null : some;
        });
    if (same.rules.isEmpty()) {
      alike.remove(Asked.by(rule.rule()));
    } else {
      rename(same, rule);
    }
  }

  /** Whoever asks the same is dirty where another rule names what they ask. */
  private void rename(Alike same, RequestRule because) {
    Predicate before = same.predicate;
    if (before != null && before.name().equals(same.rules.firstKey())) {
      return;
    }
    same.predicate = Asked.by(because.rule()).named(same.rules.firstKey());
    if (before != null) {
      same.rules.values().forEach(some -> some.forEach(r -> r.regions().forEach(this::touch)));
    }
  }

  /** What lies in a region, and who is served there, is to be looked at again. */
  private void touch(Region region) {
    dirtyRegions.add(region);
    dirtyRegions.addAll(destinations.coveredBy(region));
    touchServers(region);
  }

  private void touchServers(Region region) {
    for (int code : serverCodes.matching(region.destination())) {
      for (Server server : serversByCode.getOrDefault(serverCodes.code(code), Set.of())) {
        if (region.port().matches(PortTest.TCP_NUMBER, server.port())) {
          dirtyServers.add(server);
        }
      }
    }
  }

  public void add(Server server) {
    servers.put(server, Here.NOTHING);
    serverCodes.add(server.destination());
    serversByCode.computeIfAbsent(server.destination(), _ -> new HashSet<>()).add(server);
    dirtyServers.add(server);
  }

  public void remove(Server server) {
    forget(server);
    servers.remove(server);
    serverCodes.remove(server.destination());
    serversByCode.getOrDefault(server.destination(), new HashSet<>()).remove(server);
    dirtyServers.remove(server);
  }

  /**
   * A source with this code has come or gone: who asks for such may meet others than before.
   *
   * @param like a code that is there before and after: where rules do not tell the two apart,
   *     nothing differs
   */
  public void sourceChanged(BigInteger code, Optional<BigInteger> like) {
    for (Region region : ruleRegions.keySet()) {
      if (region.source().mask().signum() != 0
          && region.source().matches(code)
              != like.filter(other -> region.source().matches(other)).isPresent()) {
        touchServers(region);
      }
    }
  }

  /** The rules whose regions take the port of a destination. */
  public Set<RequestRule> rules(BigInteger destination, int port) {
    Set<RequestRule> found = Collections.newSetFromMap(new IdentityHashMap<>());
    destinations
        .at(destination, PortTest.TCP_NUMBER, port)
        .forEach(placed -> found.add(placed.rule()));
    return found;
  }

  /** The parts of all classes, those that are remembered included, for the allocation. */
  public ImmutableSortedMap<String, Integer> parts() {
    return ImmutableSortedMap.copyOf(parts);
  }

  /** Remembers the parts for {@link #restore}. */
  public void begin() {
    partsBefore = parts;
  }

  /** Has the parts be what they were at {@link #begin}; nothing else is of use then. */
  public void restore() {
    parts = partsBefore;
  }

  /**
   * Brings everything up to date.
   *
   * @return what differs by region; empty where the whole layer must be worked out anew: a class
   *     finds no part of its own, or more intersections are needed than are written
   */
  public Optional<Map<Region, Difference>> settle() {
    for (Server server : List.copyOf(dirtyServers)) {
      forget(server);
    }
    for (Server server : dirtyServers) {
      Here here = meet(server);
      servers.put(server, here);
      here.needed.forEach(
          (region, _) -> {
            neededBy.computeIfAbsent(region, _ -> new HashSet<>()).add(server);
            dirtyRegions.add(region);
          });
    }
    if (neededBy.size() > ResidualClasses.INTERSECTIONS) {
      return Optional.empty();
    }
    Map<Region, Optional<Met>> now = new LinkedHashMap<>();
    Set<ResidualClass> come = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Region region : dirtyRegions) {
      Optional<Met> met = classed(region);
      now.put(region, met);
      ResidualClasses.Classed was = published.get(region);
      if (was != null) {
        regionsOfClass.computeIfPresent(was.residual().name(), (_, n) -> n == 1 ? null : n - 1);
      }
      met.ifPresent(
          m -> {
            regionsOfClass.merge(m.residual().name(), 1, Integer::sum);
            come.add(m.residual());
          });
    }
    if (!colour(come)) {
      return Optional.empty();
    }
    Map<Region, Difference> differences = new LinkedHashMap<>();
    now.forEach(
        (region, met) -> {
          Optional<ResidualClasses.Classed> after =
              met.map(
                  m ->
                      new ResidualClasses.Classed(
                          region,
                          m.residual(),
                          OptionalInt.of(parts.getOrDefault(m.residual().name(), 0)),
                          ImmutableSortedSet.copyOf(m.by())));
          Optional<ResidualClasses.Classed> before = Optional.ofNullable(published.get(region));
          if (!before.equals(after)) {
            differences.put(region, new Difference(before, after));
            after.ifPresentOrElse(c -> published.put(region, c), () -> published.remove(region));
          }
        });
    dirtyRegions = new LinkedHashSet<>();
    dirtyServers = new LinkedHashSet<>();
    for (Difference each : differences.values()) {
      each.before()
          .map(c -> c.residual().name())
          .filter(n -> !regionsOfClass.containsKey(n))
          .ifPresent(interned::remove);
    }
    return Optional.of(differences);
  }

  private void forget(Server server) {
    servers
        .getOrDefault(server, Here.NOTHING)
        .needed
        .keySet()
        .forEach(
            region -> {
              neededBy.computeIfPresent(
                  region,
                  (_, by) -> {
                    by.remove(server);
                    return by.isEmpty() ? null : by;
                  });
              dirtyRegions.add(region);
            });
  }

  private Predicate predicate(RequestRule rule) {
    Alike same = alikeOf.get(rule);
    if (same == null || same.predicate == null) {
      throw new IllegalStateException("rule without predicate: " + rule.rule().id());
    }
    return same.predicate;
  }

  /** One object for each class, so that classes are told apart by what they are. */
  private ResidualClass residual(Matched matched) {
    ResidualClass made = new ResidualClass(matched.first().keySet());
    return interned.compute(
        made.name(), (_, known) -> known != null && same(known, made) ? known : made);
  }

  private static boolean same(ResidualClass known, ResidualClass made) {
    List<Predicate> some = known.predicates().asList();
    List<Predicate> others = made.predicates().asList();
    for (int i = 0; i < some.size(); i++) {
      if (i >= others.size() || some.get(i) != others.get(i)) {
        return false;
      }
    }
    return some.size() == others.size();
  }

  private Met covering(Region region) {
    Matched matched = Matched.of(destinations.covering(region), this::predicate);
    return new Met(residual(matched), matched.rules());
  }

  private Optional<Met> classed(Region region) {
    Set<Server> needing = neededBy.getOrDefault(region, Set.of());
    boolean ofRule = ruleRegions.containsKey(region);
    if (!ofRule && needing.isEmpty()) {
      return Optional.empty();
    }
    Optional<Met> met = ofRule ? Optional.of(covering(region)) : Optional.empty();
    Set<Rule.Id> by = new TreeSet<>();
    met.ifPresent(m -> by.addAll(m.by()));
    for (Server server : needing) {
      Met here = servers.getOrDefault(server, Here.NOTHING).needed.get(region);
      if (here != null) {
        met = met.isPresent() ? met : Optional.of(here);
        by.addAll(here.by());
      }
    }
    return met.map(m -> new Met(m.residual(), by));
  }

  private Here meet(Server server) {
    List<Destinations.Placed> here =
        destinations.at(server.destination(), PortTest.TCP_NUMBER, server.port());
    if (here.isEmpty()) {
      return Here.NOTHING;
    }
    Map<Region, Met> needed = new LinkedHashMap<>();
    Set<ResidualClass> residuals = Collections.newSetFromMap(new IdentityHashMap<>());
    for (List<Destinations.Placed> matching :
        ResidualClasses.alike(here, sources.index(), sources.of(server.family()))) {
      Matched matched = Matched.of(matching, this::predicate);
      if (matched.first().isEmpty()) {
        continue;
      }
      ResidualClass residual = residual(matched);
      residuals.add(residual);
      if (matching.stream().noneMatch(p -> covering(p.region()).residual() == residual)) {
        needed
            .computeIfAbsent(matched.meeting(), _ -> new Met(residual, new TreeSet<>()))
            .by()
            .addAll(matched.firstRules());
      }
    }
    return new Here(needed, residuals);
  }

  /**
   * Gives classes that have none the parts they had, or free ones.
   *
   * @return false where classes that meet do not all have different parts then
   */
  private boolean colour(Set<ResidualClass> come) {
    TreeSet<String> unnumbered = new TreeSet<>();
    come.stream()
        .map(ResidualClass::name)
        .filter(n -> !parts.containsKey(n))
        .forEach(unnumbered::add);
    if (!unnumbered.isEmpty()) {
      parts = new TreeMap<>(parts);
      Set<Integer> used = new HashSet<>();
      Set<Integer> leaving = new HashSet<>();
      parts.forEach((name, part) -> (regionsOfClass.containsKey(name) ? used : leaving).add(part));
      Set<Integer> given = new HashSet<>();
      for (String name : unnumbered) {
        Set<Integer> taken = metBy(name);
        Optional<Integer> part = ResidualClasses.free(choices, taken, used, leaving);
        if (part.isEmpty()) {
          return false;
        }
        parts.put(name, part.get());
        used.add(part.get());
        given.add(part.get());
      }
      parts
          .entrySet()
          .removeIf(e -> given.contains(e.getValue()) && !regionsOfClass.containsKey(e.getKey()));
    }
    return dirtyServers.stream().allMatch(this::distinct);
  }

  /** The parts of the classes that a class meets at servers that are looked at anew. */
  private Set<Integer> metBy(String name) {
    Set<Integer> parts = new HashSet<>();
    for (Server server : dirtyServers) {
      Set<ResidualClass> here = servers.getOrDefault(server, Here.NOTHING).residuals;
      if (here.stream().anyMatch(r -> r.name().equals(name))) {
        for (ResidualClass other : here) {
          Integer part = this.parts.get(other.name());
          if (part != null) {
            parts.add(part);
          }
        }
      }
    }
    return parts;
  }

  private boolean distinct(Server server) {
    Set<Integer> seen = new HashSet<>();
    return servers.getOrDefault(server, Here.NOTHING).residuals.stream()
        .map(r -> parts.get(r.name()))
        .filter(Objects::nonNull)
        .allMatch(seen::add);
  }
}
