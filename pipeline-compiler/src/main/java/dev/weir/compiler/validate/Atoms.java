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
 * without the longer ones inside it. Single addresses may be cut out later; nothing is put together
 * again, and no atom changes its number.
 */
final class Atoms {
  /** Dropped by parsers whatever entries say. */
  private static final Block LINK_LOCAL = Block.of(Prefix.parse("fe80::/10"));

  private static final BigInteger NONE = BigInteger.ONE.negate();

  private final Set<IpAddress.Family> families;
  private final List<Block> blocks;
  private final List<BigInteger> samples = new ArrayList<>();
  private final List<Integer> parents = new ArrayList<>();
  private final Map<Block, Integer> index = new HashMap<>();
  private final BitSet live = new BitSet();
  private final BitSet ipv4 = new BitSet();

  /** One past the last atom inside, of the first cutting. */
  private final int[] end;

  /** Lengths of blocks that hold more than one address, longest first. */
  private final List<Integer> lengths;

  /**
   * @param families those that the pipeline carries: atoms of others hold no packet
   */
  Atoms(Collection<Block> cuts, Set<IpAddress.Family> families) {
    this.families = families;
    TreeSet<Block> all = new TreeSet<>(cuts);
    all.add(Block.ALL);
    all.add(Block.IPV4);
    all.add(LINK_LOCAL);
    blocks = new ArrayList<>(all);
    end = new int[blocks.size()];
    TreeSet<Integer> coarse = new TreeSet<>();
    List<List<Integer>> children = new ArrayList<>();
    Deque<Integer> open = new ArrayDeque<>();
    for (int i = 0; i < blocks.size(); i++) {
      Block block = blocks.get(i);
      index.put(block, i);
      boolean single = block.length() == Word.WIDTH;
      children.add(single ? List.of() : new ArrayList<>());
      while (!open.isEmpty() && !blocks.get(open.peek()).contains(block)) {
        end[open.pop()] = i;
      }
      parents.add(open.isEmpty() ? -1 : open.peek());
      if (!open.isEmpty()) {
        children.get(open.peek()).add(i);
      }
      if (single) {
        end[i] = i + 1;
      } else {
        coarse.add(block.length());
        open.push(i);
      }
    }
    open.forEach(i -> end[i] = blocks.size());
    lengths = List.copyOf(coarse.descendingSet());
    for (int i = 0; i < blocks.size(); i++) {
      samples.add(sample(blocks.get(i), children.get(i)));
      ipv4.set(i, Block.IPV4.contains(blocks.get(i)));
      live.set(i, holdsPackets(i));
    }
  }

  private boolean holdsPackets(int atom) {
    return samples.get(atom).signum() >= 0
        && !LINK_LOCAL.contains(blocks.get(atom))
        && families.contains(ipv4.get(atom) ? IpAddress.Family.IPV4 : IpAddress.Family.IPV6);
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
        : NONE;
  }

  /** The second address where there are two: a network's own reads badly in a witness. */
  private static BigInteger within(BigInteger first, BigInteger end) {
    BigInteger second = first.add(BigInteger.ONE);
    return second.compareTo(end) < 0 ? second : first;
  }

  /**
   * The atom of an address, which is cut out if nothing has named it yet.
   *
   * @return −1 where the block around it cannot do without: it has no other sample at hand
   */
  int add(BigInteger address) {
    int known = of(address);
    if (known >= 0) {
      return known;
    }
    int around = around(address);
    if (samples.get(around).equals(address)) {
      BigInteger other = another(around, address);
      if (other.signum() < 0) {
        return -1;
      }
      samples.set(around, other);
    }
    int atom = blocks.size();
    Block block = new Block(address, Word.WIDTH);
    blocks.add(block);
    samples.add(address);
    parents.add(around);
    index.put(block, atom);
    ipv4.set(atom, Block.IPV4.contains(block));
    live.set(atom, holdsPackets(atom));
    return atom;
  }

  /** An address near {@code taken} that the same atom holds, −1 if there is none so near. */
  private BigInteger another(int around, BigInteger taken) {
    int near = 256; // tries; more are for cutting anew
    for (int i = 1; i <= near; i++) {
      BigInteger next = taken.add(BigInteger.valueOf(i));
      if (blocks.get(around).contains(next) && of(next) < 0 && around(next) == around) {
        return next;
      }
    }
    return NONE;
  }

  /** The atom of the smallest block of several addresses that holds one. */
  private int around(BigInteger address) {
    for (int length : lengths) {
      BigInteger first = address.shiftRight(Word.WIDTH - length).shiftLeft(Word.WIDTH - length);
      Integer atom = index.get(new Block(first, length));
      if (atom != null) {
        return atom;
      }
    }
    throw new IllegalStateException("no block holds " + address);
  }

  int size() {
    return blocks.size();
  }

  /** Atoms that hold addresses of packets. */
  BitSet live() {
    return live;
  }

  boolean isLive(int atom) {
    return live.get(atom);
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

  boolean isAddress(int atom) {
    return blocks.get(atom).length() == Word.WIDTH;
  }

  /** The atom of the next larger block; −1 for that of all addresses. */
  int parent(int atom) {
    return parents.get(atom);
  }

  /** The smallest block of several addresses that holds the atom's. */
  int coarse(int atom) {
    return isAddress(atom) ? parent(atom) : atom;
  }

  IpAddress sample(int atom) {
    return Block.address(samples.get(atom));
  }

  boolean isCut(Block block) {
    return index.containsKey(block);
  }

  /** The atom of a block that was among the cuts. */
  int of(Block block) {
    Integer atom = index.get(block);
    if (atom == null) {
      throw new IllegalArgumentException("no cut at " + block);
    }
    return atom;
  }

  /** The atom of an address, −1 if nothing names it. */
  int of(BigInteger address) {
    return index.getOrDefault(new Block(address, Word.WIDTH), -1);
  }

  /** The atoms inside a block that was among the cuts. */
  BitSet range(Block block) {
    BitSet range = new BitSet();
    int from = of(block);
    if (from >= end.length) {
      range.set(from);
      return range;
    }
    range.set(from, end[from]);
    for (int a = end.length; a < blocks.size(); a++) {
      range.set(a, block.contains(blocks.get(a)));
    }
    return range;
  }
}
