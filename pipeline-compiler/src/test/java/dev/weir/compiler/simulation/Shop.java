package dev.weir.compiler.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resolve.Resolved;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Parsed;
import dev.weir.p4runtime.info.Pipeline;
import java.nio.charset.StandardCharsets;

/** A shop of four workloads, with policies as users write them. */
public final class Shop {
  private static final String PODS =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: shop}
      ---
      apiVersion: v1
      kind: Namespace
      metadata: {name: ops}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: frontend, namespace: shop, labels: {app: frontend}}
      spec:
        serviceAccountName: frontend
        containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]
      status: {podIP: 10.77.1.1}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: orders, namespace: shop, labels: {app: orders}}
      spec:
        serviceAccountName: orders
        containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]
      status: {podIP: 10.77.1.2}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: db, namespace: shop, labels: {app: db}}
      spec:
        serviceAccountName: db
        containers: [{name: c, ports: [{name: tcp-sql, containerPort: 5432}]}]
      status: {podIP: 10.77.1.3}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: probe, namespace: ops, labels: {app: probe}}
      spec:
        serviceAccountName: probe
        containers: [{name: c}]
      status: {podIP: 10.77.1.4}
      ---
      """;

  private final Intent intent;
  private final Fabric fabric;
  private final Compiled compiled;

  private Shop(Intent intent, Fabric fabric, Compiled compiled) {
    this.intent = intent;
    this.fabric = fabric;
    this.compiled = compiled;
  }

  public static Intent intent(String policies) {
    Parsed parsed = Manifest.read((PODS + policies).getBytes(StandardCharsets.UTF_8), false);
    assertThat(parsed.problems()).isEmpty();
    Resolved resolved = Resolver.resolve(parsed.resources());
    assertThat(resolved.problems()).isEmpty();
    return resolved.intent();
  }

  public static Shop with(Pipeline pipeline, String policies) {
    Intent intent = intent(policies);
    Fabric fabric = fabric(pipeline, intent);
    return new Shop(
        intent, fabric, Compiler.compile(intent, fabric, Allocation.EMPTY, Counters.NONE));
  }

  public static Shop with(String policies) {
    return with(Mesh.pipeline("weir"), policies);
  }

  private static Fabric fabric(Pipeline pipeline, Intent intent) {
    ImmutableList.Builder<Fabric.Attachment> attachments = ImmutableList.builder();
    int port = 1;
    for (Workload workload : intent.workloads().values()) {
      attachments.add(
          new Fabric.Attachment.WorkloadPort(
              port, 0x020000000000L + port, workload.id(), workload.addresses(), "sidecar-1"));
      port++;
    }
    attachments.add(
        new Fabric.Attachment.SidecarPort(
            20, 0x020000000020L, "sidecar-1", 1, ImmutableSet.of(IpAddress.parse("10.77.200.1"))));
    attachments.add(new Fabric.Attachment.WorldPort(30, 0x020000000030L));
    return new Fabric(
        "s1",
        pipeline,
        0x027765697201L,
        ImmutableSet.of(IpAddress.parse("10.77.0.1")),
        attachments.build());
  }

  public Intent intent() {
    return intent;
  }

  public Fabric fabric() {
    return fabric;
  }

  public Compiled compiled() {
    return compiled;
  }
}
