package dev.weir.controller.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.rpc.Status;
import dev.weir.compiler.envoy.EnvoyResources;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The delta protocol, message by message (xDS v3, "Incremental xDS"). */
final class DeltaStreamTest {
  private final DeltaStream stream = new DeltaStream();

  @Test
  void whatIsReferredToIsToldFirstAndRemovedLast() {
    Snapshot full = snapshot(1, "a");
    Snapshot none = snapshot(2);
    stream.receive(ask(ResourceType.CLUSTER).build());
    stream.receive(ask(ResourceType.LISTENER).build());
    assertThat(names(accepted(full))).isEqualTo("CLUSTER +a");
    assertThat(names(accepted(full))).isEqualTo("LISTENER +a");
    stream.receive(ask(ResourceType.ROUTE).addResourceNamesSubscribe("a").build());
    assertThat(stream.inStep(full)).isFalse();
    assertThat(names(accepted(full))).isEqualTo("ROUTE +a");
    assertThat(stream.inStep(full)).isTrue();
    assertThat(stream.next(full)).isEmpty();

    assertThat(names(accepted(none))).isEqualTo("LISTENER -a");
    stream.receive(ask(ResourceType.ROUTE).addResourceNamesUnsubscribe("a").build());
    assertThat(names(accepted(none))).isEqualTo("CLUSTER -a");
    assertThat(stream.inStep(none)).isTrue();
  }

  @Test
  void oneResponseIsUnderWayAtATime() {
    stream.receive(ask(ResourceType.CLUSTER).build());
    stream.receive(ask(ResourceType.LISTENER).build());
    Snapshot full = snapshot(1, "a");
    assertThat(stream.next(full)).isPresent();
    assertThat(stream.next(full)).isEmpty();
    assertThat(stream.inStep(full)).isFalse();
  }

  @Test
  void whatAnotherServerServedIsRemovedAndWhatIsCurrentIsNotSentAgain() {
    Snapshot wanted = snapshot(1, "a");
    String version = wanted.of(ResourceType.CLUSTER).get("a").version();
    stream.receive(
        ask(ResourceType.CLUSTER)
            .putAllInitialResourceVersions(Map.of("a", version, "stale", "x"))
            .build());
    stream.receive(
        ask(ResourceType.LISTENER)
            .putAllInitialResourceVersions(Map.of("a", "older", "stale", "x"))
            .build());
    stream.receive(
        ask(ResourceType.ROUTE)
            .addResourceNamesSubscribe("a")
            .putInitialResourceVersions("a", wanted.of(ResourceType.ROUTE).get("a").version())
            .build());
    // The client awaits an answer to each question, be there anything to say or not.
    assertThat(names(accepted(wanted))).isEqualTo("CLUSTER");
    assertThat(names(accepted(wanted))).isEqualTo("LISTENER +a -stale");
    assertThat(names(accepted(wanted))).isEqualTo("CLUSTER -stale");
    assertThat(stream.inStep(wanted)).isTrue();
  }

  @Test
  void clientThatHoldsNothingIsAnsweredThatThereIsNothing() {
    stream.receive(ask(ResourceType.CLUSTER).build());
    stream.receive(ask(ResourceType.LISTENER).build());
    Snapshot none = snapshot(1);
    assertThat(stream.inStep(none)).isFalse();
    assertThat(names(accepted(none))).isEqualTo("CLUSTER");
    assertThat(names(accepted(none))).isEqualTo("LISTENER");
    assertThat(stream.inStep(none)).isTrue();
  }

