package dev.weir.app.offline;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.p4runtime.info.Pipeline;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A fabric on paper: all workloads, their sidecars and the world at one switch. */
final class OfflineFabric {
  /** Port numbers have nine bits in Weir's pipelines. Above this, workloads share ports. */
  private static final int WORKLOAD_PORTS = 400;

  private static final int SIDECAR_PORTS = 100;
  private static final int WORLD = WORKLOAD_PORTS + SIDECAR_PORTS + 1;

  /** A sidecar has room for some 350 endpoint ports of 64 listeners each (10000 to 32767). */
  private static final int ENDPOINTS_PER_SIDECAR = 300;

  private static final long MAC = 0x027765000000L;
  private static final long SWITCH_MAC = 0x027765697201L;

  private OfflineFabric() {}

  /**
   * Attaches every workload that has addresses.
   *
   * @param asked addresses that have another meaning, so that no sidecar may have them
   */
  static Fabric of(Intent intent, Pipeline pipeline, Set<IpAddress> asked) {
    Set<IpAddress> taken = new HashSet<>(asked);
    intent.workloads().values().forEach(w -> taken.addAll(w.addresses()));
    List<Attachment> attachments = new ArrayList<>();
    int number = 1;
    int endpoints = 0;
    int place = 0;
    for (Workload workload : intent.workloads().values()) {
      if (workload.addresses().isEmpty()) {
        continue;
      }
      int own = endpoints(workload);
      if (endpoints > 0 && endpoints + own > ENDPOINTS_PER_SIDECAR) {
        number++;
        endpoints = 0;
      }
      endpoints += own;
      int port = 1 + place % WORKLOAD_PORTS;
      attachments.add(
          new Attachment.WorkloadPort(
              port,
              MAC + 0x10000 + place,
              workload.id(),
              ImmutableSet.copyOf(workload.addresses()),
              sidecar(number)));
      place++;
    }
    for (int i = 1; i <= number; i++) {
      int port = WORKLOAD_PORTS + 1 + (i - 1) % SIDECAR_PORTS;
      attachments.add(
          new Attachment.SidecarPort(port, MAC + i, sidecar(i), i, freeAddresses(taken)));
    }
    attachments.add(new Attachment.WorldPort(WORLD, MAC));
    return new Fabric(
        "s1", pipeline, SWITCH_MAC, ImmutableSet.of(), ImmutableList.copyOf(attachments));
  }

  private static int endpoints(Workload workload) {
    return Math.toIntExact(
        workload.addresses().size()
            * workload.ports().stream().filter(p -> p.protocol() == Protocol.TCP).count());
  }

  private static String sidecar(int number) {
    return "sidecar-" + number;
  }

  /** Of the blocks for benchmarks (RFC 2544, RFC 5180), where nobody has business. */
  private static ImmutableSet<IpAddress> freeAddresses(Set<IpAddress> taken) {
    for (int i = 1; i < 0x10000; i++) {
      IpAddress ipv4 = IpAddress.parse("198.19." + (i >> 8) + "." + (i & 255));
      IpAddress ipv6 = IpAddress.parse("2001:2::" + Integer.toHexString(i));
      if (!taken.contains(ipv4) && !taken.contains(ipv6)) {
        taken.add(ipv4);
        taken.add(ipv6);
        return ImmutableSet.of(ipv4, ipv6);
      }
    }
    throw Refused.of(
        "fabric-too-large",
        "",
        "no address is left for a sidecar in 198.19.0.0/16 and 2001:2::/112",
        "move the workloads out of these blocks for benchmarks");
  }
}
