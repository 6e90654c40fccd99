package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.codes.CodeBook;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * One address and declared TCP port of an attached workload.
 *
 * @param name {@code namespace/name:port}, with {@code #i} for further addresses of one family
 * @param code of the address as a destination
 * @param via what stands in for it; empty where there is none of its family
 */
record Endpoint(
    String name,
    Workload workload,
    Workload.Port port,
    IpAddress address,
    BigInteger code,
    Optional<Via> via) {

  /** A sidecar with the address of the endpoint's family. */
  record Via(Fabric.Attachment.SidecarPort sidecar, IpAddress address) {}

  /** Whether something may be steered here for a request. */
  boolean steerable(Opaque opaque) {
    return via.isPresent() && !(Opaque.opaque(port) && opaque.decided(port.number()));
  }

  Placement.Target target() {
    return new Placement.Target(address, port.number());
  }

  static ImmutableList<Endpoint> all(
      Identities identities, Fabric fabric, CodeBook destinations, boolean steers) {
    Map<String, Fabric.Attachment.SidecarPort> sidecars = new HashMap<>();
    for (Fabric.Attachment attachment : fabric.attachments()) {
      if (attachment instanceof Fabric.Attachment.SidecarPort s && steers) {
        sidecars.put(s.name(), s);
      }
    }
    List<Endpoint> endpoints = new ArrayList<>();
    Map<String, Integer> ordinals = new HashMap<>();
    identities
        .attached()
        .forEach(
            (address, attachment) -> {
              Workload workload = identities.owners().get(address);
              if (attachment instanceof Fabric.Attachment.WorkloadPort at && workload != null) {
                Optional<Via> via =
                    Optional.ofNullable(sidecars.get(at.sidecar()))
                        .flatMap(s -> via(s, address.family(), identities.attached()::containsKey));
                int ordinal = ordinals.merge(at.id() + address.family(), 1, Integer::sum);
                endpoints.addAll(
                    of(
                        at.id(),
                        ordinal,
                        workload,
                        address,
                        destinations.code(workload, address),
                        via));
              }
            });
    return ImmutableList.copyOf(endpoints);
  }

  /**
   * The endpoints at one address.
   *
   * @param id of the attached workload
   * @param ordinal of the address among its addresses of one family, from 1
   */
  static ImmutableList<Endpoint> of(
      String id,
      int ordinal,
      Workload workload,
      IpAddress address,
      BigInteger code,
      Optional<Via> via) {
    ImmutableList.Builder<Endpoint> endpoints = ImmutableList.builder();
    for (Workload.Port port : tcpPorts(workload)) {
      endpoints.add(
          new Endpoint(
              id + ":" + port.number() + (ordinal > 1 ? "#" + ordinal : ""),
              workload,
              port,
              address,
              code,
              via));
    }
    return endpoints.build();
  }

  /**
   * What stands in for addresses of a family.
   *
   * @param attached whether the sidecar's address is attached
   */
  static Optional<Via> via(
      Fabric.Attachment.SidecarPort sidecar,
      IpAddress.Family family,
      Predicate<IpAddress> attached) {
    return sidecar.addresses().stream()
        .filter(a -> a.family() == family && attached.test(a))
        .findFirst()
        .map(a -> new Via(sidecar, a));
  }

  /** One per number; a number that is declared twice is opaque if either says so. */
  private static Iterable<Workload.Port> tcpPorts(Workload workload) {
    Map<Integer, Workload.Port> ports = new TreeMap<>();
    for (Workload.Port port : workload.ports()) {
      if (port.protocol() == Protocol.TCP) {
        ports.merge(port.number(), port, (a, b) -> Opaque.opaque(b) ? b : a);
      }
    }
    return ports.values();
  }
}
