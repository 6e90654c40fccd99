package dev.weir.compiler.codes;

import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/** What one side's selectors ask: keys with the values they name, and blocks. */
public final class Demand {
  private final ImmutableSet<IpAddress.Family> families;
  private final boolean lookUpBlocks;
  private final Map<Key, Asked> keys = new LinkedHashMap<>();

  /** What is asked of one key, and by how many tests. */
  static final class Asked {
    final TreeSet<String> values = new TreeSet<>();
    final TreeSet<Prefix> blocks = new TreeSet<>();
    int tests;
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
    for (Selector.Test test : selector.tests()) {
      switch (test) {
        case Selector.Test.In in -> add(in.key(), in.values());
        case Selector.Test.NotIn notIn -> add(notIn.key(), notIn.values());
        case Selector.Test.Exists exists -> add(exists.key(), ImmutableSet.of());
        case Selector.Test.DoesNotExist not -> add(not.key(), ImmutableSet.of());
        case Selector.Test.InBlocks in -> addBlocks(in.blocks());
        case Selector.Test.NotInBlocks notIn -> addBlocks(notIn.blocks());
      }
    }
  }

  /** Asks {@code key} for {@code values} besides whether it is present. */
  public void add(Key key, Collection<String> values) {
    Asked asked = keys.computeIfAbsent(key, _ -> new Asked());
    asked.values.addAll(values);
    asked.tests++;
  }

  private void addBlocks(Collection<Prefix> blocks) {
    for (Prefix block : blocks) {
      if (lookUpBlocks && families.contains(block.address().family())) {
        Asked asked =
            keys.computeIfAbsent(new Key.Blocks(block.address().family()), _ -> new Asked());
        asked.blocks.add(block);
        asked.tests++;
      }
    }
  }

  ImmutableSet<IpAddress.Family> families() {
    return families;
  }

  Map<Key, Asked> keys() {
    return keys;
  }
}
