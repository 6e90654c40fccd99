package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.net.Prefix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gathers and-ed conditions on one address, at most one test of each kind for a key in the end. A
 * condition that nothing can meet becomes {@code In} without values.
 */
final class Conditions {
  private static final class OfKey {
    @Nullable Set<String> in;
    final Set<String> notIn = new LinkedHashSet<>();
    boolean exists;
    boolean absent;
  }

  private final Map<Key, OfKey> keys = new LinkedHashMap<>();
  private @Nullable ImmutableSet<Prefix> inside;
  private final Set<Prefix> outside = new LinkedHashSet<>();

  /** The conditions of a selector, to add to. */
  static Conditions of(Selector selector) {
    Conditions conditions = new Conditions();
    for (Selector.Test test : selector.tests()) {
      Conditions _ =
          switch (test) {
            case Selector.Test.In t -> conditions.in(t.key(), t.values());
            case Selector.Test.NotIn t -> conditions.notIn(t.key(), t.values());
            case Selector.Test.Exists t -> conditions.exists(t.key());
            case Selector.Test.DoesNotExist t -> conditions.absent(t.key());
            case Selector.Test.InBlocks t -> conditions.inBlocks(t.blocks());
            case Selector.Test.NotInBlocks t -> conditions.notInBlocks(t.blocks());
          };
    }
    return conditions;
  }

  Conditions in(Key key, Set<String> values) {
    OfKey of = of(key);
    of.in = of.in == null ? ImmutableSet.copyOf(values) : Sets.intersection(of.in, values);
    return this;
  }

  Conditions notIn(Key key, Set<String> values) {
    of(key).notIn.addAll(values);
    return this;
  }

  Conditions exists(Key key) {
    of(key).exists = true;
    return this;
  }

  Conditions absent(Key key) {
    of(key).absent = true;
    return this;
  }

  Conditions inBlocks(Set<Prefix> blocks) {
    inside = inside == null ? ImmutableSet.copyOf(blocks) : intersection(inside, blocks);
    return this;
  }

  Conditions notInBlocks(Set<Prefix> blocks) {
    outside.addAll(blocks);
    return this;
  }

  /** Keeps world out: a negative condition on a label would take an address that has none. */
  Conditions pod() {
    boolean positive =
        keys.values().stream().anyMatch(of -> of.in != null || (of.exists && !of.absent));
    return positive ? this : exists(new Key.Namespace());
  }

  Selector selector() {
    ImmutableList.Builder<Selector.Test> tests = ImmutableList.builder();
    keys.forEach((key, of) -> tests.addAll(tests(key, of)));
    if (inside != null) {
      tests.add(new Selector.Test.InBlocks(inside));
    }
    if (!outside.isEmpty()) {
      tests.add(new Selector.Test.NotInBlocks(ImmutableSet.copyOf(outside)));
    }
    return new Selector(tests.build());
  }

  private OfKey of(Key key) {
    return keys.computeIfAbsent(key, _ -> new OfKey());
  }

  private static List<Selector.Test> tests(Key key, OfKey of) {
    List<Selector.Test> tests = new ArrayList<>();
    if (of.absent) {
      tests.add(
          of.in != null || of.exists
              ? new Selector.Test.In(key, ImmutableSet.of())
              : new Selector.Test.DoesNotExist(key));
    } else if (of.in != null) {
      tests.add(new Selector.Test.In(key, ImmutableSet.copyOf(Sets.difference(of.in, of.notIn))));
    } else {
      if (of.exists) {
        tests.add(new Selector.Test.Exists(key));
      }
      if (!of.notIn.isEmpty()) {
        tests.add(new Selector.Test.NotIn(key, ImmutableSet.copyOf(of.notIn)));
      }
    }
    return tests;
  }

  private static ImmutableSet<Prefix> intersection(Set<Prefix> some, Set<Prefix> others) {
    ImmutableSet.Builder<Prefix> both = ImmutableSet.builder();
    for (Prefix one : some) {
      for (Prefix other : others) {
        if (one.contains(other)) {
          both.add(other);
        } else if (other.contains(one)) {
          both.add(one);
        }
      }
    }
    return both.build();
  }
}
