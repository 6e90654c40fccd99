package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import dev.weir.compiler.validate.Condition.Asks;
import dev.weir.compiler.validate.Condition.Truth;
import dev.weir.compiler.validate.Sample.Value;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Requests in classes: per attribute the matchers that occur cut its values, and one sample stands
 * for each way to answer them. Of several attributes only those combinations are gone through that
 * some condition still depends on when the others are settled.
 */
final class RequestClasses {
  /** All ones: the last address. */
  private static final BigInteger LAST = BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE);

  private final PathView policy;
  private final Map<Cut, ImmutableList<Value>> values = new HashMap<>();
  private final Map<Asked, ImmutableList<Sample>> known = new HashMap<>();

  private record Cut(Attribute attribute, ImmutableSet<Matcher> matchers, boolean raw) {}

  /** What is asked of one attribute. */
  record Matcher(Text text, boolean inLists) {}

  private record Asked(
      boolean http, ImmutableList<Condition> conditions, boolean raw, BigInteger peer) {}

  /**
   * @param policy how policies see paths
   */
  RequestClasses(PathView policy) {
    this.policy = policy;
  }

  /**
   * A sample for every way in which the conditions can be answered.
   *
   * @param raw also spellings of paths that only some settings make equal
   */
  ImmutableList<Sample> of(
      boolean http, Iterable<Condition> conditions, boolean raw, BigInteger peer) {
    return known.computeIfAbsent(
        new Asked(http, ImmutableSet.copyOf(conditions).asList(), raw, peer), this::samples);
  }

  private ImmutableList<Sample> samples(Asked asked) {
    Map<Attribute, Set<Matcher>> matchers = new LinkedHashMap<>();
    Set<Block> blocks = new LinkedHashSet<>();
    for (Condition condition : asked.conditions) {
      condition.each(
          term -> {
            switch (term) {
              case Asks a ->
                  matchers
                      .computeIfAbsent(a.attribute(), _ -> new LinkedHashSet<>())
                      .add(new Matcher(a.text(), a.inLists()));
              case Condition.Remote r -> blocks.add(r.block());
              case Condition.Constant _,
                  Condition.Not _,
                  Condition.All _,
                  Condition.Any _,
                  Condition.Peer _,
                  Condition.Unknown _ -> {}
            }
          });
    }
    Map<Attribute, List<Value>> classes = new LinkedHashMap<>();
    matchers.forEach(
        (attribute, some) ->
            classes.put(
                attribute,
                values.computeIfAbsent(
                    new Cut(attribute, ImmutableSet.copyOf(some), asked.raw), this::cut)));
    if (!blocks.isEmpty()) {
      classes.put(Attribute.REMOTE, addresses(blocks, asked.peer));
    }
    ImmutableList.Builder<Sample> samples = ImmutableList.builder();
    Sample start = asked.http ? Sample.HTTP : Sample.PLAIN;
    if (asked.raw && asked.http && !classes.containsKey(Attribute.PATH)) {
      classes.put(Attribute.PATH, cut(new Cut(Attribute.PATH, ImmutableSet.of(), true)));
    }
    branch(start, asked, classes, samples);
    return samples.build();
  }

  private void branch(
      Sample sample,
      Asked asked,
      Map<Attribute, List<Value>> classes,
      ImmutableList.Builder<Sample> samples) {
    Optional<Attribute> open = open(sample, asked, classes);
    if (open.isEmpty()) {
      samples.add(sample);
      return;
    }
    for (Value value : classes.getOrDefault(open.get(), List.of())) {
      if (possible(sample, open.get(), value)) {
        branch(sample.with(open.get(), value), asked, classes, samples);
      }
    }
  }

  /** An attribute that some condition still depends on. */
  private static Optional<Attribute> open(
      Sample sample, Asked asked, Map<Attribute, List<Value>> classes) {
    if (asked.raw && asked.http && !sample.values().containsKey(Attribute.PATH)) {
      return Optional.of(Attribute.PATH);
    }
    for (Condition condition : asked.conditions) {
      if (condition.evaluate(sample, asked.peer) == Truth.UNKNOWN) {
        Set<Attribute> left = new LinkedHashSet<>();
        condition.each(
            term -> {
              if (term instanceof Asks a && !sample.values().containsKey(a.attribute())) {
                left.add(a.attribute());
              } else if (term instanceof Condition.Remote
                  && sample.http()
                  && !sample.values().containsKey(Attribute.REMOTE)) {
                left.add(Attribute.REMOTE);
              }
            });
        left.retainAll(classes.keySet());
        if (!left.isEmpty()) {
          return Optional.of(Iterables.get(left, 0));
        }
      }
    }
    return Optional.empty();
  }

  /** Of two claims one inside the other, only one is a text or a list. */
  private static boolean possible(Sample sample, Attribute attribute, Value value) {
    return !(attribute instanceof Attribute.Claim claim)
        || value.equals(Sample.ABSENT)
        || sample.values().entrySet().stream()
            .noneMatch(
                each ->
                    each.getKey() instanceof Attribute.Claim other
                        && other.overlaps(claim)
                        && !each.getValue().equals(Sample.ABSENT));
  }

  private ImmutableList<Value> cut(Cut cut) {
    List<Text> texts = cut.matchers.stream().map(Matcher::text).distinct().toList();
    ImmutableList.Builder<Value> values = ImmutableList.builder();
    switch (cut.attribute) {
      case Attribute.Method _ -> values.addAll(is(Strings.notEmpty(texts)));
      case Attribute.Path _ -> {
        Set<String> paths = new LinkedHashSet<>(Strings.paths(texts, policy));
        if (cut.raw) {
          paths.addAll(spellings(paths));
        }
        values.addAll(is(ImmutableList.copyOf(paths)));
      }
      case Attribute.Header h -> {
        if (h.equals(Attribute.HOST)) {
          values.addAll(is(Strings.notEmpty(texts)));
        } else {
          values.add(Sample.ABSENT).addAll(is(Strings.any(texts)));
        }
      }
      case Attribute.ServerName _ -> values.add(Sample.ABSENT).addAll(is(Strings.notEmpty(texts)));
      case Attribute.Claim c -> {
        ImmutableList<String> all = Strings.any(texts);
        values.add(Sample.ABSENT).addAll(is(all));
        if (!c.isText()) {
          values.addAll(lists(all, texts));
        }
      }
      case Attribute.Remote _ -> throw new IllegalArgumentException("an address: " + cut);
    }
    return values.build();
  }

  private static ImmutableList<Value> is(ImmutableList<String> texts) {
    return texts.stream().map(Value.Is::new).collect(ImmutableList.toImmutableList());
  }

  /** A list of items for each set of matchers that some of its items pass. */
  private static List<Value> lists(List<String> texts, List<Text> matchers) {
    Map<Set<Text>, ImmutableList<String>> found = new LinkedHashMap<>();
    for (String text : texts) {
      Set<Text> passed = new LinkedHashSet<>();
      matchers.stream().filter(m -> m.matches(text)).forEach(passed::add);
      Map<Set<Text>, ImmutableList<String>> more = new LinkedHashMap<>();
      more.put(passed, ImmutableList.of(text));
      found.forEach(
          (before, items) -> {
            Set<Text> union = new LinkedHashSet<>(before);
            union.addAll(passed);
            more.put(union, ImmutableList.<String>builder().addAll(items).add(text).build());
          });
      more.forEach(found::putIfAbsent);
    }
    return new ArrayList<>(found.values().stream().<Value>map(Value.Items::new).toList());
  }

  /** Between neighbouring ends of blocks all addresses lie in the same ones. */
  private static List<Value> addresses(Set<Block> blocks, BigInteger peer) {
    Set<BigInteger> addresses = new LinkedHashSet<>();
    addresses.add(peer);
    addresses.add(BigInteger.ZERO);
    addresses.add(LAST);
    for (Block block : blocks) {
      addresses.add(block.first());
      addresses.add(block.first().subtract(BigInteger.ONE));
      addresses.add(block.last());
      addresses.add(block.last().add(BigInteger.ONE));
    }
    return new ArrayList<>(
        addresses.stream()
            .filter(a -> a.signum() >= 0 && a.bitLength() <= 128)
            .<Value>map(Value.At::new)
            .toList());
  }

  private static Set<String> spellings(Set<String> paths) {
    Set<String> spellings = new LinkedHashSet<>();
    for (String path : paths) {
      spellings.add("/z/.." + path);
      spellings.add("/" + path);
      spellings.add(path + "?q=/");
      int slash = path.indexOf('/', 1);
      if (slash > 0) {
        spellings.add(path.substring(0, slash) + "%2F" + path.substring(slash + 1));
        spellings.add(path.substring(0, slash) + "/" + path.substring(slash));
        spellings.add(path.substring(0, slash) + "\\" + path.substring(slash + 1));
      }
      if (path.length() > 1 && Character.isLetterOrDigit(path.charAt(1))) {
        spellings.add(
            "/%"
                + Integer.toHexString(path.charAt(1)).toUpperCase(java.util.Locale.ROOT)
                + path.substring(2));
      }
    }
    return spellings;
  }
}
