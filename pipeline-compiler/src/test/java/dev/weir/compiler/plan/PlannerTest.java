package dev.weir.compiler.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.encode.Capabilities;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.placement.Step;
import dev.weir.compiler.simulation.Mesh;
import dev.weir.compiler.simulation.Shop;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PlannerTest {
  private static final String GET =
      """
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {name: orders, namespace: shop}
      spec:
        selector: {matchLabels: {app: orders}}
        rules:
        - from: [{source: {namespaces: [shop]}}]
          to: [{operation: {methods: [GET]}}]
      """;

  private final Targets targets = new Targets(new Capabilities(Mesh.pipeline("weir")));

  private ImmutableList<Step> reach(Compiled compiled) {
    ImmutableList<Step> steps = Planner.plan(targets.observed(), compiled.placement());
    steps.forEach(step -> targets.carryOut(step, () -> {}));
    return steps;
  }

  private static Compiled next(Shop shop, String policies) {
    return Compiler.compile(
        Shop.intent(policies), shop.fabric(), shop.compiled().allocation(), Counters.NONE);
  }

  private static Fabric with(Fabric fabric, ImmutableList<Fabric.Attachment> attachments) {
    return new Fabric(
        fabric.switchName(), fabric.pipeline(), fabric.fabricMac(), fabric.gateways(), attachments);
  }

  private static List<Step.Update> updates(List<Step> steps) {
    return steps.stream()
        .flatMap(s -> s instanceof Step.WriteSwitch w ? w.updates().stream() : null)
        .toList();
  }

  @Test
  void nothingIsDoneWhereNothingDiffers() {
    Shop shop = Shop.with(GET);
    reach(shop.compiled());

    assertThat(reach(shop.compiled())).isEmpty();
  }

  @Test
  void anEmptySwitchOpensItsGuardLast() {
    List<Step.Update> updates = updates(reach(Shop.with(GET).compiled()));

    int firstPass = -1;
    for (int i = 0; i < updates.size(); i++) {
      if (updates.get(i).entry().action().name().startsWith("pass_")) {
        firstPass = firstPass < 0 ? i : firstPass;
      } else {
        assertThat(firstPass).as("update %d after the guard opened", i).isEqualTo(-1);
      }
    }
    assertThat(firstPass).isPositive();
  }

  @Test
  void aChangeOfRequestsAloneTouchesOnlySidecars() {
    Shop shop = Shop.with(GET);
    reach(shop.compiled());

    assertThat(reach(next(shop, GET.replace("GET", "PUT"))))
        .singleElement()
        .isInstanceOf(Step.ConfigureSidecars.class);
  }

  @Test
  void sidecarsEnforceBothVersionsBeforeTheSwitchFlipsAndTheNewOneAfter() {
    Shop shop = Shop.with("");
    reach(shop.compiled());
    List<Step> steps = reach(next(shop, GET));

    assertThat(steps.getFirst()).isInstanceOf(Step.ConfigureSidecars.class);
    int flip = -1;
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i) instanceof Step.WriteSwitch w
          && w.updates().getFirst().entry().table().equals("epoch")) {
        flip = i;
      }
    }
    assertThat(flip).isPositive();
    assertThat(steps.get(flip + 1)).isInstanceOf(Step.Await.class);
    assertThat(updates(steps.subList(0, flip)))
        .filteredOn(u -> EpochEntries.TABLES.contains(u.entry().table()))
        .filteredOn(u -> u.kind() == Step.Update.Kind.INSERT)
        .allSatisfy(u -> assertThat(u.entry().key().matches()).containsKey("epoch"));
    assertThat(targets.entries().keySet())
        .allSatisfy(k -> assertThat(k.matches()).doesNotContainKey("epoch"));
  }

  @Test
  void whatStaysIsNotWritten() {
    Shop shop = Shop.with(GET);
    reach(shop.compiled());
    List<Step.Update> updates = updates(reach(next(shop, "")));

    ImmutableSet<Entry.Key> stays =
        next(shop, "").placement().entries().stream()
            .map(e -> e.entry().key())
            .filter(targets.entries()::containsKey)
            .collect(ImmutableSet.toImmutableSet());
    assertThat(updates.stream().map(u -> u.entry().key()).filter(k -> !k.isDefault()))
        .doesNotContainAnyElementsOf(stays);
  }

  @Test
  void anAddressThatMovesGetsANewGenerationAndIsClosedMeanwhile() {
    Shop shop = Shop.with("");
    reach(shop.compiled());
    int before = targets.observed().generation();
    Fabric moved =
        with(
            shop.fabric(),
            shop.fabric().attachments().stream()
                .map(
                    a ->
                        a instanceof Fabric.Attachment.WorkloadPort w && w.port() == 1
                            ? new Fabric.Attachment.WorkloadPort(
                                9, w.mac(), w.id(), w.addresses(), w.sidecar())
                            : a)
                .collect(ImmutableList.toImmutableList()));
    List<Step.Update> updates =
        updates(
            reach(
                Compiler.compile(
                    shop.intent(), moved, shop.compiled().allocation(), Counters.NONE)));

    assertThat(targets.observed().generation()).isEqualTo(before + 1);
    assertThat(updates.getFirst().kind()).isEqualTo(Step.Update.Kind.DELETE);
    assertThat(updates.getFirst().entry().action().name()).isEqualTo("pass_source");
    assertThat(updates.getLast().entry().action().name()).isEqualTo("pass_source");
  }

  @Test
  void anAddressThatLeavesTakesItsConnectionsAlong() {
    Shop shop = Shop.with("");
    reach(shop.compiled());
    assertThat(targets.observed().generation()).isZero();

    reach(
        Compiler.compile(
            shop.intent(),
            with(
                shop.fabric(),
                shop.fabric().attachments().stream()
                    .filter(a -> a.port() != 1)
                    .collect(ImmutableList.toImmutableList())),
            shop.compiled().allocation(),
            Counters.NONE));
    assertThat(targets.observed().generation()).isEqualTo(1);

    reach(shop.compiled());
    assertThat(targets.observed().generation()).isEqualTo(1);
  }

  @Test
  void generationsWrapAround() {
    Stages stages = new Stages();
    stages.newGeneration();
    Observed observed = new Observed(ImmutableMap.of(), 1, 255, ImmutableSortedMap.of());

    assertThat(updates(stages.steps(observed)).getFirst().entry())
        .isEqualTo(
            Entry.defaultAction(
                "epoch",
                Action.of(
                    "set_epoch", ImmutableMap.of("epoch", Bits.of(0), "generation", Bits.of(0)))));
  }
}
