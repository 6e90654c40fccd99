// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.weir.compiler.classes.ResidualClass;
import dev.weir.compiler.encode.PolicyRow.Verdict.SteerClass;
import dev.weir.compiler.intent.Rule;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the layers of a steered connection say together.
 *
 * @param offset of its listener's port from the endpoint's first; 0 for the full listener
 * @param denies the denying layer's class, where it steers
 * @param allows the allowing layer's class, where it steers
 */
record Offset(int offset, Optional<ResidualClass> denies, Optional<ResidualClass> allows) {

  /**
   * All that some source meets at an endpoint port, by offset.
   *
   * @param layers in the order that packets meet them
   * @param here by layer, the bands that take the port, by falling priority
   * @param from the sources
   */
  static ImmutableList<Offset> of(
      List<Rule.Layer> layers, List<List<LayerTables.Band>> here, BitSet from) {
    return met(layers, here, from).keySet().asList();
  }

  /** The same, each with the number of the first source that meets it. */
  static ImmutableMap<Offset, Integer> met(
      List<Rule.Layer> layers, List<List<LayerTables.Band>> here, BitSet from) {
    if (!LayerTables.steer(here)) {
      return ImmutableMap.of();
    }
    Map<Met, BitSet> pieces = new LinkedHashMap<>();
    pieces.put(Met.NOTHING, from);
    Map<Met, BitSet> settled = new LinkedHashMap<>();
    for (int i = 0; i < here.size(); i++) {
      boolean ordered = layers.get(i).ordered();
      boolean denying = layers.get(i) == Rule.Layer.AUTHORIZATION_DENY;
      Map<Met, BitSet> next = new LinkedHashMap<>();
      Map<Met, BitSet> onward = new LinkedHashMap<>();
      for (Map.Entry<Met, BitSet> piece : pieces.entrySet()) {
        BitSet open = (BitSet) piece.getValue().clone();
        for (LayerTables.Band band : here.get(i)) {
          if (open.isEmpty()) {
            break;
          }
          if (band.sources().intersects(open)) {
            BitSet hit = (BitSet) band.sources().clone();
            hit.and(open);
            open.andNot(hit);
            if (band.verdict() instanceof PolicyRow.Verdict.Pass) {
              onward.computeIfAbsent(piece.getKey(), _ -> new BitSet()).or(hit);
            } else {
              piece
                  .getKey()
                  .then(band.verdict(), denying)
                  .ifPresent(met -> next.computeIfAbsent(met, _ -> new BitSet()).or(hit));
            }
          }
        }
        if (ordered && !open.isEmpty()) {
          onward.computeIfAbsent(piece.getKey(), _ -> new BitSet()).or(open);
        }
      }
      if (ordered) {
        settled = next;
        pieces = onward;
      } else {
        settled.forEach((met, some) -> next.computeIfAbsent(met, _ -> new BitSet()).or(some));
        settled = new LinkedHashMap<>();
        pieces = next;
      }
    }
    Map<Integer, Offset> offsets = new TreeMap<>();
    Map<Integer, Integer> first = new HashMap<>();
    for (Map.Entry<Met, BitSet> piece : pieces.entrySet()) {
      piece
          .getKey()
          .offset()
          .ifPresent(
              o -> {
                offsets.putIfAbsent(o.offset(), o);
                first.merge(o.offset(), piece.getValue().nextSetBit(0), Math::min);
              });
    }
    ImmutableMap.Builder<Offset, Integer> met = ImmutableMap.builder();
    offsets.forEach((number, o) -> met.put(o, first.getOrDefault(number, -1)));
    return met.buildOrThrow();
  }

  /** What the layers met so far say of a connection that none of them denies. */
  private record Met(boolean full, Optional<SteerClass> denies, Optional<SteerClass> allows) {
    static final Met NOTHING = new Met(false, Optional.empty(), Optional.empty());

    Optional<Met> then(PolicyRow.Verdict verdict, boolean denying) {
      return switch (verdict) {
        case PolicyRow.Verdict.Deny _ -> Optional.empty();
        case PolicyRow.Verdict.Allow _, PolicyRow.Verdict.Pass _ -> Optional.of(this);
        case PolicyRow.Verdict.SteerFull _, PolicyRow.Verdict.Spill _ ->
            Optional.of(new Met(true, Optional.empty(), Optional.empty()));
        case SteerClass c ->
            Optional.of(
                full
                    ? this
                    : denying
                        ? new Met(false, Optional.of(c), allows)
                        : new Met(false, denies, Optional.of(c)));
      };
    }

    Optional<Offset> offset() {
      if (full) {
        return Optional.of(new Offset(0, Optional.empty(), Optional.empty()));
      }
      int offset = denies.map(SteerClass::part).orElse(0) + allows.map(SteerClass::part).orElse(0);
      return offset == 0
          ? Optional.empty()
          : Optional.of(
              new Offset(
                  offset, denies.map(SteerClass::residual), allows.map(SteerClass::residual)));
    }
  }
}
