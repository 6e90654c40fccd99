package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.net.IpAddress;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
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
    Set<Integer> ports = guards.ports();
    for (int port : ports) {
      entering.or(guards.passing(port));
    }
    entering.and(atoms.live());
    entering.andNot(sidecars);
    outside.or(atoms.live());
    outside.andNot(attached);
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
    if (!atoms.live().get(atom)
        || sidecars.get(atom)
        || (!attached.get(atom) && directory.world().isEmpty())) {
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
    } else if (destinations.members(destination).cardinality() == 1) {
      BitSet alone = new BitSet();
      from.stream().filter(s -> serverFor(s, destination) < 0).forEach(alone::set);
      from.andNot(alone);
    }
    return from;
  }

  /** A member of a destination class that is not where a source class's sample is, −1 if none. */
  int serverFor(int sourceClass, int destination) {
    BitSet from = sources.members(sourceClass);
    BitSet to = destinations.members(destination);
    int source = sources.representative(sourceClass);
    for (int a = to.nextSetBit(0); a >= 0; a = to.nextSetBit(a + 1)) {
      if (port(a) < 0 || port(a) != port(source) || from.cardinality() > 1) {
        return a;
      }
    }
    return -1;
  }

  private int port(int atom) {
    Attachment at = directory.attached().get(atoms.block(atom).first());
    return at == null || atoms.block(atom).length() < 128 ? -1 : at.port();
  }

  /** Atoms that stand for all of the classes' where {@code blocks} are told apart too. */
  List<Integer> representatives(BitSet sourceClasses, Set<Block> blocks) {
    List<Integer> found = new ArrayList<>();
    if (blocks.isEmpty()) {
      found.add(sources.representative(sourceClasses.nextSetBit(0)));
      return found;
    }
    TreeSet<Integer> cuts = new TreeSet<>();
    cuts.add(0);
    for (Block block : blocks) {
      cuts.add(atoms.from(block));
      cuts.add(atoms.to(block));
    }
    BitSet members = sources.atoms(sourceClasses);
    for (int from : cuts) {
      Integer to = cuts.higher(from);
      int first = members.nextSetBit(from);
      if (first >= 0 && (to == null || first < to)) {
        found.add(first);
      }
    }
    return found;
  }
}
