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
 * address has several claimants.
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

  /** False where an address has another claimant. */
  boolean put(Workload workload) {
    workloads.put(workload.id(), workload);
    return workload.addresses().stream().allMatch(a -> claimed.putIfAbsent(a, workload) == null);
  }

  void remove(Workload workload) {
    workloads.remove(workload.id());
    workload.addresses().forEach(claimed::remove);
  }

  /** False where an address has another claimant. */
  boolean put(Attachment attachment) {
    attachments.put(attachment.port(), attachment);
    if (attachment instanceof Attachment.WorkloadPort w) {
      portsOf.computeIfAbsent(w.id(), _ -> new HashSet<>()).add(w.port());
    }
    return addresses(attachment).stream().allMatch(a -> places.putIfAbsent(a, attachment) == null);
  }

  void remove(Attachment attachment) {
    attachments.remove(attachment.port());
    addresses(attachment).forEach(places::remove);
    if (attachment instanceof Attachment.WorkloadPort w) {
      portsOf.getOrDefault(w.id(), new HashSet<>()).remove(w.port());
    }
  }

  /** Empty where several claim the address. */
  Optional<Home> home(IpAddress address) {
    Home nobodys = new Home(Optional.empty(), Optional.empty());
    if (!families.contains(address.family())) {
      return Optional.of(nobodys);
    }
    Optional<Workload> owner = Optional.ofNullable(claimed.get(address));
    Attachment at = places.get(address);
    if (gateways.contains(address) && (owner.isPresent() || at != null)) {
      return Optional.empty();
    }
    return switch (at) {
      case null -> Optional.of(new Home(owner, Optional.empty()));
      case Attachment.WorkloadPort w -> {
        Optional<Workload> attached = workload(w.id());
        if (owner.isPresent() && !owner.equals(attached)) {
          yield Optional.empty();
        }
        // What is attached and not in the intent has no identity: nothing of it passes.
        yield Optional.of(attached.isEmpty() ? nobodys : new Home(attached, Optional.of(at)));
      }
      case Attachment.SidecarPort _ ->
          owner.isPresent()
              ? Optional.empty()
              : Optional.of(new Home(Optional.empty(), Optional.of(at)));
      case Attachment.WorldPort _ -> Optional.of(nobodys);
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
