package dev.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.UnplaceableException;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.ResourceKey;
import dev.weir.controller.device.Programs;
import dev.weir.controller.store.MeshState;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * A placement that does what the intent says, of an intent that is not what the resources say. The
 * proof cannot see it; the sample put to the standards' text does.
 */
class StandardsTest {
  private static final String RESOURCES =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: shop}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {namespace: shop, name: cart, labels: {app: cart}}
      spec:
        containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]
      status: {podIP: 10.77.1.1}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {namespace: shop, name: client, labels: {app: client}}
      spec: {containers: [{name: c, image: i}]}
      status: {podIP: 10.77.1.2}
      ---
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata: {namespace: shop, name: cart}
      spec:
        podSelector: {matchLabels: {app: cart}}
        ingress:
        - from:
          - ipBlock: {cidr: 10.0.0.0/8, except: [10.9.0.0/16]}
          ports: [{port: 8080}, {protocol: UDP, port: 5353}]
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {namespace: shop, name: no-admin}
      spec:
        selector: {matchLabels: {app: cart}}
        action: DENY
        rules:
        - to: [{operation: {paths: [/admin*]}}]
      """;

  private final List<Resource> resources =
      Manifest.read(RESOURCES.getBytes(StandardCharsets.UTF_8), false).resources();
  private final Intent intent = Resolver.resolve(resources).intent();

  @Test
  void whatIsReadRightlyIsRolledOut() throws Exception {
    prove(intent);
  }

  @Test
  void anExceptionThatIsNotReadIsFound() {
    refuses(
        rule ->
            with(
                rule,
                new Selector(
                    rule.source().tests().stream()
                        .filter(test -> !(test instanceof Selector.Test.NotInBlocks))
                        .collect(ImmutableList.toImmutableList())),
                rule.request()),
        "from=10.9.");
  }

  @Test
  void aDenialThatIsReadTooNarrowIsFound() {
    refuses(
        rule ->
            rule.effect() == Rule.Effect.DENY
                ? with(
                    rule,
                    rule.source(),
                    new RequestExpr.Path(new RequestExpr.StringMatch.Exact("/admin")))
                : rule,
        "path=/admin");
  }

  @Test
  void aRangeThatIsReadTooWideIsFound() {
    refuses(
        rule ->
            rule.port() instanceof Rule.PortMatch.Numbers(var protocol, int first, int last)
                    && first == 5353
                ? new Rule(
                    rule.id(),
                    rule.layer(),
                    rule.effect(),
                    rule.source(),
                    rule.destination(),
                    new Rule.PortMatch.Numbers(protocol, first, last + 1),
                    rule.request(),
                    true)
                : rule,
        "port=5354");
  }

  private void refuses(UnaryOperator<Rule> misread, String witness) {
    Intent wrong =
        new Intent(
            intent.workloads(),
            intent.rules().stream().map(misread).collect(ImmutableList.toImmutableList()));
    assertThat(wrong).isNotEqualTo(intent);
    assertThatThrownBy(() -> prove(wrong))
        .isInstanceOfSatisfying(
            UnplaceableException.class,
            e -> assertThat(e.code()).isEqualTo("looser-than-standards"))
        .hasMessageContaining(witness);
  }

  private static Rule with(Rule rule, Selector source, RequestExpr request) {
    return new Rule(
        rule.id(),
        rule.layer(),
        rule.effect(),
        source,
        rule.destination(),
        rule.port(),
        request,
        rule.withoutHttp(),
        rule.order(),
        rule.authorizer());
  }

  private void prove(Intent compiled) throws Exception {
    Fabric fabric = fabric();
    Placement placement =
        Compiler.compile(compiled, fabric, Allocation.EMPTY, Counters.NONE).placement();
    ImmutableSortedMap.Builder<ResourceKey, StoredResource> stored =
        ImmutableSortedMap.naturalOrder();
    for (Resource resource : resources) {
      stored.put(resource.key(), new StoredResource(resource, 1, "uid", Instant.EPOCH));
    }
    Preparation.prove(
        MeshState.EMPTY,
        new MeshState(1, stored.buildOrThrow(), Optional.empty(), Allocation.EMPTY),
        compiled,
        fabric,
        placement);
  }

  private Fabric fabric() throws Exception {
    List<Attachment> attachments = new ArrayList<>();
    intent
        .workloads()
        .values()
        .forEach(
            workload ->
                attachments.add(
                    new Attachment.WorkloadPort(
                        attachments.size() + 1,
                        0x0200_0000_0001L + attachments.size(),
                        workload.id(),
                        ImmutableSet.copyOf(workload.addresses()),
                        "sidecar-1")));
    attachments.add(
        new Attachment.SidecarPort(
            101, 0x0200_0000_0101L, "sidecar-1", 1, ImmutableSet.of(IpAddress.parse("10.78.0.1"))));
    attachments.add(new Attachment.WorldPort(200, 0x0200_0000_0200L));
    return new Fabric(
        "s1",
        Programs.load("weir").pipeline(),
        0x0277_6569_7201L,
        ImmutableSet.of(),
        ImmutableList.copyOf(attachments));
  }
}
