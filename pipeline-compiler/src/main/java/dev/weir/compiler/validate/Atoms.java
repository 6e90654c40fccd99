package dev.weir.compiler.validate;

import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The address space cut at every block that anything names (the first lemma). An atom is a block
 * without the longer ones inside it. Atoms are numbered so that those of one block stand together:
 * a block is a range of atoms.
 */
final class Atoms {
  /** Dropped by parsers whatever entries say. */
  private static final Block LINK_LOCAL = Block.of(Prefix.parse("fe80::/10"));

  private final List<Block> blocks;
  private final int[] end;
  private final List<BigInteger> samples = new ArrayList<>();
  private final Map<Block, Integer> index = new HashMap<>();
  private final BitSet live = new BitSet();
  private final BitSet ipv4 = new BitSet();

  /**
   * @param families those that the pipeline carries: atoms of others hold no packet
   */
  Atoms(Collection<Block> cuts, Set<IpAddress.Family> families) {
    TreeSet<Block> all = new TreeSet<>(cuts);
    all.add(Block.ALL);
    all.add(Block.IPV4);
    all.add(LINK_LOCAL);
    blocks = List.copyOf(all);
    end = new int[blocks.size()];
    List<List<Integer>> children = new ArrayList<>();
    Deque<Integer> open = new ArrayDeque<>();
    for (int i = 0; i < blocks.size(); i++) {
      index.put(blocks.get(i), i);
      children.add(new ArrayList<>());
      while (!open.isEmpty() && !blocks.get(open.peek()).contains(blocks.get(i))) {
        end[open.pop()] = i;
      }
      if (!open.isEmpty()) {
        children.get(open.peek()).add(i);
      }
      open.push(i);
    }
    open.forEach(i -> end[i] = blocks.size());
    for (int i = 0; i < blocks.size(); i++) {
      samples.add(sample(blocks.get(i), children.get(i)));
      boolean v4 = Block.IPV4.contains(blocks.get(i));
      ipv4.set(i, v4);
      live.set(
          i,
          samples.get(i).signum() >= 0
              && !LINK_LOCAL.contains(blocks.get(i))
              && families.contains(v4 ? IpAddress.Family.IPV4 : IpAddress.Family.IPV6));
    }
  }

  /** An address of {@code block} that is in none of its children, −1 if there is none. */
  private BigInteger sample(Block block, List<Integer> children) {
    BigInteger next = block.first();
    for (int child : children) {
      Block inside = blocks.get(child);
      if (next.compareTo(inside.first()) < 0) {
        return within(next, inside.first());
      }
      next = inside.last().add(BigInteger.ONE);
    }
    return next.compareTo(block.last()) <= 0
        ? within(next, block.last().add(BigInteger.ONE))
        : BigInteger.ONE.negate();
  }

  /** The second address where there are two: a network's own reads badly in a witness. */
  private static BigInteger within(BigInteger first, BigInteger end) {
    BigInteger second = first.add(BigInteger.ONE);
    return second.compareTo(end) < 0 ? second : first;
  }

  int size() {
    return blocks.size();
  }

  /** Atoms that hold addresses of packets. */
  BitSet live() {
    return live;
  }

  boolean isIpv4(int atom) {
    return ipv4.get(atom);
  }

  BitSet ipv4() {
    return ipv4;
  }

  /** The block that the atom is what remains of. */
  Block block(int atom) {
    return blocks.get(atom);
  }

  IpAddress sample(int atom) {
    return Block.address(samples.get(atom));
  }

  /** The first atom of a block that was among the cuts. */
  int from(Block block) {
    Integer from = index.get(block);
    if (from == null) {
      throw new IllegalArgumentException("no cut at " + block);
    }
    return from;
  }

  /** One past the last atom of a block that was among the cuts. */
  int to(Block block) {
    return end[from(block)];
  }

  /** The atom of an address, −1 if nothing names it. */
  int of(BigInteger address) {
    return index.getOrDefault(new Block(address, 128), -1);
  }

  BitSet range(Block block) {
    BitSet range = new BitSet();
    range.set(from(block), to(block));
    return range;
  }
}
