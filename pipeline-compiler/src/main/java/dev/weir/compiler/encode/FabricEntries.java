package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.codes.CodeBook;
import dev.weir.compiler.codes.Side;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Placement.Target;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The entries that say who is where: guards, neighbours, codes, routes, and the ways of sidecars.
 */
final class FabricEntries {
  /** Sources that no world port may have, whoever is attached. */
  private static final ImmutableList<Prefix> RESERVED =
      ImmutableList.of(
          Prefix.parse("0.0.0.0/8"),
          Prefix.parse("127.0.0.0/8"),
          Prefix.parse("169.254.0.0/16"),
          Prefix.parse("224.0.0.0/4"),
          Prefix.parse("255.255.255.255/32"),
          Prefix.parse("::/128"),
          Prefix.parse("::1/128"),
          Prefix.parse("fe80::/10"),
          Prefix.parse("ff00::/8"));

  private static final Prefix IPV4_ROOT = Prefix.parse("0.0.0.0/0");

  private final Capabilities capabilities;
  private final Fabric fabric;
  private final ImmutableMap<Side, CodeBook> books;
  private final ImmutableList<Fabric.Attachment.WorldPort> world;
  private final List<PlacedEntry> entries = new ArrayList<>();

  /** Ports whose attachment's link-local address is let in. */
  private final Set<Integer> linkLocals = new HashSet<>();

  FabricEntries(Capabilities capabilities, Fabric fabric, ImmutableMap<Side, CodeBook> books) {
    this.capabilities = capabilities;
    this.fabric = fabric;
    this.books = books;
    this.world =
        fabric.attachments().stream()
            .filter(Fabric.Attachment.WorldPort.class::isInstance)
            .map(Fabric.Attachment.WorldPort.class::cast)
            .collect(ImmutableList.toImmutableList());
  }

  static ImmutableList<PlacedEntry> of(
      Capabilities capabilities,
      Fabric fabric,
      Identities identities,
      ImmutableMap<Side, CodeBook> books) {
    FabricEntries all = new FabricEntries(capabilities, fabric, books);
    Set<IpAddress> addresses = new LinkedHashSet<>(identities.attached().keySet());
    addresses.addAll(identities.owners().keySet());
    for (IpAddress address : addresses) {
      all.address(
          address,
          Optional.ofNullable(identities.owners().get(address)),
          Optional.ofNullable(identities.attached().get(address)));
    }
    all.gateways(identities.shared());
    all.world(identities.shared());
    books.forEach((side, book) -> all.blocks(side, book, identities.owners().keySet()));
    return ImmutableList.copyOf(all.entries);
  }

  /**
   * What one address brings about, that of its MAC address included.
   *
   * @param owner of the address
   * @param at where it is attached
   */
  ImmutableList<PlacedEntry> of(
      IpAddress address, Optional<Workload> owner, Optional<Fabric.Attachment> at) {
    entries.clear();
    linkLocals.clear();
    address(address, owner, at);
    return ImmutableList.copyOf(entries);
  }

  private void put(String table, Map<String, Match> matches, Action action, String reason) {
    if (capabilities.has(table)) {
      entries.add(new PlacedEntry(Entry.of(table, matches, 0, action), ImmutableList.of(), reason));
    }
  }

  private Match exact(IpAddress address) {
    return new Match.Exact(capabilities.bits(address));
  }

  /** An address as the side's workload table takes it. */
  private Match workload(Side side, IpAddress address) {
    return capabilities.oneLookup(side)
        ? capabilities.lpm(Prefix.of(address)).orElseThrow()
        : exact(address);
  }

  private ImmutableSortedMap<String, Match> lpm(String field, Prefix prefix) {
    return capabilities
        .lpm(prefix)
        .map(m -> ImmutableSortedMap.of(field, m))
        .orElse(ImmutableSortedMap.of());
  }

  private void guard(int port, Prefix prefix, String action, String reason) {
    put(
        "source_guard",
        ImmutableSortedMap.<String, Match>naturalOrder()
            .putAll(lpm("source_address", prefix))
            .put("ingress_port", new Match.Exact(Bits.of(port)))
            .buildOrThrow(),
        Action.of(action),
        reason);
  }

  private void neighbour(IpAddress address, Bits attachedPort) {
    put(
        "neighbour",
        ImmutableMap.of("target_address", exact(address)),
        Action.of(
            "answer",
            ImmutableMap.of("mac", Bits.of(fabric.fabricMac()), "attached_port", attachedPort)),
        "neighbour");
  }

