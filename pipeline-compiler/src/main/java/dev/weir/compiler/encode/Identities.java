package dev.weir.compiler.encode;

import com.google.common.collect.HashMultimap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.SetMultimap;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;

/**
 * Whose each address is, of the families that the pipeline carries. An address that several claim
 * has no owner and is attached nowhere.
 *
 * @param owners of the workloads' addresses
 * @param attached where addresses are attached: workloads of the intent, and sidecars
 * @param shared those that several claim
 */
public record Identities(
    ImmutableSortedMap<IpAddress, Workload> owners,
    ImmutableSortedMap<IpAddress, Fabric.Attachment> attached,
    ImmutableSortedSet<IpAddress> shared) {

  public static Identities of(
      Intent intent, Fabric fabric, ImmutableSet<IpAddress.Family> families) {
    SetMultimap<IpAddress, Object> claims = HashMultimap.create();
    SetMultimap<IpAddress, Fabric.Attachment> attachments = HashMultimap.create();
    fabric.gateways().forEach(a -> claims.put(a, "gateway"));
    intent.workloads().values().forEach(w -> w.addresses().forEach(a -> claims.put(a, w)));
    for (Fabric.Attachment attachment : fabric.attachments()) {
      switch (attachment) {
        case Fabric.Attachment.WorkloadPort w -> {
          Workload workload = intent.workloads().get(w.id());
          // What is attached and not in the intent has no identity: nothing of it passes.
          for (IpAddress address : w.addresses()) {
            claims.put(address, workload == null ? w : workload);
            if (workload != null) {
              attachments.put(address, w);
            }
          }
        }
        case Fabric.Attachment.SidecarPort s ->
            s.addresses()
                .forEach(
                    a -> {
                      claims.put(a, s);
                      attachments.put(a, s);
                    });
        case Fabric.Attachment.WorldPort _ -> {}
      }
    }
    ImmutableSortedMap.Builder<IpAddress, Workload> owners = ImmutableSortedMap.naturalOrder();
    ImmutableSortedMap.Builder<IpAddress, Fabric.Attachment> attached =
        ImmutableSortedMap.naturalOrder();
    ImmutableSortedSet.Builder<IpAddress> shared = ImmutableSortedSet.naturalOrder();
    for (IpAddress address : claims.keySet()) {
      if (!families.contains(address.family())) {
        continue;
      }
      if (claims.get(address).size() > 1 || attachments.get(address).size() > 1) {
        shared.add(address);
        continue;
      }
      claims.get(address).stream()
          .filter(Workload.class::isInstance)
          .map(Workload.class::cast)
          .forEach(w -> owners.put(address, w));
      attachments.get(address).forEach(a -> attached.put(address, a));
    }
    return new Identities(owners.buildOrThrow(), attached.buildOrThrow(), shared.build());
  }
}
