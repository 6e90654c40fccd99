package dev.weir.controller.fabric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resource.Problem;
import dev.weir.p4runtime.info.Pipeline;
import java.util.Optional;

/**
 * One switch and what is attached to it, as read from JSON. Values that this type holds are
 * consistent: ports, addresses and sidecar numbers are unique, and every workload's sidecar is
 * attached.
 *
 * @param json what it was read from; not to be changed by anyone who holds it
 */
public record FabricSpec(
    Switch device,
    long fabricMac,
    ImmutableSet<IpAddress> gateways,
    ImmutableList<Fabric.Attachment> attachments,
    ObjectNode json) {

  /**
   * The switch.
   *
   * @param deviceId P4Runtime's
   * @param host a loopback address: the connection is not encrypted
   * @param port of its P4Runtime server
   * @param pipeline which of Weir's pipelines it is to run, as in {@code weir}
   */
  public record Switch(String name, long deviceId, String host, int port, String pipeline) {}

  /**
   * What reading gives: a fabric or its problems.
   *
   * @param spec empty where there is any problem
   */
  public record Read(Optional<FabricSpec> spec, ImmutableList<Problem> problems) {}

  /** Reads {@code json}. Strict: what is not known is refused with its path. */
  public static Read read(JsonNode json) {
    return new FabricReader().read(json);
  }

  /** The fabric as the compiler takes it, with the switch's pipeline. */
  public Fabric fabric(Pipeline pipeline) {
    return new Fabric(device.name(), pipeline, fabricMac, gateways, attachments);
  }
}
