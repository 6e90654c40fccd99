// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.resolve;

import dev.weir.compiler.change.Change;
import dev.weir.compiler.resource.Kind;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.ResourceKey;
import java.util.Collection;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Resources as they would be after an edit.
 *
 * @param before all that there is
 * @param changes what is put, and empty for what goes
 */
record Edit(
    NavigableMap<ResourceKey, Resource> before,
    NavigableMap<ResourceKey, Optional<Resource>> changes) {

  /** What is both deleted and put is put. */
  static Edit of(
      NavigableMap<ResourceKey, Resource> before,
      Collection<Resource> put,
      Collection<ResourceKey> deleted) {
    TreeMap<ResourceKey, Optional<Resource>> changes = new TreeMap<>();
    deleted.stream().filter(before::containsKey).forEach(k -> changes.put(k, Optional.empty()));
    put.forEach(each -> changes.put(each.key(), Optional.of(each)));
    return new Edit(before, changes);
  }

  SortedMap<ResourceKey, Optional<Resource>> changes(Kind kind) {
    return all(kind, changes);
  }

  boolean touches(Kind kind) {
    return !changes(kind).isEmpty();
  }

  /** The namespaces of what changes of a kind. */
  TreeSet<String> namespaces(Kind kind) {
    TreeSet<String> namespaces = new TreeSet<>();
    changes(kind).keySet().forEach(key -> namespaces.add(key.namespace()));
    return namespaces;
  }

  /** All resources of a kind. */
  NavigableMap<ResourceKey, Resource> after(Kind kind) {
    return merged(all(kind, before), changes(kind));
  }

  /** The resources of a kind in a namespace. */
  NavigableMap<ResourceKey, Resource> after(Kind kind, String namespace) {
    return merged(within(kind, namespace, before), within(kind, namespace, changes));
  }

  private static NavigableMap<ResourceKey, Resource> merged(
      SortedMap<ResourceKey, Resource> before, SortedMap<ResourceKey, Optional<Resource>> changes) {
    TreeMap<ResourceKey, Resource> after = new TreeMap<>(before);
    Change.apply(changes, after);
    return after;
  }

  private static <T> SortedMap<ResourceKey, T> all(Kind kind, SortedMap<ResourceKey, T> of) {
    return of.subMap(
        new ResourceKey(kind.text(), "", ""), new ResourceKey(kind.text() + '\0', "", ""));
  }

  /** The part of a map for one kind and namespace. */
  static <T> SortedMap<ResourceKey, T> within(
      Kind kind, String namespace, SortedMap<ResourceKey, T> of) {
    return of.subMap(
        new ResourceKey(kind.text(), namespace, ""),
        new ResourceKey(kind.text(), namespace + '\0', ""));
  }

  void commitTo(SortedMap<ResourceKey, Resource> resources) {
    Change.apply(changes, resources);
  }
}
