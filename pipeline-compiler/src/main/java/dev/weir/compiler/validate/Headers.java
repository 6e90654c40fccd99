package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.net.IpAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Which connections can be opened: classes of sources that enter, of destinations reached. */
final class Headers {
  private static final ImmutableList<Integer> IPV4_PROTOCOLS = ImmutableList.of(6, 17, 132, 1);
  private static final ImmutableList<Integer> IPV6_PROTOCOLS = ImmutableList.of(6, 17, 132, 58);

  private final Atoms atoms;
  private final Directory directory;
  private final Classes sources;
  private final Classes destinations;
  private final BitSet attached = new BitSet();
  private final BitSet outside = new BitSet();
  private final BitSet entering = new BitSet();
  private final BitSet sidecars = new BitSet();
  private final int[] ports;
  private final Map<Integer, List<Integer>> behind = new HashMap<>();
  private final BitSet ipv4Sources;
  private final BitSet enteringSources;
  private final BitSet outsideSources;

  /**
   * @param guards who enters
   * @param sourceColumns what tells sources apart in rules and entries
   * @param destinationColumns what tells destinations apart there
   */
  Headers(
      Atoms atoms,
      Directory directory,
      GuardModel guards,
      Collection<BitSet> sourceColumns,
      Collection<BitSet> destinationColumns) {
    this.atoms = atoms;
    this.directory = directory;
    directory
        .attached()
        .forEach(
            (address, at) -> {
              attached.set(atoms.of(address));
              sidecars.set(atoms.of(address), at instanceof Attachment.SidecarPort);
            });
    guards.ports().forEach(port -> guards.collectPassing(port, entering));
    entering.and(atoms.live());
    entering.andNot(sidecars);
    outside.or(atoms.live());
    outside.andNot(attached);
    ports = new int[atoms.size()];
    Arrays.fill(ports, -1);
    directory
        .attached()
        .forEach(
            (address, at) -> {
              ports[atoms.of(address)] = at.port();
              behind.computeIfAbsent(at.port(), _ -> new ArrayList<>()).add(atoms.of(address));
            });
    sources = new Classes(atoms.size());
    List.of(atoms.live(), atoms.ipv4(), entering, outside).forEach(sources::refine);
    sourceColumns.forEach(sources::refine);
    sources.freeze();
    destinations = new Classes(atoms.size());
    List.of(atoms.live(), atoms.ipv4(), attached, sidecars).forEach(destinations::refine);
    destinationColumns.forEach(destinations::refine);
    destinations.freeze();
    ipv4Sources = sources.groups(atoms.ipv4());
    enteringSources = sources.groups(entering);
    outsideSources = sources.groups(outside);
  }

  /** Protocols whose first packets open a connection (ICMP's by an echo request). */
  static ImmutableList<Integer> protocols(boolean ipv4) {
    return ipv4 ? IPV4_PROTOCOLS : IPV6_PROTOCOLS;
  }

  static boolean hasPorts(int protocol) {
    return protocol != 1 && protocol != 58;
  }

  Classes sources() {
    return sources;
  }

  Classes destinations() {
    return destinations;
  }

  boolean isSidecar(int destination) {
    return sidecars.get(destinations.representative(destination));
  }

  boolean isAttached(int destination) {
    return attached.get(destinations.representative(destination));
  }

  IpAddress source(int sourceClass) {
    return atoms.sample(sources.representative(sourceClass));
  }

  /**
   * The classes of sources from which a packet can come to a destination class: of its family,
   * through the guard, and not out by the port where it came in.
   */
  BitSet sourcesFor(int destination) {
    int atom = destinations.representative(destination);
    BitSet from = new BitSet();
    if (!atoms.live().get(atom) || (!attached.get(atom) && directory.world().isEmpty())) {
      return from;
    }
    from.or(enteringSources);
    if (atoms.isIpv4(atom)) {
      from.and(ipv4Sources);
    } else {
      from.andNot(ipv4Sources);
    }
    if (!attached.get(atom)) {
      if (directory.world().size() == 1) {
        from.andNot(outsideSources);
      }
    } else if (behindOnePort(destinations.members(destination))) {
      // Only a class that holds an address behind that port can hold no other.
      BitSet here = new BitSet();
      behind.getOrDefault(port(atom), List.of()).forEach(here::set);
      BitSet alone = sources.touched(here);
      for (int s = alone.nextSetBit(0); s >= 0; s = alone.nextSetBit(s + 1)) {
        if (from.get(s) && pair(s, destination, -1).isEmpty()) {
          from.clear(s);
        }
      }
    }
    return from;
  }

  /** A connection between two classes. */
  record Pair(int source, int server) {}

  /**
   * An address of each class such that packets go from one port of the switch to another; empty
   * where all are behind the same port.
   *
   * @param server the destination's address; −1 for any of its class
   */
  Optional<Pair> pair(int sourceClass, int destination, int server) {
    BitSet from = sources.members(sourceClass);
    BitSet to = destinations.members(destination);
    for (int s = from.nextSetBit(0); s >= 0; s = from.nextSetBit(s + 1)) {
      for (int a = to.nextSetBit(0); a >= 0; a = to.nextSetBit(a + 1)) {
        boolean apart = port(a) != port(s) || (port(a) < 0 && directory.world().size() > 1);
        if (apart && (server < 0 || server == a)) {
          return Optional.of(new Pair(s, a));
        }
      }
    }
    return Optional.empty();
  }

  private boolean behindOnePort(BitSet members) {
    int first = port(members.nextSetBit(0));
    return members.stream().allMatch(a -> port(a) == first);
  }

  private int port(int atom) {
    return ports[atom];
  }

  /** The first atom of some class, from {@code from} on, that is not behind a port; else −1. */
  private int first(BitSet sourceClasses, int from, int notBehind) {
    int first = -1;
    for (int c = sourceClasses.nextSetBit(0); c >= 0; c = sourceClasses.nextSetBit(c + 1)) {
      BitSet members = sources.members(c);
      int atom = sources.representative(c); // its first
      if (atom < from) {
        atom = members.nextSetBit(from);
      }
      while (atom >= 0 && notBehind >= 0 && port(atom) == notBehind) {
        atom = members.nextSetBit(atom + 1);
      }
      if (atom >= 0 && (first < 0 || atom < first)) {
        first = atom;
      }
    }
    return first;
  }

  /**
   * Atoms that stand for all of the classes' where {@code blocks} are told apart too.
   *
   * @param server where they go: what is behind the same port is left out
   */
  List<Integer> representatives(BitSet sourceClasses, Set<Block> blocks, int server) {
    List<Integer> found = new ArrayList<>();
    TreeSet<Integer> cuts = new TreeSet<>();
    cuts.add(0);
    for (Block block : blocks) {
      cuts.add(atoms.from(block));
      cuts.add(atoms.to(block));
    }
    // Another address behind the server's port at most is the same attachment's.
    int own = attached.get(server) ? port(server) : -1;
    for (int from : cuts) {
      Integer to = cuts.higher(from);
      int first = first(sourceClasses, from, own);
      if (first >= 0 && (to == null || first < to)) {
        found.add(first);
      }
    }
    return found;
  }
}
