package dev.weir.controller.xds;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Sets;
import dev.weir.controller.xds.Snapshot.Versioned;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One client's delta stream: what it asked for, what it holds, what it has not yet answered. Does
 * no I/O; not thread-safe.
 *
 * <p>One response is under way at a time, in a fixed order: clusters to add, listeners, routes, and
 * last the clusters to remove, so that nothing is ever told that refers to what is not there. What
 * a client held before this stream is known from the versions it reports, and whatever of that is
 * no longer wanted is removed, even if this server never served it.
 */
final class DeltaStream {
  /** What the client holds of one kind. */
  private static final class Held {
    final Map<String, String> versions = new HashMap<>();
    final Set<String> subscribed = new HashSet<>();
    boolean wildcard;
    boolean answered;
  }

  /**
   * A response without an answer yet.
   *
   * @param replaces whether a resource that the client held changes or goes
   */
  private record Outstanding(
      String nonce,
      ResourceType type,
      long generation,
      ImmutableSortedMap<String, String> versions,
      ImmutableSet<String> removed,
      boolean replaces) {}

  /** What a client's request amounts to. */
  sealed interface Answer {
    /** A subscription, or an answer to nothing that is under way. */
    record None() implements Answer {}

    /** The client took a response. */
    record Accepted(ResourceType type, boolean replaced) implements Answer {}

    /** The client refused a response, perhaps in part. */
    record Refused(ResourceType type, long generation, String message) implements Answer {}
  }

  private final EnumMap<ResourceType, Held> held = new EnumMap<>(ResourceType.class);
  private @Nullable Outstanding outstanding;
  private long nonces;
  private long refusedGeneration = -1;

  Answer receive(DeltaDiscoveryRequest request) {
    Optional<ResourceType> known = ResourceType.of(request.getTypeUrl());
    if (known.isEmpty()) {
      return new Answer.None();
    }
    ResourceType type = known.get();
    Held of = held.get(type);
    if (of == null) {
      of = new Held();
      held.put(type, of);
      of.wildcard = type.wildcard() && request.getResourceNamesSubscribeCount() == 0;
    }
    for (String name : request.getResourceNamesSubscribeList()) {
      if (name.equals("*")) {
        of.wildcard = true;
      } else {
        of.subscribed.add(name);
        // Who subscribes anew has forgotten what it held.
        of.versions.remove(name);
      }
    }
    for (String name : request.getResourceNamesUnsubscribeList()) {
      if (name.equals("*")) {
        of.wildcard = false;
      }
      of.subscribed.remove(name);
      of.versions.remove(name);
    }
    of.versions.putAll(request.getInitialResourceVersionsMap());
    return settle(request, of);
  }

  private Answer settle(DeltaDiscoveryRequest request, Held of) {
    Outstanding sent = outstanding;
    if (sent == null || !sent.nonce().equals(request.getResponseNonce())) {
      return new Answer.None();
    }
    outstanding = null;
    of.answered = true;
    if (request.hasErrorDetail()) {
      // It may hold any part of what it was sent, so all of it is sent again with the next change.
      sent.versions().keySet().forEach(name -> of.versions.put(name, ""));
      sent.removed().forEach(name -> of.versions.put(name, ""));
      refusedGeneration = sent.generation();
      return new Answer.Refused(
          sent.type(), sent.generation(), request.getErrorDetail().getMessage());
    }
    sent.versions()
        .forEach(
            (name, version) -> {
              if (of.wildcard || of.subscribed.contains(name)) {
                of.versions.put(name, version);
              }
            });
    of.versions.keySet().removeAll(sent.removed());
    return new Answer.Accepted(sent.type(), sent.replaces());
  }

