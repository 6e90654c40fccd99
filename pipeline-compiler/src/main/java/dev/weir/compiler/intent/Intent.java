package dev.weir.compiler.intent;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import com.google.common.collect.Multimaps;

/**
 * The resources after defaulting and resolving: immutable, no I/O.
 *
 * @param workloads by id
 * @param rules sorted by id
 * @param paths what becomes of paths before they are matched
 * @param authorizers those that CUSTOM rules name, by name
 */
public record Intent(
    ImmutableSortedMap<String, Workload> workloads,
    ImmutableList<Rule> rules,
    PathNormalization paths,
    ImmutableSortedMap<String, Authorizer> authorizers) {

  /** An intent with Istio's default settings. */
  public Intent(ImmutableSortedMap<String, Workload> workloads, ImmutableList<Rule> rules) {
    this(workloads, rules, PathNormalization.BASE, ImmutableSortedMap.of());
  }

  /** The rules of each resource, by its name as in {@link Rule.Id#resource}. */
  public ImmutableSortedMap<String, ImmutableList<Rule>> rulesByResource() {
    ImmutableListMultimap<String, Rule> byResource = Multimaps.index(rules, r -> r.id().resource());
    return ImmutableSortedMap.copyOf(Maps.asMap(byResource.keySet(), byResource::get));
  }
}
