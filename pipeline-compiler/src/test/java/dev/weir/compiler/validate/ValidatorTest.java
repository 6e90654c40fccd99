package dev.weir.compiler.validate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.Pipelines;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.simulation.Mesh;
import dev.weir.p4runtime.info.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the compiler makes holds. */
final class ValidatorTest {
  @ParameterizedTest
  @ValueSource(strings = {"weir", "weir_basic", "weir_compact"})
  void sampleMeshHolds(String pipeline) throws IOException {
    Intent intent = shop();
    Fabric fabric = fabric(Mesh.pipeline(pipeline), intent);
    Placement placement =
        Compiler.compile(intent, fabric, Allocation.EMPTY, Counters.NONE).placement();
    Certificate certificate = Validator.check(intent, fabric, placement);
    assertThat(certificate.faults()).isEmpty();
    assertThat(certificate.counts().get("headers")).isGreaterThan(500);
    assertThat(certificate.counts().get("requests")).isGreaterThan(10);
    assertThat(certificate.toJson().get("holds").asBoolean()).isTrue();
  }

  @Property(tries = 150, seed = "11")
  void randomMeshesHold(@ForAll long seed) {
    holds(seed, Mesh.pipeline("weir"));
  }

  @Property(tries = 150, seed = "12")
  void randomMeshesHoldOnThePoorerPipeline(@ForAll long seed) {
    holds(seed, Mesh.pipeline("weir_basic"));
  }

  @Property(tries = 80, seed = "15")
  void randomMeshesHoldWithOneLookup(@ForAll long seed) {
    holds(seed, Mesh.pipeline("weir_compact"));
  }

  /** What does not fit into codes is steered, or denied and listed. */
  @Property(tries = 60, seed = "13")
  void randomMeshesHoldWhereCodesAreNarrow(@ForAll long seed) {
    holds(seed, Pipelines.narrow(Mesh.pipeline("weir"), 3 + Math.floorMod(seed, 12)));
    holds(seed, Pipelines.narrow(Mesh.pipeline("weir_basic"), 3 + Math.floorMod(seed, 12)));
  }

  /** Without a world, with an attachment of nobody known, with an address that two claim. */
  @Property(tries = 30, seed = "14")
  void oddFabricsHold(@ForAll long seed) {
    Intent intent = new Mesh(seed).intent(5, 4);
    Fabric whole = Mesh.fabric(Mesh.pipeline("weir"), intent.workloads().values(), true);
    holds(
        intent,
        with(
            whole,
            whole.attachments().stream()
                .filter(a -> !(a instanceof Fabric.Attachment.WorldPort))
                .toList()));
    holds(intent, with(whole, whole.attachments().stream().filter(a -> a.port() != 2).toList()));
    for (String address : List.of("10.77.40.1", "10.77.1.1")) {
      List<Fabric.Attachment> more = new ArrayList<>(whole.attachments());
      more.add(
          new Fabric.Attachment.WorkloadPort(
              40,
              0x020000000028L,
              "red/nobody",
              ImmutableSet.of(IpAddress.parse(address)),
              "sidecar-1"));
      holds(intent, with(whole, more));
    }
  }

  private static Fabric with(Fabric fabric, List<Fabric.Attachment> attachments) {
    return new Fabric(
        fabric.switchName(),
        fabric.pipeline(),
        fabric.fabricMac(),
        fabric.gateways(),
        ImmutableList.copyOf(attachments));
  }

  private static void holds(Intent intent, Fabric fabric) {
    Placement placement =
        Compiler.compile(intent, fabric, Allocation.EMPTY, Counters.NONE).placement();
    assertThat(Validator.check(intent, fabric, placement).faults()).isEmpty();
  }

  private static void holds(long seed, Pipeline pipeline) {
    Intent intent = seed % 2 == 0 ? new Mesh(seed).intent(6, 5) : Mesh.withTiers(seed).intent(5, 7);
    Fabric fabric = Mesh.fabric(pipeline, intent.workloads().values(), seed % 4 != 0);
    holds(intent, fabric);
  }

  /** The sample mesh, each pod with an address of each family. */
  static Intent shop() throws IOException {
    List<Resource> resources = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("../examples/shop"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
        for (Resource r : Manifest.read(Files.readAllBytes(file), false).resources()) {
          resources.add(r.key().kind().equals("Pod") ? addressed(r, resources.size()) : r);
        }
      }
    }
    return Resolver.resolve(resources).intent();
  }

  private static Resource addressed(Resource pod, int number) {
    ObjectNode json = pod.json().deepCopy();
    ObjectNode status = json.putObject("status");
    status.put("podIP", "10.77.1." + number);
    ArrayNode all = status.putArray("podIPs");
    all.addObject().put("ip", "10.77.1." + number);
    all.addObject().put("ip", "fd77::1:" + number);
    return new Resource(pod.key(), pod.apiVersion(), json);
  }

  static Fabric fabric(Pipeline pipeline, Intent intent) {
    ImmutableList.Builder<Fabric.Attachment> attachments = ImmutableList.builder();
    int port = 0;
    for (Workload w : intent.workloads().values()) {
      port++;
      attachments.add(
          new Fabric.Attachment.WorkloadPort(
              port, 0x020000000000L + port, w.id(), w.addresses(), "sidecar-" + (1 + port % 2)));
    }
    for (int i = 1; i <= 2; i++) {
      attachments.add(
          new Fabric.Attachment.SidecarPort(
              200 + i,
              0x020000000100L + i,
              "sidecar-" + i,
              i,
              ImmutableSet.of(
                  IpAddress.parse("10.77.200." + i), IpAddress.parse("fd77::c8:" + i))));
    }
    attachments.add(new Fabric.Attachment.WorldPort(250, 0x020000000200L));
    return new Fabric(
        "s1",
        pipeline,
        0x027765697201L,
        ImmutableSet.of(IpAddress.parse("10.77.0.1"), IpAddress.parse("fd77::1")),
        attachments.build());
  }

  @Test
  void emptyPlacementIsFoundOut() throws IOException {
    Intent intent = shop();
    Fabric fabric = fabric(Mesh.pipeline("weir"), intent);
    Placement nothing =
        new Placement(
            ImmutableList.of(), ImmutableSortedMap.of(), ImmutableList.of(), ImmutableList.of());
    assertThat(Validator.check(intent, fabric, nothing).holds()).isFalse();
  }
}
