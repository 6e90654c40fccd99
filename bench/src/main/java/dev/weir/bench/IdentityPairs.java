// SPDX-License-Identifier: Apache-2.0
package dev.weir.bench;

import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.codes.Answers;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.Prefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The entries that a host needs for the same rules where policy is held as pairs of identities: for
 * every endpoint and direction, one for each peer identity, protocol and port that some rule names.
 * Workloads of equal labels, namespace and service account share an identity, and every block that
 * a rule names is one. Ranges of ports are cut into powers of two. Default denials need none.
 *
 * @param perEndpoint entries of all endpoints' maps
 * @param perIdentity entries where endpoints of one identity would share a map
 */
record IdentityPairs(long perEndpoint, long perIdentity) {

  private record Identity(
      String namespace,
      String account,
      ImmutableSortedMap<String, String> labels,
      ImmutableSortedMap<String, String> namespaceLabels) {
    static Identity of(Workload workload) {
      Map<String, String> labels = new HashMap<>(workload.labels());
      labels.remove("pod-template-hash"); // names no identity there
      return new Identity(
          workload.namespace(),
          workload.serviceAccount(),
          ImmutableSortedMap.copyOf(labels),
          workload.namespaceLabels());
    }
  }

  private record Peers(Set<Integer> identities, Set<Prefix> blocks) {}

  private record Key(boolean ingress, Object peer, Rule.PortMatch port) {}

  static IdentityPairs of(Intent intent) {
    Map<Identity, Workload> samples = new HashMap<>();
    Map<Identity, Integer> sizes = new HashMap<>();
    for (Workload workload : intent.workloads().values()) {
      Identity identity = Identity.of(workload);
      samples.putIfAbsent(identity, workload);
      sizes.merge(identity, 1, Integer::sum);
    }
    List<Identity> identities = new ArrayList<>(samples.keySet());
    Map<Selector, Peers> known = new HashMap<>();
    Map<Integer, Set<Key>> maps = new HashMap<>();
    for (Rule rule : intent.rules()) {
      if (rule.effect() == Rule.Effect.ISOLATE) {
        continue;
      }
      boolean ingress =
          switch (rule.layer()) {
            case EGRESS_ADMIN, EGRESS, EGRESS_BASELINE -> false;
            case INGRESS_ADMIN,
                INGRESS,
                INGRESS_BASELINE,
                AUTHORIZATION_DENY,
                AUTHORIZATION_ALLOW ->
                true;
          };
      Peers own = known.computeIfAbsent(end(rule, ingress), s -> peers(s, identities, samples));
      Peers peers = known.computeIfAbsent(end(rule, !ingress), s -> peers(s, identities, samples));
      for (int endpoint : own.identities) {
        Set<Key> map = maps.computeIfAbsent(endpoint, _ -> new HashSet<>());
        peers.identities.forEach(peer -> map.add(new Key(ingress, peer, rule.port())));
        peers.blocks.forEach(block -> map.add(new Key(ingress, block, rule.port())));
      }
    }
    long perEndpoint = 0;
    long perIdentity = 0;
    for (Map.Entry<Integer, Set<Key>> map : maps.entrySet()) {
      long entries = map.getValue().stream().mapToLong(key -> entries(key.port)).sum();
      perIdentity += entries;
      perEndpoint += entries * sizes.getOrDefault(identities.get(map.getKey()), 0);
    }
    return new IdentityPairs(perEndpoint, perIdentity);
  }

  private static Selector end(Rule rule, boolean server) {
    return server ? rule.destination() : rule.source();
  }

  private static Peers peers(
      Selector selector, List<Identity> identities, Map<Identity, Workload> samples) {
    Set<Prefix> blocks = new HashSet<>();
    for (Selector.Test test : selector.tests()) {
      switch (test) {
        case Selector.Test.InBlocks in -> blocks.addAll(in.blocks());
        case Selector.Test.NotInBlocks not -> blocks.addAll(not.blocks());
        case Selector.Test.In _,
            Selector.Test.NotIn _,
            Selector.Test.Exists _,
            Selector.Test.DoesNotExist _ -> {}
      }
    }
    Set<Integer> taken = new HashSet<>();
    if (selector.tests().isEmpty()) {
      taken.add(-1); // one wildcard stands for every peer
    } else if (blocks.isEmpty()) {
      for (int i = 0; i < identities.size(); i++) {
        Workload sample = samples.get(identities.get(i));
        if (sample != null
            && Answers.takes(selector, Optional.of(sample), sample.addresses().first())) {
          taken.add(i);
        }
      }
    }
    return new Peers(taken, blocks);
  }

  /** One, or as many blocks of ports as a range is cut into. */
  private static long entries(Rule.PortMatch port) {
    return switch (port) {
      case Rule.PortMatch.Any _, Rule.PortMatch.Named _ -> 1;
      case Rule.PortMatch.Numbers n -> {
        long blocks = 0;
        for (int first = n.first(); first <= n.last(); blocks++) {
          int size = first == 0 ? 65536 : Integer.lowestOneBit(first);
          while (first + size - 1 > n.last()) {
            size /= 2;
          }
          first += size;
        }
        yield blocks;
      }
    };
  }
}
