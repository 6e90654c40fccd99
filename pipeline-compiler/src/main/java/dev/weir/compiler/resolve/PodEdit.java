// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resource.Kind;
import dev.weir.compiler.resource.Problem;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.ResourceKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What an edit makes of pods.
 *
 * @param pods those that the edit bears on, as they are now; empty for those that go
 * @param problems of these pods, and between them and the others
 */
record PodEdit(
    ImmutableSortedMap<ResourceKey, Optional<Workloads.Read>> pods, List<Problem> problems) {

  /**
   * @param namespaces labels by name, after the edit
   * @param services after the edit
   * @param owners of addresses, before it
   */
  static PodEdit of(
      Edit edit,
      Map<String, Map<String, String>> namespaces,
      Services services,
      Map<IpAddress, ResourceKey> owners) {
    Set<String> whole = new TreeSet<>(edit.namespaces(Kind.SERVICE));
    edit.changes(Kind.NAMESPACE).keySet().forEach(key -> whole.add(key.name()));
    TreeMap<ResourceKey, Optional<Resource>> touched = new TreeMap<>(edit.changes(Kind.POD));
    for (String namespace : whole) {
      edit.after(Kind.POD, namespace).forEach((key, pod) -> touched.put(key, Optional.of(pod)));
    }
    Workloads workloads = new Workloads(namespaces, services);
    ImmutableSortedMap.Builder<ResourceKey, Optional<Workloads.Read>> pods =
        ImmutableSortedMap.naturalOrder();
    TreeMap<ResourceKey, Resource> claimants = new TreeMap<>();
    boolean shared = false;
    for (var each : touched.entrySet()) {
      Optional<Workloads.Read> read = each.getValue().map(workloads::read);
      pods.put(each.getKey(), read);
      each.getValue().ifPresent(pod -> claimants.put(each.getKey(), pod));
      for (IpAddress address : addresses(read)) {
        ResourceKey owner = owners.get(address);
        if (owner != null && !touched.containsKey(owner)) {
          claimants.put(owner, Optional.ofNullable(edit.before().get(owner)).orElseThrow());
          shared = true;
        }
      }
    }
    if (shared) {
      // In the order of all keys, the owners that the edit leaves alone among them.
      Workloads together = new Workloads(namespaces, services);
      claimants.values().forEach(together::read);
      return new PodEdit(pods.buildOrThrow(), together.problems());
    }
    return new PodEdit(pods.buildOrThrow(), workloads.problems());
  }

  private static Set<IpAddress> addresses(Optional<Workloads.Read> read) {
    return read.flatMap(Workloads.Read::workload)
        .<Set<IpAddress>>map(w -> w.addresses())
        .orElse(Set.of());
  }
}
