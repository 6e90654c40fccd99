package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Strings of a kind, the shortest for each set of matchers that one of them can pass at once: the
 * states that matchers can be in together, gone through in breadth.
 */
final class Strings {
  private static final String FRESH =
      "xqzjkwabcdefghilmnoprstuvyXQZJKWABCDEFGHILMNOPRSTUVY0123456789-_~";

  /** What may become a dot segment, an escape or one of two slashes. */
  private static final Pattern UNFINISHED = Pattern.compile("/\\.{0,2}|%[0-9a-fA-F]?");

  private Strings() {}

  /** Any strings, the empty one too. */
  static ImmutableList<String> any(List<Text> texts) {
    return each(texts, "", (_, _) -> Optional.of(""), _ -> true);
  }

  static ImmutableList<String> notEmpty(List<Text> texts) {
    return each(texts, "", (_, _) -> Optional.of("."), read -> !read.isEmpty());
  }

  /** Paths that policy sees as they are sent. */
  static ImmutableList<String> paths(List<Text> texts, PathView view) {
    return each(
        texts, "/[", (read, c) -> path(read, c, view), read -> !read.isEmpty() && ends(read, view));
  }

  /** What of a path bears on how it goes on: the last few characters. */
  private static Optional<String> path(String read, char c, PathView view) {
    if (read.isEmpty()) {
      return c == '/' ? Optional.of("/") : Optional.empty();
    }
    // A dot segment is one at its end only; while it may go on, it is held back.
    String text = read + c;
    String probe = "/a" + text + (held(text) ? "a" : "");
    if (!view.of(probe).equals(Optional.of(probe))) {
      return Optional.empty();
    }
    for (int i = Math.max(0, text.length() - 3); i < text.length(); i++) {
      if (UNFINISHED.matcher(text.substring(i)).matches()) {
        return Optional.of(text.substring(i));
      }
    }
    return Optional.of("x");
  }

  /** Whether the text ends within an escape or in dots, which the next character completes. */
  private static boolean held(String text) {
    return text.endsWith(".");
  }

  private static boolean ends(String read, PathView view) {
    String probe = "/a" + read;
    return view.of(probe).equals(Optional.of(probe));
  }

  private record State(String read, List<BitSet> places) {}

  /**
   * @param more characters that matter beside those that matchers name
   * @param after what of a string bears on how it goes on, once a character is added; empty where
   *     no string of the kind goes on like that
   * @param end whether a string may end there
   */
  private static ImmutableList<String> each(
      List<Text> texts,
      String more,
      BiFunction<String, Character, Optional<String>> after,
      Predicate<String> end) {
    TreeSet<Character> alphabet = new TreeSet<>();
    texts.forEach(t -> t.name(alphabet));
    more.chars().forEach(c -> alphabet.add((char) c));
    for (int i = 0; i < FRESH.length(); i++) {
      if (alphabet.add(FRESH.charAt(i))) {
        break;
      }
    }
    Map<BitSet, String> found = new LinkedHashMap<>();
    Set<State> seen = new HashSet<>();
    Deque<Map.Entry<State, String>> queue = new ArrayDeque<>();
    State start = new State("", texts.stream().map(Text::start).toList());
    seen.add(start);
    queue.add(Map.entry(start, ""));
    while (!queue.isEmpty()) {
      Map.Entry<State, String> entry = queue.remove();
      State state = entry.getKey();
      if (end.test(state.read)) {
        BitSet passed = new BitSet();
        for (int i = 0; i < texts.size(); i++) {
          passed.set(i, texts.get(i).accepts(state.places.get(i)));
        }
        found.putIfAbsent(passed, entry.getValue());
      }
      for (char c : alphabet) {
        Optional<String> read = after.apply(state.read, c);
        if (read.isPresent()) {
          ImmutableList.Builder<BitSet> places = ImmutableList.builder();
          for (int i = 0; i < texts.size(); i++) {
            places.add(texts.get(i).after(state.places.get(i), c));
          }
          State next = new State(read.get(), places.build());
          if (seen.add(next)) {
            queue.add(Map.entry(next, entry.getValue() + c));
          }
        }
      }
    }
    return ImmutableList.copyOf(found.values());
  }
}
