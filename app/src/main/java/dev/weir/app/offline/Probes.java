package dev.weir.app.offline;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ListMultimap;
import dev.weir.app.Failure;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resolve.PeerIdentity;
import dev.weir.reference.Probe;
import dev.weir.reference.ReferenceException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Questions, with the addresses that their ends mean.
 *
 * @param all in the file's order
 * @param meant by their ends, in the same order
 */
record Probes(List<Probe> all, List<Ends> meant) {
  /** The addresses of one connection, of one family. */
  record Ends(IpAddress from, IpAddress to) {}

  /**
   * Reads a file.
   *
   * @throws Refused naming the field of the probe that is not understood
   * @throws Failure where the file cannot be read
   */
  static Probes read(Path file, Manifests manifests) {
    List<Probe> probes;
    try {
      probes = Probe.readAll(tree(file));
    } catch (ReferenceException e) {
      throw refused(e.path(), message(e), "write probes as docs/offline.md says");
    }
    Map<String, ? extends List<IpAddress>> pods = reachable(manifests);
    List<Ends> ends = new ArrayList<>();
    for (int i = 0; i < probes.size(); i++) {
      ends.add(ends("probes[" + i + "]", probes.get(i), pods));
    }
    return new Probes(List.copyOf(probes), List.copyOf(ends));
  }

  private static JsonNode tree(Path file) {
    return StrictJson.read(
        file, why -> refused("", file + " is no JSON: " + why, "write an array of probes"));
  }

  /** Pods whose name stands for an address: workloads, and pods that share a node's address. */
  private static Map<String, List<IpAddress>> reachable(Manifests manifests) {
    Map<String, List<IpAddress>> reachable =
        new HashMap<>(PodAddresses.byName(manifests.resources()));
    Set<String> hostNetwork = PodAddresses.onHostNetwork(manifests.resources());
    reachable
        .keySet()
        .removeIf(
            name ->
                !manifests.intent().workloads().containsKey(name) && !hostNetwork.contains(name));
    return reachable;
  }

  /** A pod's name means its address of the first family that both ends share. */
  private static Ends ends(String path, Probe probe, Map<String, ? extends List<IpAddress>> pods) {
    List<IpAddress> froms = addresses(path + ".from", probe.from(), pods);
    List<IpAddress> tos = addresses(path + ".to", probe.to(), pods);
    for (IpAddress from : froms) {
      for (IpAddress to : tos) {
        if (from.family() == to.family()) {
          return new Ends(from, to);
        }
      }
    }
    throw refused(
        path,
        probe.from() + " and " + probe.to() + " share no address family",
        "ask of ends that have addresses of one family");
  }

  private static List<IpAddress> addresses(
      String path, String end, Map<String, ? extends List<IpAddress>> pods) {
    if (end.contains("/")) {
      List<IpAddress> addresses = pods.get(end);
      if (addresses == null || addresses.isEmpty()) {
        throw refused(
            path,
            "there is no pod '" + end + "' that has an address",
            "name a Pod of the folder that has status.podIP, as namespace/name");
      }
      return addresses;
    }
    try {
      return List.of(IpAddress.parse(end));
    } catch (IllegalArgumentException e) {
      throw refused(
          path,
          "'" + end + "' is neither namespace/pod nor an address",
          "write namespace/pod or an IPv4 or IPv6 address");
    }
  }

  private static String message(ReferenceException e) {
    String prefix = e.path() + ": ";
    String text = String.valueOf(e.getMessage());
    return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
  }

  static Refused refused(String path, String message, String advice) {
    return Refused.of("bad-probe", path, message, advice);
  }

  /**
   * Probes of one mesh, in which an address has one identity or none.
   *
   * @param peers the identities of addresses that are no Pod's
   * @param members places within all probes
   */
  record Group(ImmutableMap<IpAddress, PeerIdentity> peers, ImmutableList<Integer> members) {}

  /** All probes in as few groups as their principals allow. */
  List<Group> groups(Intent intent) {
    Set<IpAddress> owned = new HashSet<>();
    intent.workloads().values().forEach(each -> owned.addAll(each.addresses()));
    List<Map<IpAddress, Optional<PeerIdentity>>> peers = new ArrayList<>();
    ListMultimap<Integer, Integer> members = ArrayListMultimap.create();
    for (int i = 0; i < all.size(); i++) {
      IpAddress from = meant.get(i).from();
      Optional<PeerIdentity> peer =
          all.get(i).principal().filter(_ -> !owned.contains(from)).map(PeerIdentity::of);
      int group = 0;
      while (group < peers.size() && !peers.get(group).getOrDefault(from, peer).equals(peer)) {
        group++;
      }
      if (group == peers.size()) {
        peers.add(new HashMap<>());
      }
      peers.get(group).put(from, peer);
      members.put(group, i);
    }
    List<Group> groups = new ArrayList<>();
    for (int i = 0; i < peers.size(); i++) {
      ImmutableMap.Builder<IpAddress, PeerIdentity> known = ImmutableMap.builder();
      peers.get(i).forEach((address, peer) -> peer.ifPresent(id -> known.put(address, id)));
      groups.add(new Group(known.buildOrThrow(), ImmutableList.copyOf(members.get(i))));
    }
    return groups;
  }

  /** All addresses that are asked about. */
  ImmutableSet<IpAddress> addresses() {
    ImmutableSet.Builder<IpAddress> addresses = ImmutableSet.builder();
    meant.forEach(e -> addresses.add(e.from()).add(e.to()));
    return addresses.build();
  }
}
