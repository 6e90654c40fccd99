// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Whose each address is, as workloads and attachments come and go: {@link Identities} where no
 * address has several claimants. That is an exception where it comes about.
 */
final class LiveAddresses {
  /** Whose an address is, and where it is. */
  record Home(Optional<Workload> owner, Optional<Attachment> at) {}

  private final Set<IpAddress> gateways;
  private final Set<IpAddress.Family> families;
  private final TreeMap<String, Workload> workloads = new TreeMap<>();
  private final TreeMap<Integer, Attachment> attachments = new TreeMap<>();
  private final Map<IpAddress, Workload> claimed = new HashMap<>();
  private final Map<IpAddress, Attachment> places = new HashMap<>();
  private final Map<String, Set<Integer>> portsOf = new HashMap<>();

  /**
   * @param gateways which nobody else may be
   * @param families those that the pipeline carries
   */
  LiveAddresses(Set<IpAddress> gateways, Set<IpAddress.Family> families) {
    this.gateways = gateways;
    this.families = families;
  }

  Optional<Workload> workload(String id) {
    return Optional.ofNullable(workloads.get(id));
  }

  Optional<Attachment> attachment(int port) {
    return Optional.ofNullable(attachments.get(port));
  }

  /** Addresses that a workload has, in the intent or by its attachments. */
  Set<IpAddress> addresses(String id) {
    Set<IpAddress> all = new TreeSet<>();
    workload(id).ifPresent(w -> all.addAll(w.addresses()));
    portsOf
        .getOrDefault(id, Set.of())
        .forEach(port -> attachment(port).ifPresent(at -> all.addAll(addresses(at))));
    return all;
  }

  static Set<IpAddress> addresses(Attachment attachment) {
    return switch (attachment) {
      case Attachment.WorkloadPort w -> w.addresses();
      case Attachment.SidecarPort s -> s.addresses();
      case Attachment.WorldPort _ -> Set.of();
    };
  }

  void put(Workload workload) throws WholeException {
    workloads.put(workload.id(), workload);
    claim(workload.addresses(), workload, claimed);
  }

  private static <T> void claim(Set<IpAddress> addresses, T by, Map<IpAddress, T> claims)
      throws WholeException {
    for (IpAddress address : addresses) {
      if (claims.putIfAbsent(address, by) != null) {
        throw severalClaim(address);
      }
    }
  }

  private static WholeException severalClaim(IpAddress address) {
    return new WholeException(address + " has several claimants");
  }

  void remove(Workload workload) {
    workloads.remove(workload.id());
    workload.addresses().forEach(claimed::remove);
  }

  void put(Attachment attachment) throws WholeException {
    attachments.put(attachment.port(), attachment);
    if (attachment instanceof Attachment.WorkloadPort w) {
      portsOf.computeIfAbsent(w.id(), _ -> new HashSet<>()).add(w.port());
    }
    claim(addresses(attachment), attachment, places);
  }

  void remove(Attachment attachment) {
    attachments.remove(attachment.port());
    addresses(attachment).forEach(places::remove);
    if (attachment instanceof Attachment.WorkloadPort w) {
      portsOf.getOrDefault(w.id(), new HashSet<>()).remove(w.port());
    }
  }

  /**
   * Whose an address is.
   *
   * @throws WholeException where several claim it
   */
  Home home(IpAddress address) throws WholeException {
    Home nobodys = new Home(Optional.empty(), Optional.empty());
    if (!families.contains(address.family())) {
      return nobodys;
    }
    Optional<Workload> owner = Optional.ofNullable(claimed.get(address));
    Attachment at = places.get(address);
    if (gateways.contains(address) && (owner.isPresent() || at != null)) {
      throw severalClaim(address);
    }
    return switch (at) {
      case null -> new Home(owner, Optional.empty());
      case Attachment.WorkloadPort w -> {
        Optional<Workload> attached = workload(w.id());
        if (owner.isPresent() && !owner.equals(attached)) {
          throw severalClaim(address);
        }
        // What is attached and not in the intent has no identity: nothing of it passes.
        yield attached.isEmpty() ? nobodys : new Home(attached, Optional.of(at));
      }
      case Attachment.SidecarPort _ -> {
        if (owner.isPresent()) {
          throw severalClaim(address);
        }
        yield new Home(Optional.empty(), Optional.of(at));
      }
      case Attachment.WorldPort _ -> nobodys;
    };
  }

  /** The addresses where a workload is attached, in order, with the attachment of each. */
  Map<IpAddress, Attachment.WorkloadPort> attached(String id) {
    Map<IpAddress, Attachment.WorkloadPort> all = new TreeMap<>();
    for (int port : portsOf.getOrDefault(id, Set.of())) {
      if (attachments.get(port) instanceof Attachment.WorkloadPort w) {
        w.addresses().stream()
            .filter(a -> families.contains(a.family()))
            .forEach(a -> all.put(a, w));
      }
    }
    return all;
  }
}
