package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.net.IpAddress;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which connections can be opened: classes of sources that enter, of destinations reached. */
final class Headers {
  private static final ImmutableList<Integer> IPV4_PROTOCOLS = ImmutableList.of(6, 17, 132, 1);
  private static final ImmutableList<Integer> IPV6_PROTOCOLS = ImmutableList.of(6, 17, 132, 58);

  private final Atoms atoms;
  private final Directory directory;
  private final GuardModel guards;
  private final Selectors selectors;
  private final SwitchModel model;
  private final Classes sources;
  private final Classes destinations;
  private final BitSet ipv4 = new BitSet();
  private final BitSet entering = new BitSet();
  private final BitSet outside = new BitSet();
  private final BitSet sidecarSources = new BitSet();
  private final BitSet sidecarServers = new BitSet();

  /** Atoms of one signature are one class: nothing tells them apart in rules or entries. */
  Headers(
      Atoms atoms, Directory directory, GuardModel guards, Selectors selectors, SwitchModel model) {
    this.atoms = atoms;
    this.directory = directory;
    this.guards = guards;
    this.selectors = selectors;
    this.model = model;
    sources = Classes.of(atoms.size(), atom -> signature(End.CLIENT, atom));
    destinations = Classes.of(atoms.size(), atom -> signature(End.SERVER, atom));
    for (int s = 0; s < sources.count(); s++) {
      born(End.CLIENT, s);
    }
    for (int d = 0; d < destinations.count(); d++) {
      born(End.SERVER, d);
    }
  }

  private record Signature(
      boolean live,
      boolean ipv4,
      boolean attached,
      boolean sidecar,
      boolean entering,
      Object asked,
      Object code) {}

  private Object signature(End end, int atom) {
    Attachment at = at(atom);
    boolean sidecar = at instanceof Attachment.SidecarPort;
    return new Signature(
        atoms.isLive(atom),
        atoms.isIpv4(atom),
        at != null,
        sidecar,
        end == End.CLIENT && !sidecar && guards.enters(atom),
        selectors.signature(end, atom),
        model.signature(end, atom));
  }

  /**
   * Puts an atom into the class that it belongs to as things stand.
   *
   * @return whether the class is there for the first time
   */
  boolean place(End end, int atom) {
    Classes classes = classes(end);
    int known = classes.count();
    int group = classes.put(atom, signature(end, atom));
    if (classes.count() == known) {
      return false;
    }
    born(end, group);
    return true;
  }

  private @Nullable Attachment at(int atom) {
    return atoms.isAddress(atom) ? directory.attached().get(atoms.block(atom).first()) : null;
  }

  /** Takes note of a class that is there for the first time. */
  private void born(End end, int group) {
    int atom = classes(end).representative(group);
    Attachment at = at(atom);
    boolean sidecar = at instanceof Attachment.SidecarPort;
    switch (end) {
      case CLIENT -> {
        ipv4.set(group, atoms.isIpv4(atom));
        entering.set(group, !sidecar && atoms.isLive(atom) && guards.enters(atom));
        outside.set(group, at == null);
        sidecarSources.set(group, model.sidecar(atom) >= 0);
      }
      case SERVER -> sidecarServers.set(group, sidecar || model.isSidecarServer(atom));
    }
  }

  /** Protocols whose first packets open a connection (ICMP's by an echo request). */
  static ImmutableList<Integer> protocols(boolean ipv4) {
    return ipv4 ? IPV4_PROTOCOLS : IPV6_PROTOCOLS;
  }

  static boolean hasPorts(int protocol) {
    return protocol != 1 && protocol != 58;
  }

  Classes classes(End end) {
    return end == End.CLIENT ? sources : destinations;
  }

  Classes sources() {
    return sources;
  }

  Classes destinations() {
    return destinations;
  }

  boolean isSidecar(int destination) {
    return at(destinations.representative(destination)) instanceof Attachment.SidecarPort;
  }

  /** Classes of destinations that are a sidecar's, or are taken for one. */
  BitSet sidecarServers() {
    return sidecarServers;
  }

  boolean isAttached(int destination) {
    return at(destinations.representative(destination)) != null;
  }

  IpAddress source(int sourceClass) {
    return atoms.sample(sources.representative(sourceClass));
  }

