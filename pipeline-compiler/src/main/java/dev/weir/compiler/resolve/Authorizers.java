package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.intent.Authorizer;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resource.MeshConfig;
import dev.weir.compiler.resource.MeshConfig.Provider;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * The mesh's external authorizers, and where they answer.
 *
 * @param workloads by id
 */
record Authorizers(MeshConfig mesh, Services services, SortedMap<String, Workload> workloads) {

  /** Those that are asked, by name. */
  ImmutableSortedMap<String, Authorizer> of(Set<String> asked) {
    ImmutableSortedMap.Builder<String, Authorizer> named = ImmutableSortedMap.naturalOrder();
    for (String name : asked) {
      Provider provider = mesh.providers().get(name);
      if (provider != null) {
        named.put(name, resolve(provider));
      }
    }
    return named.buildOrThrow();
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
                Services.chosen(service, workloads)
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
