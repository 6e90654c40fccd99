package dev.weir.compiler.codes;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSetMultimap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** One side's columns: the code of every address, and the patterns of every selector. */
public final class CodeBook {
  private final ImmutableSet<IpAddress.Family> families;
  private final ImmutableMap<Key, Column> columns;

  /** What has been asked before: each is asked for at several stages of a compile. */
  private final Map<Workload, BigInteger> workloadCodes = new IdentityHashMap<>();

  private final Map<Key, Map<String, BigInteger>> valueCodes = new HashMap<>();
  private final Map<Prefix, BigInteger> blockCodes = new HashMap<>();
  private final Map<BigInteger, BigInteger> equal = new HashMap<>();

  CodeBook(ImmutableSet<IpAddress.Family> families, ImmutableMap<Key, Column> columns) {
    this.families = families;
    this.columns = columns;
  }

  /** Whether codes answer {@code key}; false where its bits did not fit. */
  public boolean answers(Key key) {
    return columns.containsKey(key)
        && (!(key instanceof Key.ServiceAccount) || NamedValues.of(key, columns).isPresent());
  }

  /** Bits of all columns. */
  int bits() {
    return columns.values().stream().mapToInt(c -> c.bits().size()).sum();
  }

  /** Whether codes answer everything that is asked of {@code key}. */
  boolean holds(Key key, Demand.Asked asked) {
    return switch (columns.get(key)) {
      case Column.Values v ->
          v.numbers().keySet().containsAll(asked.values.keySet())
              && (v.presence() || asked.presence == 0);
      case Column.Blocks b -> b.tree().blocks().containsAll(asked.blocks());
      case null -> false;
    };
  }

  /** The TCP port numbers for which codes tell who declares them for another protocol than HTTP. */
  public ImmutableSortedSet<Integer> opaquePorts() {
    return columns.keySet().stream()
        .filter(Key.OpaquePort.class::isInstance)
        .map(key -> ((Key.OpaquePort) key).number())
        .collect(ImmutableSortedSet.toImmutableSortedSet(Integer::compareTo));
  }

  /** The workload part: what {@code workload} answers to every key but blocks. */
  public BigInteger workloadCode(Workload workload) {
    BigInteger known = workloadCodes.get(workload);
    if (known == null) {
      BigInteger code = encode(workload);
      known = equal.computeIfAbsent(code, c -> c);
      workloadCodes.put(workload, known);
    }
    return known;
  }

  private BigInteger encode(Workload workload) {
    BigInteger code = BigInteger.ZERO;
    for (var column : columns.entrySet()) {
      if (column.getValue() instanceof Column.Values values) {
        Optional<String> value = Keys.columnValue(column.getKey(), workload);
        if (value.isPresent()) {
          code =
              code.or(
                  valueCodes
                      .computeIfAbsent(column.getKey(), _ -> new HashMap<>())
                      .computeIfAbsent(value.get(), values::code));
        }
      }
    }
    return code;
  }

  /** The block part of everything whose smallest block is the key. */
  public ImmutableSortedMap<Prefix, BigInteger> blockCodes() {
    ImmutableSortedMap.Builder<Prefix, BigInteger> codes = ImmutableSortedMap.naturalOrder();
    for (Column column : columns.values()) {
      if (column instanceof Column.Blocks blocks) {
        for (Prefix block : blocks.tree().blocks()) {
          codes.put(block, blocks.tree().path(block).code(blocks.bits()));
        }
      }
    }
    return codes.buildOrThrow();
  }

  /** The block part of {@code address}. */
  public BigInteger blockCode(IpAddress address) {
    if (columns.get(new Key.Blocks(address.family())) instanceof Column.Blocks blocks) {
      return blocks
          .tree()
          .smallest(address)
          .map(b -> blockCodes.computeIfAbsent(b, p -> blocks.tree().path(p).code(blocks.bits())))
          .orElse(BigInteger.ZERO);
    }
    return BigInteger.ZERO;
  }

  /** The whole code of a workload's address. */
  public BigInteger code(Workload owner, IpAddress address) {
    BigInteger code = workloadCode(owner).or(blockCode(address));
    return equal.computeIfAbsent(code, c -> c);
  }

  /** Every code that an address of {@code family} outside all workloads can have. */
  public ImmutableSet<BigInteger> worldCodes(IpAddress.Family family) {
    ImmutableSet.Builder<BigInteger> codes = ImmutableSet.builder();
    codes.add(BigInteger.ZERO);
    blockCodes()
        .forEach(
            (block, code) -> {
              if (block.address().family() == family) {
                codes.add(code);
              }
            });
    return codes.build();
  }

  /**
   * A selector over this side's codes.
   *
   * @param patterns together they take what the selector takes, or more
   * @param missing keys that no column answers; their tests are left out of the patterns. Where
   *     there is none, the patterns are exact for all addresses that the pipeline carries
   * @param otherFamily whether some test names blocks of a family that the pipeline does not carry
   */
  public record Patterns(
      ImmutableList<Pattern> patterns, ImmutableSet<Key> missing, boolean otherFamily) {
    public boolean exact() {
      return missing.isEmpty();
    }
  }

