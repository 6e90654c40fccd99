package dev.weir.compiler.validate;

import dev.weir.compiler.change.Change;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whose each address is, as intent and fabric say: of a workload, of an attachment, of several (an
 * address shared by several has no identity and no place), or of nobody.
 */
final class Directory {
  /** Sources that name no host outside: RFC 6890, RFC 4291 §2.5.2, §2.5.3, §2.7. */
  private static final List<Block> NEVER_WORLD =
      List.of(
          Block.of(Prefix.parse("0.0.0.0/8")),
          Block.of(Prefix.parse("127.0.0.0/8")),
          Block.of(Prefix.parse("169.254.0.0/16")),
          Block.of(Prefix.parse("224.0.0.0/4")),
          Block.of(Prefix.parse("255.255.255.255/32")),
          Block.of(Prefix.parse("::/128")),
          Block.of(Prefix.parse("::1/128")),
          Block.of(Prefix.parse("fe80::/10")),
          Block.of(Prefix.parse("ff00::/8")));

  /** Who claims an address, and what follows. */
  private static final class Claims {
    boolean gateway;
    final Set<String> workloads = new HashSet<>(2);
    final List<Attachment> attachments = new ArrayList<>(1);

    boolean isEmpty() {
      return !gateway && workloads.isEmpty() && attachments.isEmpty();
    }
  }

  private final Set<IpAddress.Family> families;
  private final Map<BigInteger, Claims> claims = new LinkedHashMap<>();
  private final Map<String, Workload> workloads = new HashMap<>();
  private final Map<Integer, Attachment> attachments = new LinkedHashMap<>();
  private final Map<String, Set<Integer>> portsOfWorkloads = new HashMap<>();
  private final Map<BigInteger, Workload> owners = new HashMap<>();
  private final Map<BigInteger, Attachment> attached = new LinkedHashMap<>();
  private final Set<BigInteger> shared = new HashSet<>();
  private final Set<BigInteger> gateways = new HashSet<>();
  private final Set<BigInteger> strangers = new HashSet<>();
  private final List<Attachment.WorldPort> world = new ArrayList<>();
  private final Map<String, Attachment.SidecarPort> sidecars = new HashMap<>();
  private final Map<Integer, Attachment.SidecarPort> sidecarsByNumber = new HashMap<>();

  Directory(Intent intent, Fabric fabric, Set<IpAddress.Family> families) {
    this.families = families;
    for (BigInteger gateway : carried(fabric.gateways())) {
      claims(gateway).gateway = true;
      gateways.add(gateway);
    }
    intent.workloads().values().forEach(this::come);
    fabric.attachments().forEach(this::come);
    claims.keySet().forEach(this::settle);
  }

  private Claims claims(BigInteger address) {
    return claims.computeIfAbsent(address, _ -> new Claims());
  }

  private void come(Workload workload) {
    workloads.put(workload.id(), workload);
    carried(workload.addresses()).forEach(a -> claims(a).workloads.add(workload.id()));
  }

  private void come(Attachment attachment) {
    attachments.put(attachment.port(), attachment);
    switch (attachment) {
      case Attachment.WorkloadPort w ->
          portsOfWorkloads.computeIfAbsent(w.id(), _ -> new TreeSet<>()).add(w.port());
      case Attachment.SidecarPort s -> {
        sidecars.put(s.name(), s);
        sidecarsByNumber.put(s.number(), s);
      }
      case Attachment.WorldPort w -> world.add(w);
    }
    addresses(attachment).forEach(a -> claims(a).attachments.add(attachment));
  }

  /**
   * Carries a change out.
   *
   * @return the addresses that may be another's now
   */
  Set<BigInteger> apply(Change change) {
    Set<BigInteger> touched = new HashSet<>();
    change
        .workloads()
        .forEach(
            (id, now) -> {
              Workload before = workloads.remove(id);
              if (before != null) {
                for (BigInteger address : carried(before.addresses())) {
                  claims(address).workloads.remove(id);
                  touched.add(address);
                }
              }
              now.ifPresent(
                  w -> {
                    come(w);
                    touched.addAll(carried(w.addresses()));
                  });
              portsOfWorkloads.getOrDefault(id, Set.of()).stream()
                  .flatMap(port -> Optional.ofNullable(attachments.get(port)).stream())
                  .forEach(at -> touched.addAll(addresses(at)));
            });
    change
        .attachments()
        .forEach(
            (port, now) -> {
              Attachment before = attachments.get(port);
              if (before != null) {
                touched.addAll(addresses(before));
                go(before);
              }
              now.ifPresent(
                  at -> {
                    come(at);
                    touched.addAll(addresses(at));
                  });
            });
    touched.forEach(this::settle);
    touched.stream().filter(a -> claims(a).isEmpty()).forEach(claims::remove);
    return touched;
  }

  private void go(Attachment attachment) {
    attachments.remove(attachment.port());
    if (attachment instanceof Attachment.WorkloadPort w) {
      Set<Integer> ports = portsOfWorkloads.getOrDefault(w.id(), new TreeSet<>());
      ports.remove(w.port());
      if (ports.isEmpty()) {
        portsOfWorkloads.remove(w.id());
      }
    }
    addresses(attachment).forEach(a -> claims(a).attachments.remove(attachment));
  }

