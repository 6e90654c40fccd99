package dev.weir.compiler.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Placement.Target;
import dev.weir.compiler.request.RequestExpr;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;

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
    return new Listener(
        after.address(),
        after.port(),
        after.workload(),
        after.target(),
        after.application(),
        after.full(),
        sameEndpoint ? RequestExpr.and(before.allow(), after.allow()) : RequestExpr.FALSE,
        sameEndpoint
            ? RequestExpr.and(before.allowWithoutHttp(), after.allowWithoutHttp())
            : RequestExpr.FALSE,
        after.rules());
  }
}
