package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

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

  /** Who claims an address first, and which are claimed by another too. */
  private static final class Claims<T> {
    private final Map<IpAddress, T> first = new HashMap<>();
    private final Set<IpAddress> several = new HashSet<>();

    void put(IpAddress address, T by) {
      T before = first.putIfAbsent(address, by);
      if (before != null && before != by && !before.equals(by)) {
        several.add(address);
      }
    }
  }

  public static Identities of(
      Intent intent, Fabric fabric, ImmutableSet<IpAddress.Family> families) {
    Claims<Object> claims = new Claims<>();
    Claims<Fabric.Attachment> attachments = new Claims<>();
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
    claims.first.forEach(
        (address, claim) -> {
          if (!families.contains(address.family())) {
            return;
          }
          if (claims.several.contains(address) || attachments.several.contains(address)) {
            shared.add(address);
            return;
          }
          if (claim instanceof Workload w) {
            owners.put(address, w);
          }
          Fabric.Attachment at = attachments.first.get(address);
          if (at != null) {
            attached.put(address, at);
          }
        });
    return new Identities(owners.buildOrThrow(), attached.buildOrThrow(), shared.build());
  }
}
