package dev.weir.compiler.resource;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds what somebody may have meant. */
final class Suggestion {
  private Suggestion() {}

  /** The candidate at most two edits from {@code given}, whatever the case. */
  static Optional<String> nearest(String given, Collection<String> candidates) {
    if (given.length() > 100) {
      return Optional.empty();
    }
    String small = given.toLowerCase(Locale.ROOT);
    return candidates.stream()
        .filter(each -> distance(small, each.toLowerCase(Locale.ROOT)) <= 2)
        .min(Comparator.comparing(each -> distance(small, each.toLowerCase(Locale.ROOT))));
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, 1 + Math.min(above, row[j - 1]));
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