  private void route(Prefix prefix, Fabric.Attachment to) {
    put(
        "route",
        lpm("address", prefix),
        Action.of(
            "forward",
            ImmutableMap.of(
                "port", Bits.of(to.port()),
                "destination_mac", Bits.of(to.mac()),
                "source_mac", Bits.of(fabric.fabricMac()))),
        "route");
  }

  /** The address that a host forms of its MAC address (RFC 4291 appendix A). */
  static IpAddress linkLocal(long mac) {
    BigInteger identifier =
        BigInteger.valueOf((mac >> 24) ^ 0x020000)
            .shiftLeft(40)
            .or(BigInteger.valueOf(0xfffe000000L))
            .or(BigInteger.valueOf(mac & 0xffffff));
    return new IpAddress(
        IpAddress.Family.IPV6, BigInteger.valueOf(0xfe80).shiftLeft(112).or(identifier));
  }

  private void address(
      IpAddress address, Optional<Workload> owner, Optional<Fabric.Attachment> at) {
    at.ifPresent(attachment -> attached(address, attachment));
    owner.ifPresent(workload -> books.forEach((side, book) -> code(side, book, address, workload)));
    world.forEach(out -> guard(out.port(), Prefix.of(address), "drop_spoofed", "not-world"));
  }

  private void attached(IpAddress address, Fabric.Attachment attachment) {
    String pass =
        attachment instanceof Fabric.Attachment.SidecarPort ? "pass_sidecar" : "pass_source";
    guard(attachment.port(), Prefix.of(address), pass, "attached");
    if (address.family() == IpAddress.Family.IPV6 && linkLocals.add(attachment.port())) {
      // Linux asks again for a neighbour from there; nothing but such probes may come.
      guard(attachment.port(), Prefix.of(linkLocal(attachment.mac())), pass, "link-local");
    }
    neighbour(address, Bits.of(attachment.port()));
    route(Prefix.of(address), attachment);
    if (attachment instanceof Fabric.Attachment.SidecarPort sidecar) {
      put(
          "source_workload",
          ImmutableMap.of("address", workload(Side.SOURCE, address)),
          Action.of("set_source_sidecar", ImmutableMap.of("sidecar", Bits.of(sidecar.number()))),
          "sidecar");
      put(
          "destination_workload",
          ImmutableMap.of("address", workload(Side.DESTINATION, address)),
          Action.of("set_destination_sidecar"),
          "sidecar");
    }
  }

  private void gateways(Set<IpAddress> shared) {
    Bits nobody = capabilities.largest("answer", "attached_port");
    for (IpAddress gateway : fabric.gateways()) {
      if (capabilities.families().contains(gateway.family()) && !shared.contains(gateway)) {
        neighbour(gateway, nobody);
        world.forEach(out -> guard(out.port(), Prefix.of(gateway), "drop_spoofed", "not-world"));
      }
    }
  }

  private void world(Set<IpAddress> shared) {
    // Of several ways out the one at the smallest port is taken; all of them lead in.
    int first = world.stream().mapToInt(Fabric.Attachment::port).min().orElse(0);
    for (Fabric.Attachment.WorldPort out : world) {
      for (IpAddress.Family family : capabilities.families()) {
        Prefix all = family == IpAddress.Family.IPV4 ? IPV4_ROOT : Prefix.parse("::/0");
        guard(out.port(), all, "pass_source", "world");
        if (out.port() == first) {
          route(all, out);
        }
      }
      for (Prefix reserved : RESERVED) {
        if (capabilities.families().contains(reserved.address().family())) {
          guard(out.port(), reserved, "drop_spoofed", "reserved");
        }
      }
      shared.forEach(a -> guard(out.port(), Prefix.of(a), "drop_spoofed", "shared-address"));
    }
  }

  private void code(Side side, CodeBook book, IpAddress address, Workload owner) {
    // With one lookup an address has its whole code at its longest prefix.
    boolean merged = capabilities.oneLookup(side);
    put(
        side.word() + "_workload",
        ImmutableMap.of("address", workload(side, address)),
        set(
            "set_" + side.word(),
            new Bits(
                merged
                    ? book.workloadCode(owner).or(book.blockCode(address))
                    : book.workloadCode(owner))),
        merged ? "merged-lookup" : "identity");
  }

