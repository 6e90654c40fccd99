// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.change.Change;
import dev.weir.compiler.intent.Authorizer;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resource.Kind;
import dev.weir.compiler.resource.MeshConfig;
import dev.weir.compiler.resource.Problem;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.ResourceKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Resources that change, and what they amount to after each edit: the same as {@link Resolver}
 * makes of them, but only what depends on the edit is resolved again.
 *
 * <ul>
 *   <li>A Pod: itself, and the policies whose patterns stand for names of workloads where the first
 *       or last workload of a namespace or service account comes or goes. Policies that name
 *       several authorizers, where who must ask them changes. The places of authorizers, in the
 *       time that their namespaces' pods take.
 *   <li>A NetworkPolicy or AuthorizationPolicy: itself. One with action CUSTOM, where several
 *       authorizers are named: the others of that action, in the time that all pods take.
 *   <li>A Namespace: its pods. A Service: the pods of its namespace, and the AuthorizationPolicies.
 *   <li>A ClusterNetworkPolicy or Node: all ClusterNetworkPolicies. The mesh's ConfigMap: all
 *       AuthorizationPolicies.
 * </ul>
 *
 * <p>Not for several threads.
 */
public final class IncrementalResolver {
  private final TreeMap<ResourceKey, Resource> resources = new TreeMap<>();
  private Map<String, Map<String, String>> namespaces = Map.of();
  private Services services = new Services(ImmutableListMultimap.of());
  private MeshConfig mesh = MeshConfig.DEFAULT;
  private final TreeMap<ResourceKey, String> podNotes = new TreeMap<>();
  private final TreeMap<String, Workload> workloads = new TreeMap<>();
  private final Map<IpAddress, ResourceKey> owners = new HashMap<>();
  private final AuthorizationRules authorization = new AuthorizationRules();
  private ImmutableSortedMap<String, Authorizer> authorizers = ImmutableSortedMap.of();

  /** By resource, as in {@link Rule.Id#resource}. */
  private final TreeMap<String, ImmutableList<Rule>> rules = new TreeMap<>();

  /** Begins without any resources: put the first ones. */
  public IncrementalResolver() {}

  /**
   * Makes an edit, all of it or nothing.
   *
   * @param put in place of resources of their keys, if there are any; checked again
   * @param deleted keys of resources that go; those that name none are let be
   * @return the problems are those of resolving all that there would be
   */
  public ResolvedChange apply(Collection<Resource> put, Collection<ResourceKey> deleted) {
    List<Resource> sorted = new ArrayList<>(put);
    sorted.sort(Comparator.comparing(Resource::key));
    List<Problem> problems = Resolver.problems(sorted);
    if (!problems.isEmpty()) {
      return refused(problems);
    }
    Edit edit = Edit.of(resources, sorted, deleted);
    Map<String, Map<String, String>> namespacesAfter = namespaces(edit);
    Services servicesAfter = services(edit);
    PodEdit pods = PodEdit.of(edit, namespacesAfter, servicesAfter, owners);
    problems.addAll(outsideNamespaces(edit, namespacesAfter));
    problems.addAll(pods.problems());
    if (!problems.isEmpty()) {
      return refused(problems);
    }

    edit.commitTo(resources);
    namespaces = namespacesAfter;
    services = servicesAfter;
    MeshConfig meshBefore = mesh;
    if (edit.touches(Kind.CONFIG_MAP)) {
      mesh = Resolver.mesh(edit.after(Kind.CONFIG_MAP).values());
    }
    ImmutableSortedMap<String, Optional<Workload>> changedWorkloads = commit(pods);
    ImmutableSortedMap<String, ImmutableList<Rule>> changedRules =
        commit(rules(edit, !mesh.equals(meshBefore), changedWorkloads));
    ImmutableSortedMap<String, Authorizer> authorizersBefore = authorizers;
    authorizers = new Authorizers(mesh, services, workloads).of(authorization.asked());
    return new ResolvedChange(
        ImmutableList.of(),
        meshBefore.paths() == mesh.paths() && authorizersBefore.equals(authorizers)
            ? Optional.of(new Change(changedWorkloads, changedRules, ImmutableSortedMap.of()))
            : Optional.empty());
  }

  private static ResolvedChange refused(List<Problem> problems) {
    return new ResolvedChange(ImmutableList.copyOf(problems), Optional.empty());
  }

  private Map<String, Map<String, String>> namespaces(Edit edit) {
    if (!edit.touches(Kind.NAMESPACE)) {
      return namespaces;
    }
    Map<String, Map<String, String>> after = new HashMap<>(namespaces);
    edit.changes(Kind.NAMESPACE)
        .forEach(
            (key, namespace) ->
                namespace.ifPresentOrElse(
                    some -> after.put(key.name(), Resolver.labels(some)),
                    () -> after.remove(key.name())));
    return after;
  }

  private Services services(Edit edit) {
    Services after = services;
    for (String namespace : edit.namespaces(Kind.SERVICE)) {
      after = after.with(namespace, edit.after(Kind.SERVICE, namespace).values());
    }
    return after;
  }

