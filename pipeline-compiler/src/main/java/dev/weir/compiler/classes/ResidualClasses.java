package dev.weir.compiler.classes;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.codes.CodeIndex;
import dev.weir.compiler.codes.Pattern;
import dev.weir.compiler.codes.PortTest;
import dev.weir.compiler.codes.Region;
import dev.weir.compiler.intent.Rule;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One authorization layer's classes: the entries that tell them apart and the parts that name them.
 *
 * <p>Every region of a rule gives the predicates of all rules that cover it. Where sources meet
 * more than that at some endpoint, the intersection of the regions they match is a region of its
 * own. So for every source and endpoint, the matching region with the most predicates gives just
 * the predicates that apply.
 */
public final class ResidualClasses {
  /** Intersections beyond this many are not written; rules become full instead. */
  static final int INTERSECTIONS = 256;

  /**
   * A region and what the sidecar must ask there.
   *
   * @param part what the layer adds to the listener port; empty where only the full listener can
   */
  public record Classed(
      Region region, ResidualClass residual, OptionalInt part, ImmutableSortedSet<Rule.Id> rules) {}

  /**
   * The layer's classes.
   *
   * @param parts of all classes, for the allocation
   * @param full rules that meet too many others, left to the full listener
   */
  public record Result(
      ImmutableList<Classed> classed,
      ImmutableSortedMap<String, Integer> parts,
      ImmutableSet<Rule.Id> full) {}

  private final ImmutableList<RequestRule> rules;
  private final Meetings meetings;
  private final Map<Rule.Id, Predicate> predicates;
  private final Destinations destinations;
  private final Map<Region, ResidualClass> classes = new LinkedHashMap<>();
  private final Map<Region, TreeSet<Rule.Id>> provenance = new HashMap<>();
  private final Map<ResidualClass, Set<Integer>> endpointsOf = new LinkedHashMap<>();

  private ResidualClasses(ImmutableList<RequestRule> rules, Meetings meetings) {
    this.rules = rules;
    this.meetings = meetings;
    this.predicates = predicates(rules);
    this.destinations = new Destinations();
    rules.forEach(destinations::add);
  }

  /**
   * @param before parts by class name, as last allocated
   * @param choices the parts to choose from, in order of preference
   */
  public static Result of(
      ImmutableList<RequestRule> rules,
      Meetings meetings,
      ImmutableSortedMap<String, Integer> before,
      ImmutableList<Integer> choices) {
    Set<Rule.Id> full = new LinkedHashSet<>();
    while (true) {
      ResidualClasses classes =
          new ResidualClasses(
              rules.stream()
                  .filter(r -> !full.contains(r.rule().id()))
                  .collect(ImmutableList.toImmutableList()),
              meetings);
      classes.coverRules();
      Optional<Rule.Id> excess = classes.meet();
      if (excess.isPresent()) {
        full.add(excess.get());
        continue;
      }
      Map<ResidualClass, Integer> parts = classes.colour(before, choices);
      return new Result(classes.classed(parts), remember(parts, before), ImmutableSet.copyOf(full));
    }
  }

  /** The parts given, and those of classes that are gone and whose part no new class has taken. */
  private static ImmutableSortedMap<String, Integer> remember(
      Map<ResidualClass, Integer> parts, ImmutableSortedMap<String, Integer> before) {
    TreeMap<String, Integer> named = new TreeMap<>();
    parts.forEach((c, part) -> named.put(c.name(), part));
    Set<Integer> taken = new TreeSet<>();
    named.forEach(
        (name, part) -> {
          if (!part.equals(before.get(name))) {
            taken.add(part);
          }
        });
    before.forEach(
        (name, part) -> {
          if (!taken.contains(part)) {
            named.putIfAbsent(name, part);
          }
        });
    return ImmutableSortedMap.copyOf(named);
  }

  private static Map<Rule.Id, Predicate> predicates(ImmutableList<RequestRule> rules) {
    Map<Asked, Predicate> byExpression = new HashMap<>();
    Map<Rule.Id, Predicate> byRule = new HashMap<>();
    for (RequestRule r : rules.stream().sorted(Comparator.comparing(r -> r.rule().id())).toList()) {
      Rule rule = r.rule();
      byRule.put(
          rule.id(), byExpression.computeIfAbsent(Asked.by(rule), asked -> asked.named(rule.id())));
    }
    return byRule;
  }

  private Predicate predicate(RequestRule rule) {
    Predicate predicate = predicates.get(rule.rule().id());
    if (predicate == null) {
      throw new IllegalStateException("rule without predicate: " + rule.rule().id());
    }
    return predicate;
  }

  private void add(Region region, Set<Predicate> asked, Set<Rule.Id> by) {
    classes.putIfAbsent(region, new ResidualClass(ImmutableSortedSet.copyOf(asked)));
    provenance.computeIfAbsent(region, _ -> new TreeSet<>()).addAll(by);
  }

  private void coverRules() {
    for (RequestRule rule : rules) {
      for (Region region : rule.regions()) {
        Matched covering = Matched.of(destinations.covering(region), this::predicate);
        add(region, covering.first().keySet(), covering.rules());
      }
    }
  }

  /**
   * Adds the intersections; names the rule that takes part in most of them if there are too many.
   */
  private Optional<Rule.Id> meet() {
    Map<Rule.Id, Integer> shares = new TreeMap<>();
    int intersections = 0;
    for (int e = 0; e < meetings.endpoints().size(); e++) {
      Meetings.EndpointCodes endpoint = meetings.endpoints().get(e);
      List<Destinations.Placed> here =
          destinations.at(endpoint.destination(), PortTest.TCP_NUMBER, endpoint.port());
      if (here.isEmpty()) {
        continue;
      }
      CodeIndex sources = meetings.index(endpoint.sources());
      for (List<Destinations.Placed> matching : alike(here, sources, sources.set(Pattern.ANY))) {
        if (meet(matching, e, shares) && ++intersections > INTERSECTIONS) {
          return shares.entrySet().stream()
              .max(Map.Entry.comparingByValue())
              .map(Map.Entry::getKey);
        }
      }
    }
    return Optional.empty();
  }

