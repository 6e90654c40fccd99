// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.classes;

import dev.weir.compiler.codes.Region;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Rules' regions by what they ask of the destination: masks are few, so each is looked up once. */
final class Destinations {
  /**
   * One region of a rule.
   *
   * @param order of the rule among the rules, then of the region among its own
   */
  record Placed(RequestRule rule, Region region, int order) {}

  private final Map<BigInteger, Map<BigInteger, List<Placed>>> byMask = new HashMap<>();

  Destinations(List<RequestRule> rules) {
    int order = 0;
    for (RequestRule rule : rules) {
      for (Region region : rule.regions()) {
        byMask
            .computeIfAbsent(region.destination().mask(), _ -> new HashMap<>())
            .computeIfAbsent(region.destination().value(), _ -> new ArrayList<>())
            .add(new Placed(rule, region, order++));
      }
    }
  }

  /** The regions that cover {@code region}, in order. */
  List<Placed> covering(Region region) {
    List<Placed> found = new ArrayList<>();
    byMask.forEach(
        (mask, byValue) -> {
          if (mask.andNot(region.destination().mask()).signum() == 0) {
            for (Placed placed :
                byValue.getOrDefault(region.destination().value().and(mask), List.of())) {
              if (placed.region.covers(region)) {
                found.add(placed);
              }
            }
          }
        });
    found.sort(Comparator.comparingInt(Placed::order));
    return found;
  }

  /** The regions that take connections to a TCP port of a destination, in order. */
  List<Placed> at(BigInteger destination, int protocol, int port) {
    List<Placed> found = new ArrayList<>();
    byMask.forEach(
        (mask, byValue) -> {
          for (Placed placed : byValue.getOrDefault(destination.and(mask), List.of())) {
            if (placed.region.port().matches(protocol, port)) {
              found.add(placed);
            }
          }
        });
    found.sort(Comparator.comparingInt(Placed::order));
    return found;
  }
}
