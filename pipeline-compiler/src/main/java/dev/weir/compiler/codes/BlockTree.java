package dev.weir.compiler.codes;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A prefix code over the laminar tree of one family's blocks. Every block owns a path that the
 * paths of the blocks within it extend, so "in the block" asks the path's bits and no more. What
 * lies in a block and in none within it has the block's path with zeros after it; what lies in no
 * block has zeros only.
 */
final class BlockTree {
  private final ImmutableSortedMap<Prefix, BitPath> paths;
  private final Map<Prefix, Prefix> around = new HashMap<>();
  private final int bits;

  private BlockTree(ImmutableSortedMap<Prefix, BitPath> paths) {
    this.paths = paths;
    Deque<Prefix> open = new ArrayDeque<>();
    for (Prefix block : paths.keySet()) {
      while (!open.isEmpty() && !open.peek().contains(block)) {
        open.pop();
      }
      if (!open.isEmpty()) {
        around.put(block, open.peek());
      }
      open.push(block);
    }
    this.bits = paths.values().stream().mapToInt(BitPath::length).max().orElse(0);
  }

  static BlockTree of(Iterable<Prefix> blocks) {
    Node root = new Node(null);
    // In order of address and length, a block comes after all that contain it.
    for (Prefix block : ImmutableSortedSet.copyOf(blocks)) {
      root.insert(block);
    }
    ImmutableSortedMap.Builder<Prefix, BitPath> paths = ImmutableSortedMap.naturalOrder();
    root.assign(BitPath.EMPTY, paths);
    return new BlockTree(paths.buildOrThrow());
  }

  /** Bits that the column takes. */
  int bits() {
    return bits;
  }

  ImmutableSortedSet<Prefix> blocks() {
    return paths.keySet();
  }

  /** The path that all of {@code block} shares. */
  BitPath path(Prefix block) {
    BitPath path = paths.get(block);
    if (path == null) {
      throw new IllegalArgumentException("block " + block + " is not in the tree");
    }
    return path;
  }

  /** The smallest block that holds {@code address}. */
  Optional<Prefix> smallest(IpAddress address) {
    // The last block that begins at or before the address holds it, or one around that block does.
    Prefix block = paths.keySet().floor(Prefix.of(address));
    while (block != null && !block.contains(address)) {
      block = around.get(block);
    }
    return Optional.ofNullable(block);
  }

  private static final class Node {
    private final @Nullable Prefix block;
    private final List<Node> children = new ArrayList<>();

    Node(@Nullable Prefix block) {
      this.block = block;
    }

    void insert(Prefix added) {
      for (Node child : children) {
        if (child.block != null && child.block.contains(added)) {
          child.insert(added);
          return;
        }
      }
      children.add(new Node(added));
    }

    int need() {
      return code().need;
    }

    void assign(BitPath path, ImmutableSortedMap.Builder<Prefix, BitPath> paths) {
      if (block != null) {
        paths.put(block, path);
      }
      code().assign(path, paths);
    }

    /** The shallowest code for what is in no child and for each child. */
    private Code code() {
      PriorityQueue<Code> open =
          new PriorityQueue<>(
              Comparator.comparingInt((Code c) -> c.need).thenComparingInt(c -> c.order));
      open.add(new Code(0, 0, null, null, null));
      int order = 1;
      for (Node child : children) {
        open.add(new Code(child.need(), order++, child, null, null));
      }
      while (open.size() > 1) {
        Code a = open.remove();
        Code b = open.remove();
        // The remainder has order 0 wherever it is, and stays on the zero side.
        boolean swap = b.order < a.order;
        open.add(
            new Code(
                Math.max(a.need, b.need) + 1,
                Math.min(a.order, b.order),
                null,
                swap ? b : a,
                swap ? a : b));
      }
      return open.remove();
    }
  }

  private record Code(
      int need, int order, @Nullable Node leaf, @Nullable Code zero, @Nullable Code one) {
    void assign(BitPath path, ImmutableSortedMap.Builder<Prefix, BitPath> paths) {
      if (leaf != null) {
        leaf.assign(path, paths);
      }
      if (zero != null && one != null) {
        zero.assign(path.append(false), paths);
        one.assign(path.append(true), paths);
      }
    }
  }
}