  /**
   * The classes of sources from which a packet can come to a destination class and meet policy: of
   * its family, through the guard as no sidecar's, and not out by the port where it came in.
   */
  BitSet sourcesFor(int destination) {
    int atom = destinations.representative(destination);
    BitSet from = new BitSet();
    boolean attached = at(atom) != null;
    if (!atoms.isLive(atom) || (!attached && directory.world().isEmpty())) {
      return from;
    }
    from.or(entering);
    from.and(sources.occupied());
    // What is taken for a sidecar meets no policy table; that it is none is found elsewhere.
    from.andNot(sidecarSources);
    if (atoms.isIpv4(atom)) {
      from.and(ipv4);
    } else {
      from.andNot(ipv4);
    }
    if (!attached) {
      if (directory.world().size() == 1) {
        from.andNot(outside);
      }
    } else if (behindOnePort(destination)) {
      // Only a class that holds an address behind that port can hold no other.
      for (int s : behind(port(atom))) {
        if (from.get(s) && pair(s, destination, -1).isEmpty()) {
          from.clear(s);
        }
      }
    }
    return from;
  }

  /** Whether two classes of sources reach the same destinations, but for those behind a port. */
  boolean enterAlike(int source, int other) {
    return entering.get(source)
        && entering.get(other)
        && ipv4.get(source) == ipv4.get(other)
        && outside.get(source) == outside.get(other)
        && !sidecarSources.get(source)
        && !sidecarSources.get(other);
  }

  /**
   * The port that all of a class of sources are behind, −1 where they are not behind one.
   *
   * @param but members that do not count
   */
  int onlyPort(int source, BitSet but) {
    int only = -1;
    for (int i = 0; i < sources.size(source); i++) {
      int member = sources.member(source, i);
      if (!but.get(member)) {
        int port = port(member);
        if (port < 0 || (only >= 0 && port != only)) {
          return -1;
        }
        only = port;
      }
    }
    return only;
  }

  /** The classes of sources of the addresses behind a port. */
  private Set<Integer> behind(int port) {
    Set<Integer> behind = new TreeSet<>();
    for (BigInteger address : directory.addressesAt(port)) {
      behind.add(sources.of(atoms.of(address)));
    }
    return behind;
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
    for (int i = 0; i < sources.size(sourceClass); i++) {
      int s = sources.member(sourceClass, i);
      for (int j = 0; j < destinations.size(destination); j++) {
        int a = destinations.member(destination, j);
        boolean apart = port(a) != port(s) || (port(a) < 0 && directory.world().size() > 1);
        if (apart && (server < 0 || server == a)) {
          return Optional.of(new Pair(s, a));
        }
      }
    }
    return Optional.empty();
  }

  private boolean behindOnePort(int destination) {
    int first = port(destinations.representative(destination));
    for (int i = 1; i < destinations.size(destination); i++) {
      if (port(destinations.member(destination, i)) != first) {
        return false;
      }
    }
    return true;
  }

  /** The port that an address is behind, −1 for none. */
  private int port(int atom) {
    Attachment at = at(atom);
    return at == null ? -1 : at.port();
  }

  /**
   * Atoms that stand for all of the classes' where {@code blocks} are told apart too.
   *
   * @param server where they go: what is behind the same port is left out
   */
  List<Integer> representatives(BitSet sourceClasses, Set<Block> blocks, int server) {
    // Another address behind the server's port at most is the same attachment's.
    int own = port(server);
    List<Integer> found = new ArrayList<>();
    Set<Integer> single = new TreeSet<>();
    Set<Integer> coarse = new TreeSet<>();
    for (Block block : blocks) {
      int atom = atoms.of(block);
      if (!atoms.isAddress(atom)) {
        coarse.add(atom);
      } else if (sourceClasses.get(sources.of(atom))) {
        single.add(atom);
        if (own < 0 || port(atom) != own) {
          found.add(atom);
        }
      }
    }
    Set<Integer> cells = new HashSet<>();
    for (int c = sourceClasses.nextSetBit(0); c >= 0; c = sourceClasses.nextSetBit(c + 1)) {
      // All of a class stand in the same blocks of several addresses.
      int cell = atoms.coarse(sources.representative(c));
      while (cell >= 0 && !coarse.contains(cell)) {
        cell = atoms.parent(cell);
      }
      for (int i = 0; i < sources.size(c) && !cells.contains(cell); i++) {
        int atom = sources.member(c, i);
        if (!single.contains(atom) && (own < 0 || port(atom) != own)) {
          found.add(atom);
          cells.add(cell);
        }
      }
      if (cells.size() == coarse.size() + 1) {
        break;
      }
    }
    return found;
  }
}