  @Test
  void refusedResponseIsNotRepeatedUntilSomethingNewIsWanted() {
    stream.receive(ask(ResourceType.CLUSTER).build());
    stream.receive(ask(ResourceType.LISTENER).build());
    Snapshot first = snapshot(1, "a");
    DeltaDiscoveryResponse response = stream.next(first).orElseThrow();
    DeltaStream.Answer answer =
        stream.receive(
            answer(response).setErrorDetail(Status.newBuilder().setMessage("no")).build());
    assertThat(answer).isEqualTo(new DeltaStream.Answer.Refused(ResourceType.CLUSTER, 1, "no"));
    assertThat(stream.next(first)).isEmpty();
    assertThat(stream.inStep(first)).isFalse();
    assertThat(names(stream.next(snapshot(2, "a")).orElseThrow())).isEqualTo("CLUSTER +a");
  }

  @Test
  void whoSubscribesAgainIsToldAgain() {
    Snapshot full = snapshot(1, "a");
    stream.receive(ask(ResourceType.CLUSTER).build());
    stream.receive(ask(ResourceType.LISTENER).build());
    stream.receive(ask(ResourceType.ROUTE).addResourceNamesSubscribe("a").build());
    for (int i = 0; i < 3; i++) {
      accepted(full);
    }
    assertThat(stream.inStep(full)).isTrue();
    stream.receive(ask(ResourceType.ROUTE).addResourceNamesSubscribe("a").build());
    assertThat(names(accepted(full))).isEqualTo("ROUTE +a");
  }

  @Test
  void changeOfAListenerIsToldApartFromItsArrival() {
    stream.receive(ask(ResourceType.CLUSTER).build());
    stream.receive(ask(ResourceType.LISTENER).build());
    Snapshot first = snapshot(1, "a");
    accepted(first);
    DeltaDiscoveryResponse arrival = stream.next(first).orElseThrow();
    assertThat(stream.receive(answer(arrival).build()))
        .isEqualTo(new DeltaStream.Answer.Accepted(ResourceType.LISTENER, false));
    DeltaDiscoveryResponse removal = stream.next(snapshot(2)).orElseThrow();
    assertThat(stream.receive(answer(removal).build()))
        .isEqualTo(new DeltaStream.Answer.Accepted(ResourceType.LISTENER, true));
  }

  private DeltaDiscoveryResponse accepted(Snapshot wanted) {
    Optional<DeltaDiscoveryResponse> response = stream.next(wanted);
    assertThat(response).isPresent();
    stream.receive(answer(response.get()).build());
    return response.get();
  }

  private static DeltaDiscoveryRequest.Builder answer(DeltaDiscoveryResponse response) {
    return DeltaDiscoveryRequest.newBuilder()
        .setTypeUrl(response.getTypeUrl())
        .setResponseNonce(response.getNonce());
  }

  private static DeltaDiscoveryRequest.Builder ask(ResourceType type) {
    return DeltaDiscoveryRequest.newBuilder().setTypeUrl(type.url());
  }

  private static String names(DeltaDiscoveryResponse response) {
    StringBuilder text =
        new StringBuilder(ResourceType.of(response.getTypeUrl()).orElseThrow().name());
    for (Resource resource : response.getResourcesList()) {
      text.append(" +").append(resource.getName());
    }
    response.getRemovedResourcesList().forEach(name -> text.append(" -").append(name));
    return text.toString();
  }

  /** A cluster, a listener and a route of each name. */
  private static Snapshot snapshot(long generation, String... names) {
    ImmutableMap.Builder<String, Cluster> clusters = ImmutableMap.builder();
    ImmutableMap.Builder<String, Listener> listeners = ImmutableMap.builder();
    ImmutableMap.Builder<String, RouteConfiguration> routes = ImmutableMap.builder();
    for (String name : List.of(names)) {
      clusters.put(name, Cluster.newBuilder().setName(name).build());
      listeners.put(name, Listener.newBuilder().setName(name).build());
      routes.put(name, RouteConfiguration.newBuilder().setName(name).build());
    }
    return Snapshot.of(
        generation,
        new EnvoyResources(
            ImmutableSortedMap.copyOf(clusters.buildOrThrow()),
            ImmutableSortedMap.copyOf(listeners.buildOrThrow()),
            ImmutableSortedMap.copyOf(routes.buildOrThrow())));
  }
}
