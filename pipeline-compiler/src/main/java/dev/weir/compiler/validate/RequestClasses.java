package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.validate.Condition.Text;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Requests in classes: per attribute the matchers that occur cut its values, and one sample stands
 * for each class. A value that no matcher names exactly has the answers of its longest matching
 * prefix and its longest matching suffix, so a value made of these two, with a character between
 * that no matcher goes on with, stands for all of them.
 */
final class RequestClasses {
  /** Characters of both a method (RFC 9110 §5.6.2) and a path segment (RFC 3986 §3.3). */
  private static final String FRESH =
      "~_!$'*+XQZJKWxqzjkw0123456789ABCDEFGHILMNOPRSTUVYabcdefghilmnoprstuvy";

  /** A request. */
  record Sample(String method, String path) {}

  private record Asked(ImmutableSet<Text> methods, ImmutableSet<Text> paths, boolean raw) {}

  private final Map<Asked, ImmutableList<Sample>> known = new HashMap<>();

  /**
   * One request of every class.
   *
   * @param raw also spellings of paths that only some settings make equal
   */
  ImmutableList<Sample> of(Set<Text> methods, Set<Text> paths, boolean raw) {
    return known.computeIfAbsent(
        new Asked(ImmutableSet.copyOf(methods), ImmutableSet.copyOf(paths), raw),
        RequestClasses::samples);
  }

  private static ImmutableList<Sample> samples(Asked asked) {
    ImmutableSet<String> methods = methods(asked.methods);
    Set<String> paths = new LinkedHashSet<>(paths(asked.paths));
    if (asked.raw) {
      paths.addAll(spellings(paths));
    }
    ImmutableList.Builder<Sample> samples = ImmutableList.builder();
    for (String method : methods) {
      for (String path : paths) {
        samples.add(new Sample(method, path));
      }
    }
    return samples.build();
  }

  private static ImmutableSet<String> methods(ImmutableSet<Text> asked) {
    ImmutableSet.Builder<String> methods = ImmutableSet.builder();
    for (String value : values(asked, "")) {
      if (!value.isEmpty()) {
        methods.add(value);
      }
    }
    return methods.build();
  }

  private static ImmutableSet<String> paths(ImmutableSet<Text> asked) {
    ImmutableSet.Builder<String> paths = ImmutableSet.builder();
    for (String value : values(asked, "/")) {
      if (value.startsWith("/") || value.equals("*")) {
        paths.add(value);
      }
    }
    return paths.build();
  }

  /**
   * @param root what every value begins with
   */
  private static Set<String> values(ImmutableSet<Text> asked, String root) {
    Set<String> exact = new LinkedHashSet<>();
    Set<String> prefixes = new LinkedHashSet<>(List.of(root));
    Set<String> suffixes = new LinkedHashSet<>(List.of(""));
    for (Text text : asked) {
      switch (text) {
        case Text.Exact e -> exact.add(e.value());
        case Text.Prefix p -> prefixes.add(p.value());
        case Text.Suffix s -> suffixes.add(s.value());
        case Text.NotEmpty _, Text.Everything _ -> {}
      }
    }
    Set<String> values = new LinkedHashSet<>();
    for (String prefix : prefixes) {
      for (String suffix : suffixes) {
        values.add(between(prefix, suffix, exact, prefixes, suffixes));
      }
    }
    // A suffix that holds the root may be all of a value.
    values.addAll(suffixes);
    values.addAll(prefixes);
    values.addAll(exact);
    return values;
  }

  private static String between(
      String prefix, String suffix, Set<String> exact, Set<String> prefixes, Set<String> suffixes) {
    StringBuilder longer = new StringBuilder();
    for (int length = 1; length < 8; length++) {
      for (int i = 0; i < FRESH.length(); i++) {
        String value = prefix + longer + FRESH.charAt(i) + longer.reverse() + suffix;
        longer.reverse();
        boolean plain =
            !exact.contains(value)
                && prefixes.stream()
                    .noneMatch(p -> p.length() > prefix.length() && value.startsWith(p))
                && suffixes.stream()
                    .noneMatch(s -> s.length() > suffix.length() && value.endsWith(s));
        if (plain) {
          return value;
        }
      }
      longer.append(FRESH.charAt(length));
    }
    return prefix + suffix;
  }

  private static Set<String> spellings(Set<String> paths) {
    Set<String> spellings = new LinkedHashSet<>();
    for (String path : paths) {
      if (!path.startsWith("/")) {
        continue;
      }
      spellings.add("/z/.." + path);
      spellings.add("/" + path);
      spellings.add(path + "?q=/");
      int slash = path.indexOf('/', 1);
      if (slash > 0) {
        spellings.add(path.substring(0, slash) + "%2F" + path.substring(slash + 1));
        spellings.add(path.substring(0, slash) + "/" + path.substring(slash));
        spellings.add(path.substring(0, slash) + "\\" + path.substring(slash + 1));
      }
      if (path.length() > 1 && Character.isLetterOrDigit(path.charAt(1))) {
        spellings.add(
            "/%"
                + Integer.toHexString(path.charAt(1)).toUpperCase(java.util.Locale.ROOT)
                + path.substring(2));
      }
    }
    return spellings;
  }
}