  public Patterns patterns(Selector selector) {
    Set<Key> missing = new LinkedHashSet<>();
    boolean otherFamily = false;
    List<Pattern> patterns = List.of(Pattern.ANY);
    for (Selector.Test test : selector.tests()) {
      switch (test) {
        case Selector.Test.InBlocks in -> {
          patterns = and(patterns, inBlocks(in.blocks(), missing));
          otherFamily |= in.blocks().stream().anyMatch(b -> !carries(b));
        }
        case Selector.Test.NotInBlocks notIn -> {
          for (IpAddress.Family family : families) {
            patterns = and(patterns, notInBlocks(family, notIn.blocks(), missing));
          }
        }
        case Selector.Test.In(Key key, var values) ->
            patterns = and(patterns, named(key, missing, n -> n.in(values)));
        case Selector.Test.NotIn(Key key, var values) ->
            patterns = and(patterns, named(key, missing, n -> n.notIn(values)));
        case Selector.Test.Exists(Key key) -> patterns = and(patterns, present(key, missing, true));
        case Selector.Test.DoesNotExist(Key key) ->
            patterns = and(patterns, present(key, missing, false));
      }
    }
    return new Patterns(
        ImmutableList.copyOf(new LinkedHashSet<>(patterns)),
        ImmutableSet.copyOf(missing),
        otherFamily);
  }

  private boolean carries(Prefix block) {
    return families.contains(block.address().family());
  }

  private List<Pattern> named(
      Key key, Set<Key> missing, Function<NamedValues, ImmutableList<Pattern>> patterns) {
    Optional<NamedValues> values = NamedValues.of(key, columns);
    if (values.isEmpty()) {
      missing.add(key);
      return List.of(Pattern.ANY);
    }
    return patterns.apply(values.get());
  }

  private List<Pattern> present(Key key, Set<Key> missing, boolean present) {
    if (columns.get(key) instanceof Column.Values values && values.presence()) {
      return List.of(values.present(present));
    }
    missing.add(key);
    return List.of(Pattern.ANY);
  }

  private List<Pattern> inBlocks(Iterable<Prefix> blocks, Set<Key> missing) {
    List<Pattern> patterns = new ArrayList<>();
    for (Prefix block : ImmutableSet.copyOf(blocks)) {
      if (carries(block)) {
        Key key = new Key.Blocks(block.address().family());
        if (columns.get(key) instanceof Column.Blocks column) {
          patterns.add(column.tree().path(block).pattern(column.bits()));
        } else {
          missing.add(key);
          patterns.add(Pattern.ANY);
        }
      }
    }
    return patterns.stream()
        .filter(p -> patterns.stream().noneMatch(q -> !q.equals(p) && q.covers(p)))
        .toList();
  }

  private List<Pattern> notInBlocks(
      IpAddress.Family family, Iterable<Prefix> blocks, Set<Key> missing) {
    List<BitPath> excluded = new ArrayList<>();
    for (Prefix block : blocks) {
      if (block.address().family() == family) {
        Key key = new Key.Blocks(family);
        if (!(columns.get(key) instanceof Column.Blocks column)) {
          missing.add(key);
          return List.of(Pattern.ANY);
        }
        excluded.add(column.tree().path(block));
      }
    }
    if (excluded.isEmpty()) {
      return List.of(Pattern.ANY);
    }
    ImmutableList<Integer> bits = ((Column.Blocks) column(new Key.Blocks(family))).bits();
    return BitPath.outside(excluded).stream().map(p -> p.pattern(bits)).toList();
  }

  private Column column(Key key) {
    return Optional.ofNullable(columns.get(key)).orElseThrow();
  }

  private static List<Pattern> and(List<Pattern> some, List<Pattern> others) {
    return some.stream()
        .flatMap(a -> others.stream().flatMap(b -> a.and(b).stream()))
        .distinct()
        .toList();
  }

  /**
   * Values that have numbers here and none in {@code before}; empty where anything else differs, so
   * that other codes and patterns do.
   */
  public Optional<ImmutableSetMultimap<Key, String>> added(CodeBook before) {
    ImmutableSetMultimap.Builder<Key, String> added = ImmutableSetMultimap.builder();
    ImmutableSortedMap<String, Allocation.Column> old = before.allocation().columns();
    ImmutableSortedMap<String, Allocation.Column> now = allocation().columns();
    if (!old.keySet().equals(now.keySet())) {
      return Optional.empty();
    }
    for (Map.Entry<String, Allocation.Column> column : now.entrySet()) {
      Allocation.Column was = Optional.ofNullable(old.get(column.getKey())).orElseThrow();
      Allocation.Column is = column.getValue();
      Key key = Keys.parse(column.getKey());
      boolean kept =
          key instanceof Key.Blocks
              ? is.equals(was)
              : is.bits().equals(was.bits())
                  && is.presence() == was.presence()
                  && is.numbers().entrySet().containsAll(was.numbers().entrySet());
      if (!kept) {
        return Optional.empty();
      }
      added.putAll(key, Sets.difference(is.numbers().keySet(), was.numbers().keySet()));
    }
    return Optional.of(added.build());
  }

  /** What {@link CodeBooks#allocate} needs to give the same bits again. */
  public Allocation.Book allocation() {
    ImmutableSortedMap.Builder<String, Allocation.Column> allocated =
        ImmutableSortedMap.naturalOrder();
    columns.forEach(
        (key, column) ->
            allocated.put(
                Keys.text(key),
                switch (column) {
                  case Column.Values v ->
                      new Allocation.Column(v.bits(), v.presence(), v.numbers());
                  case Column.Blocks b ->
                      new Allocation.Column(
                          b.bits(),
                          false,
                          b.tree().blocks().stream()
                              .collect(
                                  ImmutableSortedMap.toImmutableSortedMap(
                                      String::compareTo, Prefix::toString, _ -> 0)));
                }));
    return new Allocation.Book(allocated.buildOrThrow());
  }
}
