package dev.weir.app.offline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resource.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The addresses that Pods bring in their status. */
final class PodAddresses {
  private static final int PER_BLOCK = 254;
  private static final int MOST = 254 * PER_BLOCK;

  private PodAddresses() {}

  /**
   * The resources as they are where any Pod brings an address. Else all Pods get those that the lab
   * gives them, one of each family: manifests before they are applied have none.
   */
  static ImmutableList<Resource> given(ImmutableList<Resource> resources) {
    return givenTogether(List.of(resources)).getFirst();
  }

  /** As {@link #given}; a Pod of one name has one address in every list. */
  static List<ImmutableList<Resource>> givenTogether(List<ImmutableList<Resource>> lists) {
    List<Resource> pods = lists.stream().flatMap(List::stream).filter(PodAddresses::isPod).toList();
    TreeSet<String> names = new TreeSet<>();
    pods.forEach(pod -> names.add(name(pod)));
    if (names.size() > MOST || pods.stream().anyMatch(pod -> !of(pod).isEmpty())) {
      return lists;
    }
    Map<String, Integer> places = new HashMap<>();
    names.forEach(name -> places.put(name, places.size()));
    return lists.stream()
        .map(
            resources ->
                resources.stream()
                    .map(r -> isPod(r) ? with(r, place(places, name(r))) : r)
                    .collect(ImmutableList.toImmutableList()))
        .toList();
  }

  private static int place(Map<String, Integer> places, String name) {
    return places.getOrDefault(name, 0);
  }

  private static Resource with(Resource pod, int place) {
    int block = 1 + place / PER_BLOCK;
    int low = 1 + place % PER_BLOCK;
    String ipv4 = "10.77." + block + "." + low;
    String ipv6 = "fd77::" + Integer.toHexString(block) + ":" + Integer.toHexString(low);
    ObjectNode json = pod.json().deepCopy();
    ObjectNode status = json.withObject("/status");
    status.put("podIP", ipv4);
    ArrayNode all = status.putArray("podIPs");
    all.addObject().put("ip", ipv4);
    all.addObject().put("ip", ipv6);
    return new Resource(pod.key(), pod.apiVersion(), json);
  }

  /** By pod, {@code namespace/name}: its addresses in the order of its status. */
  static Map<String, ImmutableList<IpAddress>> byName(Iterable<Resource> resources) {
    Map<String, ImmutableList<IpAddress>> addresses = new HashMap<>();
    for (Resource resource : resources) {
      if (isPod(resource)) {
        addresses.put(name(resource), of(resource));
      }
    }
    return addresses;
  }

  /** Pods, {@code namespace/name}, that have their node's addresses. */
  static Set<String> onHostNetwork(Iterable<Resource> resources) {
    Set<String> names = new HashSet<>();
    for (Resource resource : resources) {
      if (isPod(resource) && resource.json().path("spec").path("hostNetwork").asBoolean()) {
        names.add(name(resource));
      }
    }
    return names;
  }

  private static ImmutableList<IpAddress> of(Resource pod) {
    JsonNode status = pod.json().path("status");
    List<String> texts = new ArrayList<>();
    status.path("podIPs").forEach(item -> texts.add(item.path("ip").asText()));
    String first = status.path("podIP").asText();
    if (!first.isEmpty() && !texts.contains(first)) {
      texts.addFirst(first);
    }
    return texts.stream()
        .filter(text -> !text.isEmpty())
        .map(IpAddress::parse)
        .distinct()
        .collect(ImmutableList.toImmutableList());
  }

  private static boolean isPod(Resource resource) {
    return resource.key().kind().equals("Pod");
  }

  private static String name(Resource resource) {
    return resource.key().namespace() + "/" + resource.key().name();
  }
}
