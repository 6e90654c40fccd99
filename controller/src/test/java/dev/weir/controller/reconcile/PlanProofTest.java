package dev.weir.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.placement.Step;
import dev.weir.compiler.placement.Step.Update;
import dev.weir.compiler.plan.Observed;
import dev.weir.compiler.plan.Planner;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.Manifest;
import dev.weir.controller.device.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlanProofTest {
  private static final String PODS =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: shop}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {namespace: shop, name: frontend, labels: {app: frontend}}
      spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}
      status: {podIP: 10.77.1.1}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {namespace: shop, name: cart, labels: {app: cart}}
      spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}
      status: {podIP: 10.77.1.2}
      ---
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata: {namespace: shop, name: cart}
      spec:
        podSelector: {matchLabels: {app: cart}}
        policyTypes: [Ingress]
        ingress:
      """;

  private static Intent intent(String ingress) {
    return Resolver.resolve(
            Manifest.read((PODS + ingress).getBytes(StandardCharsets.UTF_8), false).resources())
        .intent();
  }

  private static Fabric fabric() throws IOException {
    return new Fabric(
        "s1",
        Programs.load("weir").pipeline(),
        0x0277_6569_7201L,
        ImmutableSet.of(IpAddress.parse("10.77.0.1")),
        ImmutableList.of(
            workload(1, "shop/frontend", "10.77.1.1"),
            workload(2, "shop/cart", "10.77.1.2"),
            new Attachment.SidecarPort(
                20,
                0x0200_0000_0014L,
                "sidecar-1",
                1,
                ImmutableSet.of(IpAddress.parse("10.77.200.1"))),
            new Attachment.WorldPort(30, 0x0200_0000_001eL)));
  }

  private static Attachment workload(int port, String id, String address) {
    return new Attachment.WorkloadPort(
        port, 0x0200_0000_0000L + port, id, ImmutableSet.of(IpAddress.parse(address)), "sidecar-1");
  }

  private static Placement compile(Intent intent, Fabric fabric) {
    return Compiler.compile(intent, fabric, Allocation.EMPTY, Counters.NONE).placement();
  }

  private static Observed at(Placement placement) {
    return new Observed(
        placement.entries().stream()
            .map(PlacedEntry::entry)
            .collect(ImmutableMap.toImmutableMap(e -> e.key(), e -> e.action())),
        0,
        0,
        placement.sidecars());
  }

  @Test
  void aPlanIsCarriedOutUnlessItLetsPassWhatBothVersionsDeny() throws IOException {
    Fabric fabric = fabric();
    Placement before = compile(intent("  - ports: [{port: 8080}]"), fabric);
    Intent wanted = intent("  - ports: [{port: 9090}]");
    Placement after = compile(wanted, fabric);
    Observed observed = at(before);
    ImmutableList<Step> steps = Planner.plan(observed, after, fabric.pipeline());
    assertThat(PlanProof.refusal(wanted, fabric, observed, steps, before, after)).isEmpty();

    // The default denial goes first and comes back last: in between, everything may come in.
    PlacedEntry denial =
        after.entries().stream()
            .filter(e -> e.entry().table().equals("ingress_policy"))
            .filter(e -> e.reason().equals("default-denial"))
            .findFirst()
            .orElseThrow();
    ImmutableList<Step> wrong =
        ImmutableList.<Step>builder()
            .add(write(Update.Kind.DELETE, denial))
            .addAll(steps)
            .add(write(Update.Kind.INSERT, denial))
            .build();
    Optional<String> refusal = PlanProof.refusal(wanted, fabric, observed, wrong, before, after);
    assertThat(refusal).isPresent();
    assertThat(refusal.get()).startsWith("step-allows").contains("10.77.1.2");
  }

  private static Step write(Update.Kind kind, PlacedEntry entry) {
    return new Step.WriteSwitch("a fault", ImmutableList.of(new Update(kind, entry.entry())));
  }
}
