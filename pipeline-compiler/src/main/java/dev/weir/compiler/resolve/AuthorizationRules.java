// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resolve.AuthorizationPolicies.Enforced;
import dev.weir.compiler.resolve.AuthorizationPolicies.Policy;
import dev.weir.compiler.resolve.AuthorizationPolicies.Read;
import dev.weir.compiler.resource.MeshConfig;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.ResourceKey;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The rules of AuthorizationPolicies, resolved again only where something they read has changed.
 */
final class AuthorizationRules {
  private final TreeMap<ResourceKey, Read> read = new TreeMap<>();
  private final TreeMap<ResourceKey, Enforced> enforced = new TreeMap<>();

  /** Policies whose patterns stand for names of workloads. */
  private final TreeSet<ResourceKey> byPattern = new TreeSet<>();

  private final TreeMap<ResourceKey, Policy> custom = new TreeMap<>();

  /** Addresses of the workloads that are torn between authorizers, by id. */
  private final TreeMap<String, ImmutableSortedSet<IpAddress>> torn = new TreeMap<>();

  private final TreeMap<String, Integer> namespaces = new TreeMap<>();
  private final TreeMap<String, Integer> accounts = new TreeMap<>();
  private boolean namesChange;
  private Identities identities =
      new Identities(
          ImmutableSortedSet.of(),
          ImmutableSortedSet.of(),
          MeshConfig.DEFAULT.trustDomains(),
          ImmutableMap.of());

  /** Counts a workload that comes, or one that goes. */
  void count(Workload workload, boolean comes) {
    count(namespaces, workload.namespace(), comes);
    count(accounts, workload.namespace() + "/" + workload.serviceAccount(), comes);
  }

  private void count(TreeMap<String, Integer> counts, String name, boolean comes) {
    int before = counts.getOrDefault(name, 0);
    int after = comes ? before + 1 : before - 1;
    if (after == 0) {
      counts.remove(name);
    } else {
      counts.put(name, after);
    }
    namesChange |= before == 0 || after == 0;
  }

  /**
   * Resolves what depends on an edit, after workloads have been counted.
   *
   * @param policies those to read anew, because they, their mesh or their Services have changed;
   *     empty for those that go
   * @param changed workloads that changed, by id
   * @param workloads all of now
   * @return the policies that were resolved again, with their rules; none for those that go
   */
  Map<ResourceKey, ImmutableList<Rule>> update(
      SortedMap<ResourceKey, Optional<Resource>> policies,
      MeshConfig mesh,
      Services services,
      Map<String, Optional<Workload>> changed,
      Collection<Workload> workloads) {
    boolean names = namesChange || !identities.trustDomains().equals(mesh.trustDomains());
    if (names) {
      identities =
          new Identities(
              ImmutableSortedSet.copyOfSorted(namespaces.navigableKeySet()),
              ImmutableSortedSet.copyOfSorted(accounts.navigableKeySet()),
              mesh.trustDomains(),
              ImmutableMap.of());
      namesChange = false;
    }
    AuthorizationPolicies authorization = new AuthorizationPolicies(mesh, services, identities);
    ImmutableMap<ResourceKey, Policy> customBefore = ImmutableMap.copyOf(custom);
    policies.forEach((key, resource) -> read(key, resource.map(authorization::read)));

    TreeSet<ResourceKey> again = new TreeSet<>(policies.keySet());
    if (names) {
      again.addAll(byPattern);
    }
    ImmutableSet<IpAddress> tornBefore = torn();
    if (!customBefore.equals(custom)) {
      torn.clear();
      workloads.forEach(this::tear);
    } else {
      changed.keySet().forEach(torn::remove);
      changed.values().forEach(workload -> workload.ifPresent(this::tear));
    }
    ImmutableSet<IpAddress> tornNow = torn();
    if (!tornNow.equals(tornBefore)) {
      again.addAll(custom.keySet());
    }

    TreeMap<ResourceKey, ImmutableList<Rule>> rules = new TreeMap<>();
    for (ResourceKey key : again) {
      Optional<Enforced> now =
          Optional.ofNullable(read.get(key))
              .flatMap(Read::policy)
              .map(policy -> authorization.enforce(policy, tornNow));
      now.ifPresentOrElse(some -> enforced.put(key, some), () -> enforced.remove(key));
      rules.put(key, now.map(Enforced::rules).orElse(ImmutableList.of()));
    }
    return rules;
  }

  private void read(ResourceKey key, Optional<Read> now) {
    byPattern.remove(key);
    custom.remove(key);
    now.ifPresentOrElse(some -> read.put(key, some), () -> read.remove(key));
    now.flatMap(Read::policy)
        .ifPresent(
            policy -> {
              if (policy.asksByPattern()) {
                byPattern.add(key);
              }
              if (policy.custom()) {
                custom.put(key, policy);
              }
            });
  }

  private void tear(Workload workload) {
    if (!AuthorizationPolicies.torn(custom.values(), List.of(workload)).isEmpty()) {
      torn.put(workload.id(), workload.addresses());
    }
  }

  private ImmutableSet<IpAddress> torn() {
    ImmutableSet.Builder<IpAddress> all = ImmutableSet.builder();
    torn.values().forEach(all::addAll);
    return all.build();
  }

  /** The names of authorizers that are asked, whether they exist. */
  ImmutableSet<String> asked() {
    return AuthorizationPolicies.asked(custom.values());
  }

  ImmutableList<String> notes() {
    ImmutableList.Builder<String> notes = ImmutableList.builder();
    read.values().forEach(each -> notes.addAll(each.notes()));
    enforced.values().forEach(each -> notes.addAll(each.notes()));
    return notes.build();
  }
}
