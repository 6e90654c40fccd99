package dev.weir.compiler.fabric;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.net.IpAddress;
import dev.weir.p4runtime.info.Pipeline;

/**
 * What there is to place a policy on.
 *
 * @param switchName name of the one switch
 * @param fabricMac 48 bits: the switch's own address, which answers for every neighbour
 * @param gateways addresses that the switch answers neighbour requests for besides the workloads'
 */
public record Fabric(
    String switchName,
    Pipeline pipeline,
    long fabricMac,
    ImmutableSet<IpAddress> gateways,
    ImmutableList<Attachment> attachments) {

  /** One guarded attachment: a switch port with what is behind it. */
  public sealed interface Attachment {
    /** The switch port's number, unique in the fabric. */
    int port();

    /** 48 bits: where frames for it go. */
    long mac();

    /**
     * A workload.
     *
     * @param id {@code namespace/name}, as in the intent
     * @param sidecar name of the sidecar that serves it
     */
    record WorkloadPort(
        int port, long mac, String id, ImmutableSet<IpAddress> addresses, String sidecar)
        implements Attachment {}

    /**
     * A sidecar.
     *
     * @param number what {@code sidecar_upstream} knows it by, 1 to 65535
     * @param addresses at most one of each family
     */
    record SidecarPort(
        int port, long mac, String name, int number, ImmutableSet<IpAddress> addresses)
        implements Attachment {}

    /** The outside: passes every source that is no workload's, sidecar's or reserved address. */
    record WorldPort(int port, long mac) implements Attachment {}
  }
}
