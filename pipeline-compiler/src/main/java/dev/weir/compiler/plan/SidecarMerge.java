package dev.weir.compiler.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement.Delegation;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Placement.Target;
import dev.weir.compiler.request.RequestExpr;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A configuration that serves two versions and lets pass only what both let pass. */
final class SidecarMerge {
  private SidecarMerge() {}

  private record Place(IpAddress address, int port) {}

  static SidecarConfig of(SidecarConfig before, SidecarConfig after) {
    Map<Place, Listener> listeners = new LinkedHashMap<>();
    before.listeners().forEach(l -> listeners.put(new Place(l.address(), l.port()), l));
    after
        .listeners()
        .forEach(l -> listeners.merge(new Place(l.address(), l.port()), l, SidecarMerge::both));
    return new SidecarConfig(
        after.name(),
        ImmutableList.sortedCopyOf(
            Comparator.comparing(Listener::address).thenComparing(Listener::port),
            listeners.values()),
        ImmutableSortedSet.<Target>naturalOrder()
            .addAll(before.upstreams())
            .addAll(after.upstreams())
            .build());
  }

  private static Listener both(Listener before, Listener after) {
    boolean sameEndpoint =
        before.workload().equals(after.workload()) && before.target().equals(after.target());
    // One listener reads paths in one way only.
    boolean samePaths = before.paths() == after.paths() || !(asksPath(before) || asksPath(after));
    Listener one = joined(before, after);
    return sameEndpoint && samePaths ? one : one.with(RequestExpr.FALSE, RequestExpr.FALSE);
  }

  private static boolean asksPath(Listener listener) {
    return listener.allow().asks(RequestExpr.Path.class::isInstance)
        || listener.delegation().stream()
            .anyMatch(d -> d.when().asks(RequestExpr.Path.class::isInstance));
  }

  private static Listener joined(Listener before, Listener after) {
    RequestExpr allow = RequestExpr.and(before.allow(), after.allow());
    RequestExpr allowWithoutHttp =
        RequestExpr.and(before.allowWithoutHttp(), after.allowWithoutHttp());
    Optional<Delegation> delegation = after.delegation().or(before::delegation);
    if (before.delegation().isPresent() && after.delegation().isPresent()) {
      Delegation old = before.delegation().orElseThrow();
      Delegation now = after.delegation().orElseThrow();
      if (old.authorizer().equals(now.authorizer())) {
        delegation =
            Optional.of(
                new Delegation(
                    now.authorizer(),
                    RequestExpr.or(old.when(), now.when()),
                    RequestExpr.or(old.whenWithoutHttp(), now.whenWithoutHttp())));
      } else {
        // A listener asks one authorizer; what the other must allow does not pass meanwhile.
        allow = RequestExpr.and(allow, RequestExpr.not(old.when()));
        allowWithoutHttp =
            RequestExpr.and(allowWithoutHttp, RequestExpr.not(old.whenWithoutHttp()));
      }
    }
    return new Listener(
        after.address(),
        after.port(),
        after.workload(),
        after.target(),
        after.application(),
        after.full(),
        allow,
        allowWithoutHttp,
        after.rules(),
        after.paths(),
        delegation);
  }
}