  private void blocks(Side side, CodeBook book, Set<IpAddress> owned) {
    boolean merged = capabilities.oneLookup(side);
    ImmutableSortedMap<Prefix, BigInteger> blocks = book.blockCodes();
    String table = side.word() + (merged ? "_workload" : "_block");
    String action = merged ? "set_" + side.word() : "add_" + side.word() + "_block";
    String reason = merged ? "merged-lookup" : "block";
    blocks.forEach(
        (block, code) -> {
          // A block of one address alone is in its workload's code already.
          boolean whole =
              merged
                  && block.length() == block.address().family().width()
                  && owned.contains(block.address());
          if (!whole) {
            put(table, lpm("address", block), set(action, new Bits(code)), reason);
          }
        });
    // IPv4 lies within these blocks of the 128-bit space, and is in none of them.
    if (!blocks.containsKey(IPV4_ROOT)
        && blocks.keySet().stream()
            .anyMatch(
                b ->
                    b.address().family() == IpAddress.Family.IPV6
                        && b.length() <= 80
                        && b.address().value().signum() == 0)) {
      put(table, lpm("address", IPV4_ROOT), set(action, Bits.ZERO), reason);
    }
  }

  private static Action set(String action, Bits code) {
    return Action.of(action, ImmutableMap.of("code0", code, "code1", code));
  }

  /** The ways to and from listeners, and what sidecars may open. */
  static ImmutableList<PlacedEntry> sidecars(
      Capabilities capabilities,
      Fabric fabric,
      Iterable<SidecarConfig> configurations,
      ImmutableList<Steering.Steered> steered) {
    ImmutableList.Builder<PlacedEntry> entries = ImmutableList.builder();
    steered.forEach(s -> entries.add(steer(capabilities, s)));
    Map<String, Fabric.Attachment.SidecarPort> ports = new HashMap<>();
    for (Fabric.Attachment attachment : fabric.attachments()) {
      if (attachment instanceof Fabric.Attachment.SidecarPort sidecar) {
        ports.put(sidecar.name(), sidecar);
      }
    }
    for (SidecarConfig configuration : configurations) {
      entries.addAll(
          sidecar(
              capabilities, configuration, Optional.ofNullable(ports.get(configuration.name()))));
    }
    return entries.build();
  }

  /** The way to an endpoint's listeners. */
  static PlacedEntry steer(Capabilities capabilities, Steering.Steered s) {
    return fabricEntry(
        Entry.of(
            "steer",
            ImmutableMap.of(
                "address", new Match.Exact(capabilities.bits(s.endpoint().address())),
                "protocol", new Match.Exact(Bits.of(6)),
                "port", new Match.Exact(Bits.of(s.endpoint().port().number()))),
            0,
            Action.of(
                "steer_to",
                ImmutableMap.of(
                    "address", capabilities.bits(s.via().address()),
                    "first_port", Bits.of(s.firstPort())))),
        "steer");
  }

  /** The ways back from a sidecar's listeners, and what it may open. */
  static ImmutableList<PlacedEntry> sidecar(
      Capabilities capabilities,
      SidecarConfig configuration,
      Optional<Fabric.Attachment.SidecarPort> port) {
    ImmutableList.Builder<PlacedEntry> entries = ImmutableList.builder();
    for (Listener listener : configuration.listeners()) {
      entries.add(
          fabricEntry(
              Entry.of(
                  "unsteer",
                  ImmutableMap.of(
                      "listener_address",
                      new Match.Exact(capabilities.bits(listener.address())),
                      "listener_port",
                      new Match.Exact(Bits.of(listener.port()))),
                  0,
                  Action.of(
                      "unsteer_to",
                      ImmutableMap.of(
                          "address", capabilities.bits(listener.target().address()),
                          "port", Bits.of(listener.target().port())))),
              "steer"));
    }
    port.ifPresent(sidecar -> upstreams(capabilities, sidecar, configuration, entries));
    return entries.build();
  }

  private static void upstreams(
      Capabilities capabilities,
      Fabric.Attachment.SidecarPort sidecar,
      SidecarConfig configuration,
      ImmutableList.Builder<PlacedEntry> entries) {
    for (Target target : configuration.upstreams()) {
      entries.add(
          new PlacedEntry(
              Entry.of(
                  "sidecar_upstream",
                  ImmutableMap.of(
                      "sidecar", new Match.Exact(Bits.of(sidecar.number())),
                      "address", new Match.Exact(capabilities.bits(target.address())),
                      "protocol", new Match.Exact(Bits.of(6)),
                      "port", new Match.Exact(Bits.of(target.port()))),
                  1,
                  Action.of("allow_upstream")),
              configuration.listeners().stream()
                  .filter(l -> opens(l, target))
                  .flatMap(l -> l.rules().stream())
                  .distinct()
                  .sorted()
                  .collect(ImmutableList.toImmutableList()),
              "upstream"));
    }
  }

  private static boolean opens(Listener listener, Target target) {
    return listener.target().equals(target)
        || listener.delegation().stream()
            .anyMatch(d -> d.targets(target.address().family()).contains(target));
  }

  private static PlacedEntry fabricEntry(Entry entry, String reason) {
    return new PlacedEntry(entry, ImmutableList.of(), reason);
  }
}
