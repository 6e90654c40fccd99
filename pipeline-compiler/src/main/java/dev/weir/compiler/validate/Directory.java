package dev.weir.compiler.validate;

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

  /** Stands for claimants that differ. */
  private static final Object SEVERAL = new Object();

  private final Map<BigInteger, Workload> owners = new HashMap<>();
  private final Map<BigInteger, Attachment> attached = new LinkedHashMap<>();
  private final Set<BigInteger> shared = new HashSet<>();
  private final Set<BigInteger> known = new HashSet<>();
  private final Set<BigInteger> gateways = new HashSet<>();
  private final Set<BigInteger> strangers = new HashSet<>();
  private final Map<Integer, Set<BigInteger>> linkLocals = new HashMap<>();
  private final List<Attachment.WorldPort> world = new ArrayList<>();
  private final Map<String, Attachment.SidecarPort> sidecars = new HashMap<>();

  Directory(Intent intent, Fabric fabric, Set<IpAddress.Family> families) {
    Map<BigInteger, Object> claims = new LinkedHashMap<>();
    Map<BigInteger, List<Attachment>> places = new HashMap<>();
    for (IpAddress gateway : carried(fabric.gateways(), families)) {
      claim(claims, gateway, "gateway");
      gateways.add(gateway.mapped());
    }
    for (Workload workload : intent.workloads().values()) {
      carried(workload.addresses(), families).forEach(a -> claim(claims, a, workload));
    }
    for (Attachment attachment : fabric.attachments()) {
      switch (attachment) {
        case Attachment.WorkloadPort w -> {
          Optional<Workload> workload = Optional.ofNullable(intent.workloads().get(w.id()));
          for (IpAddress address : carried(w.addresses(), families)) {
            claim(claims, address, workload.<Object>map(x -> x).orElse(w));
            if (workload.isPresent()) {
              places.computeIfAbsent(address.mapped(), _ -> new ArrayList<>()).add(w);
            } else {
              strangers.add(address.mapped());
            }
          }
        }
        case Attachment.SidecarPort s -> {
          sidecars.put(s.name(), s);
          for (IpAddress address : carried(s.addresses(), families)) {
            claim(claims, address, s);
            places.computeIfAbsent(address.mapped(), _ -> new ArrayList<>()).add(s);
          }
        }
        case Attachment.WorldPort w -> world.add(w);
      }
    }
    claims.forEach(
        (address, by) -> {
          known.add(address);
          List<Attachment> at = places.getOrDefault(address, List.of());
          if (by == SEVERAL || at.size() > 1) {
            shared.add(address);
            return;
          }
          if (by instanceof Workload w) {
            owners.put(address, w);
          }
          at.forEach(
              a -> {
                attached.put(address, a);
                if (!Block.IPV4.contains(new Block(address, 128))) {
                  linkLocals
                      .computeIfAbsent(a.port(), _ -> new HashSet<>())
                      .add(linkLocal(a.mac()));
                }
              });
        });
  }

  /** RFC 4291 §2.5.6 and appendix A: fe80::/64 and the modified EUI-64 of the MAC address. */
  private static BigInteger linkLocal(long mac) {
    long upper = (mac >>> 24) & 0xffffff ^ 0x020000;
    String text = String.format("fe80000000000000%06xfffe%06x", upper, mac & 0xffffff);
    return new BigInteger(text, 16);
  }

  /** By port the addresses that its hosts ask for neighbours from, besides their own. */
  Map<Integer, Set<BigInteger>> linkLocals() {
    return linkLocals;
  }

  private static List<IpAddress> carried(
      Iterable<IpAddress> addresses, Set<IpAddress.Family> families) {
    List<IpAddress> carried = new ArrayList<>();
    addresses.forEach(
        a -> {
          if (families.contains(a.family())) {
            carried.add(a);
          }
        });
    return carried;
  }

  private static void claim(Map<BigInteger, Object> claims, IpAddress address, Object by) {
    claims.merge(address.mapped(), by, (a, b) -> a == b || a.equals(b) ? a : SEVERAL);
  }

  /** Every block that matters to who is where. */
  Set<Block> cuts() {
    Set<Block> cuts = new HashSet<>(NEVER_WORLD);
    known.forEach(a -> cuts.add(new Block(a, 128)));
    return cuts;
  }

  Map<BigInteger, Workload> owners() {
    return owners;
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

  /**
   * Whether a packet from outside may have this source; empty where either is safe, since the
   * address is of an attachment without a workload.
   */
  Optional<Boolean> mayComeFromWorld(Atoms atoms, int atom) {
    Block block = atoms.block(atom);
    if (block.length() == 128 && known.contains(block.first())) {
      return strangers.contains(block.first()) && !shared.contains(block.first())
          ? Optional.empty()
          : Optional.of(false);
    }
    return Optional.of(NEVER_WORLD.stream().noneMatch(b -> b.contains(block)));
  }
}
