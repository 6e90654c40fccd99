package dev.weir.bench.softswitch;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was measured, as a Markdown table: medians over the turns, and how many times better. */
final class Table {
  private final List<String> lines = new ArrayList<>();

  Table() {
    lines.add("| measured | soft switch | simple_switch_grpc | ratio |");
    lines.add("|---|---|---|---|");
  }

  static double median(List<Double> of) {
    double[] sorted = of.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  /** A rate: more is better. An absent value is NaN. */
  void rate(String what, double ours, double theirs) {
    add(what, number(ours), number(theirs), ours / theirs);
  }

  /** A cost: less is better. */
  void cost(String what, double ours, double theirs) {
    add(what, number(ours), number(theirs), theirs / ours);
  }

  void add(String what, String ours, String theirs, double ratio) {
    lines.add(
        String.join(
            " ",
            "|",
            what,
            "|",
            ours,
            "|",
            theirs,
            "|",
            Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.1f", ratio),
            "|"));
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "absent";
    }
    return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%,.0f", value);
  }

  @Override
  public String toString() {
    return String.join(System.lineSeparator(), lines);
  }
}
