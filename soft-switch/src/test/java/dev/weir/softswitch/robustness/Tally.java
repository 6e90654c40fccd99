package dev.weir.softswitch.robustness;

import java.util.Map;
import java.util.TreeMap;

/** How many inputs of each kind were accepted and how many refused. */
final class Tally {
  private final Map<String, long[]> counts = new TreeMap<>();

  synchronized void count(String kind, boolean accepted) {
    counts.computeIfAbsent(kind, k -> new long[2])[accepted ? 0 : 1]++;
  }

  @Override
  public synchronized String toString() {
    StringBuilder text = new StringBuilder();
    counts.forEach(
        (kind, n) ->
            text.append(text.isEmpty() ? "" : "; ")
                .append("%s: %d accepted, %d refused".formatted(kind, n[0], n[1])));
    return text.toString();
  }
}
