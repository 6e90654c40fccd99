// SPDX-License-Identifier: Apache-2.0
package dev.weir.bench.cluster;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.p4runtime.info.Pipeline;
import java.util.ArrayList;
import java.util.List;

/** Attaches a cluster's workloads: a port each, a sidecar for every hundred, and the world. */
public final class Fabrics {
  private static final long FIRST_MAC = 0x020000000000L;
  private static final int FIRST_PORT = 1;

  /** Bits that number every attachment of the largest cluster. */
  private static final int PORT_WIDTH = 24;

  private Fabrics() {}

  /**
   * The pipeline with tables that hold the cluster and ports that number its attachments, which a
   * BMv2 program's 9 bits do not. What it can match stays as it is.
   */
  public static Pipeline wide(Pipeline pipeline) {
    return new Pipeline(
        pipeline.name(),
        ImmutableMap.copyOf(Maps.transformValues(pipeline.tables(), Fabrics::wide)),
        ImmutableMap.copyOf(Maps.transformValues(pipeline.actions(), Fabrics::wide)));
  }

  private static Pipeline.Table wide(Pipeline.Table t) {
    return new Pipeline.Table(
        t.id(),
        t.name(),
        ImmutableMap.copyOf(
            Maps.transformValues(
                t.fields(),
                f ->
                    f.name().equals("ingress_port")
                        ? new Pipeline.Field(f.id(), f.name(), PORT_WIDTH, f.kind())
                        : f)),
        ImmutableMap.copyOf(Maps.transformValues(t.actions(), Fabrics::wide)),
        ImmutableMap.copyOf(Maps.transformValues(t.defaultOnly(), Fabrics::wide)),
        Math.max(t.size(), t.size() == 1 ? 1 : 1 << 22),
        t.constant(),
        t.hasDirectCounter());
  }

  private static Pipeline.ActionInfo wide(Pipeline.ActionInfo action) {
    return new Pipeline.ActionInfo(
        action.id(),
        action.name(),
        action.otherNames(),
        ImmutableMap.copyOf(
            Maps.transformValues(
                action.params(),
                p ->
                    p.name().equals("port") && p.width() == 9 || p.name().equals("attached_port")
                        ? new Pipeline.Param(p.id(), p.name(), PORT_WIDTH)
                        : p)));
  }

  /** Where the workloads of {@code intent} are attached. */
  public static Fabric of(Intent intent, Pipeline pipeline) {
    List<Attachment> attachments = new ArrayList<>();
    int number = 0;
    for (Workload workload : intent.workloads().values()) {
      attachments.add(workload(workload, number++));
    }
    int sidecars = number / Cluster.PODS_PER_NODE + 1;
    for (int s = 0; s < sidecars; s++) {
      attachments.add(
          new Attachment.SidecarPort(
              FIRST_PORT + 2_000_000 + s,
              FIRST_MAC + 2_000_000 + s,
              "sidecar-" + s,
              s + 1,
              ImmutableSet.of(
                  IpAddress.parse("100.64." + (s >> 8) + "." + (s & 255)),
                  IpAddress.parse("fd00:64::" + Integer.toHexString(s + 1)))));
    }
    attachments.add(new Attachment.WorldPort(FIRST_PORT + 3_000_000, FIRST_MAC + 3_000_000));
    return new Fabric(
        "s1",
        pipeline,
        FIRST_MAC + 0xffffff,
        ImmutableSet.of(IpAddress.parse("100.65.0.1")),
        ImmutableList.copyOf(attachments));
  }

  /** The attachment of the workload with this number. */
  public static Attachment.WorkloadPort workload(Workload workload, int number) {
    return workload(workload, number, "sidecar-" + number / Cluster.PODS_PER_NODE);
  }

  /** The same, served by the sidecar of that name. */
  public static Attachment.WorkloadPort workload(Workload workload, int number, String sidecar) {
    return new Attachment.WorkloadPort(
        FIRST_PORT + number,
        FIRST_MAC + number,
        workload.id(),
        ImmutableSet.copyOf(workload.addresses()),
        sidecar);
  }
}
