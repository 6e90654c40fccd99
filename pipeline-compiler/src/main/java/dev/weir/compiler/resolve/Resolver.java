package dev.weir.compiler.resolve;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
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
    List<Resource> sorted = new ArrayList<>(resources);
    sorted.sort(Comparator.comparing(Resource::key));
    List<Problem> problems = problems(sorted);
    if (!problems.isEmpty()) {
      return refused(problems);
    }
    ListMultimap<Kind, Resource> byKind = ArrayListMultimap.create();
    sorted.forEach(each -> byKind.put(Kind.named(each.key().kind()).orElseThrow(), each));
    return resolve(byKind, peers);
  }

  /** What is wrong with resources by themselves, and which are there twice. */
  static List<Problem> problems(List<Resource> sorted) {
    List<Problem> problems = new ArrayList<>();
    Set<ResourceKey> keys = new HashSet<>();
    for (Resource resource : sorted) {
      problems.addAll(Validation.check(resource));
      if (!keys.add(resource.key())) {
        problems.add(
            Problem.of(
                Code.DUPLICATE_RESOURCE,
                resource.key(),
                "metadata.name",
                resource.key() + " is there twice",
                "keep one of them"));
      }
    }
    return problems;
  }

  private static Resolved resolve(
      ListMultimap<Kind, Resource> resources, ImmutableMap<IpAddress, PeerIdentity> peers) {
    List<Problem> problems = new ArrayList<>();
    Map<String, Map<String, String>> namespaces = new HashMap<>();
    resources.get(Kind.NAMESPACE).forEach(each -> namespaces.put(each.key().name(), labels(each)));
    for (Kind kind : Kind.values()) {
      resources.get(kind).forEach(each -> namespace(kind, each.key(), namespaces, problems));
    }
    Services services = Services.of(resources.get(Kind.SERVICE));
    List<String> notes = new ArrayList<>();
    Workloads pods = new Workloads(namespaces, services);
    ImmutableSortedMap.Builder<String, Workload> found = ImmutableSortedMap.naturalOrder();
    for (Resource each : resources.get(Kind.POD)) {
      Workloads.Read pod = pods.read(each);
      pod.workload().ifPresentOrElse(w -> found.put(w.id(), w), () -> notes.add(pod.note()));
    }
    problems.addAll(pods.problems());
    if (!problems.isEmpty()) {
      return refused(problems);
    }
    ImmutableSortedMap<String, Workload> workloads = found.buildOrThrow();
    MeshConfig mesh = mesh(resources.get(Kind.CONFIG_MAP));
    List<Rule> rules = new ArrayList<>();
    for (Resource policy : resources.get(Kind.NETWORK_POLICY)) {
      rules.addAll(NetworkPolicies.rules(policy));
    }
    ClusterNetworkPolicies.byPolicy(
            resources.get(Kind.CLUSTER_NETWORK_POLICY), Nodes.of(resources.get(Kind.NODE)))
        .values()
        .forEach(rules::addAll);
    AuthorizationPolicies authorization =
        new AuthorizationPolicies(
            mesh, services, Identities.of(workloads.values(), mesh.trustDomains(), peers));
    List<AuthorizationPolicies.Policy> policies = new ArrayList<>();
    for (Resource each : resources.get(Kind.AUTHORIZATION_POLICY)) {
      AuthorizationPolicies.Read read = authorization.read(each);
      notes.addAll(read.notes());
      read.policy().ifPresent(policies::add);
    }
    ImmutableSet<IpAddress> torn = AuthorizationPolicies.torn(policies, workloads.values());
    for (AuthorizationPolicies.Policy policy : policies) {
      AuthorizationPolicies.Enforced enforced = authorization.enforce(policy, torn);
      rules.addAll(enforced.rules());
      notes.addAll(enforced.notes());
    }
    rules.sort(Comparator.comparing(Rule::id));
    return new Resolved(
        new Intent(
            workloads,
            ImmutableList.copyOf(rules),
            mesh.paths(),
            new Authorizers(mesh, services, workloads).of(AuthorizationPolicies.asked(policies))),
        ImmutableList.of(),
        ImmutableList.copyOf(notes));
  }

  /** A namespace's labels. */
  static Map<String, String> labels(Resource namespace) {
    Map<String, String> labels =
        Validation.model(namespace, Namespace.class).getMetadata().getLabels();
    return labels == null ? Map.of() : labels;
  }

  /** The mesh's settings, as one of the ConfigMaps may say. */
  static MeshConfig mesh(Collection<Resource> configMaps) {
    return configMaps.stream()
        .flatMap(each -> MeshConfig.of(each).stream())
        .findFirst()
        .orElse(MeshConfig.DEFAULT);
  }

  /** Adds a problem where a resource lies in a namespace that is not there. */
  static void namespace(
      Kind kind,
      ResourceKey key,
      Map<String, Map<String, String>> namespaces,
      List<Problem> problems) {
    // A ConfigMap has no say in its namespace.
    if (kind.namespaced()
        && kind != Kind.CONFIG_MAP
        && !namespaces.containsKey(key.namespace())
        && !Workloads.implied(key.namespace())) {
      problems.add(
          Problem.of(
              Code.UNKNOWN_NAMESPACE,
              key,
              "metadata.namespace",
              "there is no namespace " + key.namespace(),
              "apply a Namespace of that name with it or before it"));
    }
  }

  private static Resolved refused(List<Problem> problems) {
    return new Resolved(
        new Intent(ImmutableSortedMap.of(), ImmutableList.of()),
        ImmutableList.copyOf(problems),
        ImmutableList.of());
  }
}
