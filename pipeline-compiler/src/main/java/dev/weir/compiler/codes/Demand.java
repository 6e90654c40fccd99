package dev.weir.compiler.codes;

import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one side's selectors ask: keys with the values they name, and blocks. It counts who asks, so
 * that what was added can be removed; the order does not matter.
 */
public final class Demand {
  private final ImmutableSet<IpAddress.Family> families;
  private final boolean lookUpBlocks;
  private final Map<Key, Asked> keys = new HashMap<>();

  /** What is asked of one key, each with the number of tests that ask it. */
  static final class Asked {
    final TreeMap<String, Integer> values = new TreeMap<>();
    private final TreeMap<Prefix, Integer> blocks = new TreeMap<>();
    private @Nullable BlockTree tree;

    /** Tests that ask whether the key is present. */
    int presence;

    /** All tests. */
    int tests;

    Set<Prefix> blocks() {
      return blocks.keySet();
    }

    private BlockTree tree() {
      if (tree == null) {
        tree = BlockTree.of(blocks.keySet());
      }
      return tree;
    }

    /** Bits of a column for just this, with the number as wide as {@code highest} needs. */
    int bits(int highest) {
      return (presence > 0 ? 1 : 0) + Column.Values.width(highest) + tree().bits();
    }

    /** The highest number that a new column has bits for, where there is room. */
    int roomyHighest() {
      return values.isEmpty() ? 0 : values.size() + values.size() / 2 + 1;
    }

    private void count(Collection<String> named, int by) {
      tests += by;
      named.forEach(value -> add(values, value, by));
    }

    private void countPresence(int by) {
      tests += by;
      presence += by;
    }

    private void countBlock(Prefix block, int by) {
      tests += by;
      add(blocks, block, by);
      tree = null;
    }

    private static <T> void add(Map<T, Integer> counts, T what, int by) {
      counts.merge(what, by, (a, b) -> a + b == 0 ? null : a + b);
    }
  }

  /**
   * @param families those whose packets the pipeline carries; blocks of another need no column
   * @param blocks whether the pipeline looks addresses up by block; else no column answers them
   */
  public Demand(ImmutableSet<IpAddress.Family> families, boolean blocks) {
    this.families = families;
    this.lookUpBlocks = blocks;
  }

  public void add(Selector selector) {
    selector.tests().forEach(test -> count(test, 1));
  }

  /** Takes back one {@link #add(Selector)}. */
  public void remove(Selector selector) {
    selector.tests().forEach(test -> count(test, -1));
  }

  /** Asks for a test besides those of selectors. */
  public void add(Selector.Test test) {
    count(test, 1);
  }

  /** Takes back one {@link #add(Selector.Test)}. */
  public void remove(Selector.Test test) {
    count(test, -1);
  }

  private void count(Selector.Test test, int by) {
    switch (test) {
      case Selector.Test.In(Key key, var values) -> countValues(key, values, by);
      case Selector.Test.NotIn(Key key, var values) -> countValues(key, values, by);
      case Selector.Test.Exists(Key key) -> countPresence(key, by);
      case Selector.Test.DoesNotExist(Key key) -> countPresence(key, by);
      case Selector.Test.InBlocks(var blocks) -> countBlocks(blocks, by);
      case Selector.Test.NotInBlocks(var blocks) -> countBlocks(blocks, by);
    }
  }

  private void countValues(Key key, Collection<String> values, int by) {
    if (key instanceof Key.ServiceAccount) {
      asked(new Key.Namespace(), a -> a.count(values.stream().map(Keys::namespaceOf).toList(), by));
      asked(key, a -> a.count(values.stream().map(Keys::nameOf).toList(), by));
    } else {
      asked(key, a -> a.count(values, by));
    }
  }

  private void countPresence(Key key, int by) {
    asked(key, a -> a.countPresence(by));
  }

  private void countBlocks(Collection<Prefix> blocks, int by) {
    for (Prefix block : blocks) {
      if (lookUpBlocks && families.contains(block.address().family())) {
        asked(new Key.Blocks(block.address().family()), a -> a.countBlock(block, by));
      }
    }
  }

  private void asked(Key key, Consumer<Asked> change) {
    Asked asked = keys.computeIfAbsent(key, _ -> new Asked());
    change.accept(asked);
    if (asked.tests == 0) {
      keys.remove(key);
    }
  }

  ImmutableSet<IpAddress.Family> families() {
    return families;
  }

  Map<Key, Asked> keys() {
    return keys;
  }

  /** Bits that a new book takes for this, with none set aside. */
  int bits() {
    return keys.values().stream().mapToInt(a -> a.bits(a.values.size())).sum();
  }

  /** Bits that a new book takes for this, with as many set aside as it would like. */
  int roomyBits() {
    return keys.values().stream().mapToInt(a -> a.bits(a.roomyHighest())).sum();
  }
}