  /** Of what is put, and of what is left in a namespace that goes. */
  private static List<Problem> outsideNamespaces(
      Edit edit, Map<String, Map<String, String>> namespaces) {
    List<Problem> problems = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      TreeSet<ResourceKey> keys = new TreeSet<>();
      edit.changes(kind).forEach((key, value) -> value.ifPresent(_ -> keys.add(key)));
      edit.changes(Kind.NAMESPACE)
          .forEach(
              (key, value) -> {
                if (value.isEmpty()) {
                  keys.addAll(edit.after(kind, key.name()).keySet());
                }
              });
      keys.forEach(key -> Resolver.namespace(kind, key, namespaces, problems));
    }
    return problems;
  }

  private ImmutableSortedMap<String, Optional<Workload>> commit(PodEdit pods) {
    ImmutableSortedMap.Builder<String, Optional<Workload>> changed =
        ImmutableSortedMap.naturalOrder();
    Map<IpAddress, ResourceKey> owned = new HashMap<>();
    pods.pods()
        .forEach(
            (key, read) -> {
              String note = read.map(Workloads.Read::note).orElse("");
              if (note.isEmpty()) {
                podNotes.remove(key);
              } else {
                podNotes.put(key, note);
              }
              String id = Workloads.id(key);
              Optional<Workload> before = Optional.ofNullable(workloads.get(id));
              Optional<Workload> after = read.flatMap(Workloads.Read::workload);
              if (!after.equals(before)) {
                changed.put(id, after);
                before.ifPresent(
                    w -> {
                      authorization.count(w, false);
                      workloads.remove(id);
                      w.addresses().forEach(owners::remove);
                    });
                after.ifPresent(
                    w -> {
                      authorization.count(w, true);
                      workloads.put(id, w);
                      w.addresses().forEach(address -> owned.put(address, key));
                    });
              }
            });
    // An address may have gone from one pod to another.
    owners.putAll(owned);
    return changed.buildOrThrow();
  }

  /** The rules of the resources that the edit bears on; none for those that go. */
  private Map<ResourceKey, ImmutableList<Rule>> rules(
      Edit edit, boolean meshChanges, ImmutableSortedMap<String, Optional<Workload>> changed) {
    Map<ResourceKey, ImmutableList<Rule>> after = new TreeMap<>();
    edit.changes(Kind.NETWORK_POLICY)
        .forEach(
            (key, policy) ->
                after.put(key, policy.map(NetworkPolicies::rules).orElse(ImmutableList.of())));
    if (edit.touches(Kind.CLUSTER_NETWORK_POLICY) || edit.touches(Kind.NODE)) {
      edit.changes(Kind.CLUSTER_NETWORK_POLICY)
          .keySet()
          .forEach(key -> after.put(key, ImmutableList.of()));
      after.putAll(
          ClusterNetworkPolicies.byPolicy(
              edit.after(Kind.CLUSTER_NETWORK_POLICY).values(),
              Nodes.of(edit.after(Kind.NODE).values())));
    }
    SortedMap<ResourceKey, Optional<Resource>> policies =
        new TreeMap<>(edit.changes(Kind.AUTHORIZATION_POLICY));
    if (meshChanges) {
      edit.after(Kind.AUTHORIZATION_POLICY)
          .forEach((key, policy) -> policies.put(key, Optional.of(policy)));
    }
    for (String namespace : edit.namespaces(Kind.SERVICE)) {
      edit.after(Kind.AUTHORIZATION_POLICY, namespace)
          .forEach((key, policy) -> policies.put(key, Optional.of(policy)));
    }
    after.putAll(authorization.update(policies, mesh, services, changed, workloads.values()));
    return after;
  }

  /** Keeps the rules, and says which of them are others than before. */
  private ImmutableSortedMap<String, ImmutableList<Rule>> commit(
      Map<ResourceKey, ImmutableList<Rule>> resolved) {
    ImmutableSortedMap.Builder<String, ImmutableList<Rule>> changed =
        ImmutableSortedMap.naturalOrder();
    resolved.forEach(
        (key, given) -> {
          String resource = key.toString();
          ImmutableList<Rule> after =
              ImmutableList.sortedCopyOf(Comparator.comparing(Rule::id), given);
          if (!after.equals(rules.getOrDefault(resource, ImmutableList.of()))) {
            changed.put(resource, after);
            if (after.isEmpty()) {
              rules.remove(resource);
            } else {
              rules.put(resource, after);
            }
          }
        });
    return changed.buildOrThrow();
  }

  /** What the resources amount to, whole: in the time that everything takes. */
  public Intent intent() {
    return new Intent(
        ImmutableSortedMap.copyOfSorted(workloads),
        rules.values().stream()
            .flatMap(ImmutableList::stream)
            .collect(ImmutableList.toImmutableList()),
        mesh.paths(),
        authorizers);
  }

  /** In sentences: what was left out of the intent, and why. */
  public ImmutableList<String> notes() {
    return ImmutableList.<String>builder()
        .addAll(podNotes.values())
        .addAll(authorization.notes())
        .build();
  }
}
