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
   * @param index of the region among the rule's own
   * @param number of the rule in the order in which rules came: of equal ids the first is first
   */
  record Placed(RequestRule rule, Region region, int index, long number) {}

  private static final Comparator<Placed> ORDER =
      Comparator.comparing((Placed p) -> p.rule().rule().id())
          .thenComparingLong(Placed::number)
          .thenComparingInt(Placed::index);

  private final Map<BigInteger, Map<BigInteger, List<Placed>>> byMask = new HashMap<>();
  private long next;

  void add(RequestRule rule) {
    int index = 0;
    for (Region region : rule.regions()) {
      byMask
          .computeIfAbsent(region.destination().mask(), _ -> new HashMap<>())
          .computeIfAbsent(region.destination().value(), _ -> new ArrayList<>())
          .add(new Placed(rule, region, index++, next));
    }
    next++;
  }

  /** Removes a rule that was added: this very object. */
  void remove(RequestRule rule) {
    for (Region region : rule.regions()) {
      Map<BigInteger, List<Placed>> byValue =
          byMask.getOrDefault(region.destination().mask(), new HashMap<>());
      List<Placed> here = byValue.getOrDefault(region.destination().value(), new ArrayList<>());
      here.removeIf(placed -> placed.rule == rule);
      if (here.isEmpty()) {
        byValue.remove(region.destination().value());
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
    found.sort(ORDER);
    return found;
  }

  /** The regions that {@code region} covers, in no order. */
  List<Region> coveredBy(Region region) {
    BigInteger asked = region.destination().mask();
    List<Region> found = new ArrayList<>();
    byMask.forEach(
        (mask, byValue) -> {
          if (mask.equals(asked)) {
            collect(byValue.getOrDefault(region.destination().value(), List.of()), region, found);
          } else if (asked.andNot(mask).signum() == 0) {
            byValue.values().forEach(some -> collect(some, region, found));
          }
        });
    return found;
  }

  private static void collect(List<Placed> some, Region covering, List<Region> found) {
    for (Placed placed : some) {
      if (covering.covers(placed.region)) {
        found.add(placed.region);
      }
    }
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
    found.sort(ORDER);
    return found;
  }
}
