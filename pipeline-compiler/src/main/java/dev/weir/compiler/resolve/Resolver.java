package dev.weir.compiler.resolve;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ListMultimap;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resource.Code;
import dev.weir.compiler.resource.Kind;
import dev.weir.compiler.resource.MeshConfig;
import dev.weir.compiler.resource.Problem;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.ResourceKey;
import dev.weir.compiler.resource.Validation;
import io.fabric8.kubernetes.api.model.Namespace;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Resources after defaulting and resolving. Pods with an address are workloads; pods on their
 * node's network, finished ones and those without an address are none, and the notes say so.
 */
public final class Resolver {
  private Resolver() {}

  /**
   * Resolves all that there is: what is absent here does not exist.
   *
   * @param resources checked again, so that nothing unchecked is ever enforced
   */
  public static Resolved resolve(Collection<Resource> resources) {
    return resolve(resources, ImmutableMap.of());
  }

  /**
   * Resolves as above, in a mesh that knows more identities than its workloads'.
   *
   * @param peers by address; a workload's address has the workload's identity all the same
   */
  public static Resolved resolve(
      Collection<Resource> resources, ImmutableMap<IpAddress, PeerIdentity> peers) {
    List<Problem> problems = new ArrayList<>();
    Set<ResourceKey> keys = new HashSet<>();
    ListMultimap<Kind, Resource> byKind = ArrayListMultimap.create();
    List<Resource> sorted = new ArrayList<>(resources);
    sorted.sort(Comparator.comparing(Resource::key));
    for (Resource resource : sorted) {
      ImmutableList<Problem> found = Validation.check(resource);
      problems.addAll(found);
      if (!keys.add(resource.key())) {
        problems.add(
            Problem.of(
                Code.DUPLICATE_RESOURCE,
                resource.key(),
                "metadata.name",
                resource.key() + " is there twice",
                "keep one of them"));
      } else if (found.isEmpty()) {
        byKind.put(Kind.named(resource.key().kind()).orElseThrow(), resource);
      }
    }
    return problems.isEmpty()
        ? resolve(byKind, peers)
        : new Resolved(nothing(), ImmutableList.copyOf(problems), ImmutableList.of());
  }

  private static Resolved resolve(
      ListMultimap<Kind, Resource> resources, ImmutableMap<IpAddress, PeerIdentity> peers) {
    List<Problem> problems = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    Map<String, Map<String, String>> namespaces = new HashMap<>();
    for (Resource each : resources.get(Kind.NAMESPACE)) {
      Map<String, String> labels =
          Validation.model(each, Namespace.class).getMetadata().getLabels();
      namespaces.put(each.key().name(), labels == null ? Map.of() : labels);
    }
    for (Kind kind : Kind.values()) {
      // A ConfigMap has no say in its namespace.
      if (kind.namespaced() && kind != Kind.CONFIG_MAP) {
        resources.get(kind).forEach(each -> namespace(each.key(), namespaces, problems));
      }
    }
    Services services = Services.of(resources.get(Kind.SERVICE));
    ImmutableSortedMap<String, Workload> workloads =
        Workloads.of(resources.get(Kind.POD), namespaces, services, problems, notes);
    MeshConfig mesh =
        resources.get(Kind.CONFIG_MAP).stream()
            .flatMap(each -> MeshConfig.of(each).stream())
            .findFirst()
            .orElse(MeshConfig.DEFAULT);
    List<Rule> rules = new ArrayList<>();
    for (Resource policy : resources.get(Kind.NETWORK_POLICY)) {
      rules.addAll(NetworkPolicies.rules(policy));
    }
    rules.addAll(
        ClusterNetworkPolicies.rules(
            resources.get(Kind.CLUSTER_NETWORK_POLICY), Nodes.of(resources.get(Kind.NODE))));
    Identities identities = Identities.of(workloads.values(), mesh.trustDomains(), peers);
    Authorizers authorizers = new Authorizers(mesh, services, workloads);
    AuthorizationPolicies.all(
        resources.get(Kind.AUTHORIZATION_POLICY),
        mesh,
        services,
        identities,
        authorizers,
        workloads.values(),
        rules,
        notes);
    rules.sort(Comparator.comparing(Rule::id));
    Intent intent =
        problems.isEmpty()
            ? new Intent(workloads, ImmutableList.copyOf(rules), mesh.paths(), authorizers.named())
            : nothing();
    return new Resolved(intent, ImmutableList.copyOf(problems), ImmutableList.copyOf(notes));
  }

  private static void namespace(
      ResourceKey key, Map<String, Map<String, String>> namespaces, List<Problem> problems) {
    if (!namespaces.containsKey(key.namespace()) && !Workloads.implied(key.namespace())) {
      problems.add(
          Problem.of(
              Code.UNKNOWN_NAMESPACE,
              key,
              "metadata.namespace",
              "there is no namespace " + key.namespace(),
              "apply a Namespace of that name with it or before it"));
    }
  }

  private static Intent nothing() {
    return new Intent(ImmutableSortedMap.of(), ImmutableList.of());
  }
}