  /** The addresses that an attachment has. */
  List<BigInteger> addresses(Attachment attachment) {
    return switch (attachment) {
      case Attachment.WorkloadPort w -> carried(w.addresses());
      case Attachment.SidecarPort s -> carried(s.addresses());
      case Attachment.WorldPort _ -> List.of();
    };
  }

  private List<BigInteger> carried(Iterable<IpAddress> addresses) {
    List<BigInteger> carried = new ArrayList<>();
    addresses.forEach(
        a -> {
          if (families.contains(a.family())) {
            carried.add(a.mapped());
          }
        });
    return carried;
  }

  /** Says whose an address is, by who claims it. */
  private void settle(BigInteger address) {
    Claims by = claims(address);
    Set<Object> claimants = new HashSet<>();
    List<Attachment> places = new ArrayList<>(1);
    boolean stranger = false;
    if (by.gateway) {
      claimants.add("gateway");
    }
    by.workloads.forEach(id -> claimants.add("workload " + id));
    for (Attachment at : by.attachments) {
      boolean known = !(at instanceof Attachment.WorkloadPort w) || workloads.containsKey(w.id());
      claimants.add(at instanceof Attachment.WorkloadPort w && known ? "workload " + w.id() : at);
      if (known) {
        places.add(at);
      } else {
        stranger = true;
      }
    }
    owners.remove(address);
    attached.remove(address);
    set(strangers, address, stranger);
    boolean several = claimants.size() > 1 || places.size() > 1;
    set(shared, address, several);
    if (several) {
      return;
    }
    Optional<Attachment> place = places.stream().findFirst();
    place.ifPresent(at -> attached.put(address, at));
    by.workloads.stream()
        .findFirst()
        .or(() -> place.map(at -> at instanceof Attachment.WorkloadPort w ? w.id() : ""))
        .map(workloads::get)
        .ifPresent(w -> owners.put(address, w));
  }

  private static void set(Set<BigInteger> of, BigInteger address, boolean in) {
    if (in) {
      of.add(address);
    } else {
      of.remove(address);
    }
  }

  /** RFC 4291 §2.5.6 and appendix A: fe80::/64 and the modified EUI-64 of the MAC address. */
  private static BigInteger linkLocal(long mac) {
    long upper = (mac >>> 24) & 0xffffff ^ 0x020000;
    String text = String.format("fe80000000000000%06xfffe%06x", upper, mac & 0xffffff);
    return new BigInteger(text, 16);
  }

  /** The addresses that hosts at a port ask for neighbours from, besides their own. */
  Set<BigInteger> linkLocals(int port) {
    Attachment at = attachments.get(port);
    if (at == null) {
      return Set.of();
    }
    boolean asks =
        addresses(at).stream()
            .anyMatch(a -> !Block.IPV4.contains(new Block(a, Word.WIDTH)) && attached.get(a) == at);
    return asks ? Set.of(linkLocal(at.mac())) : Set.of();
  }

  /** The ports of the attachments that claim an address. */
  Set<Integer> ports(BigInteger address) {
    Set<Integer> ports = new TreeSet<>();
    Claims by = claims.get(address);
    if (by != null) {
      by.attachments.forEach(at -> ports.add(at.port()));
    }
    return ports;
  }

  /** Whether a sidecar's attachment claims an address. */
  boolean isSidecars(BigInteger address) {
    Claims by = claims.get(address);
    return by != null
        && by.attachments.stream().anyMatch(at -> at instanceof Attachment.SidecarPort);
  }

  /** The addresses that the attachment at a port has. */
  List<BigInteger> addressesAt(int port) {
    Attachment at = attachments.get(port);
    return at == null ? List.of() : addresses(at);
  }

  /** Every block that matters to who is where. */
  Set<Block> cuts() {
    Set<Block> cuts = new HashSet<>(NEVER_WORLD);
    claims.keySet().forEach(a -> cuts.add(new Block(a, Word.WIDTH)));
    return cuts;
  }

  Map<BigInteger, Workload> owners() {
    return owners;
  }

  Optional<Workload> owner(BigInteger address) {
    return Optional.ofNullable(owners.get(address));
  }

  /** The attachments, by port. */
  Map<Integer, Attachment> attachments() {
    return attachments;
  }

  /** Where each address is that belongs to just one attachment. */
  Map<BigInteger, Attachment> attached() {
    return attached;
  }

  Set<BigInteger> shared() {
    return shared;
  }

  Set<BigInteger> gateways() {
    return gateways;
  }

  List<Attachment.WorldPort> world() {
    return world;
  }

  Optional<Attachment.SidecarPort> sidecar(String name) {
    return Optional.ofNullable(sidecars.get(name));
  }

  Optional<Attachment.SidecarPort> sidecar(int number) {
    return Optional.ofNullable(sidecarsByNumber.get(number));
  }

  /**
   * Whether a packet from outside may have this source; empty where either is safe, since the
   * address is of an attachment without a workload.
   */
  Optional<Boolean> mayComeFromWorld(Atoms atoms, int atom) {
    Block block = atoms.block(atom);
    if (block.length() == Word.WIDTH && claims.containsKey(block.first())) {
      return strangers.contains(block.first()) && !shared.contains(block.first())
          ? Optional.empty()
          : Optional.of(false);
    }
    return Optional.of(NEVER_WORLD.stream().noneMatch(b -> b.contains(block)));
  }
}
