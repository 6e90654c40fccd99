// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.MoreCollectors;
import dev.weir.compiler.classes.ResidualClass;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement.Delegation;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Placement.Target;
import dev.weir.compiler.request.RequestExpr;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** What listeners hold. */
final class Listeners {
  private final FullPolicy fullPolicy;

  Listeners(FullPolicy fullPolicy) {
    this.fullPolicy = fullPolicy;
  }

  /**
   * A listener that nothing is steered to any more. The switch leaves live connections with it
   * whose verdict has become allow by the header, and only those; so it lets everything pass.
   */
  Listener lingering(Endpoint endpoint, IpAddress address, int port, boolean full) {
    return new Listener(
        address,
        port,
        endpoint.workload().id(),
        endpoint.target(),
        endpoint.port().application(),
        full,
        RequestExpr.TRUE,
        RequestExpr.TRUE,
        ImmutableList.of(),
        fullPolicy.paths(),
        Optional.empty());
  }

  /** The listener for what meets at an offset. */
  Listener of(Endpoint endpoint, IpAddress address, int port, Offset offset) {
    boolean full = offset.offset() == 0;
    RequestExpr withoutHttp =
        full
            ? fullPolicy.allowWithoutHttp(endpoint)
            : RequestExpr.and(
                RequestExpr.not(
                    offset.denies().map(ResidualClass::withoutHttp).orElse(RequestExpr.FALSE)),
                offset.allows().map(ResidualClass::withoutHttp).orElse(RequestExpr.TRUE));
    RequestExpr allow =
        endpoint.port().application() == Workload.Application.OPAQUE
            ? withoutHttp
            : full
                ? fullPolicy.allow(endpoint)
                : RequestExpr.and(
                    RequestExpr.not(
                        offset.denies().map(ResidualClass::request).orElse(RequestExpr.FALSE)),
                    offset.allows().map(ResidualClass::request).orElse(RequestExpr.TRUE));
    return new Listener(
        address,
        port,
        endpoint.workload().id(),
        endpoint.target(),
        endpoint.port().application(),
        full,
        allow,
        withoutHttp,
        rules(endpoint, offset),
        fullPolicy.paths(),
        full ? fullPolicy.delegation(endpoint) : offset.denies().flatMap(this::delegation));
  }

  private Optional<Delegation> delegation(ResidualClass residual) {
    return residual.authorizers().stream()
        .collect(MoreCollectors.toOptional())
        .map(
            name ->
                new Delegation(
                    fullPolicy.authorizer(name),
                    residual.delegated(name),
                    residual.delegatedWithoutHttp(name)));
  }

  private ImmutableList<Rule.Id> rules(Endpoint endpoint, Offset offset) {
    return fullPolicy
        .rules(
            endpoint,
            r ->
                offset.offset() == 0
                    || asks(offset.denies(), Rule.Layer.AUTHORIZATION_DENY, r)
                    || asks(offset.allows(), Rule.Layer.AUTHORIZATION_ALLOW, r))
        .stream()
        .map(Rule::id)
        .sorted()
        .collect(ImmutableList.toImmutableList());
  }

  private static boolean asks(Optional<ResidualClass> residual, Rule.Layer layer, Rule rule) {
    return rule.layer() == layer
        && rule.effect() != Rule.Effect.ISOLATE
        && residual.stream()
            .flatMap(c -> c.predicates().stream())
            .anyMatch(
                p ->
                    p.request().equals(rule.request())
                        && p.withoutHttp().equals(rule.withoutHttp())
                        && p.authorizer().equals(rule.authorizer()));
  }

  private static Stream<Target> upstreams(Listener listener) {
    return Stream.concat(
        Stream.of(listener.target()),
        listener.delegation().stream()
            .flatMap(d -> d.targets(listener.address().family()).stream()));
  }

  /** A sidecar's configuration with these listeners. */
  static SidecarConfig configuration(String sidecar, Collection<Listener> listeners) {
    ImmutableList<Listener> own =
        ImmutableList.sortedCopyOf(
            Comparator.comparing(Listener::address).thenComparing(Listener::port), listeners);
    return new SidecarConfig(
        sidecar,
        own,
        own.stream()
            .flatMap(Listeners::upstreams)
            .collect(ImmutableSortedSet.toImmutableSortedSet(Target::compareTo)));
  }
}
