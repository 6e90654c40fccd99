package dev.weir.conformance;

import com.google.common.base.Splitter;
import com.google.common.io.Resources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The requirements that a target does not meet, each with the reason: one {@code id: reason} a
 * line.
 */
record Differences(Map<String, String> reasons) {
  Differences {
    reasons = Map.copyOf(reasons);
  }

  static Differences of(String target) {
    try {
      Map<String, String> reasons = new TreeMap<>();
      String text =
          Resources.toString(
              Resources.getResource("conformance/" + target + ".differences"),
              StandardCharsets.UTF_8);
      for (String line : Splitter.on('\n').omitEmptyStrings().split(text)) {
        if (!line.startsWith("#")) {
          int colon = line.indexOf(": ");
          if (reasons.put(line.substring(0, colon), line.substring(colon + 2)) != null) {
            throw new IllegalStateException(line + ": there twice");
          }
        }
      }
      return new Differences(reasons);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Nullable String reason(String id) {
    return reasons.get(id);
  }
}
