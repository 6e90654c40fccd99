package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.intent.Authorizer;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resource.MeshConfig;
import dev.weir.compiler.resource.MeshConfig.Provider;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The mesh's external authorizers, and where they answer. */
final class Authorizers {
  private final MeshConfig mesh;
  private final Services services;
  private final ImmutableSortedMap<String, Workload> workloads;
  private final Map<String, Authorizer> named = new TreeMap<>();

  Authorizers(MeshConfig mesh, Services services, ImmutableSortedMap<String, Workload> workloads) {
    this.mesh = mesh;
    this.services = services;
    this.workloads = workloads;
  }

  boolean exists(String name) {
    return mesh.providers().containsKey(name);
  }

  /** Notes that a rule asks an authorizer. */
  void ask(String name) {
    Provider provider = mesh.providers().get(name);
    if (provider != null) {
      named.computeIfAbsent(name, _ -> resolve(provider));
    }
  }

  ImmutableSortedMap<String, Authorizer> named() {
    return ImmutableSortedMap.copyOf(named);
  }

  private Authorizer resolve(Provider provider) {
    Authorizer set = provider.settings();
    return new Authorizer(
        set.name(),
        set.protocol(),
        set.host(),
        places(provider),
        set.timeoutMillis(),
        set.pathPrefix(),
        set.failOpen(),
        set.statusOnError(),
        set.headersInCheck(),
        set.headersAdded(),
        set.bodyBytes(),
        set.partialBody(),
        set.headersUpstream(),
        set.headersOnDeny(),
        set.headersOnAllow());
  }

  /** Of an address itself, or of the pods behind the Service of that name. */
  private ImmutableSortedSet<Authorizer.Place> places(Provider provider) {
    try {
      return ImmutableSortedSet.of(
          new Authorizer.Place(IpAddress.parse(provider.service()), provider.port()));
    } catch (IllegalArgumentException _) {
      // A name, then.
    }
    ImmutableSortedSet.Builder<Authorizer.Place> places = ImmutableSortedSet.naturalOrder();
    service(provider.service())
        .ifPresent(
            service ->
                Services.chosen(service, workloads.values())
                    .forEach(
                        workload ->
                            service.ports().stream()
                                .filter(p -> p.getPort() == provider.port())
                                .forEach(port -> add(workload, port, places))));
    return places.build();
  }

  private static void add(
      Workload workload, ServicePort port, ImmutableSortedSet.Builder<Authorizer.Place> places) {
    Services.target(port, workload.ports())
        .ifPresent(
            number ->
                workload
                    .addresses()
                    .forEach(address -> places.add(new Authorizer.Place(address, number))));
  }

  /** {@code namespace/name.namespace.svc…}, or a host name alone: {@code name.namespace.svc…}. */
  private Optional<Services.Chooser> service(String text) {
    String host = text.substring(text.indexOf('/') + 1);
    String[] parts = host.split("\\.", -1);
    String namespace =
        parts.length > 1
            ? parts[1]
            : text.contains("/") ? text.substring(0, text.indexOf('/')) : "";
    boolean ours = parts.length < 3 || parts[2].equals("svc");
    return ours ? services.named(namespace, parts[0]) : Optional.empty();
  }
}