  /** What to send next towards {@code wanted}; empty when in step, waiting or refused. */
  Optional<DeltaDiscoveryResponse> next(Snapshot wanted) {
    if (outstanding != null || refusedGeneration == wanted.generation()) {
      return Optional.empty();
    }
    return towards(wanted, ResourceType.CLUSTER, false)
        .or(() -> towards(wanted, ResourceType.LISTENER, true))
        // A route goes when its listener has gone and the client unsubscribes; Envoy heeds no
        // other.
        .or(() -> towards(wanted, ResourceType.ROUTE, false))
        .or(() -> removableClusters(wanted));
  }

  /** A cluster goes only when no route of a listener that was told to go may still name it. */
  private Optional<DeltaDiscoveryResponse> removableClusters(Snapshot wanted) {
    return inStep(wanted, ResourceType.LISTENER) && inStep(wanted, ResourceType.ROUTE)
        ? towards(wanted, ResourceType.CLUSTER, true)
        : Optional.empty();
  }

  private Optional<DeltaDiscoveryResponse> towards(
      Snapshot wanted, ResourceType type, boolean remove) {
    Held of = held.get(type);
    if (of == null) {
      return Optional.empty();
    }
    DeltaDiscoveryResponse.Builder response = DeltaDiscoveryResponse.newBuilder();
    ImmutableSortedMap.Builder<String, String> versions = ImmutableSortedMap.naturalOrder();
    boolean replaces = false;
    for (Map.Entry<String, Versioned> resource : wanted.of(type).entrySet()) {
      String name = resource.getKey();
      String version = resource.getValue().version();
      String holds = of.versions.get(name);
      if ((of.wildcard || of.subscribed.contains(name)) && !version.equals(holds)) {
        replaces |= holds != null;
        versions.put(name, version);
        response.addResources(
            Resource.newBuilder()
                .setName(name)
                .setVersion(version)
                .setResource(resource.getValue().body()));
      }
    }
    ImmutableSet<String> removed =
        remove
            ? Sets.difference(of.versions.keySet(), wanted.of(type).keySet()).immutableCopy()
            : ImmutableSet.of();
    // A client waits for the first answer to what it asked for, be it empty.
    boolean owed = !of.answered && of.wildcard;
    if (response.getResourcesCount() == 0 && removed.isEmpty() && !owed) {
      return Optional.empty();
    }
    String nonce = Long.toString(++nonces);
    outstanding =
        new Outstanding(
            nonce,
            type,
            wanted.generation(),
            versions.buildOrThrow(),
            removed,
            replaces || !removed.isEmpty());
    return Optional.of(
        response
            .setTypeUrl(type.url())
            .setSystemVersionInfo(Long.toString(wanted.generation()))
            .addAllRemovedResources(removed)
            .setNonce(nonce)
            .build());
  }

  /** Whether the client has taken exactly {@code wanted}. */
  boolean inStep(Snapshot wanted) {
    return outstanding == null
        && inStep(wanted, ResourceType.CLUSTER)
        && inStep(wanted, ResourceType.LISTENER)
        && inStep(wanted, ResourceType.ROUTE);
  }

  private boolean inStep(Snapshot wanted, ResourceType type) {
    ImmutableSortedMap<String, Versioned> resources = wanted.of(type);
    Held of = held.get(type);
    if (of == null || (type.wildcard() && !of.answered)) {
      // A sidecar without HTTP asks for no routes; listeners and clusters each asks for.
      return !type.wildcard() && resources.isEmpty();
    }
    return (of.versions.size() == resources.size() || !type.wildcard())
        && resources.entrySet().stream()
            .allMatch(r -> r.getValue().version().equals(of.versions.get(r.getKey())));
  }

  /** What is still lacking before {@link #inStep(Snapshot)}, in words. */
  String lacking(Snapshot wanted) {
    for (ResourceType type : ResourceType.values()) {
      if (!inStep(wanted, type)) {
        return outstanding == null
            ? "has not asked for every " + type.name().toLowerCase(java.util.Locale.ROOT)
            : "has not answered for every "
                + outstanding.type().name().toLowerCase(java.util.Locale.ROOT);
      }
    }
    return "has not answered";
  }
}
