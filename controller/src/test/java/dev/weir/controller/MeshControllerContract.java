package dev.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.weir.compiler.Counters;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.placement.Step.Update;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Parsed;
import dev.weir.compiler.resource.Problem;
import dev.weir.compiler.resource.ResourceKey;
import dev.weir.controller.TargetStatus.Kind;
import dev.weir.controller.device.DeviceProfile;
import dev.weir.controller.device.ElectionId;
import dev.weir.controller.device.Programs;
import dev.weir.controller.device.SessionState;
import dev.weir.controller.device.SwitchSession;
import dev.weir.controller.device.TestSwitch;
import dev.weir.controller.fabric.FabricSpec;
import dev.weir.controller.xds.EnvoyProcess;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds between a controller and any switch. */
abstract class MeshControllerContract {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private static final String PODS =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: shop}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {namespace: shop, name: frontend, labels: {app: frontend}}
      spec:
        serviceAccountName: frontend
        containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]
      status: {podIP: 10.77.1.1, podIPs: [{ip: 10.77.1.1}]}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {namespace: shop, name: cart, labels: {app: cart}}
      spec:
        serviceAccountName: cart
        containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]
      status: {podIP: 10.77.1.2, podIPs: [{ip: 10.77.1.2}]}
      """;

  private static final String ISOLATED =
      """
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata: {namespace: shop, name: cart}
      spec:
        podSelector: {matchLabels: {app: cart}}
        policyTypes: [Ingress]
      """;

  private static final String FROM_FRONTEND =
      """
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata: {namespace: shop, name: cart}
      spec:
        podSelector: {matchLabels: {app: cart}}
        policyTypes: [Ingress]
        ingress:
        - from: [{podSelector: {matchLabels: {app: frontend}}}]
          ports: [{port: 8080}]
      """;

  private static final String GET_ONLY =
      """
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {namespace: shop, name: cart}
      spec:
        selector: {matchLabels: {app: cart}}
        action: ALLOW
        rules:
        - to: [{operation: {methods: [GET]}}]
      """;

  private static final ResourceKey CART_POLICY = new ResourceKey("NetworkPolicy", "shop", "cart");

  @TempDir private Path directory;
  private TestSwitch device;
  private MeshController mesh;

  abstract TestSwitch create() throws Exception;

  @BeforeEach
  void start() throws Exception {
    device = create();
    device.start();
    mesh = controller();
  }

  @AfterEach
  void stop() throws Exception {
    if (mesh != null) {
      mesh.close();
    }
    if (device != null) {
      device.stop();
    }
  }

  private MeshController controller() throws Exception {
    return controller(Duration.ofHours(1));
  }

  private MeshController controller(Duration lingering) throws Exception {
    return MeshController.start(
        new ControllerConfig(
            directory.resolve("state"),
            directory.resolve("xds.sock"),
            Duration.ofSeconds(2),
            Duration.ofMillis(100),
            Duration.ofHours(1),
            lingering));
  }

  @Test
  void appliedPolicyBecomesTheEntriesOfTheSwitch() throws Exception {
    inForce(PODS);
    setFabric();
    inForce(ISOLATED);
    assertThat(held()).isEqualTo(placed()).isNotEmpty();
    inForce(FROM_FRONTEND);
    assertThat(held()).isEqualTo(placed());
    ChangeOutcome outcome = mesh.change(ImmutableList.of(new Change.Delete(CART_POLICY)), false);
    awaitSwitch(((ChangeOutcome.Accepted) outcome).revision());
    assertThat(held()).isEqualTo(placed());
  }

  @Test
  void ofTwoChangesBackToBackTheSecondIsWhatStands() throws Exception {
    inForce(PODS);
    setFabric();
    long last = 0;
    for (int i = 0; i < 10; i++) {
      last = apply(i % 2 == 0 ? ISOLATED : FROM_FRONTEND);
    }
    awaitSwitch(last);
    assertThat(held()).isEqualTo(placed());
  }

  @Test
  void restartedSwitchIsToldEverythingAgain() throws Exception {
    inForce(PODS);
    setFabric();
    inForce(FROM_FRONTEND);
    device.stop();
    await().atMost(DEADLINE).until(() -> !switchStatus(mesh.revision()).lacking().isEmpty());
    assertThat(switchStatus(mesh.revision() + 1).lacking()).contains("cannot be reached");
    device.start();
    await().atMost(DEADLINE).ignoreExceptions().until(() -> held().equals(placed()));
  }

  @Test
  void controllerThatStartsAgainKnowsItsEntriesAndResources() throws Exception {
    inForce(PODS);
    setFabric();
    inForce(FROM_FRONTEND);
    Map<Entry.Key, Action> before = held();
    StoredResource stored = mesh.get(CART_POLICY).orElseThrow();
    mesh.close();
    mesh = controller();
    awaitSwitch(mesh.revision());
    assertThat(mesh.get(CART_POLICY)).contains(stored);
    assertThat(mesh.snapshot().foreign()).isEmpty();
    assertThat(held()).isEqualTo(before).isEqualTo(placed());
  }

  @Test
  void entryOfSomeoneElseIsReportedAndLeftAlone() throws Exception {
    inForce(PODS);
    setFabric();
    inForce(ISOLATED);
    Entry theirs =
        Entry.of(
            "route",
            Map.of("address", new Match.Lpm(Bits.of(0xffff_0a63_0000L), 112)),
            0,
            Action.of(
                "forward",
                Map.of(
                    "port", Bits.of(9),
                    "destination_mac", Bits.of(1),
                    "source_mac", Bits.of(2))));
    try (SwitchSession other = session(ElectionId.at(Instant.now().plusSeconds(60)))) {
      await().atMost(DEADLINE).until(() -> other.state() instanceof SessionState.Primary);
      await()
          .atMost(DEADLINE)
          .until(() -> switchStatus(mesh.revision() + 1).lacking().contains("another controller"));
      assertThat(other.write(ImmutableList.of(new Update(Update.Kind.INSERT, theirs))).complete())
          .isTrue();
    }
    inForce(FROM_FRONTEND);
    assertThat(mesh.snapshot().foreign()).containsExactly(theirs);
    assertThat(switchStatus(mesh.revision()).lacking()).contains("not Weir's");
    assertThat(held()).containsEntry(theirs.key(), theirs.action());
    assertThat(held()).containsAllEntriesOf(placed());
  }

  @Test
  void sidecarThatIsNotThereHoldsUpNothingButWhatNeedsIt() throws Exception {
    inForce(PODS);
    setFabric();
    long revision = apply(GET_ONLY);
    TargetStatuses statuses = mesh.awaitInForce(revision, DEADLINE);
    assertThat(status(statuses, Kind.SWITCH).inForce()).isTrue();
    assertThat(status(statuses, Kind.SIDECAR).inForce()).isFalse();
    assertThat(status(statuses, Kind.SIDECAR).lacking())
        .contains("has not connected")
        .contains("denied");
    assertThat(waysToSidecars(held())).isZero();
    assertThat(waysToSidecars(placed())).isPositive();
    try (EnvoyProcess _ = sidecar()) {
      await()
          .atMost(DEADLINE)
          .untilAsserted(
              () -> assertThat(mesh.awaitInForce(revision, DEADLINE).inForce()).isTrue());
      assertThat(held()).isEqualTo(placed());
    }
    // Its end concerns no change, so nothing is closed.
    inForce(FROM_FRONTEND);
    assertThat(waysToSidecars(held())).isPositive();
  }

  @Test
  void sidecarThatRefusesIsClosedAndSaysWhy() throws Exception {
    inForce(PODS);
    setFabric();
    // It lacks the address that its listeners are to have.
    try (EnvoyProcess _ = sidecar("10.77.200.9/32")) {
      long revision = apply(GET_ONLY);
      TargetStatuses statuses = mesh.awaitInForce(revision, DEADLINE);
      assertThat(status(statuses, Kind.SWITCH).inForce()).isTrue();
      assertThat(status(statuses, Kind.SIDECAR).inForce()).isFalse();
      assertThat(status(statuses, Kind.SIDECAR).lacking()).contains("refuses", "10.77.200.1");
      assertThat(waysToSidecars(held())).isZero();
    }
  }

  @Test
  void policyWithRequestsIsInForceOnSwitchAndSidecar() throws Exception {
    inForce(PODS);
    try (EnvoyProcess envoy = sidecar()) {
      setFabric();
      long revision = apply(GET_ONLY);
      TargetStatuses statuses = mesh.awaitInForce(revision, DEADLINE);
      assertThat(statuses.inForce()).describedAs("%s", statuses).isTrue();
      assertThat(held()).isEqualTo(placed());
      assertThat(envoy.stat("listener_manager.total_listeners_active")).isPositive();
      ChangeOutcome outcome =
          mesh.change(
              ImmutableList.of(
                  new Change.Delete(new ResourceKey("AuthorizationPolicy", "shop", "cart"))),
              false);
      long without = ((ChangeOutcome.Accepted) outcome).revision();
      assertThat(mesh.awaitInForce(without, DEADLINE).inForce()).isTrue();
      assertThat(waysToSidecars(held())).isEqualTo(waysToSidecars(placed()));
      // Live connections stay where they are, for a while.
      assertThat(listeners()).isPositive();
      mesh.close();
      mesh = controller(Duration.ofMillis(300));
      await().atMost(DEADLINE).untilAsserted(() -> assertThat(listeners()).isZero());
      assertThat(mesh.awaitInForce(mesh.revision(), DEADLINE).inForce()).isTrue();
      assertThat(held()).isEqualTo(placed());
    }
  }

  private long listeners() {
    return mesh.snapshot().placement().orElseThrow().sidecars().values().stream()
        .mapToLong(sidecar -> sidecar.listeners().size())
        .sum();
  }

  @Test
  void countersOfEveryPolicyEntryAreRead() throws Exception {
    inForce(PODS);
    setFabric();
    inForce(FROM_FRONTEND);
    await()
        .atMost(DEADLINE)
        .untilAsserted(
            () -> {
              CounterReading counters = mesh.snapshot().counters();
              assertThat(counters.indexed()).containsKeys("openings", "drops");
              assertThat(counters.entries().keySet())
                  .containsAll(
                      placed().keySet().stream()
                          .filter(key -> key.table().equals("ingress_policy"))
                          .toList());
            });
  }

  @Test
  void whatSpillsForWantOfSpaceFollowsTheTraffic() throws Exception {
    inForce(PODS);
    setFabric("weir_basic");
    // 200 entries each; weir_basic has room for 256.
    inForce(manyPorts("cart") + "---\n" + manyPorts("frontend"));
    assertThat(reason("NetworkPolicy shop/cart")).isEqualTo("table-full");
    assertThat(reason("NetworkPolicy shop/frontend")).isEqualTo("header-decidable");
    long before = mesh.revision();

    mesh.rebalance(new Counters(ImmutableMap.of(rule("cart"), 10L, rule("frontend"), 10L)));
    assertThat(mesh.revision()).isEqualTo(before);
    mesh.rebalance(new Counters(ImmutableMap.of(rule("cart"), 1000L, rule("frontend"), 10L)));
    assertThat(mesh.revision()).isEqualTo(before + 1);
    awaitSwitch(mesh.revision());
    assertThat(reason("NetworkPolicy shop/cart")).isEqualTo("header-decidable");
    assertThat(reason("NetworkPolicy shop/frontend")).isEqualTo("table-full");
  }

  private static String manyPorts(String app) {
    return """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {namespace: shop, name: %s}
        spec:
          podSelector: {matchLabels: {app: %s}}
          ingress:
          - ports: [%s]
        """
        .formatted(
            app,
            app,
            IntStream.range(0, 200)
                .mapToObj(i -> "{port: " + (1000 + 2 * i) + "}")
                .collect(Collectors.joining(", ")));
  }

  private Rule.Id rule(String policy) {
    return mesh.snapshot().intent().rules().stream()
        .map(Rule::id)
        .filter(id -> id.resource().endsWith("/" + policy) && !id.path().isEmpty())
        .findFirst()
        .orElseThrow();
  }

  private String reason(String resource) {
    return mesh.snapshot().placement().orElseThrow().rules().stream()
        .filter(r -> r.id().resource().equals(resource) && !r.id().path().isEmpty())
        .map(Placement.PlacedRule::reason)
        .findFirst()
        .orElseThrow();
  }

  private EnvoyProcess sidecar() throws Exception {
    return sidecar("10.77.200.1/32");
  }

  private EnvoyProcess sidecar(String address) throws Exception {
    return EnvoyProcess.startApart(
        "sidecar-1", mesh.xdsSocket(), directory.resolve("envoy"), List.of(address));
  }

  private void setFabric() throws Exception {
    setFabric("weir");
  }

  private void setFabric(String pipeline) throws Exception {
    String json =
        """
        {"switch": {"name": "s1", "deviceId": %d, "grpc": "%s:%d", "pipeline": "%s"},
         "fabricMac": "02:77:65:69:72:01", "gateways": ["10.77.0.1"],
         "attachments": [
          {"port": 1, "mac": "02:00:00:00:00:01", "workload": "shop/frontend",
           "addresses": ["10.77.1.1"], "sidecar": "sidecar-1"},
          {"port": 2, "mac": "02:00:00:00:00:02", "workload": "shop/cart",
           "addresses": ["10.77.1.2"], "sidecar": "sidecar-1"},
          {"port": 20, "mac": "02:00:00:00:00:14", "sidecarName": "sidecar-1", "number": 1,
           "addresses": ["10.77.200.1"]}]}
        """
            .formatted(
                device.address().deviceId(),
                device.address().host(),
                device.address().port(),
                pipeline);
    FabricSpec.Read read = FabricSpec.read(new JsonMapper().readTree(json));
    assertThat(read.problems()).isEmpty();
    assertThat(mesh.setFabric(read.spec().orElseThrow())).isEmpty();
    awaitSwitch(mesh.revision());
  }

  private long apply(String yaml) {
    Parsed parsed = Manifest.read(yaml.getBytes(StandardCharsets.UTF_8), false);
    assertThat(parsed.problems()).isEmpty();
    ChangeOutcome outcome =
        mesh.change(
            parsed.resources().stream()
                .map(Change.Put::new)
                .collect(ImmutableList.toImmutableList()),
            false);
    assertThat(outcome).isInstanceOf(ChangeOutcome.Accepted.class);
    return ((ChangeOutcome.Accepted) outcome).revision();
  }

  /** Applies and waits until the switch, where there is a fabric yet, enforces it. */
  private void inForce(String yaml) throws InterruptedException {
    long revision = apply(yaml);
    if (mesh.snapshot().fabric().isPresent()) {
      awaitSwitch(revision);
    }
  }

  private void awaitSwitch(long revision) {
    await()
        .atMost(DEADLINE)
        .untilAsserted(
            () ->
                assertThat(switchStatus(revision))
                    .satisfies(status -> assertThat(status.inForce()).isTrue()));
  }

  private TargetStatus switchStatus(long revision) throws InterruptedException {
    return status(mesh.awaitInForce(revision, Duration.ZERO), Kind.SWITCH);
  }

  private static TargetStatus status(TargetStatuses statuses, Kind kind) {
    return statuses.targets().stream()
        .filter(target -> target.kind() == kind)
        .collect(Collectors.collectingAndThen(Collectors.toList(), List::getFirst));
  }

  /** What the switch holds, seen by another session than the controller's. */
  private Map<Entry.Key, Action> held() throws Exception {
    try (SwitchSession looking = session(new ElectionId(0, 1))) {
      return looking.read().entries();
    }
  }

  private SwitchSession session(ElectionId electionId) throws Exception {
    return SwitchSession.open(
        device.address(), Programs.load("weir"), DeviceProfile.BMV2, electionId, () -> {});
  }

  private Map<Entry.Key, Action> placed() {
    return mesh.snapshot().placement().orElseThrow().entries().stream()
        .map(PlacedEntry::entry)
        .collect(ImmutableMap.toImmutableMap(Entry::key, Entry::action));
  }

  private static long waysToSidecars(Map<Entry.Key, Action> entries) {
    return entries.keySet().stream().filter(key -> key.table().equals("steer")).count();
  }

  @Test
  void refusedChangeChangesNothing() throws Exception {
    inForce(PODS);
    long revision = mesh.revision();
    Parsed parsed =
        Manifest.read(
            (ISOLATED.replace("name: cart", "name: other")
                    + "---\n"
                    + PODS.split("---")[1].replace("name: frontend", "name: third"))
                .getBytes(StandardCharsets.UTF_8),
            false);
    assertThat(parsed.problems()).isEmpty();
    // A second pod with the first one's address: refused, and the policy with it.
    ChangeOutcome outcome =
        mesh.change(
            parsed.resources().stream()
                .map(Change.Put::new)
                .collect(ImmutableList.toImmutableList()),
            false);
    assertThat(outcome).isInstanceOf(ChangeOutcome.Rejected.class);
    assertThat(((ChangeOutcome.Rejected) outcome).problems())
        .extracting(Problem::code)
        .contains("shared-address");
    assertThat(mesh.revision()).isEqualTo(revision);
    assertThat(mesh.get(new ResourceKey("NetworkPolicy", "shop", "other"))).isEmpty();
  }
}
