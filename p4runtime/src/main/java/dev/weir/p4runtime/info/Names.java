package dev.weir.p4runtime.info;

import com.google.common.collect.ImmutableMap;
import dev.weir.p4runtime.RefusalCode;
import dev.weir.p4runtime.RefusedException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Finds objects by any of their names, and words the refusal when there is none. */
final class Names {
  /** Up to so many candidates are listed; a longer list would bury the message. */
  private static final int LISTED = 24;

  private Names() {}

  static <T extends Named> Optional<T> find(ImmutableMap<String, T> objects, String name) {
    T byName = objects.get(name);
    if (byName != null) {
      return Optional.of(byName);
    }
    return objects.values().stream().filter(o -> o.otherNames().contains(name)).findFirst();
  }

  /**
   * The refusal of a name that is not there.
   *
   * @param kind what was looked for, {@code table}
   * @param where {@code in pipeline weir}
   */
  static RefusedException unknown(
      String kind, String name, String where, Collection<String> candidates) {
    return new RefusedException(
        RefusalCode.UNKNOWN_NAME,
        "",
        "no %s '%s' %s".formatted(kind, name, where),
        advice(name, candidates));
  }

  private static String advice(String name, Collection<String> candidates) {
    List<String> near =
        candidates.stream()
            .filter(c -> distance(name, c) <= Math.max(2, name.length() / 3))
            .sorted(
                Comparator.comparingInt((String c) -> distance(name, c))
                    .thenComparing(Comparator.naturalOrder()))
            .limit(3)
            .map(c -> "'" + c + "'")
            .toList();
    if (!near.isEmpty()) {
      return "did you mean " + String.join(" or ", near) + "?";
    }
    if (candidates.isEmpty()) {
      return "there are none";
    }
    List<String> all = new ArrayList<>(candidates.stream().limit(LISTED).toList());
    if (candidates.size() > LISTED) {
      all.add("and " + (candidates.size() - LISTED) + " more");
    }
    return "there are " + String.join(", ", all);
  }

  /** Levenshtein's distance: how many characters to add, drop or change. */
  private static int distance(String a, String b) {
    int[] above = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, 1 + Math.min(above[j], row[j - 1]));
      }
      above = row;
    }
    return above[b.length()];
  }
}
