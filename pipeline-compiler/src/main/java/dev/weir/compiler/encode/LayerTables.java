// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.codes.CodeIndex;
import dev.weir.compiler.codes.Pattern;
import dev.weir.compiler.codes.PortTest;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The layers' rows by the destinations that they match, with the sources of rows that differ in
 * nothing else put together: what many destinations share is held once.
 */
final class LayerTables {
  /** Rows that differ in their sources only. */
  static final class Band {
    private final PolicyRow first;
    private final int order;
    private final List<PolicyRow> rows = new ArrayList<>();
    private final BitSet sources;

    private Band(PolicyRow first, int order, BitSet sources) {
      this.first = first;
      this.order = order;
      this.sources = sources;
    }

    /** A row by itself. */
    static Band of(PolicyRow row, BitSet sources) {
      Band band = new Band(row, 0, sources);
      band.rows.add(row);
      return band;
    }

    PolicyRow.Verdict verdict() {
      return first.verdict();
    }

    int priority() {
      return first.priority();
    }

    PortTest port() {
      return first.region().port();
    }

    List<PolicyRow> rows() {
      return rows;
    }

    /** Numbers of the source codes that some row takes; not to be changed. */
    BitSet sources() {
      return sources;
    }

    boolean steers() {
      return LayerTables.steers(verdict());
    }
  }

  private record Shape(
      Pattern destination, PortTest port, int priority, PolicyRow.Verdict verdict) {}

  private final CodeIndex sources;
  private final CodeIndex destinations;
  private final ImmutableList<LayerRows> layers;

  /** By layer and destination: the lists of bands of every pattern that takes it. */
  private final List<List<List<Band>>[]> byDestination = new ArrayList<>();

  LayerTables(ImmutableList<LayerRows> layers, CodeIndex sources, CodeIndex destinations) {
    this.layers = layers;
    this.sources = sources;
    this.destinations = destinations;
    for (LayerRows layer : layers) {
      byDestination.add(index(layer));
    }
  }

  static boolean steers(PolicyRow.Verdict verdict) {
    return switch (verdict) {
      case PolicyRow.Verdict.Allow _, PolicyRow.Verdict.Deny _, PolicyRow.Verdict.Pass _ -> false;
      case PolicyRow.Verdict.SteerFull _,
          PolicyRow.Verdict.Spill _,
          PolicyRow.Verdict.SteerClass _ ->
          true;
    };
  }

  private List<List<Band>>[] index(LayerRows layer) {
    Map<Shape, Band> bands = new LinkedHashMap<>();
    for (PolicyRow row : layer.rows()) {
      Band band =
          bands.computeIfAbsent(
              new Shape(
                  row.region().destination(), row.region().port(), row.priority(), row.verdict()),
              _ -> new Band(row, bands.size(), new BitSet()));
      band.rows.add(row);
      sources.collect(row.region().source(), band.sources);
    }
    Map<Pattern, List<Band>> byPattern = new HashMap<>();
    bands.forEach(
        (shape, band) ->
            byPattern.computeIfAbsent(shape.destination, _ -> new ArrayList<>()).add(band));
    @SuppressWarnings({"unchecked", "rawtypes"})
    List<List<Band>>[] index = new List[destinations.size()];
    byPattern.forEach(
        (pattern, here) -> {
          for (int destination : destinations.matching(pattern)) {
            if (index[destination] == null) {
              index[destination] = new ArrayList<>();
            }
            index[destination].add(here);
          }
        });
    return index;
  }

  ImmutableList<LayerRows> layers() {
    return layers;
  }

  CodeIndex sources() {
    return sources;
  }

  CodeIndex destinations() {
    return destinations;
  }

  /** Whether some band of a destination steers TCP. */
  boolean steersTo(int destination) {
    for (List<List<Band>>[] layer : byDestination) {
      if (layer[destination] != null) {
        for (List<Band> bands : layer[destination]) {
          for (Band band : bands) {
            if (band.steers() && band.port().and(PortTest.TCP).isPresent()) {
              return true;
            }
          }
        }
      }
    }
    return false;
  }

  /** By layer the bands of a destination that take some TCP port, by falling priority. */
  List<List<Band>> tcp(int destination) {
    List<List<Band>> all = new ArrayList<>();
    for (List<List<Band>>[] layer : byDestination) {
      List<Band> here = new ArrayList<>();
      if (layer[destination] != null) {
        for (List<Band> bands : layer[destination]) {
          for (Band band : bands) {
            if (band.port().and(PortTest.TCP).isPresent()) {
              here.add(band);
            }
          }
        }
      }
      here.sort(
          Comparator.comparingInt(Band::priority).reversed().thenComparingInt((Band b) -> b.order));
      all.add(here);
    }
    return all;
  }

  /** Those of {@code bands} that take a TCP port. */
  static List<List<Band>> at(List<List<Band>> bands, int port) {
    List<List<Band>> all = new ArrayList<>();
    for (List<Band> layer : bands) {
      List<Band> here = new ArrayList<>();
      for (Band band : layer) {
        if (band.port().matches(PortTest.TCP_NUMBER, port)) {
          here.add(band);
        }
      }
      all.add(here);
    }
    return all;
  }

  static boolean steer(List<List<Band>> bands) {
    for (List<Band> layer : bands) {
      for (Band band : layer) {
        if (band.steers()) {
          return true;
        }
      }
    }
    return false;
  }
}
