package dev.weir.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.encode.Capabilities;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.simulation.Mesh;
import dev.weir.compiler.simulation.Network;
import dev.weir.compiler.simulation.Policy;
import dev.weir.compiler.simulation.Request;
import dev.weir.p4runtime.info.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Entries and listeners together decide as the rules do, one by one. */
final class CompilerPropertyTest {
  private static final Pipeline WEIR = Mesh.pipeline("weir");
  private static final Pipeline BASIC = Mesh.pipeline("weir_basic");

  /** Undeclared ports are asked without a request, and so lose nothing. */
  private static List<Placement.Denied> onDeclaredPorts(Placement placement) {
    return placement.exceptions().stream()
        .filter(d -> !d.reason().equals("not-steerable"))
        .toList();
  }

  @Property(tries = 150, seed = "1")
  void placementDecidesAsTheRulesDo(@ForAll long seed) {
    Mesh mesh = Mesh.mixed(seed);
    Intent intent = mesh.intent(5, 4);
    Placement placement = compile(WEIR, intent, Allocation.EMPTY).placement();
    assertThat(onDeclaredPorts(placement)).isEmpty();
    agrees(WEIR, intent, placement, true);
  }

  @Property(tries = 100, seed = "2")
  void poorerPipelineDecidesAsTheRulesDoOrTighterWhereItSaysSo(@ForAll long seed) {
    Mesh mesh = Mesh.mixed(seed);
    Intent intent = mesh.intent(5, 4);
    Placement placement = compile(BASIC, intent, Allocation.EMPTY).placement();
    agrees(BASIC, intent, placement, onDeclaredPorts(placement).isEmpty());
  }

  @Property(tries = 60, seed = "3")
  void compileUnderAnOldAllocationDecidesAlike(@ForAll long seed) {
    Mesh mesh = Mesh.mixed(seed);
    Allocation allocation = Allocation.EMPTY;
    for (int i = 0; i < 3; i++) {
      Intent intent = mesh.intent(4, 4);
      Compiled compiled = compile(WEIR, intent, allocation);
      agrees(WEIR, intent, compiled.placement(), true);
      allocation = Allocation.fromJson(compiled.allocation().toJson());
      assertThat(allocation).isEqualTo(compiled.allocation());
      assertThat(compile(WEIR, intent, allocation).placement()).isEqualTo(compiled.placement());
    }
  }

  @Property(tries = 80, seed = "4")
  void manyRequestRulesMeetExactly(@ForAll long seed) {
    Mesh mesh = Mesh.mixed(seed);
    Intent intent = new Intent(mesh.workloads(4), mesh.authorizationRules(5));
    Placement placement = compile(WEIR, intent, Allocation.EMPTY).placement();
    assertThat(onDeclaredPorts(placement)).isEmpty();
    agrees(WEIR, intent, placement, true);
  }

  @Property(tries = 80, seed = "5")
  void narrowCodesSteerAndStayExactWhereverASidecarCanDecide(@ForAll long seed) {
    Pipeline narrow = Pipelines.narrow(seed % 2 == 0 ? WEIR : BASIC, 5);
    Intent intent = Mesh.mixed(seed).intent(4, 4);
    Placement placement = compile(narrow, intent, Allocation.EMPTY).placement();
    agrees(narrow, intent, placement, false);
  }

  @Property(tries = 80, seed = "6")
  void smallTablesSpillAndStayExactWhereverASidecarCanDecide(@ForAll long seed) {
    Pipeline small =
        Pipelines.policyTables(seed % 2 == 0 ? WEIR : BASIC, 3 + Math.floorMod(seed, 6));
    Intent intent = Mesh.mixed(seed).intent(4, 5);
    Placement placement = compile(small, intent, Allocation.EMPTY).placement();
    agrees(small, intent, placement, false);
  }

  private static Compiled compile(Pipeline pipeline, Intent intent, Allocation allocation) {
    Fabric fabric = Mesh.fabric(pipeline, intent.workloads().values(), true);
    return Compiler.compile(intent, fabric, allocation, Counters.NONE);
  }

  static void agrees(Pipeline pipeline, Intent intent, Placement placement, boolean exactly) {
    Capabilities capabilities = new Capabilities(pipeline);
    Network network =
        new Network(
            capabilities,
            placement.entries().stream().map(PlacedEntry::entry).toList(),
            0,
            placement.sidecars().values());
    Policy policy = new Policy(intent);
    List<IpAddress> inside =
        intent.workloads().values().stream().flatMap(w -> w.addresses().stream()).toList();
    List<IpAddress> all = new ArrayList<>(inside);
    all.addAll(Mesh.WORLD);
    for (IpAddress from : all) {
      for (IpAddress to : all) {
        if (from.family() != to.family() || !capabilities.families().contains(to.family())) {
          continue;
        }
        for (int port : List.of(80, 8080, 9000, 9001, 52, 7)) {
          List<Optional<Request>> requests = new ArrayList<>();
          Optional<Workload.Port> declared = policy.declared(to, port);
          if (declared.isPresent() && declared.get().application() != Workload.Application.OPAQUE) {
            Request.SAMPLES.forEach(r -> requests.add(Optional.of(r)));
          }
          if (declared.isEmpty() || declared.get().application() != Workload.Application.HTTP) {
            requests.add(Optional.empty());
          }
          for (Optional<Request> request : requests) {
            check(policy, network, from, to, 6, port, request, exactly || declared.isPresent());
          }
        }
        check(policy, network, from, to, 17, 53, Optional.empty(), exactly);
        check(policy, network, from, to, 17, 9000, Optional.empty(), exactly);
        check(policy, network, from, to, 1, 0, Optional.empty(), exactly);
      }
    }
  }

  private static void check(
      Policy policy,
      Network network,
      IpAddress from,
      IpAddress to,
      int protocol,
      int port,
      Optional<Request> request,
      boolean exactly) {
    boolean expected = policy.allows(from, to, protocol, port, request);
    boolean actual = network.allows(from, to, protocol, port, request);
    if (exactly ? actual != expected : actual && !expected) {
      assertThat(actual)
          .as(
              "%s to %s protocol %d port %d %s: %s",
              from, to, protocol, port, request, network.walk(from, to, protocol, port))
          .isEqualTo(expected);
    }
  }
}