  /** What some source matches, once for all sources that match the same, by the first of these. */
  static List<ImmutableList<Destinations.Placed>> alike(
      List<Destinations.Placed> here, CodeIndex sources, BitSet from) {
    record Piece(BitSet sources, ImmutableList<Destinations.Placed> matching) {}
    BitSet all = new BitSet();
    here.forEach(placed -> all.or(sources.set(placed.region().source())));
    all.and(from);
    List<Piece> pieces = List.of(new Piece(all, ImmutableList.of()));
    for (Destinations.Placed placed : here) {
      BitSet taken = sources.set(placed.region().source());
      List<Piece> next = new ArrayList<>();
      for (Piece piece : pieces) {
        BitSet with = (BitSet) piece.sources.clone();
        with.and(taken);
        BitSet without = (BitSet) piece.sources.clone();
        without.andNot(taken);
        if (!with.isEmpty()) {
          next.add(
              new Piece(
                  with,
                  ImmutableList.<Destinations.Placed>builder()
                      .addAll(piece.matching)
                      .add(placed)
                      .build()));
        }
        if (!without.isEmpty()) {
          next.add(new Piece(without, piece.matching));
        }
      }
      pieces = next;
    }
    return pieces.stream()
        .sorted(Comparator.comparingInt(piece -> piece.sources.nextSetBit(0)))
        .map(Piece::matching)
        .toList();
  }

  /** True where a new intersection was needed. */
  private boolean meet(List<Destinations.Placed> here, int endpoint, Map<Rule.Id, Integer> shares) {
    Matched matched = Matched.of(here, this::predicate);
    if (matched.first().isEmpty()) {
      return false;
    }
    ResidualClass residual = new ResidualClass(matched.first().keySet());
    endpointsOf.computeIfAbsent(residual, _ -> new TreeSet<>()).add(endpoint);
    if (here.stream().anyMatch(placed -> residual.equals(classes.get(placed.region())))) {
      return false;
    }
    Region meeting = matched.meeting();
    boolean added = !classes.containsKey(meeting);
    add(meeting, matched.first().keySet(), matched.firstRules());
    if (added) {
      matched.firstRules().forEach(id -> shares.merge(id, 1, Integer::sum));
    }
    return added;
  }

  /** Different parts for classes that meet at an endpoint; none for those that find no part. */
  private Map<ResidualClass, Integer> colour(
      ImmutableSortedMap<String, Integer> before, ImmutableList<Integer> choices) {
    Map<ResidualClass, Integer> parts = new LinkedHashMap<>();
    Map<ResidualClass, String> namesOf = new HashMap<>();
    classes.values().forEach(c -> namesOf.computeIfAbsent(c, ResidualClass::name));
    List<ResidualClass> order = new ArrayList<>(new LinkedHashSet<>(classes.values()));
    order.sort(
        Comparator.comparing((ResidualClass c) -> !before.containsKey(name(namesOf, c)))
            .thenComparing(c -> name(namesOf, c)));
    Set<String> names = new TreeSet<>(namesOf.values());
    Map<Integer, Set<Integer>> takenAt = new HashMap<>();
    Set<Integer> used = new HashSet<>();
    Set<Integer> leaving = new TreeSet<>();
    before.forEach(
        (name, part) -> {
          if (!names.contains(name)) {
            leaving.add(part);
          }
        });
    for (ResidualClass residual : order) {
      Set<Integer> at = endpointsOf.getOrDefault(residual, Set.of());
      Set<Integer> taken = new TreeSet<>();
      at.forEach(endpoint -> taken.addAll(takenAt.getOrDefault(endpoint, Set.of())));
      Integer kept = before.get(name(namesOf, residual));
      // A part that another class has, or just had, may get to mean both at an endpoint where the
      // other leaves and this one comes; the listener there lets pass what both do meanwhile.
      Optional<Integer> part =
          kept != null && choices.contains(kept) && !taken.contains(kept)
              ? Optional.of(kept)
              : free(choices, taken, used, leaving);
      part.ifPresent(
          p -> {
            parts.put(residual, p);
            used.add(p);
            at.forEach(endpoint -> takenAt.computeIfAbsent(endpoint, _ -> new HashSet<>()).add(p));
          });
    }
    return parts;
  }

  /**
   * A part that nobody has where it is to be: rather one that no class has, rather one that none
   * just had.
   */
  static Optional<Integer> free(
      ImmutableList<Integer> choices, Set<Integer> taken, Set<Integer> used, Set<Integer> leaving) {
    return choices.stream()
        .filter(p -> !taken.contains(p))
        .min(
            Comparator.comparing((Integer p) -> used.contains(p)).thenComparing(leaving::contains));
  }

  private static String name(Map<ResidualClass, String> names, ResidualClass residual) {
    return names.getOrDefault(residual, "");
  }

  private ImmutableList<Classed> classed(Map<ResidualClass, Integer> parts) {
    ImmutableList.Builder<Classed> classed = ImmutableList.builder();
    classes.forEach(
        (region, residual) -> {
          Integer part = parts.get(residual);
          classed.add(
              new Classed(
                  region,
                  residual,
                  part == null ? OptionalInt.empty() : OptionalInt.of(part),
                  ImmutableSortedSet.copyOf(provenance.getOrDefault(region, new TreeSet<>()))));
        });
    return classed.build();
  }
}
